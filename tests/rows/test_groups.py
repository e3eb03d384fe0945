import duckdb
import pytest

from gongkai.rows.store import TableRows
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields


@pytest.fixture
def rows_of():
    with duckdb.connect() as connection:

        def make(rows, *fields):
            item = item_of_fields(*(fields or (make_field("x"),)))
            names = item.table_schema.names
            columns = ", ".join(f"{name} VARCHAR" for name in names)
            connection.execute(f"CREATE OR REPLACE TABLE t (_row BIGINT, {columns})")
            marks = ", ".join("?" * (len(names) + 1))
            numbered = [(at, f"K{at}", *row) for at, row in enumerate(rows, start=2)]
            connection.executemany(f"INSERT INTO t VALUES ({marks})", numbered)
            return TableRows(connection, "t", item.table_schema, "_row")

        yield make


def test_distinct_texts_tell_how_often_and_where_first(rows_of):
    rows = rows_of([("a",), ("b",), (None,), ("a",)])

    assert sorted(rows.distinct_texts("x")) == [("a", 2, 2), ("b", 1, 3)]


@pytest.mark.parametrize("different", [3, 90_000], ids=["repeated", "unique"])
def test_a_pattern_keeps_the_same_texts_whichever_way_is_faster(rows_of, different):
    rows = rows_of([("0",)])
    rows._connection.execute(
        "CREATE OR REPLACE TABLE t AS SELECT i + 2 AS _row, 'K' AS code, "
        f"(i % {different})::VARCHAR || '号' AS x FROM range(90000) r(i)"
    )

    found = sorted(rows.distinct_texts("x", "^[12]号$"))

    assert found == [("1号", 90_000 // different, 3), ("2号", 90_000 // different, 4)]


def test_a_pattern_that_is_none_is_a_value_error(rows_of):
    with pytest.raises(ValueError, match="RE2"):
        list(rows_of([("a",)]).distinct_texts("x", "("))


def test_places_are_in_order_capped_and_truly_counted(rows_of):
    rows = rows_of([("a",), ("b",), ("a",), (None,), ("",), ("c",), ("a",)])

    assert rows.places("x", ["a", "c"], limit=2) == (4, [(2, "a"), (4, "a")])
    assert rows.places("x") == (5, [(2, "a"), (3, "b"), (4, "a"), (7, "c"), (8, "a")])
    assert rows.places("x", []) == (0, [])


def test_bounds_are_values_or_nothing(rows_of):
    rows = rows_of([("b",), ("a",), (None,)])

    assert rows.bounds("x") == ("a", "b")
    assert rows_of([(None,)]).bounds("x") is None


def test_a_sample_is_spread_over_the_table_with_its_row_numbers(rows_of):
    rows = rows_of([(str(at),) for at in range(100)])

    assert len(rows.sample(1000)) == 100
    few = rows.sample(10)
    assert [row for row, _ in few] == list(range(10, 102, 10))
    assert few[0] == (10, ("K10", "8"))


def test_small_groups_are_counted_with_the_size_of_each(rows_of):
    rows = rows_of(
        [("m", "1"), ("m", "1"), ("m", "2"), ("f", None), ("f", None), ("f", "1")],
        make_field("sex"),
        make_field("age"),
    )

    assert rows.group_sizes(["sex", "age"], 2) == (2, [(4, 1), (7, 1)])
    assert rows.group_sizes(["sex"], 3) == (0, [])
    assert rows.group_sizes(["sex", "age"], 3, limit=1) == (6, [(2, 2)])
