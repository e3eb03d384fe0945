"""A question to the records of one table: read from an address, checked, typed.

The language is closed: a fixed set of operators over the fields of the table schema. All
that is wrong with a question is said at once, each with the parameter it is about.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gongkai.domain.record_values import (
    MAX_TEXT,
    Value,
    functions_of,
    operators_of,
    read_value,
    shorten,
    what_is_wanted,
)
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.errors import Rejected

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
MAX_FILTERS = 20
MAX_CHOICES = 1_000
MAX_CURSOR = 256

SHAPING = ("limit", "cursor", "q", "sort", "fields", "group_by", "aggregate")
# Read by the web layer; a field of such a name is asked for with ``name__eq``.
ELSEWHERE = ("format", "release", "lang")

_CALL = re.compile(r"(avg|sum|min|max)\(([a-z][a-z0-9_]*)\)")


class QueryRefused(Rejected):
    """A question to the records that cannot be answered as it stands; ``errors`` say why."""

    code = "query-refused"


class BadCursor(Rejected):
    """A cursor that belongs to another question or another release, or was altered."""

    code = "bad-cursor"


class QueryTooExpensive(Rejected):
    """A question that used up its time or memory; a narrower one may be answered."""

    code = "query-too-expensive"


@dataclass(frozen=True, slots=True)
class Filter:
    """``field`` compared with ``values``: one of them, or several for ``in``.

    For ``isnull`` the value tells whether the cell shall be empty. An empty cell matches
    no other operator, ``ne`` included.
    """

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by; empty cells come last in both directions."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``function`` over ``field`` within each group; ``count`` counts rows and has none."""

    function: str
    field: str | None = None

    @property
    def name(self) -> str:
        return self.function if self.field is None else f"{self.function}_{self.field}"


@dataclass(frozen=True)
class RecordQuery:
    """A question that the table schema can answer. Everything in it has been checked."""

    filters: tuple[Filter, ...] = ()
    words: tuple[str, ...] = ()
    sort: tuple[SortKey, ...] = ()
    fields: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    @property
    def is_grouped(self) -> bool:
        return bool(self.group_by or self.aggregates)

    def shape(self, release: str) -> str:
        """Return a short mark of this question to ``release``, pages and their size apart."""
        question = repr(replace(self, limit=0, cursor=None))
        return hashlib.sha256(f"{release}\n{question}".encode()).hexdigest()[:16]


def result_fields(query: RecordQuery, schema: TableSchema) -> tuple[Field, ...]:
    """Return the columns of the answer, in order, with their types."""
    if not query.is_grouped:
        return tuple(schema.by_name[name] for name in query.fields or schema.names)
    groups = (schema.by_name[name] for name in query.group_by)
    return (*groups, *(_aggregate_field(entry, schema) for entry in query.aggregates))


def parse_query(parameters: Iterable[tuple[str, str]], schema: TableSchema) -> RecordQuery:
    """Read the pairs of a query string.

    Raises QueryRefused with everything that is wrong: each error names its ``parameter``,
    a ``code`` and what is allowed.
    """
    reader = _Reader(schema)
    pairs = list(parameters)
    for name in SHAPING:
        given = [value for key, value in pairs if key == name]
        if len(given) > 1:
            reader.refuse(name, "repeated-parameter", f"{name} is given {len(given)} times.")
        elif given:
            reader.shaping[name] = given[0]
    for name, value in pairs:
        if name not in SHAPING and name not in ELSEWHERE:
            reader.read_filter(name, value)
    query = reader.read()
    if reader.errors:
        first = reader.errors[0]["message"]
        more = len(reader.errors) - 1
        also = f" And {more} more, see errors." if more else ""
        raise QueryRefused(f"The query cannot be answered: {first}{also}", errors=reader.errors)
    return query


