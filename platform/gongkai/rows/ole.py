"""OLE containers: what is in the format of the old Office files, by the names of its streams."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gongkai.rows.problem_lists import Unreadable, refuse

OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SectorReader = Callable[[int], bytes]
_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_MAX_ENTRIES = 100_000
_FREE = 0xFFFFFFFA  # this number and above it end a chain
_STORAGE, _STREAM, _ROOT = 1, 2, 5
# What the root says of itself in its class id.
_INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")
# A stream that tells what the file is, and what to call it in Chinese and in English.
_KINDS = (
    ("WordDocument", "Word 文档（.doc）", "a Word document (.doc)"),
    ("PowerPoint Document", "PowerPoint 演示文稿（.ppt）", "a PowerPoint presentation (.ppt)"),
    ("VisioDocument", "Visio 图（.vsd）", "a Visio drawing (.vsd)"),
    ("__properties_version1.0", "Outlook 邮件（.msg）", "an Outlook message (.msg)"),
    ("Quill", "Publisher 文档（.pub）", "a Publisher document (.pub)"),
    ("HwpSummaryInformation", "HWP 文档（.hwp）", "a HWP document (.hwp)"),
    ("Catalog", "缩略图数据库（Thumbs.db）", "a thumbnail cache (Thumbs.db)"),
)


@dataclass(frozen=True)
class Directory:
    """The names in a container: of its streams, of its storages, and the root's class id."""

    streams: frozenset[str]
    storages: frozenset[str]
    root_class: bytes

    @property
    def is_workbook(self) -> bool:
        return bool(self.streams & {"Workbook", "Book", "WORKBOOK", "BOOK"})

    @property
    def is_encrypted(self) -> bool:
        return "EncryptedPackage" in self.streams

    @property
    def kind(self) -> tuple[str, str]:
        """Return what the file is called in Chinese and in English, when it is no workbook."""
        if self.root_class == _INSTALLER:
            return "Windows 安装包（.msi）", "a Windows installer (.msi)"
        plain = {name.lstrip("\x01\x02\x03\x04\x05\x06") for name in self.streams | self.storages}
        for name, zh, en in _KINDS:
            if name in plain:
                return zh, en
        return "旧版 Office 格式但不是工作簿的文件", "an old Office file that is no workbook"


def read_directory(path: Path) -> Directory:
    """Return the names in the container at ``path``. Raises Unreadable when it is damaged."""
    try:
        entries = list(_entries(path))
    except (struct.error, ValueError, IndexError, OverflowError) as error:
        raise _broken() from error
    root = next((class_id for kind, _, class_id in entries if kind == _ROOT), b"")
    return Directory(
        frozenset(name for kind, name, _ in entries if kind == _STREAM),
        frozenset(name for kind, name, _ in entries if kind == _STORAGE),
        root,
    )


def _entries(path: Path) -> Iterator[tuple[int, str, bytes]]:
    """Yield (kind, name, class id) of the directory, whose chain of sectors is followed."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
        shift = struct.unpack_from("<H", head, 30)[0]
        if shift not in (9, 12):
            raise ValueError("sector size")
        sector_bytes = 1 << shift
        first = struct.unpack_from("<I", head, 48)[0]

        def sector(number: int) -> bytes:
            place = (number + 1) << shift
            if place + sector_bytes > size + sector_bytes:
                raise ValueError("sector outside the file")
            file.seek(place)
            return file.read(sector_bytes)

        tables = list(_table_sectors(head, sector, sector_bytes))
        count, at, seen = 0, first, set[int]()
        while at < _FREE:
            if at in seen:
                raise ValueError("directory in a circle")
            seen.add(at)
            data = sector(at)
            for place in range(0, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
                entry = data[place : place + _ENTRY_BYTES]
                length, kind = struct.unpack_from("<HB", entry, 64)
                count += 1
                if count > _MAX_ENTRIES:
                    raise ValueError("too many entries")
                if kind in (_STORAGE, _STREAM, _ROOT) and 2 <= length <= 64:
                    name = entry[: length - 2].decode("utf-16-le", "replace")
                    yield kind, name, entry[80:96]
            table, index = divmod(at, sector_bytes // 4)
            at = struct.unpack_from("<I", sector(tables[table]), 4 * index)[0]


def _table_sectors(head: bytes, sector: SectorReader, sector_bytes: int) -> Iterator[int]:
    """Yield the numbers of the sectors that say which sector follows which."""
    yield from (number for number in struct.unpack_from("<109I", head, 76) if number < _FREE)
    at, left = struct.unpack_from("<II", head, 68)
    while at < _FREE and left:
        numbers = struct.unpack(f"<{sector_bytes // 4}I", sector(at))
        yield from (number for number in numbers[:-1] if number < _FREE)
        at, left = numbers[-1], left - 1


def _broken() -> Unreadable:
    return refuse("broken-workbook", reason="OLE")
