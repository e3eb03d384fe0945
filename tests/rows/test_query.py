"""Questions to the records: every answer compared with a slow and obvious one."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from operator import eq, ge, gt, itemgetter, le, lt, ne
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.domain.records import (
    Aggregate,
    BadCursor,
    Filter,
    QueryTooExpensive,
    RecordQuery,
    SortKey,
    parse_query,
)
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows.columns import identifier, storage_type
from gongkai.rows.parquet_files import write_typed_parquet
from gongkai.rows.query import QueryLimits, RecordPage, run_query
from tests.effort import effort

TITLE = Text("列", "column")
SCHEMA = TableSchema(
    (
        Field("code", FieldType.STRING, TITLE, "a"),
        Field("price", FieldType.NUMBER, TITLE, "1.50", decimals=2),
        Field("rate", FieldType.NUMBER, TITLE, "1.5"),
        Field("people", FieldType.INTEGER, TITLE, "1"),
        Field("is_open", FieldType.BOOLEAN, TITLE, "true"),
        Field("day", FieldType.DATE, TITLE, "2026-01-30"),
        Field("moment", FieldType.DATETIME, TITLE, "2026-01-30T08:00:00+08:00"),
        Field("tags", FieldType.LIST, TITLE, "a;b"),
    ),
    primary_key=("code",),
)
RELEASE = "a" * 64
SHANGHAI = timezone(timedelta(hours=8))
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}
Row = dict[str, Any]

TEXTS = st.one_of(
    st.sampled_from(["010100", "血", "血液", "甲型H1N1", "B超", "b超", "%", "_", '"x"', "a\r\n'b"]),
    st.text("ab血𠮷% \\", min_size=1, max_size=4),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "code": TEXTS,
    "price": st.decimals("-99", "99", places=2),
    "rate": st.sampled_from([0.0, -1.5, 2.25, 1e22, 0.1]),
    "people": st.sampled_from([0, 1, -3, 10**17, 999_999_999_999_999_999]),
    "is_open": st.booleans(),
    "day": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "moment": st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
        lambda value: value.replace(microsecond=0)
    ),
    "tags": TEXTS,
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    max_size=12,
)


def write(folder: str | Path, rows: list[Row]) -> Path:
    """Write rows as Parquet, as a release has them."""
    path = Path(folder) / "data.parquet"
    columns = ", ".join(f"{identifier(f.name)} {storage_type(f)}" for f in SCHEMA)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        for row in rows:
            values = [
                value.isoformat() if isinstance(value, datetime) else value
                for value in (row[name] for name in SCHEMA.names)
            ]
            connection.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(values))})", values)
        write_typed_parquet(connection, "t", SCHEMA, path)
    return path


def ask(path: Path, query: RecordQuery, **options: Any) -> RecordPage:
    return run_query(path, SCHEMA, query, release=RELEASE, **options)


def walk(path: Path, query: RecordQuery) -> Iterator[tuple[RecordPage, list[Row]]]:
    """Follow the cursor to the end."""
    cursor: str | None = None
    while True:
        page = ask(path, RecordQuery(**{**vars(query), "cursor": cursor}))
        yield page, json.loads(page.body)
        cursor = page.next_cursor
        if cursor is None:
            return


def as_json(row: Row) -> Row:
    """Return a row as JSON has it once read."""
    shown: Row = {}
    for name, value in row.items():
        if isinstance(value, Decimal):
            shown[name] = float(value)
        elif isinstance(value, datetime):
            shown[name] = value.astimezone(SHANGHAI).isoformat()
        else:
            shown[name] = value.isoformat() if isinstance(value, date) else value
    return shown


def holds(row: Row, entry: Filter) -> bool:
    """The obvious meaning of a filter."""
    cell, first = row[entry.field], entry.values[0]
    if entry.operator == "isnull":
        return (cell is None) is first
    if cell is None:
        return False
    if entry.operator == "in":
        return cell in entry.values
    if entry.operator == "contains":
        return str(first) in cell
    if entry.operator == "startswith":
        return bool(cell.startswith(first))
    return bool(COMPARISONS[entry.operator](cell, first))


def answer(rows: list[Row], query: RecordQuery) -> list[Row]:
    """Filter, then sort by each key from the last to the first: empty cells come last."""
    texts = ("code", "tags")
    found = [
        row
        for row in rows
        if all(holds(row, entry) for entry in query.filters)
        and all(
            any(word.lower() in (row[name] or "").lower() for name in texts) for word in query.words
        )
    ]
    for key in reversed(query.sort):
        full = [row for row in found if row[key.field] is not None]
        empty = [row for row in found if row[key.field] is None]
        found = sorted(full, key=itemgetter(key.field), reverse=key.descending) + empty
    return [as_json(row) for row in found]


@st.composite
def queries(draw: st.DrawFn, rows: list[Row]) -> RecordQuery:
    """Draw a question whose values are often those of the rows."""
    filters = []
    for name in draw(st.lists(st.sampled_from(SCHEMA.names), max_size=3)):
        operators = ["eq", "ne", "in", "isnull"]
        if name != "is_open":
            operators += ["lt", "lte", "gt", "gte"]
        if name in ("code", "tags"):
            operators += ["contains", "startswith"]
        operator = draw(st.sampled_from(operators))
        known = [row[name] for row in rows if row[name] is not None]
        value = st.sampled_from(known) if known else VALUES[name]
        size = 3 if operator == "in" else 1
        values = tuple(draw(value | VALUES[name]) for _ in range(size))
        if operator == "isnull":
            values = (draw(st.booleans()),)
        filters.append(Filter(name, operator, values))
    sort = draw(st.lists(st.sampled_from(SCHEMA.names), max_size=3, unique=True))
    return RecordQuery(
        filters=tuple(filters),
        words=draw(st.sampled_from([(), (), ("血",), ("B超",), ("a", "b")])),
        sort=tuple(SortKey(name, draw(st.booleans())) for name in sort),
        limit=draw(st.sampled_from([1, 3, 100])),
    )


@settings(max_examples=effort(12, 100), deadline=None)
@given(data=st.data(), rows=ROWS)
def test_walking_the_cursor_gives_exactly_the_filtered_and_sorted_rows(
    data: st.DataObject, rows: list[Row]
) -> None:
    query = data.draw(queries(rows))
    with TemporaryDirectory() as folder:
        path = write(folder, rows)
        stored = pq.read_table(path).to_pylist()
        pages = list(walk(path, query))
    wanted = answer(stored, query)
    assert [row for _, page in pages for row in page] == wanted
    assert {page.total for page, _ in pages} == {len(wanted)}
    assert all(page.count == len(found) for page, found in pages)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three rows of two codes."""
    empty = dict.fromkeys(SCHEMA.names)
    return write(
        tmp_path,
        [
            {**empty, "code": "血浆", "price": Decimal("240.00"), "people": 10**18 - 1},
            {**empty, "code": "血浆", "price": Decimal("0.50"), "people": 10**18 - 1},
            {**empty, "code": "全血", "day": date(2026, 1, 30), "is_open": True},
        ],
    )