@dataclass
class _Reader:
    """Reads parameters one by one and keeps what is wrong with them."""

    schema: TableSchema
    shaping: dict[str, str] = field(default_factory=dict)
    filters: list[Filter] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, parameter: str, code: str, message: str, name: str | None = None) -> None:
        error = {"parameter": parameter[:MAX_TEXT], "code": code, "message": message}
        self.errors.append(error | {"field": name} if name else error)

    def read(self) -> RecordQuery:
        """Put the question together; what could not be read is left out and noted."""
        if len(self.filters) > MAX_FILTERS:
            self.refuse(
                "filters",
                "too-many-filters",
                f"There are {len(self.filters)} filters; at most {MAX_FILTERS} are taken.",
            )
        groups = self._columns("group_by")
        aggregates = self._aggregates(groups)
        names = self._columns("fields")
        grouped = bool(groups or aggregates)
        if grouped and names:
            self.refuse(
                "fields", "bad-value", "fields cannot be combined with group_by or aggregate."
            )
        if groups and not aggregates:
            aggregates = (Aggregate("count"),)
        sortable = self.schema.names
        if grouped:
            sortable = (*groups, *(entry.name for entry in aggregates))
        return RecordQuery(
            filters=tuple(self.filters),
            words=self._words(),
            sort=self._sort(sortable),
            fields=names,
            group_by=groups,
            aggregates=aggregates,
            limit=self._limit(),
            cursor=self._cursor(),
        )

    def read_filter(self, parameter: str, text: str) -> None:
        """Read ``field=value`` or ``field__operator=value``."""
        name, _, operator = parameter.partition("__")
        column = self.schema.by_name.get(name)
        operator = operator or "eq"
        if column is None:
            self.refuse(
                parameter,
                "unknown-column",
                self._no_field(name, self.schema.names),
            )
        elif operator not in operators_of(column):
            allowed = ", ".join(operators_of(column))
            self.refuse(
                parameter,
                "unknown-operator",
                f"{shorten(operator)!r} does not go with {name}; these do: {allowed}.",
                name,
            )
        else:
            values = self._values(parameter, column, operator, text)
            if values:
                self.filters.append(Filter(name, operator, values))

    def _values(self, parameter: str, column: Field, operator: str, text: str) -> tuple[Value, ...]:
        texts = text.split(",") if operator == "in" else [text]
        if len(texts) > MAX_CHOICES:
            self.refuse(
                parameter,
                "too-many-values",
                f"{len(texts)} values are given; at most {MAX_CHOICES} are taken.",
                column.name,
            )
            return ()
        values = []
        for entry in texts:
            value = read_value(column, operator, entry)
            if value is None:
                message = what_is_wanted(column, operator, entry)
                self.refuse(parameter, "bad-value", message, column.name)
                return ()
            values.append(value)
        return tuple(values)

    def _columns(self, parameter: str) -> tuple[str, ...]:
        """Read a list of field names, each once."""
        return self._names(parameter, self.schema.names)

    def _names(self, parameter: str, allowed: Sequence[str]) -> tuple[str, ...]:
        if parameter not in self.shaping:
            return ()
        names = self.shaping[parameter].split(",")
        for name in sorted(set(names) - set(allowed))[:MAX_FILTERS]:
            self.refuse(
                parameter,
                "unknown-column",
                self._no_field(name, allowed),
            )
        if len(set(names)) < len(names):
            self.refuse(parameter, "bad-value", f"{parameter} names a field twice.")
        return tuple(name for name in dict.fromkeys(names) if name in allowed)

    @staticmethod
    def _no_field(name: str, allowed: Sequence[str]) -> str:
        return f"There is no field {shorten(name)!r}; the fields are {', '.join(allowed)}."

    def _sort(self, allowed: Sequence[str]) -> tuple[SortKey, ...]:
        wanted = self.shaping.get("sort")
        if wanted is None:
            return ()
        falling = {name[1:] for name in wanted.split(",") if name.startswith("-")}
        self.shaping["sort"] = ",".join(name.removeprefix("-") for name in wanted.split(","))
        return tuple(SortKey(name, name in falling) for name in self._names("sort", allowed))

    def _aggregates(self, groups: Sequence[str]) -> tuple[Aggregate, ...]:
        wanted = self.shaping.get("aggregate")
        found = []
        for text in wanted.split(",") if wanted is not None else ():
            call = _CALL.fullmatch(text)
            column = self.schema.by_name.get(call[2]) if call else None
            if text == "count":
                found.append(Aggregate("count"))
            elif call and column and call[1] in functions_of(column):
                found.append(Aggregate(call[1], column.name))
            else:
                self.refuse(
                    "aggregate",
                    "bad-value",
                    f"{shorten(text)!r} is not an aggregate; write count, or avg, sum, min or max "
                    "of a numeric field, or min or max of a date, such as avg(price).",
                )
        names = [*groups, *(entry.name for entry in found)]
        if len(set(names)) < len(names):
            self.refuse("aggregate", "bad-value", "Two columns of the answer have one name.")
        return tuple(found)

    def _words(self) -> tuple[str, ...]:
        text = self.shaping.get("q", "")
        if len(text) > MAX_TEXT:
            self.refuse("q", "bad-value", f"q has {len(text)} characters; {MAX_TEXT} are taken.")
            return ()
        if text.encode(errors="replace").decode() != text:
            self.refuse("q", "bad-value", "q is not text in UTF-8.")
            return ()
        return tuple(dict.fromkeys(text.split()))

    def _limit(self) -> int:
        text = self.shaping.get("limit", str(DEFAULT_LIMIT))
        if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= MAX_LIMIT:
            return int(text)
        self.refuse(
            "limit", "bad-value", f"limit is {shorten(text)!r}; it goes from 1 to {MAX_LIMIT}."
        )
        return DEFAULT_LIMIT

    def _cursor(self) -> str | None:
        text = self.shaping.get("cursor") or None
        if text is not None and len(text) > MAX_CURSOR:
            self.refuse("cursor", "bad-value", "The cursor is not one of ours; leave it out.")
            return None
        return text


def _aggregate_field(entry: Aggregate, schema: TableSchema) -> Field:
    if entry.field is None:
        rows = Text("行数", "Rows")
        return Field(name=entry.name, type=FieldType.INTEGER, title=rows, example="12")
    column = schema.by_name[entry.field]
    title = Text(f"{column.title.zh}（{entry.function}）", f"{column.title.en} ({entry.function})")
    made = Field(
        name=entry.name,
        type=column.type,
        title=title,
        example=column.example,
        decimals=column.decimals,
        unit=column.unit,
    )
    if entry.function == "avg":
        return replace(made, type=FieldType.NUMBER, decimals=None)
    if entry.function == "sum" and column.type is FieldType.INTEGER:
        # A sum of whole numbers may be longer than any of them.
        return replace(made, type=FieldType.NUMBER, decimals=0)
    return made
