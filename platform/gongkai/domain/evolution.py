"""What changed between two releases, the version that follows, and how to apply the changes."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
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


def apply(changes: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the newer release, as ``data.json`` has them, from those of the older.

    ``changes`` is the answer of ``…/changes`` with the ``data`` of all its pages together. The
    result is in the order of the newer release. Raises ValueError where the rows are not those
    that the changes begin with.
    """
    names, key = changes["schema"]["fields"], changes["schema"]["primaryKey"]
    # Another key tells no row to be the same, so all of them came.
    kept = {} if changes["schema"]["key_changed"] else {_key(row, key): dict(row) for row in rows}
    for entry in changes["data"]:
        match entry["change"]:
            case "added":
                kept[_key(entry["row"], key)] = dict(entry["row"])
            case "removed":
                if not changes["schema"]["key_changed"]:
                    _found(kept, _key(entry["key"], key))
                    del kept[_key(entry["key"], key)]
            case _:
                _found(kept, _key(entry["key"], key)).update(entry["after"])
    ordered = sorted(kept.values(), key=lambda row: [_rank(row[name]) for name in key])
    return [{name: row.get(name) for name in names} for row in ordered]


def apply_csv(changes: str, rows: str, table_schema: TableSchema) -> str:
    """Return ``data.csv`` of the newer release, byte for byte, from that of the older.

    ``changes`` is all of the CSV form of ``…/changes``; ``table_schema`` is the newer one.
    Raises ValueError where the rows are not those that the changes begin with.
    """
    header, *lines = csv.reader(io.StringIO(rows, newline=""))
    told, *changed = csv.reader(io.StringIO(changes, newline=""))
    named = told[1:-3]  # between _change and _field, _before, _after
    kept = {
        _key(row, named): row for row in (dict(zip(header, line, strict=True)) for line in lines)
    }
    for (change, *cells), cited in groupby(changed, lambda line: line[:-3]):
        place = tuple(_rank(cell) for cell in cells)
        values = {field: after for *_, field, _before, after in cited if field}
        if change == "added":
            kept[place] = {**dict(zip(named, cells, strict=True)), **values}
        elif change == "removed":
            _found(kept, place)
            del kept[place]
        else:
            _found(kept, place).update(values)
    fields = [table_schema.by_name[name] for name in table_schema.primary_key]
    ordered = sorted(kept.values(), key=lambda row: [_text_rank(f, row[f.name]) for f in fields])
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(table_schema.names)
    writer.writerows([row.get(name, "") for name in table_schema.names] for row in ordered)
    return written.getvalue()


def _found(kept: Mapping[Any, dict[str, Any]], place: Any) -> dict[str, Any]:
    if place not in kept:
        raise ValueError(f"There is no row {place}: the changes begin with another release.")
    return kept[place]


def _key(row: Mapping[str, Any], key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(_rank(row.get(name, "")) for name in key)


def _rank(value: Any) -> tuple[bool, Any]:
    """Return what sorts as our files do: empty first; text by code points, as UTF-8 does."""
    return (value is not None, value)


def _text_rank(field: Field, text: str) -> tuple[bool, Any]:
    return (text != "", Decimal(text) if text and field.is_numeric else text)
