import pytest

from gongkai.domain.evolution import (
    ChangeCounts,
    SchemaChanges,
    compare_schemas,
    next_version,
)
from gongkai.domain.identifiers import Version
from gongkai.domain.table_schema import TableSchema

OLD = Version(1, 4, 2)


@pytest.mark.parametrize(
    ("counts", "version"),
    [
        (ChangeCounts(), None),
        (ChangeCounts(changed=3), Version(1, 4, 3)),
        (ChangeCounts(added=1, changed=3), Version(1, 5, 0)),
        (ChangeCounts(removed=1), Version(1, 5, 0)),
        (ChangeCounts(schema=SchemaChanges(added=("a",))), Version(1, 5, 0)),
        (ChangeCounts(schema=SchemaChanges(removed=("a",))), Version(2, 0, 0)),
        (ChangeCounts(added=9, schema=SchemaChanges(retyped=("a",))), Version(2, 0, 0)),
        (ChangeCounts(schema=SchemaChanges(key_changed=True)), Version(2, 0, 0)),
    ],
)
def test_the_version_says_how_much_changed(counts, version):
    assert next_version(OLD, counts) == version


def test_the_first_release_is_one():
    assert str(next_version(None, ChangeCounts(added=5))) == "1.0.0"


def schema(*fields: dict[str, object]) -> TableSchema:
    title = {"zh": "甲", "en": "A"}
    return TableSchema.of(
        {"fields": [{"title": title, **field} for field in fields], "primaryKey": ["a"]}
    )


def test_only_what_changes_values_changes_the_schema():
    old = schema(
        {"name": "a", "type": "string"},
        {"name": "b", "type": "number"},
        {"name": "c", "type": "date"},
    )
    new = schema(
        {"name": "d", "type": "string"},
        {"name": "b", "type": "number", "decimals": 2},
        {"name": "a", "type": "string", "constraints": {"required": True}},
    )

    assert compare_schemas(old, new) == SchemaChanges(("c",), ("d",), ("b",))
    assert compare_schemas(old, old) == SchemaChanges()
