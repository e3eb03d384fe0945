"""How each field type is stored, read from text, and written as canonical text.

Every function returns a SQL expression of DuckDB over another one. Text that a pattern here
does not accept is never cast: DuckDB's own casts take ``1_000``, ``0x10`` and `` 12 ``.
"""

from gongkai.domain.table_schema import Field, FieldType

INTEGER_TEXT = r"[+-]?[0-9]{1,18}"
DECIMAL_TEXT = r"[+-]?[0-9]{1,18}(\.[0-9]+)?"
NUMBER_TEXT = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?"
DATE_TEXT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DATETIME_TEXT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
TRUE_TEXTS = ("true", "True", "TRUE", "1", "是")
FALSE_TEXTS = ("false", "False", "FALSE", "0", "否")
SHANGHAI = "+08:00"
_SHANGHAI_MICROSECONDS = 8 * 3600 * 1_000_000


def identifier(name: str) -> str:
    """Quote a column name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text constant."""
    return "'" + text.replace("'", "''") + "'"


def storage_type(field: Field) -> str:
    """Return the DuckDB type a field has once read."""
    match field.type:
        case FieldType.INTEGER:
            return "BIGINT"
        case FieldType.NUMBER:
            return "DOUBLE" if field.decimals is None else f"DECIMAL(36, {field.decimals})"
        case FieldType.BOOLEAN:
            return "BOOLEAN"
        case FieldType.DATE:
            return "DATE"
        case FieldType.DATETIME:
            return "TIMESTAMPTZ"
    return "VARCHAR"


def text_pattern(field: Field) -> str | None:
    """Return the pattern that the whole text of a value must match, or None for any text."""
    match field.type:
        case FieldType.INTEGER:
            return INTEGER_TEXT
        case FieldType.NUMBER:
            return NUMBER_TEXT if field.decimals is None else DECIMAL_TEXT
        case FieldType.DATE:
            return DATE_TEXT
        case FieldType.DATETIME:
            return DATETIME_TEXT
    return None


def typed(field: Field, text: str) -> str:
    """Return the typed value of the SQL text expression ``text``; NULL where it is none."""
    match field.type:
        case FieldType.STRING | FieldType.LIST:
            return text
        case FieldType.BOOLEAN:
            return (
                f"CASE WHEN {text} IN ({_texts(TRUE_TEXTS)}) THEN true "
                f"WHEN {text} IN ({_texts(FALSE_TEXTS)}) THEN false END"
            )
        case FieldType.DATETIME:
            zoned = f"CASE WHEN {text} SIMILAR TO '.*(Z|[+-]..:..)' THEN {text} "
            zoned += f"ELSE {text} || {literal(SHANGHAI)} END"
            return _guarded(field, text, f"TRY_CAST(({zoned}) AS TIMESTAMPTZ)")
    return _guarded(field, text, f"TRY_CAST({text} AS {storage_type(field)})")


def canonical(field: Field, value: str) -> str:
    """Return the text that ``data.csv`` has for the typed SQL expression ``value``."""
    match field.type:
        case FieldType.STRING | FieldType.LIST:
            return value
        case FieldType.NUMBER if field.decimals is None:
            return (
                f"CASE WHEN {value} = trunc({value}) AND abs({value}) < 1e15 "
                f"THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) "
                f"ELSE CAST({value} AS VARCHAR) END"
            )
        case FieldType.DATETIME:
            local = f"make_timestamp(epoch_us({value}) + {_SHANGHAI_MICROSECONDS})"
            return f"strftime({local}, '%Y-%m-%dT%H:%M:%S{SHANGHAI}')"
    return f"CAST({value} AS VARCHAR)"


def json_value(field: Field, value: str) -> str:
    """Return what JSON has for the typed SQL expression: numbers and booleans stay so."""
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return canonical(field, value)
    return value


def _guarded(field: Field, text: str, cast: str) -> str:
    pattern = text_pattern(field)
    assert pattern is not None  # noqa: S101 - only typed fields come here
    return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN {cast} END"


def _texts(texts: tuple[str, ...]) -> str:
    return ", ".join(literal(text) for text in texts)
