"""Two releases, the changes between them in both forms, and what comes of applying them."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongkai.domain.evolution import apply, apply_csv, compare_schemas
from gongkai.domain.records import BadCursor, QueryTooExpensive
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.times import SHANGHAI
from gongkai.rows import change_lists
from gongkai.rows.change_lists import open_changes
from gongkai.rows.changes import compare
from gongkai.rows.parquet_files import arrow_schema
from gongkai.rows.query import QueryLimits
from gongkai.rows.store import open_rows, write_typed_parquet
from gongkai.testing import make_field
from tests.effort import effort
from tests.rows.tables import item_of_fields

TEXTS = (
    "",
    "a",
    "B",
    "0",
    "云河",
    "逗,号",
    '引"号',
    "换\n行",
    "回\r\n车",
    " 空 ",
    "=1+1",
    "𠮷",
    "_change",
)
LONG = timedelta(days=365 * 90)
VALUES: dict[tuple[str, int | None], st.SearchStrategy[Any]] = {
    ("string", None): st.one_of(
        st.sampled_from(TEXTS), st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)))
    ),
    ("list", None): st.sampled_from(["a;b", "全血;单采血小板", ""]),
    ("integer", None): st.integers(-(10**18) + 1, 10**18 - 1),
    ("number", None): st.one_of(
        st.integers(-1000, 1000).map(float),
        st.floats(-1e300, 1e300, allow_subnormal=False).map(lambda x: 0.0 if x == 0 else x),
    ),
    ("number", 2): st.decimals(-(10**15), 10**15, places=2),
    ("number", 6): st.decimals(-(10**12), 10**12, places=6),
    ("boolean", None): st.booleans(),
    ("date", None): st.dates(date(1000, 1, 1), date(9999, 12, 31)),
    ("datetime", None): st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1)).map(
        lambda at: at.replace(microsecond=0, tzinfo=SHANGHAI)
    ),
}
KINDS = list(VALUES)
NAMES = ("k1", "k2", "x", "y", "z", "added", "field", "before")


@dataclass
class Release:
    """One release as files have it."""

    schema: TableSchema
    path: Path
    rows: list[dict[str, Any]]
    csv: str


def stored(
    folder: Path, name: str, schema: TableSchema, rows: list[tuple[Any, ...]], group_rows: int = 0
) -> Release:
    path = folder / f"{name}.parquet"
    columns = list(zip(*rows, strict=True)) or [()] * len(schema.names)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = pa.table(
            [pa.array(list(c), f.type) for c, f in zip(columns, arrow_schema(schema), strict=True)],
            arrow_schema(schema),
        )
        connection.register("given", table)
        connection.execute("CREATE TABLE t AS SELECT * FROM given")
        write_typed_parquet(connection, "t", schema, path)
    if group_rows:
        # As in a long file, a stretch is then many, and they end at different keys.
        pq.write_table(pq.read_table(path), path, row_group_size=group_rows)
    with open_rows(path, schema) as opened:
        opened.write_json(folder / "rows.json")
        opened.write_csv(folder / "rows.csv")
    found = json.loads((folder / "rows.json").read_text(), parse_float=Decimal)
    return Release(schema, path, found, (folder / "rows.csv").read_bytes().decode())


def schema_of(kinds: dict[str, tuple[str, int | None]], key: list[str]) -> TableSchema:
    fields = [
        make_field(name, type=kind, **({} if decimals is None else {"decimals": decimals}))
        for name, (kind, decimals) in kinds.items()
    ]
    return item_of_fields(*fields, key="+".join(key), nullableKey=key).table_schema


@st.composite
def pairs_of_releases(draw):
    """Two tables that share most fields and rows; the second may differ in anything."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(2, 6))]
    kinds = {name: draw(st.sampled_from(KINDS)) for name in names}
    key = list(names[: draw(st.integers(1, min(2, len(names))))])
    rows = draw(tables(kinds, key))
    how = draw(st.sampled_from(["same", "same", "same", "fields", "key"]))
    later, later_key = dict(kinds), key
    if how == "fields":
        for name in names[1:]:
            if name not in key and draw(st.booleans()):
                del later[name]
        for name in draw(st.permutations([n for n in NAMES if n not in names]))[:2]:
            later[name] = draw(st.sampled_from(KINDS))
        if draw(st.booleans()):
            retyped = draw(st.sampled_from(list(later)))
            later[retyped] = draw(st.sampled_from(KINDS))
        later = {name: later[name] for name in draw(st.permutations(list(later)))}
    elif how == "key":
        later_key = draw(st.permutations(list(later)))[: draw(st.integers(1, 2))]
    fresh = draw(tables(later, later_key))
    if how == "same":
        kept = [row for row in rows if draw(st.integers(0, 3))]
        mixed = (
            kept
            + [
                (*row[: len(key)], *draw(st.sampled_from([row, other]))[len(key) :])
                for row, other in zip(rows, fresh, strict=False)
            ]
            + fresh
        )
        fresh = unique(mixed, range(len(key)))
    return (kinds, key, rows), (later, later_key, fresh)


@st.composite
def tables(draw, kinds, key):
    cells = [st.one_of(st.none(), VALUES[kind]) for kind in kinds.values()]
    places = [list(kinds).index(name) for name in key]
    found = draw(st.lists(st.tuples(*cells), max_size=8))
    return unique(found, places)


def unique(rows, places):
    """Keep one row of each key; an empty text is an empty cell there, too."""
    return list(
        {tuple(None if row[i] == "" else row[i] for i in places): row for row in rows}.values()
    )


