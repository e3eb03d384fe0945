"""What the table schema asks of each cell by itself."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import duckdb

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.check_engine import Check, DistinctCells
from gongkai.rows.columns import identifier, literal
from gongkai.rows.damage import Advice
from gongkai.rows.expression_sql import expression_sql
from gongkai.rows.staging import CHECKED, text_column

OBS_FLAG = "obs_flag"
_EXPLAINED = "'c', 'n', 'u'"
_UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_BOUNDED = (FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE, FieldType.DATETIME)


def field_checks(
    connection: duckdb.DuckDBPyConnection,
    schema: TableSchema,
    absent: frozenset[str],
    distinct: DistinctCells | None = None,
    advice: Mapping[str, Mapping[str, Advice]] | None = None,
) -> Iterator[Check]:
    """Yield the checks of each field that the file has, in the order of the schema.

    A text on which there is ``advice`` (by field) is wrong for that reason alone.
    """
    for field in schema:
        if field.name in absent:
            continue
        texts = _Texts(connection, field, distinct.cells(field) if distinct else CHECKED)
        yield from _presence(field, schema)
        checks = (*_type(field), *_bounds(field), *_exactness(texts), *_form(texts))
        for check in _advised(texts, (advice or {}).get(field.name, {}), checks):
            yield dataclasses.replace(check, of_cell=True)


@dataclass(frozen=True)
class _Texts:
    """Where the texts of a field can be looked at."""

    connection: duckdb.DuckDBPyConnection
    field: Field
    relation: str


def _advised(
    texts: _Texts, advice: Mapping[str, Advice], checks: Sequence[Check]
) -> Iterator[Check]:
    """Yield a check for each kind of advice, and the others for what is left."""
    if not advice:
        yield from checks
        return
    field = texts.field
    text, table = text_column(field), identifier(f"advised!{field.name}")
    texts.connection.execute(f"CREATE OR REPLACE TABLE {table} (value VARCHAR, code VARCHAR)")
    texts.connection.execute(
        f"INSERT INTO {table} SELECT unnest(?), unnest(?)",
        [list(advice), [found.code for found in advice.values()]],
    )
    for code in sorted({found.code for found in advice.values()}):
        yield Check(
            code,
            f"{text} IN (SELECT value FROM {table} WHERE code = {literal(code)})",
            field,
            value=text,
            say=lambda value: advice[value].message(field, value),
        )
    for check in checks:
        left = f"({check.condition}) AND {text} NOT IN (SELECT value FROM {table})"
        yield dataclasses.replace(check, condition=left)


def _presence(field: Field, schema: TableSchema) -> Iterator[Check]:
    text = text_column(field)
    is_flagged = schema.has_obs_flag and field.is_numeric
    if field.required and is_flagged:
        flag = identifier(OBS_FLAG)
        yield Check(
            "empty-without-flag",
            f"{text} IS NULL AND coalesce({flag} NOT IN ({_EXPLAINED}), true)",
            field,
        )
    elif field.required:
        yield Check("required", f"{text} IS NULL", field, of_cell=True)
    elif field.name in schema.primary_key and field.name not in schema.nullable_key:
        yield Check("key-empty", f"{text} IS NULL", field, of_cell=True)
    if is_flagged and field in figures(schema):
        hidden = " AND ".join(f"{text_column(other)} IS NOT NULL" for other in figures(schema))
        yield Check(
            "flagged-but-filled", f"{identifier(OBS_FLAG)} = 'c' AND {hidden}", field, value=text
        )
    if field.required_when:
        yield Check(
            "required-when",
            f"({_rule(field.required_when)}) AND {text} IS NULL",
            field,
            params={"rule": field.required_when},
            name=field.required_when,
        )


def figures(schema: TableSchema) -> list[Field]:
    """Return the numbers that ``obs_flag`` speaks of: required or counting persons, no key."""
    return [
        field
        for field in schema
        if field.is_numeric
        and (field.required or field.personal_count)
        and field.name not in schema.primary_key
    ]


def _rule(text: str) -> str:
    try:
        return expression_sql(text)
    except ValueError:
        # The scan then fails on it, and the check is reported as unusable.
        return identifier(text)


def _type(field: Field) -> Iterator[Check]:
    if field.type in (FieldType.STRING, FieldType.LIST):
        return
    text, value = text_column(field), identifier(field.name)
    condition = f"{text} IS NOT NULL AND {value} IS NULL"
    if field.type is FieldType.NUMBER and field.decimals is None:
        condition = f"{text} IS NOT NULL AND ({value} IS NULL OR isinf({value}))"
    yield Check(f"type-{field.type.value}", condition, field, value=text)


def _bounds(field: Field) -> Iterator[Check]:
    text, value = text_column(field), identifier(field.name)
    bounds = (("minimum", field.minimum, "<"), ("maximum", field.maximum, ">"))
    for code, bound, sign in bounds:
        if bound is not None and field.type in _BOUNDED:
            yield Check(
                code,
                f"{value} {sign} {_constant(field, bound)}",
                field,
                value=text,
                params={"bound": bound},
            )
    if field.max_length is not None:
        yield Check(
            "max-length",
            f"length({text}) > {field.max_length}",
            field,
            value=text,
            params={"bound": field.max_length},
        )


def _constant(field: Field, bound: str) -> str:
    match field.type:
        case FieldType.DATE:
            return f"CAST({literal(bound)} AS DATE)"
        case FieldType.DATETIME:
            return f"CAST({literal(bound)} AS TIMESTAMPTZ)"
        case FieldType.NUMBER if field.decimals is None:
            return f"CAST({literal(bound)} AS DOUBLE)"
    return f"CAST({literal(bound)} AS DECIMAL(38, 12))"


def _exactness(texts: _Texts) -> Iterator[Check]:
    """Refuse digits that storing would change."""
    field = texts.field
    text, value = text_column(field), identifier(field.name)
    if field.type is FieldType.NUMBER and field.decimals is not None:
        pattern = rf"[+-]?[0-9]+\.[0-9]{{{field.decimals}}}[0-9]*[1-9][0-9]*"
        yield Check(
            "too-many-decimals",
            f"{value} IS NOT NULL AND regexp_full_match({text}, '{pattern}')",
            field,
            value=text,
            params={"bound": field.decimals},
        )
    elif field.type is FieldType.NUMBER:
        suspects = (
            f"{value} IS NOT NULL AND NOT isinf({value}) AND CAST({value} AS VARCHAR) <> {text} "
            f"AND (length({text}) > 15 OR {value} = 0)"
        )
        refused = _refused_texts(texts, suspects, _survives_double)
        if refused:
            yield Check("number-too-precise", refused, field, value=text)
    if field.step is not None:
        step = f"CAST({literal(field.step)} AS DOUBLE)"
        parts = f"CAST({value} AS DOUBLE) / {step}"
        yield Check(
            "step",
            f"abs({parts} - round({parts})) > 1e-9",
            field,
            value=text,
            params={"bound": field.step},
        )


def _survives_double(text: str) -> bool:
    """Tell whether a double gives the digits back, in its shortest or its full writing."""
    try:
        value = float(text)
        return Decimal(text) in (Decimal(repr(value)), Decimal(f"{value:.17g}"))
    except (InvalidOperation, ValueError, OverflowError):
        return False


def _form(texts: _Texts) -> Iterator[Check]:
    field = texts.field
    text = text_column(field)
    if field.pattern:
        condition = _pattern(texts, field.pattern)
        if condition:
            yield Check("pattern", condition, field, value=text, severity=field.pattern_severity)
    if field.categories:
        codes = ", ".join(literal(category.value) for category in field.categories)
        yield Check(
            "enum",
            f"{text} NOT IN ({codes})",
            field,
            value=text,
            params={
                "choices_zh": _choices(field, "zh"),
                "choices_en": _choices(field, "en"),
            },
        )
    if field.type is FieldType.LIST and field.list_values:
        one = "(" + "|".join(re.escape(value) for value in field.list_values) + ")"
        pattern = f"{one}({re.escape(field.delimiter)}{one})*"
        yield Check(
            "list-value",
            f"NOT regexp_full_match({text}, {literal(pattern)})",
            field,
            value=text,
            params={"choices": ", ".join(field.list_values), "delimiter": field.delimiter},
        )


def _choices(field: Field, language: str) -> str:
    return ", ".join(f"{c.value} ({c.label.in_language(language)})" for c in field.categories)


def _pattern(texts: _Texts, pattern: str) -> str:
    """Return the condition of a mismatch; what RE2 does not take is asked of Python."""
    text = text_column(texts.field)
    translated = _UNICODE_ESCAPE.sub(r"\\x{\1}", pattern).replace(r"\Z", r"\z")
    try:
        texts.connection.execute("SELECT regexp_full_match('', ?)", [translated]).fetchone()
    except duckdb.InvalidInputException:
        expression = re.compile(pattern, re.ASCII)
        return _refused_texts(texts, "true", lambda found: expression.fullmatch(found) is not None)
    return f"NOT regexp_full_match({text}, {literal(translated)})"


def _refused_texts(texts: _Texts, suspects: str, accepts: Callable[[str], bool]) -> str:
    """Return a condition for the texts among ``suspects`` that ``accepts`` refuses, or ''."""
    text = text_column(texts.field)
    found = texts.connection.execute(
        f"SELECT DISTINCT {text} FROM {texts.relation} WHERE {text} IS NOT NULL AND {suspects}"
    )
    refused: list[str] = []
    while batch := found.fetchmany(10_000):
        refused += [value for (value,) in batch if not accepts(value)]
    if not refused:
        return ""
    table = identifier(f"refused!{texts.field.name}")
    texts.connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (value VARCHAR)")
    texts.connection.execute(f"INSERT INTO {table} SELECT unnest(?)", [refused])
    return f"{text} IN (SELECT value FROM {table})"
