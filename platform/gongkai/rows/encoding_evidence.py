"""What of a text file tells its encoding: distinct words from all over it, and its first lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEAD_LINES = 20
PREVIEW_LINES = 3
# A whole file up to this size is evidence; of a larger one, windows all over it.
_WHOLE_BYTES = 512 * 1024
_WINDOWS = 64
_WINDOW_BYTES = 8 * 1024
# So many bytes beyond ASCII are practically never valid UTF-8 by accident.
_ACCIDENT_BYTES = 32
_BOUNDARY = re.compile(rb"[\x00-\x2f]+")  # bytes that are no part of a longer character
# Signs and accented letters as they stand beside ASCII, with what must come before and behind.
# The same two bytes are a word in GB18030, such as "3楼" for "3¥", so the place decides.
_SIGNS = tuple(
    (frozenset(characters), re.compile(before + rb"\Z"), re.compile(behind))
    for characters, before, behind in (
        ("°±×", rb"[0-9A-Za-z(] ?", rb""),
        ("°±×", rb"", rb" ?[0-9A-Za-z]"),
        ("¹²³", rb"[0-9A-Za-z)]", rb"(?![A-Za-z])"),
        ("½¼¾", rb"[0-9] ?", rb""),
        ("µμ", rb"", rb"[A-Za-z]"),
        ("αβγω", rb"(?<![0-9])", rb"[-0-9A-Za-z]"),
        ("®©", rb"[A-Za-z]", rb"(?![0-9A-Za-z])"),
        ("£¥", rb"(?<![0-9A-Za-z])", rb" ?[0-9]"),
        ("÷", rb"[0-9] ?", rb" ?[0-9]"),
        ("·", rb"[A-Za-z]", rb"[A-Za-z]"),
        (map(chr, range(0xC0, 0x100)), rb"[a-z]", rb""),
        (map(chr, range(0xC0, 0x100)), rb"", rb"[a-z]"),
    )
)
_SHOWN_BYTES = 200
_HIGH = re.compile(rb"[\x80-\xff]+")


def gather_evidence(path: Path) -> tuple[list[bytes], list[bytes]]:
    """Return the distinct words that hold bytes beyond ASCII, and the first lines.

    Every encoding here reads a word by itself, so words of all parts of the file will do.
    """
    size = path.stat().st_size
    words: dict[bytes, None] = {}
    with path.open("rb") as file:
        head = file.read(_WHOLE_BYTES)
        if size <= _WHOLE_BYTES:
            words = dict.fromkeys(_BOUNDARY.split(head))
        else:
            step = (size - _WINDOW_BYTES) // (_WINDOWS - 1)
            for place in range(0, size - _WINDOW_BYTES + 1, step):
                file.seek(place)
                pieces = _BOUNDARY.split(file.read(_WINDOW_BYTES))
                words |= dict.fromkeys(pieces[place > 0 : -1])
    lines = [line for line in re.split(rb"[\r\n]+", head[: 64 * 1024]) if line.strip()]
    if size > 64 * 1024:
        lines = lines[:-1]
    shown = _first_lines(lines)
    if all(line.isascii() for line in shown):
        shown += _telling_lines(path)
    return [word for word in words if not word.isascii()], shown


def _first_lines(lines: Sequence[bytes]) -> list[bytes]:
    """Return the first lines, and behind them the first that can tell encodings apart."""
    telling = [line for line in lines[HEAD_LINES:] if not line.isascii()]
    return [*lines[:HEAD_LINES], *telling[:PREVIEW_LINES]]


def _telling_lines(path: Path) -> list[bytes]:
    """Return the first lines anywhere in the file that can tell encodings apart."""
    found: dict[bytes, None] = {}
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            for match in () if chunk.isascii() else _HIGH.finditer(chunk):
                found[_high_run(chunk, *match.span()).line] = None
                if len(found) == PREVIEW_LINES:
                    return list(found)
    return list(found)


@dataclass(frozen=True)
class HighRun:
    """A run of bytes beyond ASCII, with what stands around it, and its line as far as needed."""

    before: bytes
    run: bytes
    behind: bytes
    line: bytes

    @property
    def is_sign(self) -> bool:
        """Tell whether it is one sign or accented letter as it stands in English."""
        text = self.run.decode("utf-8", "ignore")
        return any(
            text in characters and before.search(self.before) and behind.match(self.behind)
            for characters, before, behind in _SIGNS
        )

    @property
    def word(self) -> bytes:
        """Return the run with the byte behind it that may be a part of its last character."""
        return self.run + (b"" if _BOUNDARY.match(self.behind) else self.behind[:1])


def few_high_runs(path: Path) -> list[HighRun]:
    """Return the runs of bytes beyond ASCII; none where there are more than a few.

    Stops as soon as it knows.
    """
    found: list[HighRun] = []
    count = 0
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            if chunk.isascii():
                continue
            count += int(np.count_nonzero(np.frombuffer(chunk, np.uint8) & 0x80))
            if count > _ACCIDENT_BYTES:
                return []
            found += [_high_run(chunk, *match.span()) for match in _HIGH.finditer(chunk)]
    return found


def _high_run(chunk: bytes, start: int, end: int) -> HighRun:
    first = max(chunk.rfind(b"\n", 0, start), chunk.rfind(b"\r", 0, start)) + 1
    line = chunk[max(first, start - _SHOWN_BYTES) : end + _SHOWN_BYTES]
    line = re.split(rb"[\r\n]", line, maxsplit=1)[0]
    return HighRun(chunk[max(0, start - 2) : start], chunk[start:end], chunk[end : end + 2], line)
