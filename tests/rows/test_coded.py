"""Columns as codes: joined, ranked and combined as the values themselves would be."""

from itertools import chain

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.rows.coded import CellCollector, coded, combined, dense_ranks

TEXTS = st.lists(st.text(alphabet="ab中", max_size=2), min_size=1, max_size=8)


@given(parts=st.lists(TEXTS, min_size=1, max_size=5))
def test_batches_come_back_as_one_column(parts):
    held = CellCollector(1)
    for number, part in enumerate(parts):
        held.add([pa.array(part, pa.string())], np.full(len(part), number, np.uint32))
    cells = held.finish()
    (column,) = cells.columns
    assert column.values.take(pa.array(column.codes)).to_pylist() == list(chain(*parts))
    assert len(set(column.values.to_pylist())) == len(column.values)
    assert column.counts.sum() == len(cells.numbers)
    for place, value in enumerate(column.values.to_pylist()):
        chosen = np.arange(len(column.values)) == place
        rows = [n for n, text in enumerate(list(chain(*parts))) if text == value]
        assert column.rows_with(chosen).tolist() == rows


def test_codes_take_no_more_room_than_they_need():
    assert coded(pa.array([str(n) for n in range(256)])).codes.dtype == np.uint8
    assert coded(pa.array([str(n) for n in range(257)])).codes.dtype == np.uint16
    assert coded(pa.array([str(n) for n in range(65537)])).codes.dtype == np.uint32


@pytest.mark.parametrize(
    "values",
    [
        pa.array([3, None, -1, 3]),
        pa.array(["b", None, "a", "b"]),
        pa.array([0.5, None, -0.0, 0.0]),
    ],
    ids=["numbers", "texts", "zeros"],
)
def test_nulls_come_first_and_equal_values_are_equal(values):
    ranks = dense_ranks(values).tolist()
    listed = values.to_pylist()
    distinct = sorted({value for value in listed if value is not None})
    expected = [0 if value is None else 1 + distinct.index(value) for value in listed]
    assert ranks == expected


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1)
)
@pytest.mark.parametrize("size", [4, 1 << 40])
def test_combined_numbers_order_rows_as_their_columns_do(rows, size):
    # Ranks far apart make the product too large for 64 bits, so it is made dense between.
    scale = size // 4
    ranks = np.arange(4, dtype=np.int64) * scale
    columns = [np.array(column, np.uint8) for column in zip(*rows, strict=True)]
    numbers = combined([(ranks, codes) for codes in columns]).tolist()
    for one, first in zip(rows, numbers, strict=True):
        for other, second in zip(rows, numbers, strict=True):
            assert (one < other) == (first < second)
            assert (one == other) == (first == second)


def test_a_column_that_never_repeats_is_held_without_looking_texts_up(monkeypatch):
    monkeypatch.setattr("gongkai.rows.coded._UNIFIED", 10)
    texts = [f"{number:04}" for number in range(3000)]
    repeated = ["a", "b", "c"] * 1000
    held = CellCollector(2)
    for start in range(0, 3000, 500):
        batch = [pa.array(column[start : start + 500]) for column in (texts, repeated)]
        held.add(batch, np.arange(start, start + 500, dtype=np.uint32))
    given = list(held.batches())
    assert [column.to_pylist() for column in given[0][0]] == [texts, repeated]
    assert given[0][1].tolist() == list(range(3000))


def test_a_column_that_repeats_is_joined_while_it_comes():
    held = CellCollector(1)
    sizes = []
    for _ in range(64):
        held.add([pa.array([f"{n}" for n in range(1000)])], np.arange(1000, dtype=np.uint32))
        sizes.append(held.byte_size)
    rows = 64 * 1000
    assert sizes[-1] < rows * (2 + 20) + 8 * sizes[0], "each text is held a few times at most"
