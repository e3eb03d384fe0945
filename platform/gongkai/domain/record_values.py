"""Single values of a question to the records: which operators a field takes, and their texts."""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from gongkai.domain.table_schema import Field, FieldType

MAX_TEXT = 256
OPERATORS = (
    "eq",
    "ne",
    "lt",
    "lte",
    "gt",
    "gte",
    "in",
    "contains",
    "startswith",
    "isnull",
)

Value = str | int | float | Decimal | bool | date | datetime

_TEXTUAL = (FieldType.STRING, FieldType.LIST)
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,10})?")
_FLOAT = re.compile(r"[+-]?[0-9]{1,309}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+ -][0-9]{2}:[0-9]{2})?"
)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_SHANGHAI = timezone(timedelta(hours=8))
_EXAMPLES = {
    FieldType.INTEGER: "a whole number such as 12",
    FieldType.NUMBER: "a number such as 240.5",
    FieldType.BOOLEAN: "true or false",
    FieldType.DATE: "a date such as 2026-01-30",
    FieldType.DATETIME: "an instant such as 2026-01-30T08:00:00+08:00",
}


def operators_of(column: Field) -> tuple[str, ...]:
    """Return the operators that make sense for ``column``."""
    if column.type in _TEXTUAL:
        return OPERATORS
    if column.type is FieldType.BOOLEAN:
        return ("eq", "ne", "in", "isnull")
    return tuple(name for name in OPERATORS if name not in ("contains", "startswith"))


def functions_of(column: Field) -> tuple[str, ...]:
    """Return the aggregate functions that make sense for ``column``."""
    if column.is_numeric:
        return ("avg", "sum", "min", "max")
    return ("min", "max") if column.type in (FieldType.DATE, FieldType.DATETIME) else ()


def read_value(column: Field, operator: str, text: str) -> Value | None:
    """Return ``text`` as the field's type has it, or a truth value; None where it is none."""
    if operator == "isnull":
        return _TRUTH.get(text)
    try:
        match column.type:
            case FieldType.INTEGER if _INTEGER.fullmatch(text):
                return int(text)
            case FieldType.NUMBER if column.decimals is not None and _DECIMAL.fullmatch(text):
                return Decimal(text)
            case FieldType.NUMBER if column.decimals is None and _FLOAT.fullmatch(text):
                number = float(text)
                return number if abs(number) != float("inf") else None
            case FieldType.BOOLEAN:
                return _TRUTH.get(text)
            case FieldType.DATE if _DATE.fullmatch(text):
                return date.fromisoformat(text)
            case FieldType.DATETIME if _INSTANT.fullmatch(text):
                return _instant(text)
            case FieldType.STRING | FieldType.LIST if 0 < len(text) <= MAX_TEXT:
                return text.encode().decode()
    except ValueError:
        return None
    return None


def _instant(text: str) -> datetime:
    """Read an instant; without an offset it is Shanghai time.

    A plus sign that an address lost to a space is put back.
    """
    moment = datetime.fromisoformat(text[:11] + text[11:].replace(" ", "+"))
    return moment if moment.tzinfo else moment.replace(tzinfo=_SHANGHAI)


def what_is_wanted(column: Field, operator: str, text: str) -> str:
    """Return a sentence on what ``column`` takes instead of ``text``."""
    if operator == "isnull":
        wanted = "true or false"
    elif column.type in _TEXTUAL:
        wanted = f"a text of 1 to {MAX_TEXT} characters; for empty cells, {column.name}__isnull"
    else:
        wanted = _EXAMPLES[column.type]
    return f"{shorten(text)!r} does not fit {column.name}, which takes {wanted}."


def shorten(text: str) -> str:
    """Return the beginning of a text from outside, to be quoted in a message."""
    return text if len(text) <= 40 else f"{text[:40]}…"
