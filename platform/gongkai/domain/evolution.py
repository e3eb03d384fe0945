"""What changed between two releases of a dataset, and the version that follows from it."""

from dataclasses import dataclass
from typing import Any

from gongkai.domain.identifiers import FIRST_VERSION, Version
from gongkai.domain.table_schema import Field, TableSchema


@dataclass(frozen=True, slots=True)
class SchemaChanges:
    """Fields by name that went, came, or hold something else; and whether the key did."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    key_changed: bool = False


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Rows by primary key that came, went, or have other values; and what the schema did."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    schema: SchemaChanges = SchemaChanges()

    @property
    def is_breaking(self) -> bool:
        """Tell whether a program written for the old release may fail on the new one."""
        return bool(self.schema.removed or self.schema.retyped or self.schema.key_changed)

    @property
    def is_empty(self) -> bool:
        """Tell whether the two releases hold the same rows in the same fields."""
        rows = self.added or self.removed or self.changed
        return not (rows or self.schema.added or self.is_breaking)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": {"added": self.added, "removed": self.removed, "changed": self.changed},
            "fields": {
                "added": list(self.schema.added),
                "removed": list(self.schema.removed),
                "retyped": list(self.schema.retyped),
            },
            "key_changed": self.schema.key_changed,
        }


def compare_schemas(old: TableSchema, new: TableSchema) -> SchemaChanges:
    """Return what changed for the values themselves; titles and rules do not count."""
    shared = [name for name in old.names if name in new.by_name]
    return SchemaChanges(
        removed=tuple(name for name in old.names if name not in new.by_name),
        added=tuple(name for name in new.names if name not in old.by_name),
        retyped=tuple(
            name for name in shared if _kind(old.by_name[name]) != _kind(new.by_name[name])
        ),
        key_changed=old.primary_key != new.primary_key,
    )


def _kind(field: Field) -> tuple[str, int | None]:
    return field.type.value, field.decimals


def next_version(previous: Version | None, counts: ChangeCounts) -> Version | None:
    """Return the version after ``previous``; None when nothing changed.

    Major: a field was removed or retyped, or the key changed. Minor: rows or fields came, or
    rows went. Patch: values were corrected, nothing else.
    """
    if previous is None:
        return FIRST_VERSION
    if counts.is_empty:
        return None
    if counts.is_breaking:
        return Version(previous.major + 1, 0, 0)
    if counts.added or counts.removed or counts.schema.added:
        return Version(previous.major, previous.minor + 1, 0)
    return Version(previous.major, previous.minor, previous.patch + 1)
