"""SQL that tells what became of each row between two releases, and writes it down.

It reads two relations of a stretch of rows: ``older`` and ``newer``, each with its fields and
``_place``, the row's place in its file, which no field can be named.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import orjson

from gongkai.domain.evolution import compare_schemas
from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.columns import canonical, identifier, literal
from gongkai.rows.lines import csv_text_sql, json_text_sql

PLACE = "_place"
OLDER, NEWER = "older", "newer"
KINDS = ("added", "removed", "changed", "extended")


@dataclass(frozen=True)
class ChangeSql:
    """The statements for two table schemas.

    Rows are matched by primary key. With another key, or a retyped field in it, none can be
    told to be the same: ``is_matched`` is False, and all of them went and came.
    """

    old: TableSchema
    new: TableSchema

    @cached_property
    def is_matched(self) -> bool:
        found = compare_schemas(self.old, self.new)
        return not found.key_changed and not set(found.retyped) & set(self.new.primary_key)

    @cached_property
    def alike(self) -> tuple[str, ...]:
        """The fields outside the key that hold the same kind of value in both releases."""
        retyped = compare_schemas(self.old, self.new).retyped
        outside = (name for name in self.new.names if name not in self.new.primary_key)
        return tuple(name for name in outside if name in self.old.by_name and name not in retyped)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The fields that name a row in CSV: those of both keys."""
        return tuple(dict.fromkeys((*self.old.primary_key, *self.new.primary_key)))

    @cached_property
    def refitted(self) -> tuple[str, ...]:
        """The fields of the new release that came, or that hold another type."""
        return tuple(
            name
            for name in self.new.names
            if name not in self.alike and not (self.is_matched and name in self.new.primary_key)
        )

    def differs(self, name: str) -> str:
        """Return whether ``name`` has another value in a row that both releases have.

        A retyped value is another one wherever there was or is one.
        """
        after = f"n.{identifier(name)}"
        if name in self.alike:
            return f"o.{identifier(name)} IS DISTINCT FROM {after}"
        if name in self.old.by_name:
            return f"(o.{identifier(name)} IS NOT NULL OR {after} IS NOT NULL)"
        return f"{after} IS NOT NULL"

    @property
    def summary(self) -> str:
        """Count the rows of each kind, then those in which each field differs."""
        both = f"o.{PLACE} IS NOT NULL AND n.{PLACE} IS NOT NULL"
        wanted = [f"count(*) FILTER (kind = {literal(kind)})" for kind in KINDS]
        wanted += [f"coalesce(sum(d{index}), 0)" for index in range(len(self.counted))]
        found = [
            f"CAST({both} AND {self.differs(name)} AS INTEGER) AS d{index}"
            for index, name in enumerate(self.counted)
        ]
        inner = ", ".join([f"{self._kind} AS kind", *found])
        return f"SELECT {', '.join(wanted)} FROM (SELECT {inner} FROM {self._joined})"

    @property
    def counted(self) -> tuple[str, ...]:
        """The fields whose changes are counted, in the order of the new table schema."""
        fitting = {*self.alike, *self.refitted} if self.is_matched else set[str]()
        return tuple(name for name in self.new.names if name in fitting)

    def entries(self, *texts: str, kind: str | None = None) -> str:
        """List the changes by key: ``texts`` of each, over the rows ``o`` and ``n``."""
        wanted = f"kind = {literal(kind)}" if kind else "kind IS NOT NULL"
        shown = ", ".join(f"{text} AS t{index}" for index, text in enumerate(texts))
        order = [f"b{index} ASC NULLS FIRST" for index in range(len(self.new.primary_key))]
        by = [f"{self._either(name)} AS b{i}" for i, name in enumerate(self.new.primary_key)]
        if not self.is_matched:
            order, by = ["b0"], [f"coalesce(o.{PLACE}, n.{PLACE}) AS b0"]
        inner = f"SELECT {self._kind} AS kind, {', '.join([shown, *by])} FROM {self._joined}"
        outer = ", ".join(f"t{index}" for index in range(len(texts)))
        return f"SELECT {outer} FROM ({inner}) WHERE {wanted} ORDER BY {', '.join(order)}"

    @property
    def json(self) -> str:
        """One change as a JSON object."""
        changed = [name for name in self.new.names if name in self.counted]
        before = [
            (self.old.by_name[name], self.differs(name))
            for name in changed
            if name in self.old.by_name
        ]
        after = [(self.new.by_name[name], self.differs(name)) for name in changed]
        arms = {
            "added": f"{self._key_json('n')} || ',\"row\":' || {_object('n', self.new)}",
            "removed": f"{self._key_json('o')} || ',\"row\":' || {_object('o', self.old)}",
        }
        both = (
            f"{self._key_json('n')} || ',\"before\":' || {_some('o', before)} "
            f"|| ',\"after\":' || {_some('n', after)}"
        )
        cases = " ".join(f"WHEN {literal(kind)} THEN {text}" for kind, text in arms.items())
        return (
            f'\'{{"change":"\' || {self._kind} || \'","key":\' || '
            f"CASE {self._kind} {cases} ELSE {both} END || '}}'"
        )

    @property
    def csv(self) -> str:
        """One change as CSV: a line for each field that is concerned, or one without a field."""
        lines = [
            f"CASE WHEN {self._is_told(name)} THEN {self._csv_lead} || "
            f"{literal(name + ',')} || {self._csv_cell('o', name)} || ',' || "
            f"{self._csv_cell('n', name)} || chr(13) || chr(10) ELSE '' END"
            for name in dict.fromkeys((*self.new.names, *self.old.names))
            if name not in self.key
        ]
        bare = f"{self._csv_lead} || ',,' || chr(13) || chr(10)"
        return f"coalesce(nullif({' || '.join(lines)}, ''), {bare})" if lines else bare

    def not_after(self, relation: str, last: str) -> str:
        """Count the rows of ``relation`` that do not come after the one of ``last`` by key."""
        alternatives, equal = [], list[str]()
        for name in self.new.primary_key:
            mine, its = f"r.{identifier(name)}", f"l.{identifier(name)}"
            earlier = f"({its} IS NOT NULL AND ({mine} IS NULL OR {mine} < {its}))"
            alternatives.append(" AND ".join([*equal, earlier]))
            equal.append(f"{mine} IS NOT DISTINCT FROM {its}")
        alternatives.append(" AND ".join(equal))
        condition = " OR ".join(f"({part})" for part in alternatives)
        return f"SELECT count(*) FROM {relation} r, {last} l WHERE {condition}"

    @property
    def _joined(self) -> str:
        names = self.new.primary_key if self.is_matched else (PLACE,)
        # Without a common key one of the two relations is empty; the condition joins nothing.
        condition = " AND ".join(
            f"o.{identifier(name)} IS NOT DISTINCT FROM n.{identifier(name)}" for name in names
        )
        return f"{OLDER} o FULL OUTER JOIN {NEWER} n ON {condition}"

    @property
    def _kind(self) -> str:
        alike = " OR ".join(self.differs(name) for name in self.alike)
        refitted = " OR ".join(self.differs(name) for name in self.refitted)
        return (
            f"(CASE WHEN o.{PLACE} IS NULL THEN 'added' WHEN n.{PLACE} IS NULL THEN 'removed' "
            f"WHEN {alike or 'false'} THEN 'changed' WHEN {refitted or 'false'} THEN 'extended' "
            "END)"
        )

    def _is_told(self, name: str) -> str:
        """Return whether CSV has a line for ``name`` of this row."""
        came = f"n.{identifier(name)} IS NOT NULL" if name in self.new.by_name else "false"
        went = f"o.{identifier(name)} IS NOT NULL" if name in self.old.by_name else "false"
        both = self.differs(name) if name in self.counted else "false"
        return (
            f"(CASE WHEN o.{PLACE} IS NULL THEN {came} WHEN n.{PLACE} IS NULL THEN {went} "
            f"ELSE {both} END)"
        )

    def _either(self, name: str) -> str:
        return (
            f"CASE WHEN n.{PLACE} IS NULL THEN o.{identifier(name)} ELSE n.{identifier(name)} END"
        )

    def _key_json(self, side: str) -> str:
        schema = self.new if side == "n" else self.old
        return _object(side, [schema.by_name[name] for name in schema.primary_key])

    @cached_property
    def _csv_lead(self) -> str:
        cells = [
            f"CASE WHEN n.{PLACE} IS NULL THEN {self._csv_cell('o', name)} "
            f"ELSE {self._csv_cell('n', name)} END"
            for name in self.key
        ]
        return " || ',' || ".join([self._kind, *(f"({cell})" for cell in cells)]) + " || ','"

    def _csv_cell(self, side: str, name: str) -> str:
        schema = self.new if side == "n" else self.old
        if name not in schema.by_name:
            return "''"
        field = schema.by_name[name]
        return f"({csv_text_sql(canonical(field, f'{side}.{identifier(name)}'))})"


def _object(side: str, fields: Iterable[Field]) -> str:
    """Return SQL for a JSON object of ``fields``."""
    parts = [f"{literal(_name(field) + ':')} || {_json(side, field)}" for field in fields]
    return "'{' || " + " || ',' || ".join(parts) + " || '}'"


def _some(side: str, fields: Sequence[tuple[Field, str]]) -> str:
    """Return SQL for a JSON object of those fields whose condition holds."""
    parts = [
        f"CASE WHEN {condition} THEN {literal(',' + _name(field) + ':')} || {_json(side, field)} "
        "ELSE '' END"
        for field, condition in fields
    ]
    return f"'{{' || substr({' || '.join(parts) or repr('')}, 2) || '}}'"


def _name(field: Field) -> str:
    return orjson.dumps(field.name).decode()


def _json(side: str, field: Field) -> str:
    return f"coalesce({json_text_sql(field, f'{side}.{identifier(field.name)}')}, 'null')"
