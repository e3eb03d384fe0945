"""A zip archive that holds one file of data: unpacked with suspicion, within limits."""

import stat
import struct
import zipfile
import zlib
from pathlib import Path

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import Unreadable, refuse

MEMBER = "member"
_CHUNK_BYTES = 1024 * 1024
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
_MAX_RATIO = 100
_RATIO_FROM = 64 * MIB
_LOCAL_HEADER_BYTES = 30
_END_BYTES = 22
_END_MARK = b"PK\x05\x06"
_SHOWN = 8
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"BZh",
)
# What macOS and Windows put beside what a person packed.
_CLUTTER = ("__MACOSX/",)
_CLUTTER_NAMES = (".ds_store", "thumbs.db", "desktop.ini")


def unpack(path: Path, work_dir: Path, limits: IntakeLimits) -> tuple[Path, str]:
    """Unpack the only file of the archive into ``work_dir``; return it and its name inside.

    Bytes are counted as they come out, whatever the archive says of them. Raises Unreadable.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entry = _only_file(archive, path, limits)
            name = member_name(entry)
            target = work_dir / MEMBER
            _write(archive, entry, target, path.stat().st_size, limits)
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise refuse("archive-damaged", reason=type(error).__name__) from error
    with target.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ARCHIVES) and not _is_workbook(target):
        raise refuse("archive-nested", name=name)
    return target, name


def member_name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry as its author saw it.

    Without the UTF-8 flag zipfile reads IBM's old code page; Chinese Windows writes GBK, and
    some programs UTF-8 without saying so.
    """
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _only_file(archive: zipfile.ZipFile, path: Path, limits: IntakeLimits) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > limits.archive_parts:
        raise refuse(
            "too-large",
            reason_zh=f"压缩包内有 {len(entries)} 个文件",
            reason_en=f"the archive has {len(entries)} files",
        )
    for entry in entries:
        _require_safe(entry)
    _refuse_overlaps(archive, entries, path)
    files = [entry for entry in entries if not entry.is_dir() and not _is_clutter(entry)]
    if not files:
        raise refuse("archive-empty")
    if len(files) > 1:
        names = "、".join(member_name(entry) for entry in files[:_SHOWN])
        more = " …" if len(files) > _SHOWN else ""
        raise refuse("archive-several-files", found=len(files), names=names + more)
    return files[0]


def _require_safe(entry: zipfile.ZipInfo) -> None:
    name = member_name(entry).replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in entry.orig_filename:
        raise _unsafe("文件名指向压缩包之外", "a name that points out of the archive")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _unsafe("含有符号链接", "it holds a symbolic link")
    if entry.flag_bits & _ENCRYPTED:
        raise refuse("archive-encrypted")
    if entry.compress_type not in _COMPRESSIONS:
        raise _unsafe("使用了不支持的压缩方式", "a way of compression that is not read")


def _refuse_overlaps(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], path: Path) -> None:
    """Refuse entries that share bytes, and bytes in front of or behind the archive."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [entry.header_offset for entry in ordered[1:]] + [archive.start_dir]
    for entry, end in zip(ordered, ends, strict=False):
        if entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size > end:
            raise _unsafe("文件互相重叠", "files that overlap")
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES - 65535))
        tail = file.read()
    at = tail.rfind(_END_MARK)
    comment = struct.unpack("<H", tail[at + 20 : at + _END_BYTES])[0] if at >= 0 else 0
    is_behind = at + _END_BYTES + comment != len(tail)
    if is_behind or (ordered and ordered[0].header_offset != 0):
        raise _unsafe("压缩包前后附有其他内容", "bytes in front of or behind the archive")


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/")
    last = name.rpartition("/")[2].lower()
    return name.startswith(_CLUTTER) or last in _CLUTTER_NAMES or last.startswith("._")


def _write(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    target: Path,
    packed_bytes: int,
    limits: IntakeLimits,
) -> None:
    inflated = 0
    with archive.open(entry) as source, target.open("wb") as copy:
        while chunk := source.read(_CHUNK_BYTES):
            inflated += len(chunk)
            is_bomb = inflated > max(_RATIO_FROM, _MAX_RATIO * packed_bytes)
            if is_bomb or inflated > limits.inflated_bytes:
                size = inflated // MIB
                raise refuse(
                    "too-large",
                    reason_zh=f"压缩包解压后超过 {size} MiB",
                    reason_en=f"the archive unpacks to more than {size} MiB",
                )
            copy.write(chunk)


def _is_workbook(path: Path) -> bool:
    """Tell whether a zip archive is an XLSX, which is a table and no archive to people."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except _BROKEN:
        return False


def _unsafe(zh: str, en: str) -> Unreadable:
    return refuse("archive-unsafe", reason_zh=zh, reason_en=en)
