"""What the rules of the comparison start from: both tables, their keys, times and series."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from gongkai.domain.evolution import compare_schemas
from gongkai.domain.items import DisclosureItem, Frequency
from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.check_messages import message, shorten
from gongkai.rows.columns import canonical, identifier, literal
from gongkai.rows.comparison_sql import PERIOD
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.staging import ROW

OLD = "comparison_previous"
GONE, LOST, FRESH = "comparison_gone", "comparison_lost", "comparison_fresh"
_TIMES = (FieldType.DATE, FieldType.DATETIME)
_MOVED = 0.1


@dataclass
class Comparison:
    """Both tables and what is known of them.

    ``matched`` is the number of rows that both have by key, and ``changed`` in how many of
    these each field differs: set once the rows are matched.
    """

    connection: duckdb.DuckDBPyConnection
    relation: str
    item: DisclosureItem
    old_schema: TableSchema
    listed: int
    matched: int = 0
    changed: Mapping[str, int] = attribute(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(
        cls,
        connection: duckdb.DuckDBPyConnection,
        relation: str,
        item: DisclosureItem,
        previous: Path,
        previous_schema: TableSchema,
        listed: int,
    ) -> Iterator["Comparison"]:
        """Make the previous release visible as ``OLD`` while the block runs."""
        source = f"read_parquet({literal(str(previous))}, hive_partitioning = false)"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {OLD} AS SELECT * FROM {source}")
        try:
            yield cls(connection, relation, item, previous_schema, listed)
        finally:
            for name in (GONE, LOST, FRESH):
                connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
            connection.execute(f"DROP VIEW {OLD}")

    @property
    def schema(self) -> TableSchema:
        return self.item.table_schema

    @cached_property
    def new_count(self) -> int:
        return int(self.one(f"SELECT count(*) FROM {self.relation}")[0])

    @cached_property
    def old_count(self) -> int:
        return int(self.one(f"SELECT count(*) FROM {OLD}")[0])

    @cached_property
    def key(self) -> tuple[Field, ...]:
        return tuple(self.schema.by_name[name] for name in self.schema.primary_key)

    @cached_property
    def alike(self) -> tuple[Field, ...]:
        """The fields outside the key that both releases hold alike."""
        retyped = compare_schemas(self.old_schema, self.schema).retyped
        return tuple(
            field
            for field in self.schema
            if field.name in self.old_schema.by_name
            and field.name not in (*retyped, *self.schema.primary_key)
        )

    @cached_property
    def numeric(self) -> tuple[Field, ...]:
        return tuple(field for field in self.alike if field.is_numeric)

    @cached_property
    def flag(self) -> Field | None:
        """The field that explains an empty figure."""
        return next((field for field in self.alike if field.name == "obs_flag"), None)

    @cached_property
    def times(self) -> tuple[Field, ...]:
        """The key fields that are a time: dates, and what is a year or a period throughout."""
        return tuple(field for field in self.key if self._is_time(field))

    @cached_property
    def period(self) -> Field | None:
        """The time that an item with a rhythm reports by; None for a list kept up to date."""
        if self.item.frequency is Frequency.AS_NEEDED:
            return None
        beside = (one for one in self.alike if one.type not in _TIMES and self._is_time(one))
        return self.times[0] if self.times else next(beside, None)

    @cached_property
    def series(self) -> tuple[Field, ...]:
        """The key without its times: what is told of anew in each period."""
        return tuple(field for field in self.key if field not in self.times)

    @cached_property
    def is_newer(self) -> bool:
        """Whether the newest period is newer than before."""
        if self.period is None:
            return False
        old, new = self.old_periods, self.new_periods
        return bool(old and new and max(new) > max(old))

    @cached_property
    def passed(self) -> str:
        """Return SQL that tells of a row ``p`` that the list moved on and left it behind.

        A list of events drops the oldest as it goes on. Their date is one of the key, or one
        that rows keep: what moves in all rows is the date of the list, and says nothing.
        """
        if self.period is not None:
            return "false"
        kept = (
            one
            for one in self.alike
            if one.type in _TIMES and self.changed.get(one.name, 0) <= _MOVED * self.matched
        )
        chosen = self.times[0] if self.times else next(kept, None)
        if chosen is None:
            return "false"
        name = identifier(chosen.name)
        first, last = self.one(f"SELECT min({name}), max({name}) FROM {self.relation}")
        [before] = self.one(f"SELECT max({name}) FROM {OLD}")
        if first is None or before is None or last <= before:
            return "false"
        return f"coalesce(p.{name} < (SELECT min({name}) FROM {self.relation}), false)"

    @cached_property
    def gone_count(self) -> int:
        """Make ``GONE``, the rows of the previous release that should be there; count them.

        With periods, those of a period of which other rows are still there; else those whose
        series is gone, unless the list left them behind.
        """
        if self.matched == self.old_count:
            return 0
        self._keep(LOST, f"SELECT p.* FROM {OLD} p ANTI JOIN {self.relation} c ON {same(self.key)}")
        if self.period is None:
            there = f"p ANTI JOIN {self.relation} c ON {same(self.series) or 'true'}"
            return self._keep(GONE, f"SELECT p.* FROM {LOST} {there} WHERE NOT {self.passed}")
        name = identifier(self.period.name)
        counts, lost = (
            f"(SELECT {name}, count(*) AS n FROM {rows} GROUP BY 1)" for rows in (OLD, LOST)
        )
        kept = f"SELECT o.{name} FROM {counts} o JOIN {lost} l USING ({name}) WHERE l.n < o.n"
        return self._keep(GONE, f"SELECT * FROM {LOST} WHERE {name} IN ({kept})")

    @cached_property
    def fresh_count(self) -> int:
        """Make ``FRESH``, the checked rows of new keys; count them."""
        if self.matched == self.new_count:
            return 0
        new = f"SELECT c.* FROM {self.relation} c ANTI JOIN {OLD} p ON {same(self.key)}"
        return self._keep(FRESH, new)

    @cached_property
    def old_periods(self) -> dict[Any, int]:
        """The rows of each period in the previous release."""
        return self._by_period(OLD)

    @cached_property
    def new_periods(self) -> dict[Any, int]:
        """The rows of each period that were checked."""
        return self._by_period(self.relation)

    def _by_period(self, relation: str) -> dict[Any, int]:
        if self.period is None:
            return {}
        name = identifier(self.period.name)
        counts = f"SELECT {name}, count(*) FROM {relation} WHERE {name} IS NOT NULL GROUP BY 1"
        return dict(self.all(counts))

    def _keep(self, name: str, sql: str) -> int:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        return int(self.one(f"SELECT count(*) FROM {name}")[0])

    def one(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of ``sql``."""
        [row] = self.all(sql)
        return row

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of ``sql``, so that the connection is free again."""
        return self.connection.execute(sql).fetchall()

    def said(self, code: str, **params: Any) -> ProblemGroup:
        """Return a warning about the whole file."""
        params.setdefault("severity", Severity.WARNING)
        return file_problem(code, **params)

    def group(
        self,
        code: str,
        field: Field,
        total: int,
        places: Sequence[Mapping[str, Any]],
        *,
        severity: Severity = Severity.WARNING,
        **params: Any,
    ) -> ProblemGroup:
        """Return the problems of one field; each place fills the sentence with what it has."""
        title = field.title
        named = {"label_zh": title.zh, "label_en": title.en, **params}
        first = tuple(
            Problem(
                code=code,
                message=message(code, **{**named, **place}),
                row=place.get("row"),
                field=field.name,
                label=title,
                value=None if place.get("value") is None else shorten(str(place["value"])),
                severity=severity,
            )
            for place in places
        )
        return ProblemGroup(code, field.name, title, severity, total, first)

    def key_text(self, side: str) -> str:
        """Return SQL for what people call a row: the texts of its key."""
        cells = (
            f"coalesce({canonical(field, f'{side}.{identifier(field.name)}')}, '')"
            for field in self.key
        )
        return " || ' · ' || ".join(cells)

    def _is_time(self, field: Field) -> bool:
        if field.type in _TIMES:
            return True
        if field.type not in (FieldType.STRING, FieldType.INTEGER) or field.categories:
            return False
        name = identifier(field.name)
        ends = ", ".join(
            f"regexp_full_match(CAST({function}({name}) AS VARCHAR), {literal(PERIOD)})"
            for function in ("min", "max")
        )
        whole = f"bool_and(regexp_full_match(CAST({name} AS VARCHAR), {literal(PERIOD)}))"
        # Nearly always the ends tell: whole columns are looked at only where these are times.
        sides = (OLD, self.relation)
        return all(all(self.one(f"SELECT {ends} FROM {side}")) for side in sides) and all(
            self.one(f"SELECT {whole} FROM {side}")[0] for side in sides
        )


def same(fields: Sequence[Field]) -> str:
    """Return that ``c`` and ``p`` have the same values in ``fields``, empty ones included."""
    names = (identifier(field.name) for field in fields)
    return " AND ".join(f"c.{name} IS NOT DISTINCT FROM p.{name}" for name in names)


def first_of(facts: Comparison, condition: str, **shown: str) -> str:
    """Return SQL for the first places where ``condition`` holds: the row and ``shown``."""
    parts = ", ".join([f"'row': c.{ROW}", *(f"'{name}': {sql}" for name, sql in shown.items())])
    return f"min_by({{{parts}}}, c.{ROW}, {facts.listed}) FILTER ({condition})"
