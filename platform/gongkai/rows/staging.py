"""From raw text to checked rows: exact clean-ups, each one counted, then types.

The relation ``checked`` has the row number ``_row``, each field typed under its own name,
and beside each typed one its text under ``name!text`` (no key holds an exclamation mark).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.check_messages import shorten
from gongkai.rows.columns import FALSE_TEXTS, TRUE_TEXTS, identifier, literal, typed
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector
from gongkai.rows.raw import RAW, RawTable
from gongkai.rows.sheet_columns import column_letters

CHECKED = "checked"
TYPED = "typed"
ROW = "_row"
_EXAMPLES = 3
# Blanks of all kinds, and the marks that no one sees at the edge of a cell.
_BLANKS = (
    " \t\r\n\v\f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_TRIM = literal(_BLANKS)
_BLANK_CLASS = "[" + "".join(f"\\x{{{ord(char):X}}}" for char in _BLANKS) + "]"
_EDGE = literal(f"^{_BLANK_CLASS}|{_BLANK_CLASS}$")
_INVALID = literal(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{80}-\x{9F}\x{FFFD}-\x{FFFF}]")


@dataclass(frozen=True)
class Staged:
    """What staging found: the number of records, the clean-ups, and problems of cells."""

    row_count: int
    normalized: dict[str, Any]
    problems: tuple[ProblemGroup, ...]


@dataclass(frozen=True)
class _Column:
    """A field's column in ``raw``: the cell as read, and SQL for it without outer blanks."""

    field: Field
    cell: str
    text: str


@dataclass(frozen=True)
class _Step:
    """One kind of clean-up of one column: which cells it changes, and into what."""

    kind: str
    column: _Column
    condition: str
    result: str


@dataclass(frozen=True)
class _Survey:
    """Measures by field, and of the columns without a header how many cells are filled."""

    places: dict[str, int]
    longest: dict[str, int | None]
    invalid: dict[str, int]
    edged: dict[str, int]
    unnamed: tuple[int, ...]


def text_column(field: Field) -> str:
    """Return the quoted column of ``checked`` that holds the field's text."""
    return identifier(field.name if _is_text(field) else f"{field.name}!text")


def stage(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    schema: TableSchema,
    limits: IntakeLimits,
) -> Staged:
    """Build ``checked`` and the view ``typed`` from ``raw``; drop ``raw``."""
    cells = [f"c{index}" for index in range(len(raw.header.columns))]
    places = {name: index for index, name in enumerate(raw.header.columns) if name is not None}
    survey = _survey(connection, raw, cells, places)
    problems = _cell_problems(connection, raw, survey, limits)
    columns = {
        field.name: _column(field, cells[places[field.name]], survey)
        for field in schema
        if field.name in places
    }
    known = {column.cell: column.text for column in columns.values()}
    blank = " AND ".join(f"coalesce({known.get(cell, cell)}, '') = ''" for cell in cells)
    steps = [step for column in columns.values() for step in _steps(schema, column)]
    rows, blanks, counts = _count_steps(connection, blank, steps)
    normalized = _describe(connection, raw, steps, counts)
    changed = {step.column.field.name for step, n in zip(steps, counts, strict=True) if n}
    _build(connection, raw, schema, columns, changed, blank if blanks else "")
    connection.execute(f"DROP TABLE {RAW}")
    return Staged(rows - blanks + raw.dropped, normalized, problems)


def _column(field: Field, cell: str, survey: _Survey) -> _Column:
    return _Column(field, cell, _trimmed(cell) if survey.edged[field.name] else cell)


def _trimmed(cell: str) -> str:
    """Return SQL that trims; trim() reads a whole text by characters, so only where needed."""
    return f"CASE WHEN regexp_matches({cell}, {_EDGE}) THEN trim({cell}, {_TRIM}) ELSE {cell} END"


def _steps(schema: TableSchema, column: _Column) -> Iterator[_Step]:
    """Yield the clean-ups that a column can have."""
    field, cell, text = column.field, column.cell, column.text
    if text != cell:
        yield _Step("trimmed", column, f"regexp_matches({cell}, {_EDGE})", text)
    missing = _missing(schema, field)
    if missing:
        yield _Step("missing-value", column, f"{text} IN ({_texts(missing)})", "NULL")
    labels = _labels(field)
    if labels:
        code = _code_of(text, labels)
        yield _Step("category-label", column, f"{text} IN ({_texts(tuple(labels))})", code)
    if field.type is FieldType.BOOLEAN:
        words = tuple(w for w in (*TRUE_TEXTS, *FALSE_TEXTS) if w not in ("true", "false"))
        value = f"CAST(({typed(field, text)}) AS VARCHAR)"
        yield _Step("boolean-word", column, f"{text} IN ({_texts(words)})", value)


def _missing(schema: TableSchema, field: Field) -> tuple[str, ...]:
    """Return the words for a missing value; a code of the field is never one."""
    codes = {category.value for category in field.categories}
    words = dict.fromkeys((*schema.missing_values, *field.missing_values))
    return tuple(word.strip(_BLANKS) for word in words if word and word not in codes)


def _labels(field: Field) -> dict[str, str]:
    codes = {category.value for category in field.categories}
    found: dict[str, str] = {}
    for category in field.categories:
        for label in (category.label.zh, category.label.en):
            if label not in codes:
                found.setdefault(label, category.value)
    return found


