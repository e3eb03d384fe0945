"""The 60 items, and a check of rows that shares nothing with the sample generator."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import CodeType
from typing import Any

import pytest

from gongkai.domain.items import DisclosureItem
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.schemas.plugin_yaml import load_disclosure_items

Row = Mapping[str, str]
PACKAGES = ("shared", "hospital", "blood_station", "disease_control", "primary_care")
_TEXT = {
    FieldType.INTEGER: r"-?(0|[1-9]\d*)",
    FieldType.NUMBER: r"-?(0|[1-9]\d*)(\.\d+)?",
    FieldType.BOOLEAN: r"true|false",
    FieldType.DATE: r"\d{4}-\d\d-\d\d",
    FieldType.DATETIME: r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00",
}


@pytest.fixture(scope="session")
def items() -> dict[str, DisclosureItem]:
    found = [item for name in PACKAGES for item in load_disclosure_items(f"gongkai_{name}")]
    return {item.key: item for item in found}


@pytest.fixture(scope="session")
def problems_of() -> Callable[..., list[str]]:
    return find_problems


def find_problems(
    schema: TableSchema, rows: Sequence[Row], others: Mapping[str, Sequence[Row]]
) -> list[str]:
    """Return one line per mistake, with rules read as Python and dates compared as text."""
    found = []
    typed = []
    for number, row in enumerate(rows):
        if tuple(row) != schema.names:
            return [f"{number}: fields are {tuple(row)}"]
        found += [
            f"{number} {field.name}={row[field.name]!r}: {mistake}"
            for field in schema
            for mistake in _cell_mistakes(field, row[field.name])
        ]
        typed.append({field.name: _typed(field, row[field.name]) for field in schema})
    if found:
        return found
    return [*_row_mistakes(schema, typed), *_table_mistakes(schema, rows, typed, others)]


def _cell_mistakes(field: Field, text: str) -> list[str]:
    if text == "":
        return ["required"] if field.required else []
    if not re.fullmatch(_TEXT.get(field.type, r"(?s).+"), text):
        return [f"not a canonical {field.type}"]
    value = _typed(field, text)
    codes = [category.value for category in field.categories]
    checks = {
        # A blood station's licence has a number of its own; the pattern only warns.
        "pattern": field.pattern is None
        or field.name == "licence_no"
        or re.search(field.pattern, text),
        "enum": not codes or text in codes,
        "length": field.max_length is None or len(text) <= field.max_length,
        "white space": text == text.strip() and "\n" not in text and "{" not in text,
        "list": field.type is not FieldType.LIST
        or set(text.split(field.delimiter)) <= set(field.list_values),
    }
    if field.is_numeric:
        places = len(text.partition(".")[2])
        checks |= {
            "minimum": field.minimum is None or value >= Decimal(field.minimum),
            "maximum": field.maximum is None or value <= Decimal(field.maximum),
            "decimals": field.decimals is None or places == field.decimals,
            "step": field.step is None or value % Decimal(field.step) == 0,
        }
    return [name for name, passes in checks.items() if not passes]


def _typed(field: Field, text: str) -> Any:
    if text == "":
        return None
    match field.type:
        case FieldType.INTEGER | FieldType.NUMBER:
            return Decimal(text)
        case FieldType.BOOLEAN:
            return text == "true"
        case FieldType.DATE:
            return date.fromisoformat(text)
        case FieldType.DATETIME:
            return datetime.fromisoformat(text)
    return text


def holds(text: str, row: Mapping[str, Any]) -> bool | None:
    """Evaluate a rule as the Python it looks like; None where a value is empty."""
    scope = {f"{name}_": value for name, value in row.items()} | _SCOPE
    try:
        return bool(eval(_as_python(text, tuple(row)), scope))
    except TypeError:
        return None


_SCOPE: dict[str, Any] = {
    "true": True,
    "false": False,
    "Decimal": Decimal,
    "__builtins__": {"abs": abs},
    "empty": lambda value: value is None,
    "present": lambda value: value is not None,
}


@cache
def _as_python(text: str, names: tuple[str, ...]) -> CodeType:
    words = "|".join(sorted(names, key=len, reverse=True))
    python = re.sub(
        rf"('[^']*')|\b({words})\b|\b(\d+\.\d+)\b",
        lambda found: found[1] or (f"{found[2]}_" if found[2] else f"Decimal('{found[3]}')"),
        text,
    )
    return compile(python, text, "eval")


def _row_mistakes(schema: TableSchema, typed: list[dict[str, Any]]) -> list[str]:
    found = []
    for number, row in enumerate(typed):
        for rule in schema.rules:
            asked = rule.when is None or holds(rule.when, row)
            if asked and holds(rule.expect, row) is False:
                found.append(f"{number}: {rule.expect} with {row}")
        for field in schema:
            if field.required_when and row[field.name] is None and holds(field.required_when, row):
                found.append(f"{number}: {field.name} required when {field.required_when}")
    return found


def _table_mistakes(
    schema: TableSchema,
    rows: Sequence[Row],
    typed: list[dict[str, Any]],
    others: Mapping[str, Sequence[Row]],
) -> list[str]:
    found = []
    for names in (schema.primary_key, *((field.name,) for field in schema if field.unique)):
        counted = Counter(tuple(row[name] for name in names) for row in rows)
        found += [f"twice: {names} {key}" for key, count in counted.items() if count > 1]
        nullable = (*schema.nullable_key, *(() if names is schema.primary_key else names))
        found += [
            f"empty key {row}"
            for row in rows
            if any(row[name] == "" for name in names if name not in nullable)
        ]
    for key in schema.foreign_keys:
        known = {tuple(row[name] for name in key.item_fields) for row in others[key.item]}
        used = {tuple(row[name] for name in key.fields) for row in rows}
        found += [f"unknown in {key.item}: {value}" for value in used - known]
    for rule in schema.counts:
        count = sum(holds(rule.where, row) is True for row in typed)
        if count < rule.at_least or (rule.at_most is not None and count > rule.at_most):
            found.append(f"{count} rows where {rule.where}")
    return found + _total_mistakes(schema, typed)


def _total_mistakes(schema: TableSchema, typed: list[dict[str, Any]]) -> list[str]:
    found = []
    for rule in schema.totals:
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in typed:
            groups.setdefault(tuple(row[name] for name in rule.within), []).append(row)
        for group, members in groups.items():
            totals = [row for row in members if holds(rule.total, row)]
            parts = [row for row in members if holds(rule.parts, row)]
            for name in rule.fields if totals and parts else ():
                gap = sum(row[name] for row in totals) - sum(row[name] for row in parts)
                if abs(gap) > Decimal(rule.tolerance):
                    found.append(f"{rule.key} {group}: {name} off by {gap}")
    return found