def query(**parameters: str) -> RecordQuery:
    return parse_query(list(parameters.items()), SCHEMA)


def test_figures_are_written_as_the_csv_has_them(path: Path) -> None:
    page = ask(path, query(fields="price", price__isnull="false"))
    assert page.body == b'[{"price":0.50},{"price":240.00}]'


def test_groups_are_counted_and_averaged_and_paged(path: Path) -> None:
    wanted = query(
        group_by="code", aggregate="count,avg(price),sum(people),max(day)", sort="-count", limit="1"
    )
    pages = list(walk(path, wanted))
    assert [row for _, rows in pages for row in rows] == [
        {
            "code": "血浆",
            "count": 2,
            "avg_price": 120.25,
            "sum_people": 2 * 10**18 - 2,
            "max_day": None,
        },
        {
            "code": "全血",
            "count": 1,
            "avg_price": None,
            "sum_people": None,
            "max_day": "2026-01-30",
        },
    ]
    assert {page.total for page, _ in pages} == {2}
    assert json.loads(ask(path, query(aggregate="count")).body) == [{"count": 3}]


def test_a_page_comes_as_csv_json_lines_and_parquet(path: Path) -> None:
    wanted = query(sort="-price", fields="code,price", limit="2")
    csv = ask(path, wanted, form="csv")
    assert csv.body.decode() == "code,price\r\n血浆,240.00\r\n血浆,0.50\r\n"
    lines = ask(path, wanted, form="jsonl")
    assert len(lines.body.splitlines()) == lines.count == 2
    table = pl.read_parquet(BytesIO(ask(path, wanted, form="parquet").body))
    assert table["price"].to_list() == [Decimal("240.00"), Decimal("0.50")]
    assert csv.next_cursor == lines.next_cursor is not None


def test_a_finer_figure_than_the_column_holds_is_compared_exactly(path: Path) -> None:
    assert ask(path, query(price__gt="239.9999999999")).total == 1
    assert ask(path, query(price="240.0000000001")).total == 0
    assert ask(path, query(price__lt="999999999999999999.99")).total == 2


def test_a_cursor_serves_only_its_own_query_and_release(path: Path) -> None:
    cursor = ask(path, query(limit="1", sort="price")).next_cursor
    assert cursor is not None
    assert ask(path, query(limit="2", sort="price", cursor=cursor)).count == 2
    for other in (query(sort="-price", cursor=cursor), query(cursor=cursor), query(cursor="血")):
        with pytest.raises(BadCursor, match="without it"):
            ask(path, other)
    with pytest.raises(BadCursor):
        run_query(path, SCHEMA, query(sort="price", cursor=cursor), release="b" * 64)


def test_an_answer_without_rows_is_an_empty_list(path: Path) -> None:
    page = ask(path, query(code="没有"))
    assert (page.body, page.count, page.total, page.next_cursor) == (b"[]", 0, 0, None)


def test_values_are_bound_and_never_read_as_sql(path: Path) -> None:
    for hostile in ("' OR 1=1 --", '"); DROP VIEW data; --', "\x00", "%", "\\"):
        assert ask(path, query(code=hostile)).total == 0
        assert ask(path, query(q=hostile)).total in (0, 3)


def test_a_query_over_its_time_is_refused_as_too_expensive(tmp_path: Path) -> None:
    row = dict.fromkeys(SCHEMA.names)
    path = write(tmp_path, [{**row, "code": "a" * 200}])
    rows = f"(SELECT t.* FROM read_parquet('{path}') t, range(300000))"
    big = tmp_path / "big.parquet"
    with duckdb.connect() as connection:
        write_typed_parquet(connection, rows, SCHEMA, big)
    with pytest.raises(QueryTooExpensive, match="filter"):
        ask(big, query(q="a b c d e f g"), limits=QueryLimits(timeout_seconds=0.001))


def test_aggregates_have_names_of_their_own() -> None:
    assert [Aggregate("count").name, Aggregate("avg", "price").name] == ["count", "avg_price"]
