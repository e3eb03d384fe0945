"""The zip archive that a workbook is: opened with suspicion, its XML parsed piece by piece."""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import Unreadable, refuse

CHUNK_BYTES = 256 * 1024
BROKEN = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    LookupError,
)
Attributes = dict[str, str]
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_RATIO = 100
_RATIO_FROM = 64 * MIB
_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=[\"']([^\"']*)[\"']")
_LOCAL_HEADER_BYTES = 30
_END_BYTES = 22
_END_MARK = b"PK\x05\x06"
_MACROS = ("macroenabled", "vbaproject", "macrosheet")


def local(tag: str) -> str:
    """Return a name without its namespace prefix."""
    return tag.rpartition(":")[2] if ":" in tag else tag


class Target:
    """What takes the events of one XML part; a subclass keeps what it wants."""

    depth = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        """Open an element."""

    def end(self, tag: str) -> None:
        """Close an element."""

    def data(self, text: str) -> None:
        """Take text inside the open element."""


class _Elements(Target):
    """Holds (local name, attributes) of the elements until they are fetched."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Attributes]] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        self.found.append((local(tag), {local(key): text for key, text in attributes.items()}))


@dataclass(frozen=True)
class Relation:
    """One relationship: its id, the last word of its type, and a part's name or an address."""

    id: str
    kind: str
    target: str
    is_external: bool


