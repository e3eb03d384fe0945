"""From bytes to UTF-8: a byte order mark, strict UTF-8, strict GB18030, else a refusal."""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gongkai.rows.problem_lists import Unreadable, refuse

CHUNK_BYTES = 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 BOM"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 LE BOM"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 BE BOM"),
)
_CONTROL = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
_HIGH = re.compile(rb"[\x80-\xff]+")
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
# A GB18030 line with this many high bytes is practically never valid UTF-8 by accident.
_TELLING_BYTES = 12
_CHINESE_SHARE = 0.7


@dataclass(frozen=True)
class Survey:
    """What one pass over the UTF-8 bytes of a text file saw.

    ``is_plain`` means that a line is a record: no quote, no blank line, one newline style.
    ``is_clean`` means that no control or invalid character can be in any cell.
    """

    path: Path
    encoding: str
    start: int
    line_count: int
    is_plain: bool
    is_clean: bool
    newline: str

    def read_chunks(self) -> Iterator[bytes]:
        """Yield the bytes behind the byte order mark."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            yield from _chunks(file)


class _Pass:
    """The state of one streaming pass over bytes that must be UTF-8."""

    def __init__(self, longest: int | None) -> None:
        self.longest = longest
        self.decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.offset = 0
        self.newlines = 0
        self.returns = 0
        self.pairs = 0
        self.line_bytes = 0
        self.has_quote = False
        self.has_blank = False
        self.has_odd = False
        self.last = b"\n"

    def see(self, chunk: bytes) -> None:
        """Take the next bytes. Raises UnicodeDecodeError or Unreadable."""
        try:
            self.decoder.decode(chunk)
        except UnicodeDecodeError as error:
            held = len(error.object) - len(chunk)
            raise UnicodeDecodeError(
                "utf-8",
                error.object,
                error.start,
                error.end,
                str(self.offset - held + error.start),
            ) from error
        if len(chunk.translate(None, _CONTROL)) != len(chunk):
            self._refuse_nul(chunk)
            self.has_odd = True
        self.has_odd = self.has_odd or b"\xef\xbf" in chunk or b"\xc2" in chunk
        self.has_quote = self.has_quote or b'"' in chunk
        seam = self.last + chunk[:2]
        blank = (b"\n\n", b"\n\r\n", b"\r\r")
        self.has_blank = self.has_blank or any(two in chunk or two in seam for two in blank)
        self.newlines += chunk.count(b"\n")
        self.returns += chunk.count(b"\r")
        self.pairs += chunk.count(b"\r\n") + (self.last.endswith(b"\r") and chunk[:1] == b"\n")
        self._measure(chunk)
        self.offset += len(chunk)
        self.last = (self.last + chunk)[-2:]

    def finish(self) -> None:
        """Refuse a character that the end cuts. Raises UnicodeDecodeError."""
        state = self.decoder.getstate()[0]
        if state:
            raise UnicodeDecodeError("utf-8", state, 0, len(state), str(self.offset - len(state)))

    @property
    def lines(self) -> int:
        ends = self.newlines + self.returns - self.pairs
        return ends + (self.offset > 0 and self.last[-1:] not in (b"\n", b"\r"))

    def _refuse_nul(self, chunk: bytes) -> None:
        at = chunk.find(b"\x00")
        if at >= 0:
            line = self.newlines + chunk.count(b"\n", 0, at) + 1
            raise refuse("nul-byte", line=line, offset=self.offset + at)

    def _measure(self, chunk: bytes) -> None:
        """Stop at a line without an end before it fills the memory."""
        cut = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self.line_bytes = self.line_bytes + len(chunk) if cut < 0 else len(chunk) - cut - 1
        if self.longest is not None and self.line_bytes > self.longest:
            raise refuse("line-too-long", line=self.newlines + 1, limit=self.longest)


def as_utf8(path: Path, work_dir: Path, *, longest_line: int | None) -> Survey:
    """Survey ``path`` as text; anything but UTF-8 is rewritten as UTF-8 in ``work_dir`` first.

    Never guesses and never replaces a character. Raises Unreadable that says what was seen,
    also for a line over ``longest_line`` bytes, where lines matter.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, codec, name in _BOMS:
        if head.startswith(bom):
            if codec == "utf-8":
                return _survey(path, name, len(bom), longest_line, marked=True)
            copy = _transcode(path, codec, len(bom), work_dir / "utf8.txt", name)
            return _survey(copy, name, 0, longest_line)
    try:
        return _survey(path, "UTF-8", 0, longest_line)
    except UnicodeDecodeError as error:
        copy = _from_gb18030(path, work_dir / "utf8.txt", error)
    return _survey(copy, "GB18030", 0, longest_line)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _survey(
    path: Path, encoding: str, start: int, longest_line: int | None, *, marked: bool = False
) -> Survey:
    seen = _Pass(longest_line)
    try:
        with path.open("rb") as file:
            file.seek(start)
            for chunk in _chunks(file):
                seen.see(chunk)
        seen.finish()
    except UnicodeDecodeError as error:
        if not marked:
            raise
        offset = int(error.reason) + start
        raise refuse(
            "broken-encoding", encoding=encoding, offset=offset, found=_bytes_at(path, offset)
        ) from error
    uniform = seen.returns == 0 or seen.returns == seen.newlines == seen.pairs
    return Survey(
        path=path,
        encoding=encoding,
        start=start,
        line_count=seen.lines,
        is_plain=uniform and not seen.has_quote and not seen.has_blank,
        is_clean=not seen.has_odd,
        newline="CRLF" if seen.pairs else "LF" if seen.newlines or not seen.returns else "CR",
    )


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _transcode(path: Path, codec: str, start: int, target: Path, name: str) -> Path:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset = start
    with path.open("rb") as source, target.open("wb") as copy:
        source.seek(start)
        try:
            for chunk in _chunks(source):
                copy.write(decoder.decode(chunk).encode())
                offset += len(chunk)
            copy.write(decoder.decode(b"", final=True).encode())
        except UnicodeError as error:
            raise refuse(
                "broken-encoding", encoding=name, offset=offset, found=_bytes_at(path, offset)
            ) from error
    return target


