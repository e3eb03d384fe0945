"""What happened to a text that stays wrong: which damage it shows, and what to do about it."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows.check_messages import message
from gongkai.rows.date_texts import rewrite_date
from gongkai.rows.number_texts import SHOWN_SHORT
from gongkai.rows.text_forms import Accepts, is_date, narrow

_SHEET_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_HASHES = re.compile(r"#{4,}")
_CENSORED = re.compile(
    r"[<>≤≥＜＞≦≧⩽⩾]=? ?[0-9].*|(小于|大于|低于|高于|不足|超过|少于|多于|至少|至多) ?[0-9].*"
    r"|[0-9.,]+ ?(以上|以下|以内|\+)|[0-9]+ ?([-~～至–—]) ?[0-9]+"
)
_WITH_UNIT = re.compile(
    r"(?=.*[A-Za-z$€£¥%‰°℃μ\u4e00-\u9fff])(?:[A-Za-z$€£¥\u4e00-\u9fff]{1,4} ?)?"
    r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)? ?(?:[A-Za-z%‰°℃μ\u4e00-\u9fff][^0-9]{0,11})?"
)
_MARKS = frozenset(
    "- -- --- — —— ——— – ― － / // \\ * ** . .. ... … …… ? ？ _ "
    "n/a na n.a. n.a nd n.d. nil null none nan <na> nat missing unknown "
    "无 暂无 没有 空 空白 不详 未知 缺失 缺 未检出 未检 未测 未填 未报 不适用 不可得 保密 待定 "
    "待补 略 同上".split()
)
# In a field of yes and no these may be meant as no.
_MEANT_NO = frozenset(("无", "没有"))
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{1,3}|[0-9]\.[0-9]+[eE][0-9]{1,3}")
_SCIENTIFIC_SHOWN = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2,3}")
_FLOAT_CODE = re.compile(r"([0-9]+)\.0+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = "|".join(_MONTHS)
_RENDERED = re.compile(
    rf"(?P<d>[0-9]{{1,2}})-(?P<mon>{_NAME})(?:-(?P<y>[0-9]{{2}}|[0-9]{{4}}))?"
    rf"|(?P<mon2>{_NAME})-(?P<n>[0-9]{{1,2}})"
    r"|(?P<m>[0-9]{1,2})月(?P<d2>[0-9]{1,2})[日号]"
    r"|(?P<y2>[0-9]{4})(?:年|(?P<mark>[-/]))(?P<m2>[0-9]{1,2})(?:月|(?P=mark))(?P<d3>[0-9]{1,2})日?"
    r"(?: 0?0:00.*)?",
    re.IGNORECASE,
)
_YEARLESS = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}(?: .*)?")
_SHORT_YEAR = re.compile(
    r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{1,2}(?: .*)?|[0-9]{2} ?年.*|"
    rf"[0-9]{{1,2}}[- ](?:{_NAME})[a-z]*[- ][0-9]{{2}}",
    re.IGNORECASE,
)
_NO_DAY = re.compile(r"[0-9]{4} ?年?|[0-9]{4}(?:[-/.] ?| ?年 ?)[0-9]{1,2} ?月?份?|[0-9]{6}")
_NO_YEAR = re.compile(
    rf"[0-9]{{1,2}} ?月 ?[0-9]{{1,2}} ?[日号]|[0-9]{{1,2}}-(?:{_NAME})|(?:{_NAME})-[0-9]{{1,2}}",
    re.IGNORECASE,
)
_LONGEST_CODE = 32
# From twelve digits on a spreadsheet shows a number as a power of ten.
_SHORTENED_FROM = 11
_LISTED = 6
_REMARKS = ("remark", "remarks", "notes", "note_text", "note", "comment")
_TAIL_DIGITS = 14


@dataclass(frozen=True, slots=True)
class Advice:
    """The problem that a text shows, and what its sentence says beside value and field."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)

    def message(self, column: Field, value: str) -> Text:
        """Return the whole sentence about ``value`` in ``column``."""
        return message(
            self.code,
            value=value,
            label_zh=column.title.zh,
            label_en=column.title.en,
            example=column.example,
            **self.params,
        )