def answer(old: Release, new: Release, *, limit: int) -> dict[str, Any]:
    """Put the pages together as a reader of the API does."""
    found = compare_schemas(old.schema, new.schema)
    data: list[Any] = []
    with open_changes(old.path, new.path, old.schema, new.schema, pair="x") as changes:
        counts = changes.summary()
        cursor, begun = None, False
        while cursor or not begun:
            page = changes.json_page(limit=limit, cursor=cursor)
            part = json.loads(page.body, parse_float=Decimal)
            assert len(part) == page.count <= limit
            data += part
            cursor, begun = page.next_cursor, True
    return {
        "schema": {
            "fields": list(new.schema.names),
            "primaryKey": list(new.schema.primary_key),
            "key_changed": found.key_changed,
        },
        "counts": counts,
        "data": data,
    }


def whole_csv(old: Release, new: Release) -> str:
    with open_changes(old.path, new.path, old.schema, new.schema, pair="x") as changes:
        return b"".join(changes.csv_chunks()).decode()


@settings(max_examples=effort(20, 300), deadline=None, suppress_health_check=list(HealthCheck))
@given(pairs_of_releases(), st.integers(1, 5), st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_changes_applied_to_the_old_rows_give_the_new_ones(pair, limit, groups):
    folder = Path(tempfile.mkdtemp())
    try:
        old, new = (
            stored(folder, name, schema_of(kinds, key), rows, group_rows)
            for name, (kinds, key, rows), group_rows in zip("ab", pair, groups, strict=True)
        )
        changes = answer(old, new, limit=limit)

        assert apply(changes, old.rows) == new.rows
        assert apply_csv(whole_csv(old, new), old.csv, new.schema) == new.csv
        counts = compare(old.path, new.path, old.schema, new.schema)
        told = {
            kind: sum(one["change"] == kind for one in changes["data"])
            for kind in change_lists.KINDS
        }
        assert told == changes["counts"].counts
        assert (counts.added, counts.removed, counts.changed) == (
            told["added"],
            told["removed"],
            told["changed"],
        )
        if old.rows == new.rows and old.schema == new.schema:
            assert changes["data"] == []
    finally:
        shutil.rmtree(folder)


def pair(tmp_path):
    """A correction in a wider table: a column came, one was retyped, one went."""
    old = schema_of({"k1": ("string", None), "x": ("integer", None), "y": ("string", None)}, ["k1"])
    new = schema_of({"k1": ("string", None), "x": ("number", 2), "z": ("date", None)}, ["k1"])
    rows = [("A", 1, "a"), ("B", None, None), ("C", 3, None)]
    later = [("A", Decimal("1.00"), None), ("B", None, None), ("C", None, date(2026, 1, 2))]
    return stored(tmp_path, "a", old, rows), stored(tmp_path, "b", new, later)


def test_columns_that_came_or_hold_another_type_extend_rows_and_change_none(tmp_path):
    old, new = pair(tmp_path)
    changes = answer(old, new, limit=10)

    assert changes["counts"].counts == {"added": 0, "removed": 0, "changed": 0, "extended": 2}
    assert changes["counts"].fields == {"x": 2, "z": 1}
    assert changes["data"] == [
        {
            "change": "extended",
            "key": {"k1": "A"},
            "before": {"x": 1},
            "after": {"x": Decimal("1.00")},
        },
        {
            "change": "extended",
            "key": {"k1": "C"},
            "before": {"x": 3},
            "after": {"x": None, "z": "2026-01-02"},
        },
    ]
    assert whole_csv(old, new) == (
        "_change,k1,_field,_before,_after\r\n"
        "extended,A,x,1,1.00\r\n"
        "extended,C,x,3,\r\n"
        "extended,C,z,,2026-01-02\r\n"
    )


def test_samples_are_texts_as_files_have_them(tmp_path):
    old, new = pair(tmp_path)
    with open_changes(old.path, new.path, old.schema, new.schema, pair="x") as changes:
        samples = changes.summary(samples=1).samples

    assert [one["after"] for one in samples["extended"]] == [{"x": "1.00"}]


def test_changes_do_not_apply_to_other_rows(tmp_path):
    old, new = pair(tmp_path)
    with pytest.raises(ValueError, match="another release"):
        apply(answer(old, new, limit=10), old.rows[1:])
    with pytest.raises(ValueError, match="another release"):
        apply_csv(whole_csv(old, new), "k1,x,y\r\nB,,\r\n", new.schema)


def test_a_cursor_of_another_pair_is_refused(tmp_path):
    old, new = pair(tmp_path)
    with open_changes(old.path, new.path, old.schema, new.schema, pair="x") as changes:
        cursor = changes.json_page(limit=1).next_cursor
        assert changes.csv_page(limit=1, cursor=cursor).count == 1
    with open_changes(old.path, new.path, old.schema, new.schema, pair="y") as changes:
        for wrong in (cursor, "", "=", "é", cursor[:-3], "A" * 60):
            with pytest.raises(BadCursor):
                changes.json_page(limit=1, cursor=wrong)


def test_what_takes_too_long_says_what_to_do(tmp_path):
    old, new = pair(tmp_path)
    limits = QueryLimits(timeout_seconds=0.0)
    opened = open_changes(old.path, new.path, old.schema, new.schema, pair="x", limits=limits)
    with opened as changes, pytest.raises(QueryTooExpensive, match="format=csv"):
        changes.summary()
