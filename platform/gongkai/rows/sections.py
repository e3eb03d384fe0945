"""Well-formed delimited text as columns, a section of the file at a time.

Only text of even lines whose quotes all keep RFC 4180 comes here. Anything else is read
record by record (``delimited``), which is slower and can say where what is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from gongkai.rows.coded import whole
from gongkai.rows.decode import Survey

SECTION_BYTES = 32 * 1024 * 1024
# How long the text without an end of record may grow: a cell is never that long.
MOST_BYTES = 2 * SECTION_BYTES
_BLOCK_BYTES = 4 * 1024 * 1024
_QUOTE, _LF, _CR = 0x22, 0x0A, 0x0D
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


class NotPlain(Exception):  # noqa: N818 - a signal: read this text record by record
    """The text is not what these readers take."""


@dataclass(frozen=True)
class _Quotes:
    """Which bytes may stand before an opening and behind a closing quote."""

    beside: NDArray[np.bool_]

    @classmethod
    def of(cls, delimiter: str) -> "_Quotes":
        beside = np.zeros(256, np.bool_)
        beside[[_QUOTE, _LF, _CR, ord(delimiter)]] = True
        return cls(beside)


def read_sections(
    survey: Survey, delimiter: str, width: int, skipped: int
) -> Iterator[list["pa.Array[Any]"]]:
    """Yield the columns of each section as dictionary arrays, without the first rows ``skipped``.

    Raises NotPlain for text that is not even, for a row of another width and for a quote
    that RFC 4180 does not know; what was yielded before must then be thrown away.
    """
    if not survey.is_even:
        raise NotPlain
    names = [f"c{index}" for index in range(width)]
    for place, section in enumerate(_sections(survey, delimiter)):
        source: Any = pa.BufferReader(section)
        try:
            table = pacsv.read_csv(
                source,
                read_options=pacsv.ReadOptions(
                    column_names=names,
                    skip_rows_after_names=0 if place else skipped,
                    block_size=_BLOCK_BYTES,
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=delimiter,
                    quote_char='"' if survey.has_quote else False,
                    newlines_in_values=survey.has_quote,
                    ignore_empty_lines=width > 1,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, _DICTIONARY),
                    check_utf8=False,
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid as error:
            raise NotPlain from error
        yield [whole(column) for column in table.unify_dictionaries().columns]


def _sections(survey: Survey, delimiter: str) -> Iterator[bytes]:
    """Cut the text behind records, never inside quotes."""
    end = _CR if survey.newline == "CR" else _LF
    quotes = _Quotes.of(delimiter)
    held, opened = b"", False
    before = _LF
    with survey.path.open("rb") as file:
        file.seek(survey.start)
        piece = file.read(SECTION_BYTES)
        while piece:
            after = file.read(SECTION_BYTES)
            codes = np.frombuffer(piece, np.uint8)
            cut = piece.rfind(bytes([end])) + 1
            if survey.has_quote:
                marks = np.flatnonzero(codes == _QUOTE)
                _require_strict(codes, marks, quotes, opened, before, after[0] if after else _LF)
                cut = _last_outside(codes, marks, end, opened)
                opened ^= bool(len(marks) % 2)
            before = piece[-1]
            if cut and after:
                yield held + piece[:cut]
                held = piece[cut:]
            else:
                held += piece
            if len(held) > MOST_BYTES:
                raise NotPlain
            piece = after
    if opened:
        raise NotPlain
    if held:
        yield held


def _require_strict(
    codes: NDArray[np.uint8],
    marks: NDArray[np.int64],
    quotes: _Quotes,
    opened: bool,
    before: int,
    after: int,
) -> None:
    """Raise NotPlain unless each quote opens a cell, closes one, or is one of two inside."""
    padded = np.concatenate(([before], codes, [after])).astype(np.uint8)
    is_opening = (np.arange(len(marks)) + opened) % 2 == 0
    beside = np.where(is_opening, padded[marks], padded[marks + 2])
    if not quotes.beside[beside].all():
        raise NotPlain


def _last_outside(
    codes: NDArray[np.uint8], marks: NDArray[np.int64], end: int, opened: bool
) -> int:
    """Return the place behind the last line end outside quotes; 0 when there is none."""
    ends = np.flatnonzero(codes == end)
    inside = (np.searchsorted(marks, ends) + opened) % 2 == 1
    outside = ends[~inside]
    return int(outside[-1]) + 1 if len(outside) else 0