def _survey(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, cells: list[str], places: dict[str, int]
) -> _Survey:
    """Measure the column of every field in one pass."""
    own = [cells[index] for index in places.values()]
    wanted = ["count(*)", *(f"max(length({cell}))" for cell in own)]
    wanted += [
        "0" if raw.is_clean else f"count(*) FILTER (regexp_matches({cell}, {_INVALID}))"
        for cell in own
    ]
    wanted += [f"count(*) FILTER (regexp_matches({cell}, {_EDGE}))" for cell in own]
    wanted += [
        f"count(*) FILTER (trim({cells[number - 1]}, {_TRIM}) <> '')" for number in raw.unnamed
    ]
    _, *found = connection.execute(f"SELECT {', '.join(wanted)} FROM {RAW}").fetchone() or (0,)
    width = len(own)
    measures = (found[:width], found[width : 2 * width], found[2 * width : 3 * width])
    longest, invalid, edged = (dict(zip(places, each, strict=True)) for each in measures)
    return _Survey(places, longest, invalid, edged, tuple(found[3 * width :]))


def _count_steps(
    connection: duckdb.DuckDBPyConnection, blank: str, steps: list[_Step]
) -> tuple[int, int, tuple[int, ...]]:
    """Return how many rows there are, how many are blank, and how often each step applies."""
    wanted = ["count(*)", f"count(*) FILTER ({blank})"]
    wanted += [f"count(*) FILTER ({step.condition})" for step in steps]
    found = connection.execute(f"SELECT {', '.join(wanted)} FROM {RAW}").fetchone() or (0, 0)
    return found[0], found[1], found[2:]


def _cell_problems(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, survey: _Survey, limits: IntakeLimits
) -> tuple[ProblemGroup, ...]:
    """Report cells that are too long or hold what no file format can carry."""
    problems = Collector(limits.listed)
    for number, filled in zip(raw.unnamed, survey.unnamed, strict=True):
        if filled:
            letters = column_letters(number)
            problems.add(
                "unnamed-column",
                row=raw.header_row or None,
                field=letters,
                column=letters,
                of_header=True,
            )
    for name, index in survey.places.items():
        cell = f"c{index}"
        if (survey.longest[name] or 0) > limits.cell_chars:
            rows = connection.execute(
                f"SELECT {raw.row_sql}, length({cell}) FROM {RAW} "
                f"WHERE length({cell}) > {limits.cell_chars} ORDER BY 1"
            )
            for row, length in rows.fetchall():
                problems.add(
                    "cell-too-long", row=row, field=name, found=length, limit=limits.cell_chars
                )
        if survey.invalid[name]:
            rows = connection.execute(
                f"SELECT {raw.row_sql}, regexp_extract({cell}, {_INVALID}) FROM {RAW} "
                f"WHERE regexp_matches({cell}, {_INVALID}) ORDER BY 1"
            )
            while batch := rows.fetchmany(1000):
                for row, char in batch:
                    problems.add(
                        "control-character", row=row, field=name, found=f"U+{ord(char):04X}"
                    )
    return problems.groups()


def _describe(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    steps: list[_Step],
    counts: tuple[int, ...],
) -> dict[str, Any]:
    """Return each clean-up that happened by kind and field: how often, and first examples."""
    found: dict[str, Any] = {}
    for step, count in zip(steps, counts, strict=True):
        if not count:
            continue
        rows = connection.execute(
            f"SELECT {raw.row_sql}, {step.column.cell}, {step.result} FROM {RAW} "
            f"WHERE {step.condition} ORDER BY 1 LIMIT {_EXAMPLES}"
        ).fetchall()
        examples = [
            {"row": row, "from": shorten(before), "to": after and shorten(after)}
            for row, before, after in rows
        ]
        name = step.column.field.name
        found.setdefault(step.kind, {})[name] = {"count": count, "first": examples}
    return found


def _build(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    schema: TableSchema,
    columns: dict[str, _Column],
    changed: set[str],
    blank: str,
) -> None:
    texts, values = [f"{raw.row_sql} AS {ROW}"], [ROW]
    for field in schema:
        name, column = identifier(field.name), columns.get(field.name)
        text = "NULL::VARCHAR"
        if column is not None:
            is_changed = field.name in changed
            text = _clean(schema, column) if is_changed else f"nullif({column.cell}, '')"
        texts.append(f"{text} AS {text_column(field)}")
        values.append(text_column(field))
        if not _is_text(field):
            values.append(f"{typed(field, text_column(field))} AS {name}")
    where = f" WHERE NOT ({blank})" if blank else ""
    connection.execute(
        f"CREATE OR REPLACE TABLE {CHECKED} AS SELECT {', '.join(values)} "
        f"FROM (SELECT {', '.join(texts)} FROM {RAW}{where})"
    )
    names = ", ".join(identifier(name) for name in (ROW, *schema.names))
    connection.execute(f"CREATE OR REPLACE VIEW {TYPED} AS SELECT {names} FROM {CHECKED}")


def _clean(schema: TableSchema, column: _Column) -> str:
    """Return the SQL text of a cell after all clean-ups."""
    field, text = column.field, column.text
    arms = [f"WHEN {text} IN ({_texts(('', *_missing(schema, field)))}) THEN NULL"]
    arms += [
        f"WHEN {text} = {literal(label)} THEN {literal(code)}"
        for label, code in _labels(field).items()
    ]
    if field.type is FieldType.BOOLEAN:
        value = f"CAST(({typed(field, text)}) AS VARCHAR)"
        return f"CASE {arms[0]} ELSE coalesce({value}, {text}) END"
    return f"CASE {' '.join(arms)} ELSE {text} END"


def _code_of(trimmed: str, labels: dict[str, str]) -> str:
    arms = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in labels.items())
    return f"CASE {trimmed} {arms} END"


def _is_text(field: Field) -> bool:
    return field.type in (FieldType.STRING, FieldType.LIST)


def _texts(texts: tuple[str, ...]) -> str:
    return ", ".join(literal(text) for text in texts)
