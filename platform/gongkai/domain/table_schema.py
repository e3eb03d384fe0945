"""Columns and their rules, in the words of Frictionless Table Schema v2 with a few of ours.

Ours: ``unit``, ``example``, ``decimals``, ``step``, ``list_values``, ``required_when``, the
flags ``public_contact``, ``public_official`` and ``personal_count``, ``pattern_severity``, and
beside the fields ``rules``, ``totals``, ``counts`` (勾稽关系).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from gongkai.domain.problems import Severity
from gongkai.domain.text import Text


class FieldType(StrEnum):
    """What a cell holds once its text has been checked.

    ``datetime`` is an instant, written with an offset and published as +08:00. ``list`` is
    text with a delimiter, stored as written.
    """

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Category:
    """One code of an enumerated field with its label; a file may hold either."""

    value: str
    label: Text


@dataclass(frozen=True)
class Field:
    """One column."""

    name: str
    type: FieldType
    title: Text
    example: str
    hint: Text | None = None
    unit: Text | None = None
    required: bool = False
    unique: bool = False
    pattern: str | None = None
    pattern_severity: Severity = Severity.ERROR
    minimum: str | None = None
    maximum: str | None = None
    max_length: int | None = None
    decimals: int | None = None
    step: str | None = None
    categories: tuple[Category, ...] = ()
    delimiter: str = ";"
    list_values: tuple[str, ...] = ()
    required_when: str | None = None
    missing_values: tuple[str, ...] = ()
    public_contact: bool = False
    public_official: bool = False
    personal_count: bool = False

    @property
    def is_numeric(self) -> bool:
        return self.type in (FieldType.INTEGER, FieldType.NUMBER)

    def constraints(self) -> dict[str, Any]:
        """Return the Table Schema constraints as JSON."""
        found: dict[str, Any] = {}
        if self.required:
            found["required"] = True
        if self.unique:
            found["unique"] = True
        if self.pattern:
            found["pattern"] = self.pattern
        for name, bound in (("minimum", self.minimum), ("maximum", self.maximum)):
            if bound is not None:
                found[name] = _json_number(bound) if self.is_numeric else bound
        if self.max_length is not None:
            found["maxLength"] = self.max_length
        if self.categories:
            found["enum"] = [category.value for category in self.categories]
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the field as the API shows it: Table Schema words, both languages."""
        found: dict[str, Any] = {
            "name": self.name,
            "type": self.type.value,
            "title": self.title.as_json(),
            "constraints": self.constraints(),
            "example": self.example,
        }
        if self.hint:
            found["description"] = self.hint.as_json()
        if self.unit:
            found["unit"] = self.unit.as_json()
        if self.categories:
            found["categories"] = [
                {"value": category.value, "label": category.label.as_json()}
                for category in self.categories
            ]
        if self.type is FieldType.LIST:
            found["delimiter"] = self.delimiter
            found["list_values"] = list(self.list_values)
        if self.missing_values:
            found["missingValues"] = ["", *self.missing_values]
        for name in ("decimals", "step", "required_when"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        if self.pattern and self.pattern_severity is not Severity.ERROR:
            found["pattern_severity"] = self.pattern_severity.value
        for flag in ("public_contact", "public_official", "personal_count"):
            if getattr(self, flag):
                found[flag] = True
        return found

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Field":
        """Rebuild a field from ``as_json``; the same shape as in a plugin's YAML."""
        constraints = data.get("constraints") or {}
        categories = tuple(
            Category(str(entry["value"]), Text.of(entry["label"]))
            for entry in data.get("categories") or ()
        )
        return cls(
            name=data["name"],
            type=FieldType(data["type"]),
            title=Text.of(data["title"]),
            example=str(data.get("example", "")),
            hint=Text.of(data["description"]) if data.get("description") else None,
            unit=Text.of(data["unit"]) if data.get("unit") else None,
            required=bool(constraints.get("required", False)),
            unique=bool(constraints.get("unique", False)),
            pattern=constraints.get("pattern"),
            pattern_severity=Severity(data.get("pattern_severity", "error")),
            minimum=_text(constraints.get("minimum")),
            maximum=_text(constraints.get("maximum")),
            max_length=constraints.get("maxLength"),
            decimals=data.get("decimals"),
            step=_text(data.get("step")),
            categories=categories,
            delimiter=data.get("delimiter", ";"),
            list_values=tuple(data.get("list_values") or ()),
            required_when=data.get("required_when"),
            missing_values=tuple(v for v in data.get("missingValues") or () if v != ""),
            public_contact=bool(data.get("public_contact", False)),
            public_official=bool(data.get("public_official", False)),
            personal_count=bool(data.get("personal_count", False)),
        )


@dataclass(frozen=True, slots=True)
class RowRule:
    """What must hold inside each row: ``expect``, wherever ``when`` holds."""

    key: str
    expect: str
    message: Text
    when: str | None = None
    severity: Severity = Severity.ERROR
    field: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "expect": self.expect,
            "when": self.when,
            "field": self.field,
            "severity": self.severity.value,
            "message": self.message.as_json(),
        }


