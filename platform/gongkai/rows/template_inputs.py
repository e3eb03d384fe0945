"""How a template's cells take values: number formats, drop-downs, limits, and what they say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.template_words import (
    Writing,
    all_rules,
    choices,
    example_words,
    key_words,
    presence_words,
    type_words,
)

# What Excel takes; counted in UTF-16 units.
TITLE_UNITS = 32
MESSAGE_UNITS = 255
_LIST_UNITS = 255
# A spreadsheet keeps 15 digits of a number.
_MOST = 999_999_999_999_999
_FIRST_SHEET_YEAR = 1900
_NUMERIC = (FieldType.INTEGER, FieldType.NUMBER)
_DATED = (FieldType.DATE, FieldType.DATETIME)


def number_format(column: Field) -> str:
    """Return the format of a column's cells; text keeps codes and long numbers as typed."""
    match column.type:
        case FieldType.INTEGER:
            return "0"
        case FieldType.NUMBER:
            if column.decimals is None:
                return "General"
            return "0." + "0" * column.decimals if column.decimals else "0"
        case FieldType.DATE:
            return "yyyy-mm-dd"
        case FieldType.DATETIME:
            return "yyyy-mm-dd hh:mm"
    return "@"


def validation(
    writing: Writing, column: Field, *, cell: str, heading: str, source: str | None
) -> dict[str, Any]:
    """Return what XlsxWriter takes for a column whose first cell is ``cell``.

    ``source`` is the range of the codes, for a list that is too long for a formula.
    """
    found: dict[str, Any] = {
        "input_title": cut(heading, TITLE_UNITS),
        "input_message": _hint(writing, column),
        "error_title": cut(heading, TITLE_UNITS),
        "error_message": cut(_refusal(writing, column), MESSAGE_UNITS),
        "error_type": "stop",
    }
    offered = choices(writing, column)
    if offered:
        found |= {"validate": "list", "source": source or list(offered)}
    elif column.type in _NUMERIC:
        kind = "integer" if column.type is FieldType.INTEGER else "decimal"
        found |= {
            "validate": kind,
            "criteria": "between",
            "minimum": column.minimum or -_MOST,
            "maximum": column.maximum or _MOST,
        }
    elif column.type in _DATED:
        found |= {"validate": "custom", "value": _date_formula(column, cell)}
    elif column.max_length is not None:
        found |= {"validate": "length", "criteria": "<=", "value": column.max_length}
    else:
        found |= {"validate": "any"}
    if column.missing_values or len(writing.table_schema.missing_values) > 1:
        # A word for a missing value must get past the limits.
        found["error_type"] = "warning"
    return found


def fits_a_formula(offered: tuple[str, ...]) -> bool:
    """Tell whether a drop-down's list can stand in its formula, or needs cells to refer to."""
    joined = ",".join(offered)
    return units(joined) <= _LIST_UNITS and not any(set(one) & set(',"') for one in offered)


def _date_formula(column: Field, cell: str) -> str:
    """Return a formula that is true for a date within the bounds, or one before 1900 as text.

    Excel has no dates before 1900; many a hospital is older than that.
    """
    bounds = ["TRUE"]
    if column.type is FieldType.DATE:
        bounds.append(f"INT({cell})={cell}")
    low, high = _day(column.minimum), _day(column.maximum)
    bounds.append(f"{cell}>={_date_value(low)}" if low else f"{cell}>=1")
    if high:
        bounds.append(f"{cell}<{_date_value(high)}+1")
    shape = [f'MID({cell},5,1)="-"', f'MID({cell},8,1)="-"']
    if column.type is FieldType.DATETIME:
        shape.append(f"LEN({cell})>=16")
    else:
        shape += [f"LEN({cell})=10", f'LEFT({cell},4)<"{_FIRST_SHEET_YEAR}"']
    written = "FALSE" if low else f"AND({','.join(shape)})"
    return f"=IF(ISNUMBER({cell}),AND({','.join(bounds)}),{written})"


def _day(bound: str | None) -> date | None:
    """Return the day of a bound, or None where a sheet has no number for it."""
    day = date.fromisoformat(bound[:10]) if bound else None
    return day if day and day.year > _FIRST_SHEET_YEAR else None


def _date_value(day: date) -> str:
    return f"DATE({day.year},{day.month},{day.day})"


def _hint(writing: Writing, column: Field) -> str:
    """Return what shows beside a selected cell, as much of the rules as there is room for."""
    pick = writing.pick
    kind = type_words(writing, column)
    if column.unit:
        kind += pick("，单位：", ", in ") + writing.say(column.unit)
    first = [presence_words(writing, column), key_words(writing, column), kind]
    head = " · ".join(word for word in first if word)
    tail = ""
    if column.example:
        tail = pick("例：", "Example: ") + cut(example_words(writing, column), 60)
    details = all_rules(writing, column)
    room = MESSAGE_UNITS - units(head) - units(tail) - 2
    return "\n".join(part for part in (head, cut(details, room), tail) if part)


def _refusal(writing: Writing, column: Field) -> str:
    """Return what to enter instead of a value that the cell does not take."""
    pick = writing.pick
    if choices(writing, column):
        return pick(
            "请从下拉列表中选择，或照列表中的文字填写。",
            "Choose from the list, or write exactly what it offers.",
        )
    rules = pick("，", ", ").join(_limits(column, writing))
    with_rules = rules and pick("，", ", ") + rules
    match column.type:
        case FieldType.INTEGER:
            start = pick("这里填整数", "A whole number goes here")
        case FieldType.NUMBER:
            start = pick("这里填数字", "A number goes here")
        case FieldType.DATE:
            return pick(
                "请填写有效的日期，如 2026-01-31；1900 年以前的日期同样写成 1892-05-06。",
                "Enter a date that exists, such as 2026-01-31; those before 1900 look the same, "
                "such as 1892-05-06.",
            )
        case FieldType.DATETIME:
            return pick(
                "请填写日期和时间，如 2026-01-31 08:00（北京时间）。",
                "Enter a date and a time, such as 2026-01-31 08:00 (Beijing time).",
            )
        case _:
            start = pick("这里的文字太长", "This text is too long")
            return f"{start}{with_rules}" + pick("。", ".")
    zero = pick(
        "。数值为零写 0，没有数据请留空。", ". Write 0 for none; leave it empty where not known."
    )
    return f"{start}{with_rules}{zero}"


def _limits(column: Field, writing: Writing) -> list[str]:
    pick, found = writing.pick, []
    if column.minimum is not None:
        found.append(pick(f"不小于 {column.minimum}", f"at least {column.minimum}"))
    if column.maximum is not None:
        found.append(pick(f"不大于 {column.maximum}", f"at most {column.maximum}"))
    if column.max_length is not None:
        found.append(
            pick(f"不超过 {column.max_length} 个字", f"at most {column.max_length} characters")
        )
    return found


def units(text: str) -> int:
    """Return the length of ``text`` as Excel counts it."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, most: int) -> str:
    """Return ``text`` in at most ``most`` units, an ellipsis where something is left out."""
    if units(text) <= most:
        return text
    kept = text[: max(0, most - 1)]
    while kept and units(kept) >= most:
        kept = kept[:-1]
    return kept.rstrip() + "…" if kept else ""


def sources(writing: Writing, ranges: Mapping[str, str]) -> dict[str, str]:
    """Return the range of codes of each field whose drop-down has to refer to one."""
    return {
        column.name: ranges[column.name]
        for column in writing.table_schema
        if column.name in ranges and not fits_a_formula(choices(writing, column))
    }