class Package:
    """An open archive whose parts are found by name and by relationship.

    What its directory says of sizes is never believed: inflated bytes are counted.
    """

    def __init__(self, path: Path, limits: IntakeLimits) -> None:
        self._limits = limits
        self._inflated: dict[str, int] = {}
        self._compressed = max(1, path.stat().st_size)
        try:
            self._archive = zipfile.ZipFile(path)
        except BROKEN as error:
            raise broken(type(error).__name__) from error
        try:
            self._parts = _checked_parts(self._archive, path, limits)
            self._refuse_macros()
        except Unreadable:
            self._archive.close()
            raise

    def close(self) -> None:
        self._archive.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parts, in the order of the archive."""
        return tuple(self._parts)

    def has(self, part: str) -> bool:
        return part in self._parts

    def relations(self, part: str) -> list[Relation]:
        """Return the relationships of ``part`` ("" is the package); none if it has no list."""
        folder, _, name = part.rpartition("/")
        listed = f"{folder}/_rels/{name}.rels".lstrip("/")
        if not self.has(listed):
            return []
        found = []
        for tag, attributes in self.elements(listed):
            if tag == "Relationship":
                is_external = attributes.get("TargetMode") == "External"
                target = attributes.get("Target", "")
                found.append(
                    Relation(
                        attributes.get("Id", ""),
                        attributes.get("Type", "").rpartition("/")[2],
                        target if is_external else _inside(folder, target),
                        is_external,
                    )
                )
                if len(found) > self._limits.archive_parts:
                    raise broken(f"{listed} has too many entries")
        return found

    def elements(self, part: str) -> Iterator[tuple[str, Attributes]]:
        """Yield (local name, attributes) of every element of ``part``."""
        target = _Elements()
        for _ in self.parse(part, target):
            yield from target.found
            target.found.clear()

    def parse(self, part: str, target: Target, *, is_table: bool = False) -> Iterator[None]:
        """Parse ``part`` into ``target``; pause after every piece, and at the end.

        Only a part that ``is_table`` may have any number of elements.
        """
        feed = self.feed(part, target, is_table=is_table)
        for chunk in self.chunks(part):
            feed(chunk, False)
            yield
        feed(b"", True)
        yield

    def chunks(self, part: str) -> Iterator[bytes]:
        """Yield the inflated bytes of ``part``; those of a part read again count once."""
        if part not in self._parts:
            raise broken(f"{part} is missing")
        try:
            with self._archive.open(self._parts[part]) as file:
                yield from self._counted(part, file)
        except BROKEN as error:
            raise broken(f"{part}: {type(error).__name__}") from error

    def feed(self, part: str, target: Target, *, is_table: bool = False) -> "Feed":
        """Return a parser of ``part`` that is given the bytes."""
        return Feed(part, target, self._limits, is_table=is_table)

    def _counted(self, part: str, file: IO[bytes]) -> Iterator[bytes]:
        before = self._inflated.pop(part, 0)
        others = sum(self._inflated.values())
        own = 0
        while chunk := file.read(CHUNK_BYTES):
            own += len(chunk)
            self._inflated[part] = max(before, own)
            inflated = others + own
            over = inflated > self._limits.inflated_bytes
            bomb = inflated > max(_RATIO_FROM, _MAX_RATIO * self._compressed)
            if over or bomb:
                size = inflated // MIB
                raise refuse(
                    "too-large",
                    reason_zh=f"工作簿解压后超过 {size} MiB",
                    reason_en=f"the workbook unpacks to more than {size} MiB",
                )
            yield chunk

    def _refuse_macros(self) -> None:
        """Refuse code, whatever its part is called: the list of types names it."""
        if not self.has("[Content_Types].xml"):
            return
        for _, attributes in self.elements("[Content_Types].xml"):
            kind = attributes.get("ContentType", "").lower()
            if any(word in kind for word in _MACROS):
                raise refuse("macro-workbook")


class Feed:
    """An expat parser with its limits: no document type, no deep nesting, no endless tag."""

    def __init__(self, part: str, target: Target, limits: IntakeLimits, *, is_table: bool) -> None:
        self._part = part
        self._most = None if is_table else limits.part_elements
        self._count = 0
        self._target = target
        self._limits = limits
        self._fed = 0
        self._depth = 0
        self._has_root = False
        self._tail = b""
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self.listen()

    def __call__(self, chunk: bytes, is_final: bool) -> None:
        """Parse the next bytes. Raises Unreadable."""
        if not self._has_root:
            self._refuse_doctype(chunk)
        try:
            self._parser.Parse(chunk, is_final)
        except BROKEN as error:
            raise broken(f"{self._part}: {type(error).__name__}") from error
        self._fed += len(chunk)
        # What expat has not told yet is one tag or comment that it holds until its end.
        held = self._fed - self._parser.CurrentByteIndex
        if held > self._limits.tag_bytes + CHUNK_BYTES and not is_final:
            raise broken(f"{self._part}: a tag of more than {self._limits.tag_bytes} bytes")

    def listen(self) -> None:
        """Tell the target what is parsed."""
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._target.data

    def ignore(self) -> None:
        """Parse on without telling, where somebody else reads the same bytes."""
        self._parser.StartElementHandler = None
        self._parser.EndElementHandler = None
        self._parser.CharacterDataHandler = None

    def _refuse_doctype(self, chunk: bytes) -> None:
        """Refuse a document type before expat sees it: it alone can declare entities.

        A handler would come too late, because expat goes on to the end of the piece.
        """
        seen = self._tail + chunk.replace(b"\x00", b"")
        if b"<!DOCTYPE" in seen:
            raise refuse("unsafe-xml")
        self._tail = seen[-len(b"<!DOCTYPE") :]

    def _start(self, tag: str, attributes: Attributes) -> None:
        self._has_root = True
        self._depth += 1
        if self._depth > self._limits.xml_depth:
            raise broken(f"{self._part}: nested deeper than {self._limits.xml_depth}")
        self._count += 1
        if self._most is not None and self._count > self._most:
            raise broken(f"{self._part}: more than {self._most} elements")
        self._target.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._target.end(tag)


def broken(reason: str) -> Unreadable:
    """Return the refusal of a workbook that is damaged or pretends to be one."""
    return refuse("broken-workbook", reason=reason)


def is_utf8(head: bytes) -> bool:
    """Tell whether the XML that begins with ``head`` says that it is UTF-8, or says nothing."""
    declared = _DECLARED.match(head)
    return head[:2] not in (b"\xff\xfe", b"\xfe\xff") and (
        declared is None or declared[1].lower() == b"utf-8"
    )


def _inside(folder: str, target: str) -> str:
    """Return the name of a part that a relationship of ``folder`` points at."""
    target = target.replace("\\", "/")
    full = target if target.startswith("/") else f"/{folder}/{target}"
    return posixpath.normpath(full).lstrip("/")


def _checked_parts(
    archive: zipfile.ZipFile, path: Path, limits: IntakeLimits
) -> dict[str, zipfile.ZipInfo]:
    """Return the parts by name, after everything was looked at that needs no unpacking."""
    entries = archive.infolist()
    if len(entries) > limits.archive_parts:
        raise refuse(
            "too-large",
            reason_zh=f"工作簿内有 {len(entries)} 个部件",
            reason_en=f"the workbook has {len(entries)} parts",
        )
    parts: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for entry in entries:
        # Some versions of WPS separate folders as Windows does.
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise broken("a part name that leaves the workbook")
        if name.lower() in seen:
            raise broken(f"two parts named {name}")
        seen.add(name.lower())
        if entry.flag_bits & 1:
            raise broken("encrypted")
        if entry.compress_type not in _COMPRESSIONS:
            raise broken("unknown compression")
        parts[name] = entry
    if sum(entry.file_size for entry in entries) > 4 * limits.inflated_bytes:
        raise refuse(
            "too-large", reason_zh="工作簿解压后过大", reason_en="the workbook unpacks to too much"
        )
    _refuse_overlaps(archive, entries, path)
    return parts


def _refuse_overlaps(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], path: Path) -> None:
    """Refuse parts that share bytes, and bytes that belong to no part (a second format)."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [entry.header_offset for entry in ordered[1:]] + [archive.start_dir]
    for entry, end in zip(ordered, ends, strict=False):
        if entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size > end:
            raise broken("parts that overlap")
    if ordered and ordered[0].header_offset != 0:
        raise broken("bytes in front of the archive")
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES - 65535))
        tail = file.read()
    at = tail.rfind(_END_MARK)
    comment = struct.unpack("<H", tail[at + 20 : at + _END_BYTES])[0] if at >= 0 else 0
    if at + _END_BYTES + comment != len(tail):
        raise broken("bytes behind the archive")
