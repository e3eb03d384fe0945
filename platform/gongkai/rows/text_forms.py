"""What form a field asks of a text, bounds aside: the checks' own view, asked of Python."""

import re
from collections.abc import Callable
from datetime import date

from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.columns import DATE_TEXT, DATETIME_TEXT, text_pattern

# Blanks of all kinds, and the marks that no one sees at the edge of a cell.
BLANKS = (
    " \t\r\n\v\f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
# Marks without any width, wherever they stand.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
# Full-width forms and nothing else: NFKC would also make 102 of 10² and A1 of A①.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE))
# To look first is faster than to translate every text.
_HAS_WIDE = re.compile("[\uff01-\uff5e\u3000]").search
_HAS_UNSEEN = re.compile(f"[{INVISIBLE}]").search
_DATE = re.compile(DATE_TEXT, re.ASCII)
_DATETIME = re.compile(DATETIME_TEXT, re.ASCII)

# What is true of a text that has the form, and false of another.
Accepts = Callable[[str], object]
# A text in the form that is asked for, and the kinds of clean-up that led there.
Rewritten = tuple[str, tuple[str, ...]]


def narrow(text: str) -> str:
    """Return ``text`` with full-width letters, digits and signs as ASCII."""
    return text.translate(_WIDE) if _HAS_WIDE(text) else text


def without_invisible(text: str) -> str:
    """Return ``text`` without marks that have no width."""
    return text.translate(_UNSEEN) if _HAS_UNSEEN(text) else text


def is_date(year: str, month: str, day: str) -> bool:
    """Tell whether the calendar has the day."""
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def compiled_pattern(field: Field) -> re.Pattern[str] | None:
    """Return the field's own pattern; None without one, or if only the engine can read it."""
    if not field.pattern:
        return None
    try:
        return re.compile(field.pattern, re.ASCII)
    except re.error:
        return None


def form_of(field: Field) -> Accepts:
    """Return what tells whether a text has the field's form; any text has that of free text."""
    match field.type:
        case FieldType.DATE:
            return _is_date_text
        case FieldType.DATETIME:
            return _is_instant_text
        case FieldType.BOOLEAN:
            return frozenset(("true", "false")).__contains__
        case FieldType.INTEGER | FieldType.NUMBER:
            return re.compile(text_pattern(field) or "", re.ASCII).fullmatch
    return _text_form(field)


def _text_form(field: Field) -> Accepts:
    """Return the form of a text field: its codes, its pattern, its list of values."""
    codes = frozenset(category.value for category in field.categories)
    wanted = [pattern.fullmatch] if (pattern := compiled_pattern(field)) else []
    if field.type is FieldType.LIST and field.list_values:
        one = "(?:" + "|".join(map(re.escape, field.list_values)) + ")"
        wanted.append(re.compile(f"{one}(?:{re.escape(field.delimiter)}{one})*").fullmatch)
    if not codes and len(wanted) == 1:
        return wanted[0]
    return lambda text: (not codes or text in codes) and all(match(text) for match in wanted)


def _is_date_text(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and is_date(text[:4], text[5:7], text[8:])


def _is_instant_text(text: str) -> bool:
    """Midnight may be 24:00, as in ISO 8601; a leap second is none that can be stored."""
    if not _DATETIME.fullmatch(text) or not is_date(text[:4], text[5:7], text[8:10]):
        return False
    hour, minute = int(text[11:13]), int(text[14:16])
    second = int(text[17:19]) if text[16:17] == ":" else 0
    return (hour < 24 and minute < 60 and second < 60) or (hour, minute, second) == (24, 0, 0)
