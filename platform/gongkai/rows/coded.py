"""Columns of text as codes into their distinct values: what is asked of a cell is asked once.

A million cells of a column rarely hold more than a few thousand different texts. Reading,
cleaning, typing and checking look at these; rows are touched only as numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.unsignedinteger[Any]]
Numbers = NDArray[np.int64]
RowNumbers = NDArray[np.uint32]
THREADS = 2
# Up to so many texts it costs little to find out which are the same.
_UNIFIED = 1_000_000
_SAMPLED = 1_000
_BATCH_ROWS = 200_000
# What checks and sorting will take beside the cells: counts, values and ranks for each text,
# numbers, keys and order for each row.
_TEXT_BYTES, _ROW_BYTES = 24, 20
S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class CodedColumn:
    """One column: its texts ('' where a cell is empty) and for each row the place of its own.

    The texts are distinct, except in a column that hardly ever repeats itself.
    """

    values: "pa.Array[Any]"
    codes: Codes

    @cached_property
    def counts(self) -> RowNumbers:
        """Return how many rows hold each value."""
        return count_codes(self.codes, len(self.values))

    @property
    def byte_size(self) -> int:
        """Return what the column takes, with what will be kept for each of its texts."""
        return self.codes.nbytes + int(self.values.nbytes) + len(self.values) * _TEXT_BYTES

    def rows_with(self, chosen: NDArray[np.bool_]) -> Numbers:
        """Return the places, from 0, of the rows whose value is ``chosen``."""
        return np.flatnonzero(chosen[self.codes])


@dataclass(frozen=True)
class RawCells:
    """All cells of a file: its columns in order, and the row number of each row."""

    columns: tuple[CodedColumn, ...]
    numbers: RowNumbers


class CellCollector:
    """Takes columns of text a batch at a time and holds them coded.

    ``byte_size`` is what they and the work on them will take.
    """

    def __init__(self, width: int) -> None:
        self._parts: list[list[CodedColumn]] = [[] for _ in range(width)]
        self._numbers: list[RowNumbers] = []
        self._row_count = 0
        self.byte_size = 0

    def add(self, columns: Sequence["pa.Array[Any]"], numbers: RowNumbers) -> None:
        """Take one batch, a text or dictionary array for each column."""
        self._numbers.append(numbers)
        for parts, part in zip(self._parts, in_threads(coded, columns), strict=True):
            parts.append(part)
            _merge_tail(parts)
        self._row_count += len(numbers)
        held = sum(part.byte_size for parts in self._parts for part in parts)
        self.byte_size = held + self._row_count * _ROW_BYTES

    def batches(self) -> Iterator[tuple[list["pa.Array[Any]"], RowNumbers]]:
        """Give the cells back as text arrays; the collector is empty afterwards."""
        cells = self.finish()
        for start in range(0, len(cells.numbers), _BATCH_ROWS):
            rows = slice(start, start + _BATCH_ROWS)
            columns = [one.values.take(as_indices(one.codes[rows])) for one in cells.columns]
            yield columns, cells.numbers[rows]

    def finish(self) -> RawCells:
        """Return all batches as one; the collector is empty afterwards."""
        columns = in_threads(_joined, self._parts)
        numbers = np.concatenate(self._numbers) if self._numbers else np.empty(0, np.uint32)
        self._parts, self._numbers = [], []
        return RawCells(tuple(columns), numbers)


def coded(column: "pa.Array[Any]") -> CodedColumn:
    """Return a text or dictionary array without nulls as codes."""
    if column.null_count:
        column = column.fill_null("")
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    values, codes = _parts(column)
    return CodedColumn(values, _small(codes, len(values)))


def dictionary_array(codes: Codes, values: "pa.Array[Any]") -> "pa.Array[Any]":
    """Return the dictionary array that has the value of ``values`` at each code."""
    return pa.DictionaryArray.from_arrays(as_indices(codes), values)


def as_indices(numbers: NDArray[Any]) -> Any:
    """Return numbers as an Arrow array, of a type that its stubs do not narrow."""
    return pa.array(numbers)


def whole(column: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    """Return the chunks of a column as one array."""
    chunks: list[pa.Array[Any]] = column.chunks
    if len(chunks) == 1:
        return chunks[0]
    return pa.concat_arrays(chunks) if chunks else pa.nulls(0, column.type)


def in_threads(work: Callable[[S], T], parts: Iterable[S]) -> list[T]:
    """Do ``work`` for each part; numpy and Arrow let go of the interpreter while they count."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, parts))