class Damage:
    """Recognises damage in the texts of one field, none of which is mended."""

    def __init__(
        self, schema: TableSchema, column: Field, accepts: Accepts, *, has_periods: bool = False
    ) -> None:
        self._field = column
        self._has_periods = has_periods
        self._accepts = accepts
        self._is_free = not (column.pattern or column.categories or column.list_values)
        self._is_key = column.unique or column.name in schema.primary_key
        self._left_empty = _left_empty(schema, column, is_limit=False)
        self._limit = _left_empty(schema, column, is_limit=True)
        self._codes = tuple(category.value for category in column.categories)

    def find(self, text: str) -> Advice | None:
        """Return the damage of a text that no clean-up makes right; None if none is seen."""
        match self._field.type:
            case FieldType.STRING | FieldType.LIST:
                return self._of_text(text)
            case FieldType.INTEGER | FieldType.NUMBER:
                return self._of_number(text)
        if self._accepts(text):
            return None
        return self._of_cell(text) or self._of_date(text)

    def _of_cell(self, text: str) -> Advice | None:
        if text.startswith("#"):
            if _SHEET_ERROR.fullmatch(text):
                return Advice("error-cell")
            if _HASHES.fullmatch(text):
                return Advice("hidden-by-width")
        if self._is_free and self._field.type in (FieldType.STRING, FieldType.LIST):
            return None
        is_answer = self._field.type is FieldType.BOOLEAN and text in _MEANT_NO
        if text.casefold() not in _MARKS or is_answer:
            return None
        code = "not-a-number-mark" if self._field.is_numeric else "no-value-mark"
        return Advice(code, self._left_empty)

    def _of_text(self, text: str) -> Advice | None:
        if self._is_free:
            if self._is_key and _SCIENTIFIC_SHOWN.fullmatch(text):
                return Advice("scientific-code")
            return self._of_cell(text)
        if self._accepts(text):
            return None
        if _SCIENTIFIC.fullmatch(text):
            return Advice("scientific-code")
        return self._lost_zeros(text) or self._mangled_date(text) or self._of_cell(text)

    def _lost_zeros(self, text: str) -> Advice | None:
        """Tell what a program that took a code for a number has made of it."""
        as_number = _FLOAT_CODE.fullmatch(text)
        digits = as_number[1] if as_number else text
        if not (digits.isascii() and digits.isdigit()) or self._has_periods:
            return None
        if as_number and self._accepts(digits):
            return Advice("number-for-code", {"guess": digits})
        padded = [
            digits.zfill(length)
            for length in range(len(digits) + 1, _LONGEST_CODE + 1)
            if self._accepts(digits.zfill(length))
        ]
        # Where codes of many lengths are right, nobody can tell how many zeros were lost.
        if len(padded) != 1:
            return None
        code = "number-for-code" if as_number else "lost-zeros"
        return Advice(code, {"guess": padded[0]})

    def _mangled_date(self, text: str) -> Advice | None:
        found = _RENDERED.fullmatch(text)
        if not found or (found["y2"] and not is_date(found["y2"], found["m2"], found["d3"])):
            return None
        guesses = list(dict.fromkeys(self._guesses(found)))[:_LISTED]
        if guesses:
            zh, en = "或".join(guesses), " or ".join(guesses)
            return Advice("mangled-date", {"was_zh": f"原来可能是 {zh}，", "was_en": f"{en}"})
        if found["y2"]:
            # A whole date may just be the wrong thing to write here.
            return None
        return Advice("mangled-date", {"was_zh": "", "was_en": "a code with two numbers"})

    def _guesses(self, found: re.Match[str]) -> Iterator[str]:
        """Yield the codes that a spreadsheet shows in this way, the likeliest first."""
        name = (found["mon"] or found["mon2"] or "").lower()
        month = int(found["m"] or found["m2"] or (_MONTHS.index(name) + 1 if name else 0))
        day = found["d"] or found["d2"] or found["d3"] or found["n"]
        pair = {month, int(day)}
        if self._codes:
            numbers = {code: [int(n) for n in re.findall("[0-9]+", code)] for code in self._codes}
            yield from (c for c, n in numbers.items() if len(n) == 2 and set(n) == pair)
            spelled = [_MONTHS[month - 1] if 1 <= month <= 12 else ""]
            yield from (
                c
                for c, n in numbers.items()
                if n == [int(day)] and spelled[0] and c.lower().startswith(spelled[0])
            )
            # A day that begins a code: a spreadsheet has overwritten the rest.
            yield from (c for c, n in numbers.items() if len(n) == 2 and n[0] == int(day))
            return
        # A month that was taken for a date has become its first day.
        whole = found["y2"] if int(day) == 1 else None
        year = whole or (f"20{int(found['n']):02d}" if found["n"] else "")
        forms = [f"{year}-{month:02d}", f"{year}{month:02d}"] if year else []
        for mark in "-/.":
            forms += [f"{month}{mark}{int(day)}", f"{int(day)}{mark}{month}"]
            forms += [f"{month:02d}{mark}{int(day):02d}", f"{int(day):02d}{mark}{month:02d}"]
        yield from filter(self._accepts, forms)

    def _of_number(self, text: str) -> Advice | None:
        if SHOWN_SHORT.fullmatch(text):
            exponent = int(text.partition("E")[2])
            if not self._accepts(text) or exponent >= _SHORTENED_FROM:
                return Advice("lost-digits")
        if self._accepts(text):
            return self._tail(text)
        if narrow(text).startswith(("<", ">")) or _CENSORED.fullmatch(text):
            return Advice("censored-value", self._limit)
        found = self._of_cell(text)
        if found is None and _WITH_UNIT.fullmatch(narrow(text)):
            return Advice("other-unit", _own_unit(self._field))
        return found

    def _tail(self, text: str) -> Advice | None:
        """Recognise the tail that binary sums leave, in a field with fixed decimals."""
        places = self._field.decimals
        if places is None or self._field.type is not FieldType.NUMBER:
            return None
        if len(text.partition(".")[2].rstrip("0")) <= places:
            return None
        digits = text.lstrip("+-0.").replace(".", "")
        rounded = round(Decimal(text), places)
        if len(digits) < _TAIL_DIGITS or not _is_near(float(text), float(rounded)):
            return None
        return Advice("float-tail", {"guess": str(rounded)})

    def _of_date(self, text: str) -> Advice | None:
        if self._field.type is FieldType.BOOLEAN:
            return None
        if self._field.type is FieldType.DATETIME and rewrite_date(text):
            return Advice("no-time-of-day")
        for pattern, code in (
            (_YEARLESS, "ambiguous-date"),
            (_SHORT_YEAR, "short-year"),
            (_NO_YEAR, "short-year"),
            (_NO_DAY, "incomplete-date"),
        ):
            if pattern.fullmatch(narrow(text)):
                return Advice(code)
        return None