def _from_gb18030(path: Path, target: Path, utf8_error: UnicodeDecodeError) -> Path:
    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    offset, other, common = 0, 0, 0
    sample = ""
    with path.open("rb") as source, target.open("wb") as copy:
        try:
            for chunk in _chunks(source):
                text = decoder.decode(chunk)
                copy.write(text.encode())
                strange = "".join(_NON_ASCII.findall(text))
                known = strange.encode("gb2312", "ignore").decode("gb2312")
                common += len(known)
                other += sum(c < "\U00010000" for c in strange) - len(known)
                sample = sample or strange[:20]
                offset += len(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            _refuse_mixture(path)
            raise _unknown(path, utf8_error, offset, error) from error
    _refuse_mixture(path)
    if common < _CHINESE_SHARE * (common + other):
        raise refuse("doubtful-encoding", sample=sample)
    return target


def _unknown(
    path: Path, utf8_error: UnicodeDecodeError, offset: int, error: UnicodeError
) -> Unreadable:
    utf8_at = int(utf8_error.reason)
    gb_at = offset + (error.start if isinstance(error, UnicodeDecodeError) else 0)
    return refuse(
        "unknown-encoding",
        utf8_offset=utf8_at,
        utf8_bytes=_bytes_at(path, utf8_at),
        gb_offset=gb_at,
        gb_bytes=_bytes_at(path, gb_at),
    )


def _refuse_mixture(path: Path) -> None:
    """Refuse GB18030 with lines that are UTF-8: most UTF-8 decodes as GB18030 into nonsense."""
    utf8_line = gb_line = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            high = sum(map(len, _HIGH.findall(line)))
            if not high:
                continue
            if not _is_in(line, "utf-8"):
                gb_line = gb_line or (number if _is_in(line, "gb18030") else None)
            elif high >= _TELLING_BYTES:
                utf8_line = utf8_line or number
            if utf8_line and gb_line:
                raise refuse("mixed-encodings", utf8_line=utf8_line, gb_line=gb_line)


def _is_in(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _bytes_at(path: Path, offset: int) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(4).hex(" ").upper()