@dataclass(frozen=True, slots=True)
class TotalRule:
    """A row that is the sum of others: in each ``within`` group, for each of ``fields``.

    ``total`` tells the total's row, ``parts`` the rows it sums. Several total rows are added
    up first (新收 + 上年结转 = 办理总计 + 结转下年); a group without a total row, without parts, or
    with an empty cell among them is left alone.
    """

    key: str
    fields: tuple[str, ...]
    within: tuple[str, ...]
    total: str
    parts: str
    message: Text
    tolerance: str = "0"
    severity: Severity = Severity.ERROR

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "fields": list(self.fields),
            "within": list(self.within),
            "total": self.total,
            "parts": self.parts,
            "tolerance": self.tolerance,
            "severity": self.severity.value,
            "message": self.message.as_json(),
        }


@dataclass(frozen=True, slots=True)
class CountRule:
    """How many rows of a file ``where`` may hold for: at least, at most."""

    key: str
    where: str
    message: Text
    at_least: int = 0
    at_most: int | None = None
    severity: Severity = Severity.ERROR

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "where": self.where,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "severity": self.severity.value,
            "message": self.message.as_json(),
        }


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``fields`` must exist in another item of the same institution."""

    fields: tuple[str, ...]
    item: str
    item_fields: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "fields": list(self.fields),
            "reference": {"resource": self.item, "fields": list(self.item_fields)},
        }


@dataclass(frozen=True)
class TableSchema:
    """The columns of one item, in order, and what must hold between them."""

    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    nullable_key: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ("",)
    foreign_keys: tuple[ForeignKey, ...] = ()
    rules: tuple[RowRule, ...] = ()
    totals: tuple[TotalRule, ...] = ()
    counts: tuple[CountRule, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def has_obs_flag(self) -> bool:
        """Tell whether an empty figure must be explained by ``obs_flag``."""
        return "obs_flag" in self.by_name

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def as_json(self) -> dict[str, Any]:
        """Return the Table Schema as the API shows it and as a release freezes it."""
        found: dict[str, Any] = {
            "fields": [field.as_json() for field in self.fields],
            "primaryKey": list(self.primary_key),
            "missingValues": list(self.missing_values),
        }
        if self.nullable_key:
            found["nullableKey"] = list(self.nullable_key)
        if self.foreign_keys:
            found["foreignKeys"] = [key.as_json() for key in self.foreign_keys]
        for name in ("rules", "totals", "counts"):
            if getattr(self, name):
                found[name] = [rule.as_json() for rule in getattr(self, name)]
        return found

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "TableSchema":
        """Rebuild a schema from ``as_json``; the same shape as in a plugin's YAML."""
        return cls(
            fields=tuple(Field.of(entry) for entry in data["fields"]),
            primary_key=tuple(data["primaryKey"]),
            nullable_key=tuple(data.get("nullableKey") or ()),
            missing_values=tuple(data.get("missingValues") or ("",)),
            foreign_keys=tuple(
                ForeignKey(
                    tuple(entry["fields"]),
                    entry["reference"]["resource"],
                    tuple(entry["reference"]["fields"]),
                )
                for entry in data.get("foreignKeys") or ()
            ),
            rules=tuple(_row_rule(entry) for entry in data.get("rules") or ()),
            totals=tuple(_total_rule(entry) for entry in data.get("totals") or ()),
            counts=tuple(_count_rule(entry) for entry in data.get("counts") or ()),
        )


def _row_rule(entry: Mapping[str, Any]) -> RowRule:
    return RowRule(
        key=entry["key"],
        expect=entry["expect"],
        when=entry.get("when"),
        field=entry.get("field"),
        message=Text.of(entry["message"]),
        severity=Severity(entry.get("severity", "error")),
    )


def _total_rule(entry: Mapping[str, Any]) -> TotalRule:
    return TotalRule(
        key=entry["key"],
        fields=tuple(entry["fields"]),
        within=tuple(entry["within"]),
        total=entry["total"],
        parts=entry["parts"],
        tolerance=str(entry.get("tolerance", "0")),
        message=Text.of(entry["message"]),
        severity=Severity(entry.get("severity", "error")),
    )


def _count_rule(entry: Mapping[str, Any]) -> CountRule:
    return CountRule(
        key=entry["key"],
        where=entry["where"],
        at_least=entry.get("at_least", 0),
        at_most=entry.get("at_most"),
        message=Text.of(entry["message"]),
        severity=Severity(entry.get("severity", "error")),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _json_number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