def dense_ranks(values: "pa.Array[Any]") -> NDArray[np.int64]:
    """Return the place of each value in ascending order from 0; nulls first, equal ones equal."""
    nulls_first: Any = [("", "ascending", "at_start")]
    options = pc.RankOptions(nulls_first, tiebreaker="dense")
    ranks: pa.Array[Any] = pc.call_function("rank", [values], options)
    found: NDArray[np.int64] = ranks.to_numpy().astype(np.int64) - 1
    return found


def combined(ranks: Sequence[tuple[Numbers, Codes]]) -> Numbers:
    """Return one number for each row that orders rows as their columns do, one after another.

    ``ranks`` has, for each column, the rank of each value and the code of each row.
    """
    whole: Numbers | None = None
    size = 1
    for rank, codes in ranks:
        width = int(rank.max(initial=0)) + 1
        column = rank[codes]
        if whole is None:
            whole, size = column, width
            continue
        if size > np.iinfo(np.int64).max // width:
            _, whole = np.unique(whole, return_inverse=True)
            size = int(whole.max(initial=0)) + 1
        whole = whole * width
        whole += column
        size *= width
    return np.empty(0, np.int64) if whole is None else whole


def count_codes(codes: Codes, count: int) -> RowNumbers:
    """Return how many rows have each code, in half the memory that numpy takes for it."""
    return np.bincount(codes, minlength=count).astype(np.uint32)


def _merge_tail(parts: list[CodedColumn]) -> None:
    """Join the newest parts once they are as long as what is before them, if they repeat it.

    Each row is joined anew only a few times however long the file, and a column that repeats
    itself holds each text about once.
    """
    while len(parts) > 1 and len(parts[-1].codes) * 2 > len(parts[-2].codes):
        if not _repeats(parts[-2], parts[-1]):
            return
        tail = [parts.pop(), parts.pop()]
        parts.append(_unified(tail[::-1]))


def _repeats(one: CodedColumn, other: CodedColumn) -> bool:
    """Tell whether a good part of some texts of ``other`` stand in ``one`` too."""
    asked = other.values[: len(other.values) : max(1, len(other.values) // _SAMPLED)]
    found = pc.call_function("is_in", [asked], pc.SetLookupOptions(one.values))
    return int(pc.call_function("sum", [found]).as_py() or 0) * 4 > len(asked)


def _joined(parts: list[CodedColumn]) -> CodedColumn:
    """Return the parts of a column as one; texts are looked up only where it is worth it."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return CodedColumn(pa.array([], pa.string()), np.empty(0, np.uint8))
    if sum(len(part.values) for part in parts) <= _UNIFIED or _repeats(parts[0], parts[-1]):
        return _unified(parts)
    values = pa.concat_arrays([part.values for part in parts])
    joined = np.empty(sum(len(part.codes) for part in parts), _small_type(len(values)))
    seen = row = 0
    while parts:
        part = parts.pop(0)
        end = row + len(part.codes)
        np.add(part.codes, seen, out=joined[row:end], casting="unsafe")
        seen, row = seen + len(part.values), end
    return CodedColumn(values, joined)


def _unified(parts: list[CodedColumn]) -> CodedColumn:
    """Return the parts of a column as one whose texts are distinct."""
    values, codes = _parts(pa.concat_arrays([part.values for part in parts]).dictionary_encode())
    place_of = _small(codes, len(values))
    joined = np.empty(sum(len(part.codes) for part in parts), place_of.dtype)
    seen = row = 0
    for part in parts:
        end = row + len(part.codes)
        joined[row:end] = place_of[seen : seen + len(part.values)][part.codes]
        seen, row = seen + len(part.values), end
    parts.clear()
    return CodedColumn(values, joined)


def _parts(column: Any) -> tuple["pa.Array[Any]", NDArray[Any]]:
    """Return the values of a dictionary array and its codes."""
    return column.dictionary, column.indices.to_numpy(zero_copy_only=False)


def _small(codes: NDArray[Any], count: int) -> Codes:
    return codes.astype(_small_type(count))


def _small_type(count: int) -> type[np.unsignedinteger[Any]]:
    if count <= 1 << 8:
        return np.uint8
    return np.uint16 if count <= 1 << 16 else np.uint32
