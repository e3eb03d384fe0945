"""Rows as lines of text, made by the engine and written without touching single cells."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.columns import canonical, identifier, json_value, literal
from gongkai.rows.connections import Cursors, arrow_batches

# What a spreadsheet runs: a sign, also full-width, behind any blanks; or a control character
# that hides one (OWASP ASVS 1.2.10).
_FORMULA = r"^[\s\x00-\x1f]*[=+\-@＝＋－＠]|^[\t\r\n\x00]"
_NEEDS_QUOTES = '[",\r\n]'
_TRUTH = {"zh": ("是", "否"), "en": ("true", "false")}


def csv_record(cells: Sequence[str], *, guarded: bool = False) -> bytes:
    """Return one line of RFC 4180 CSV, as the rows of ``csv_line_sql`` have it."""
    shown = [f"'{c}" if guarded and re.search(_FORMULA, c) else c for c in cells]
    quoted = ['"' + c.replace('"', '""') + '"' if re.search(_NEEDS_QUOTES, c) else c for c in shown]
    return (",".join(quoted) + "\r\n").encode()


def csv_line_sql(
    fields: Iterable[Field], *, labels: str | None = None, guarded: bool = False
) -> str:
    """Return SQL for one row as a CSV line with its CRLF."""
    return " || ".join(csv_cell_sqls(fields, labels=labels, guarded=guarded))


def csv_cell_sqls(
    fields: Iterable[Field], *, labels: str | None = None, guarded: bool = False
) -> list[str]:
    """Return SQL for each cell of a CSV line, with the comma or CRLF that follows it."""
    cells = [_csv_cell(field, labels=labels, guarded=guarded) for field in fields]
    if len(cells) == 1:
        # Readers skip a wholly empty line, so a lone empty cell is written as quotes.
        cells = [f"""coalesce(nullif({cells[0]}, ''), '""')"""]
    ends = ["','"] * (len(cells) - 1) + ["chr(13) || chr(10)"]
    return [f"{cell} || {end}" for cell, end in zip(cells, ends, strict=True)]


def csv_text_sql(text: str) -> str:
    """Return SQL for one CSV cell of the SQL text ``text``: quoted where it must be."""
    escaped = f"""'"' || replace({text}, '"', '""') || '"'"""
    quotes = f"regexp_matches({text}, {literal(_NEEDS_QUOTES)})"
    return f"CASE WHEN {quotes} THEN {escaped} ELSE coalesce({text}, '') END"


def json_object_sql(fields: Iterable[Field], *, before: str = "", after: str = "") -> str:
    """Return SQL for one row as a JSON object between two constants.

    Numbers are written as ``data.csv`` has them, so 240.00 stays 240.00.
    """
    parts = [literal(before + "{")]
    comma = ""
    for field in fields:
        key = orjson.dumps(field.name).decode()
        parts.append(literal(f"{comma}{key}:"))
        parts.append(f"coalesce({json_text_sql(field, identifier(field.name))}, 'null')")
        comma = ","
    parts.append(literal("}" + after))
    return " || ".join(parts)


def json_text_sql(field: Field, value: str) -> str:
    """Return SQL for the JSON text of the typed SQL expression ``value``; NULL stays NULL."""
    if field.is_numeric or field.type is FieldType.BOOLEAN:
        return canonical(field, value)
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return f"'\"' || {json_value(field, value)} || '\"'"
    return f"CAST(to_json({value}) AS VARCHAR)"


def line_chunks(connection: Cursors, sql: str) -> Iterator[memoryview]:
    """Yield the bytes of ``sql``'s only column, row after row, a batch at a time."""
    for batch in arrow_batches(connection, sql):
        yield text_bytes(batch.column(0))


def write_lines(connection: Cursors, sql: str, path: Path, *, head: bytes = b"") -> None:
    """Write ``head`` and then ``sql``'s only column, row after row, to ``path``."""
    with path.open("wb") as file:
        file.write(head)
        for chunk in line_chunks(connection, sql):
            file.write(chunk)


def write_array(connection: Cursors, sql: str, path: Path) -> None:
    """Write the JSON array of ``sql``'s only column, whose values begin with comma and LF."""
    with path.open("wb") as file:
        file.write(b"[")
        skip = 1
        for chunk in line_chunks(connection, sql):
            file.write(chunk[skip:])
            skip = 0
        file.write(b"]\n" if skip else b"\n]\n")


def _csv_cell(field: Field, *, labels: str | None, guarded: bool) -> str:
    value = identifier(field.name)
    text = canonical(field, value)
    if labels and field.categories:
        text = _labelled(field, value, labels)
    elif labels and field.type is FieldType.BOOLEAN:
        yes, no = _TRUTH["en" if labels.startswith("en") else "zh"]
        text = f"CASE WHEN {value} THEN {literal(yes)} WHEN NOT {value} THEN {literal(no)} END"
    elif field.is_numeric or field.type not in (FieldType.STRING, FieldType.LIST):
        return f"coalesce({text}, '')"
    if guarded:
        risky = f"regexp_matches({text}, {literal(_FORMULA)})"
        text = f"CASE WHEN {risky} THEN '''' || {text} ELSE {text} END"
    return csv_text_sql(text)


def _labelled(field: Field, value: str, language: str) -> str:
    branches = " ".join(
        f"WHEN {literal(category.value)} THEN {literal(category.label.in_language(language))}"
        for category in field.categories
    )
    text = canonical(field, value)
    return f"(CASE {text} {branches} ELSE {text} END)"


def text_bytes(array: "pa.Array[Any]") -> memoryview:
    """Return the values of a text array end to end: Arrow keeps them so, nothing is copied."""
    _, bounds, data = array.buffers()
    if bounds is None or data is None:
        return memoryview(b"")
    offsets = memoryview(bounds).cast("q" if pa.types.is_large_string(array.type) else "i")
    return memoryview(data)[offsets[array.offset] : offsets[array.offset + len(array)]]
