"""Strict rewriting of text in any encoding as UTF-8, and a look for two encodings in one file."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gongkai.rows.encodings import GB18030, Decision
from gongkai.rows.problem_lists import refuse

CHUNK_BYTES = 1024 * 1024
_BLOCK_BYTES = 4 * 1024 * 1024
# A GB18030 line with this many high bytes is practically never valid UTF-8 by accident.
_TELLING_BYTES = 12
_LF, _CR = 0x0A, 0x0D


class BadBytes(Exception):  # noqa: N818 - a signal to who knows what the encoding should be
    """Bytes that the encoding does not know, with their place."""

    def __init__(self, offset: int, line: int) -> None:
        super().__init__(f"offset {offset}")
        self.offset = offset
        self.line = line


def transcode(path: Path, decision: Decision, target: Path) -> Path:
    """Write ``path`` as UTF-8 to ``target``; nothing is replaced. Raises BadBytes."""
    decoder = codecs.getincrementaldecoder(decision.encoding.codec)("strict")
    offset, line = decision.start, 1
    with path.open("rb") as source, target.open("wb") as copy:
        source.seek(decision.start)
        while True:
            chunk = source.read(CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
                copy.write(text.encode())
            except UnicodeDecodeError as error:
                held = len(error.object) - len(chunk)
                before = error.object[: error.start].decode(decision.encoding.codec, "replace")
                line += _breaks(before)
                raise BadBytes(offset - held + error.start, line) from error
            offset += len(chunk)
            line += _breaks(text)
            if not chunk:
                return target


def find_bad_bytes(path: Path, codec: str) -> BadBytes | None:
    """Return the first place that is not in ``codec``, or None."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset, line = 0, 1
    with path.open("rb") as source:
        while True:
            chunk = source.read(CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                held = len(error.object) - len(chunk)
                line += _breaks(error.object[: error.start].decode(codec, "replace"))
                return BadBytes(offset - held + error.start, line)
            offset += len(chunk)
            line += _breaks(text)
            if not chunk:
                return None


def line_at(path: Path, offset: int) -> int:
    """Return the line of an encoding that keeps ASCII in which ``offset`` lies."""
    newlines = returns = 0
    with path.open("rb") as file:
        left = offset
        while left and (chunk := file.read(min(left, CHUNK_BYTES))):
            newlines += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            left -= len(chunk)
    return (newlines or returns) + 1


def bytes_at(path: Path, offset: int) -> str:
    """Return four bytes as people write them."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(4).hex(" ").upper()


def refuse_mixture(path: Path) -> None:
    """Refuse a file of lines that are UTF-8 and lines that are not.

    Most UTF-8 decodes as GB18030, into nonsense, so neither encoding would complain.
    """
    utf8_line = gb_line = None
    number = 1
    for block in _blocks_of_lines(path):
        codes = np.frombuffer(block, np.uint8)
        starts = _line_starts(codes)
        high = np.add.reduceat((codes >= 0x80).astype(np.uint8), starts, dtype=np.int32)
        wrong = np.add.reduceat(_not_utf8(codes), starts, dtype=np.int32)
        ends = np.append(starts[1:], len(codes))
        for at in np.flatnonzero((wrong == 0) & (high >= _TELLING_BYTES))[:1]:
            if utf8_line is None and _is_in(block[starts[at] : ends[at]], "utf-8"):
                utf8_line = number + int(at)
        for at in np.flatnonzero((wrong > 0) & (high > 0)):
            if gb_line is not None:
                break
            if _is_in(block[starts[at] : ends[at]], GB18030.codec):
                gb_line = number + int(at)
        if utf8_line and gb_line:
            raise refuse("mixed-encodings", utf8_line=utf8_line, gb_line=gb_line)
        number += len(starts)


def _blocks_of_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        held = b""
        while piece := file.read(_BLOCK_BYTES):
            cut = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
            if not cut and len(held) < 8 * _BLOCK_BYTES:
                held += piece
                continue
            # A break in the middle of CR LF would count as two lines.
            if cut == len(piece) and piece.endswith(b"\r"):
                piece += _next_byte(file)
                cut = len(piece) if piece.endswith(b"\n") else cut
            yield held + piece[:cut]
            held = piece[cut:]
        if held:
            yield held


def _next_byte(file: BinaryIO) -> bytes:
    return file.read(1)


def _line_starts(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return where each line begins; CR LF is one break."""
    breaks = codes == _LF
    lone = codes == _CR
    if lone.any():
        lone[:-1] &= codes[1:] != _LF
        breaks |= lone
    starts: NDArray[np.int64] = np.flatnonzero(breaks[:-1]) + 1
    return np.concatenate(([0], starts))


def _not_utf8(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mark each byte that does not stand where UTF-8 would have it."""
    is_tail = (codes & 0xC0) == 0x80
    wanted = np.zeros(len(codes), np.bool_)
    wanted[1:] = codes[:-1] >= 0xC2
    wanted[2:] |= codes[:-2] >= 0xE0
    wanted[3:] |= codes[:-3] >= 0xF0
    wrong: NDArray[np.uint8] = (
        (is_tail != wanted) | (codes >= 0xF5) | ((codes == 0xC0) | (codes == 0xC1))
    ).view(np.uint8)
    return wrong


def _is_in(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _breaks(text: str) -> int:
    return text.count("\n") or text.count("\r")
