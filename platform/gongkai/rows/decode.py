"""From bytes to UTF-8: a byte order mark, strict UTF-8, the evidence, else a refusal."""

import codecs
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gongkai.rows.encodings import (
    Decision,
    NothingFits,
    chosen_encoding,
    decide_encoding,
    marked_encoding,
    require_no_accident,
    unmarked_utf16,
)
from gongkai.rows.problem_lists import Unreadable, refuse
from gongkai.rows.transcoding import (
    BadBytes,
    bytes_at,
    find_bad_bytes,
    line_at,
    refuse_mixture,
    transcode,
)

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Survey:
    """What one pass over the UTF-8 bytes of a text file saw.

    ``is_even`` means one newline style and no blank line anywhere, ``has_quote`` that a line
    need not be a record. ``is_clean`` means that no control or invalid character can be in
    any cell. ``evidence`` says why the encoding is thought to be what it is.
    """

    path: Path
    encoding: str
    start: int
    line_count: int
    is_even: bool
    has_quote: bool
    is_clean: bool
    newline: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

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
        self.is_inside_character = False
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
        is_ascii = chunk.isascii()
        if not is_ascii or self.is_inside_character:
            self._decode(chunk)
        codes = np.frombuffer(chunk, np.uint8)
        is_newline, is_return = codes == 0x0A, codes == 0x0D
        newlines, returns = int(np.count_nonzero(is_newline)), int(np.count_nonzero(is_return))
        breaks = newlines + returns + int(np.count_nonzero(codes == 0x09))
        if int(np.count_nonzero(codes < 0x20)) > breaks:
            self._refuse_nul(chunk)
            self.has_odd = True
        self.has_odd = self.has_odd or b"\x7f" in chunk
        if not is_ascii:
            self.has_odd = self.has_odd or b"\xef\xbf" in chunk or b"\xc2" in chunk
        self.has_quote = self.has_quote or b'"' in chunk
        self.has_blank = self.has_blank or self._starts_blank(chunk[:1])
        self.has_blank = self.has_blank or bool((is_newline[1:] & is_newline[:-1]).any())
        if returns:
            blank = (is_return[1:] & is_return[:-1]) | (is_return[1:] & is_newline[:-1])
            self.has_blank = self.has_blank or bool(blank.any())
            self.pairs += int(np.count_nonzero(is_return[:-1] & is_newline[1:]))
        self.pairs += self.last == b"\r" and chunk[:1] == b"\n"
        self.newlines += newlines
        self.returns += returns
        self._measure(chunk)
        self.offset += len(chunk)
        self.last = chunk[-1:]

    def _starts_blank(self, first: bytes) -> bool:
        """Tell whether a chunk that begins with ``first`` begins with an empty line."""
        return first in b"\r\n" and self.last + first != b"\r\n" and self.last in b"\r\n"

    def _decode(self, chunk: bytes) -> None:
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
        self.is_inside_character = bool(self.decoder.getstate()[0])

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


def as_utf8(
    path: Path,
    work_dir: Path,
    *,
    longest_line: int | None,
    encoding: str | None = None,
    known_headers: Collection[str] = (),
) -> Survey:
    """Survey ``path`` as text; anything but UTF-8 is rewritten as UTF-8 in ``work_dir`` first.

    A byte order mark decides, then strict UTF-8, then the evidence (``encodings``), for which
    ``known_headers`` count; ``encoding`` is a person's choice and is obeyed strictly. Never
    replaces a character. Raises Unreadable that says what was seen, also for a line over
    ``longest_line`` bytes, where lines matter.
    """
    found = chosen_encoding(path, encoding) if encoding else marked_encoding(path)
    if found is None:
        try:
            survey = _survey(path, "UTF-8", 0, longest_line)
        except UnicodeDecodeError as error:
            found = _decided(path, known_headers, int(error.reason))
        except Unreadable as refusal:
            found = unmarked_utf16(path) if refusal.groups[0].code == "nul-byte" else None
            if found is None:
                raise
        else:
            require_no_accident(path, known_headers)
            return replace(survey, evidence={"encoding_by": "utf-8"})
    if found.encoding.codec == "utf-8":
        survey = _survey(path, found.name, found.start, longest_line, marked=True)
    else:
        copy = _transcode(path, found, work_dir / "utf8.txt")
        survey = _survey(copy, found.name, 0, longest_line)
    return replace(survey, evidence=found.details)


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
            "broken-encoding",
            encoding=encoding,
            line=line_at(path, offset),
            offset=offset,
            found=bytes_at(path, offset),
        ) from error
    kinds = (seen.returns, seen.newlines)
    uniform = 0 in kinds or seen.returns == seen.newlines == seen.pairs
    return Survey(
        path=path,
        encoding=encoding,
        start=start,
        line_count=seen.lines,
        is_even=uniform and not seen.has_blank,
        has_quote=seen.has_quote,
        is_clean=not seen.has_odd,
        newline="CRLF" if seen.pairs else "LF" if seen.newlines or not seen.returns else "CR",
    )


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _decided(path: Path, known_headers: Collection[str], utf8_offset: int) -> Decision:
    refuse_mixture(path)
    try:
        return decide_encoding(path, known_headers)
    except NothingFits as nothing:
        bad = find_bad_bytes(path, nothing.closest.codec)
        refusal = _unknown(path, utf8_offset, nothing.closest.name, bad.offset if bad else 0)
        refusal.details = {"encoding_candidates": list(nothing.candidates)}
        raise refusal from nothing


def _transcode(path: Path, found: Decision, target: Path) -> Path:
    try:
        return transcode(path, found, target)
    except BadBytes as bad:
        raise refuse(
            "broken-encoding",
            encoding=found.name,
            line=bad.line,
            offset=bad.offset,
            found=bytes_at(path, bad.offset),
        ) from bad


def _unknown(path: Path, utf8_offset: int, closest: str, offset: int) -> Unreadable:
    return refuse(
        "unknown-encoding",
        utf8_offset=utf8_offset,
        utf8_line=line_at(path, utf8_offset),
        utf8_bytes=bytes_at(path, utf8_offset),
        encoding=closest,
        other_offset=offset,
        other_line=line_at(path, offset),
        other_bytes=bytes_at(path, offset),
    )
