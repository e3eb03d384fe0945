from pathlib import Path

import duckdb
import pytest

from gongkai.domain.evolution import ChangeCounts
from gongkai.domain.items import DisclosureItem
from gongkai.rows.changes import compare
from gongkai.rows.store import write_typed_parquet
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields

ITEM = item_of_fields(
    make_field("part"), make_field("n", type="number"), key="code+part", nullableKey=["part"]
)
OLD = "('A', '1', 1.5), ('B', NULL, 2), ('C', '1', NULL)"


def parquet(path: Path, values: str, item: DisclosureItem = ITEM) -> Path:
    with duckdb.connect() as connection:
        names = ", ".join(item.table_schema.names)
        connection.execute(f"CREATE TABLE t AS SELECT * FROM (VALUES {values}) v({names})")
        write_typed_parquet(connection, "t", item.table_schema, path)
    return path


@pytest.mark.parametrize(
    ("new", "counts"),
    [
        (OLD, ChangeCounts()),
        ("('C', '1', NULL), ('B', NULL, 2), ('A', '1', 1.5)", ChangeCounts()),
        ("('A', '1', 1.5), ('B', NULL, 3), ('C', '1', 0)", ChangeCounts(changed=2)),
        ("('A', '1', 1.5), ('B', '1', 2), ('C', '1', NULL)", ChangeCounts(added=1, removed=1)),
        ("('A', '1', 1.5), ('B', NULL, 2), ('C', '1', NULL), ('D', '1', 1)", ChangeCounts(added=1)),
    ],
)
def test_rows_are_compared_by_key_and_empty_is_a_value(tmp_path, new, counts):
    schema = ITEM.table_schema
    old_path, new_path = parquet(tmp_path / "a", OLD), parquet(tmp_path / "b", new)

    assert compare(old_path, new_path, schema, schema) == counts


def test_a_field_that_only_one_release_has_changes_no_row(tmp_path):
    wider = item_of_fields(
        make_field("part"),
        make_field("n", type="number"),
        make_field("more"),
        key="code+part",
        nullableKey=["part"],
    )
    old_path = parquet(tmp_path / "a", OLD)
    new_path = parquet(tmp_path / "b", "('A', '1', 1.5, 'x'), ('B', NULL, 2, 'y')", wider)

    found = compare(old_path, new_path, ITEM.table_schema, wider.table_schema)

    assert (found.added, found.removed, found.changed) == (0, 1, 0)
    assert found.schema.added == ("more",)


def test_another_key_makes_every_row_another_one(tmp_path):
    other = item_of_fields(make_field("part"), make_field("n", type="number"))
    old_path = parquet(tmp_path / "a", OLD)
    new_path = parquet(tmp_path / "b", "('A', '1', 1.5)", other)

    found = compare(old_path, new_path, ITEM.table_schema, other.table_schema)

    assert (found.added, found.removed, found.changed) == (1, 3, 0)
    assert found.is_breaking