def _is_near(found: float, rounded: float) -> bool:
    """Tell whether two doubles differ by no more than a few sums' rounding."""
    return abs(found - rounded) <= 64 * math.ulp(rounded or found)


def _left_empty(schema: TableSchema, column: Field, *, is_limit: bool) -> dict[str, str]:
    """Return what to do where there is no figure, as far as the item has a way to say it."""
    flags = schema.by_name.get("obs_flag")
    remark = next((f for name in _REMARKS for f in schema if f.name == name), None)
    is_key = column.name in schema.primary_key
    is_figure = column.is_numeric and (column.required or column.personal_count)
    if flags and is_figure and not is_key:
        codes = [c for c in flags.categories if c.value in ("c", "n", "u")]
        zh = "、".join(f"{c.value}（{c.label.zh}）" for c in codes) or "c、n、u"
        en = ", ".join(f"{c.value} ({c.label.en})" for c in codes) or "c, n, u"
        zh = f"请清空这一格，并在“{flags.title.zh}”（obs_flag）中说明原因：{zh}"
        en = f"empty the cell and say why in {flags.title.en} (obs_flag): {en}"
    elif not column.required and not is_key:
        zh = "写不成一个数的请留空" if is_limit else "没有数据请留空"
        en = "leave the cell empty" + ("" if is_limit else " if there is no value")
    else:
        zh = "本字段必填，请填写实际值；确实没有的，请联系管理员在事项定义中规定缺失值的写法"
        en = (
            "the field is required, so enter the value itself; if there is none, ask the "
            "administrator to let the item declare how that is written"
        )
        return {"remedy_zh": zh, "remedy_en": en}
    if remark:
        zh += f"，原来的写法可写入“{remark.title.zh}”"
        en += f"; what was written here can go into {remark.title.en}"
    return {"remedy_zh": zh, "remedy_en": en}


def _own_unit(column: Field) -> dict[str, str]:
    """Return the name of the unit that a number must be in."""
    if column.unit:
        return {"unit_zh": f"“{column.unit.zh}”", "unit_en": column.unit.en}
    return {"unit_zh": "字段说明的单位", "unit_en": "the unit that the field is described with"}
