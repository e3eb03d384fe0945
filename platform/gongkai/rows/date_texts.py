"""Dates, instants, months and times of day as people write them, in the one form kept."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from gongkai.rows.text_forms import Accepts, Rewritten, is_date, narrow, without_invisible

_YMD = re.compile(
    r"([0-9]{4})(?: ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]"
    r"|([-/.])([0-9]{1,2})\4([0-9]{1,2})|([0-9]{2})([0-9]{2}))"
)
_DIGITS = "〇○零一二三四五六七八九"
_DIGIT_VALUES = str.maketrans(_DIGITS, "000123456789")
_HAN = re.compile(
    rf"([{_DIGITS}]{{4}})年([一二三四五六七八九十]{{1,2}})月(?:([一二三四五六七八九十]{{1,3}})[日号])?"
)
_ONES = ("", *"一二三四五六七八九")
_NUMERALS = {
    f"{tens}{one}": 10 * ten + unit
    for ten, tens in enumerate(("", "十", "二十", "三十"))
    for unit, one in enumerate(_ONES)
    if ten or unit
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august"
        "|sep sept september|oct october|nov november|dec december".split("|"),
        start=1,
    )
    for name in names.split()
}
_NAMED = re.compile(
    r"(?:([0-9]{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -]|([A-Za-z]{3,9})\.? ([0-9]{1,2}),? )([0-9]{4})"
)
_MIDNIGHT = re.compile(r"(.+[0-9日号])[T ]0{1,2}:00(?::00(?:\.0+)?)?(?:\+08:?00)?")
_CLOCK = (
    r"(?P<half>上午|下午)? ?(?P<h>[0-9]{1,2})(?::(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.0+)?)?"
    r"|[时点](?:(?P<cm>[0-9]{1,2})分(?:(?P<cs>[0-9]{1,2})秒)?|整))(?: ?(?P<ampm>[AaPp][Mm]))?"
)
_TIME = re.compile(_CLOCK)
_INSTANT = re.compile(
    rf"(?P<day>.{{8,18}}?)(?:[Tt]| +|(?<=[日号])){_CLOCK}"
    r"(?: ?(?P<zone>[Zz]|(?P<zh>[+-][0-9]{2})(?::?(?P<zm>[0-9]{2}))?))?"
)
# What a spreadsheet in Chinese writes.
_SIMPLE = re.compile(
    r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2}) ([01]?[0-9]|2[0-3])(:[0-9]{2}(?::[0-9]{2})?)"
)
_COMPACT = re.compile(r"([0-9]{8})[Tt]?([0-9]{2})([0-9]{2})([0-9]{2})?([Zz]|[+-][0-9]{4})?")
_SERIAL = re.compile(r"([3-7][0-9]{4})(?:\.([0-9]+))?")
_SERIAL_START = date(1899, 12, 30)  # of the 1900 system, for days after its false leap day
_FIRST_SERIAL = (date(1990, 1, 1) - _SERIAL_START).days
_LAST_SERIAL = (date(2100, 12, 31) - _SERIAL_START).days
_DATE_KIND = ("date",)
_INSTANT_KIND = ("instant",)
_DAY_SECONDS = 86_400
_QUARTER_SECONDS = 900
# Fifteen digits tell seconds apart; fewer may have been cut, unless they say a quarter hour.
_FULL_FRACTION = 9
_SECOND_SHARE = 1e-3


def rewrite_date(text: str, *, has_serials: bool = True) -> Rewritten | None:
    """Return ``text`` as year-month-day; None where that is not certain.

    A number of days is read by the 1900 system only, which is what spreadsheets write.
    """
    found = _ymd(text)
    if found:
        return found, _DATE_KIND
    seen, kinds = _plain(text)
    serial = _SERIAL.fullmatch(seen) if has_serials else None
    if serial:
        return _serial_date(serial, kinds)
    found = (
        (_ymd(seen) if kinds else None) or _han_date(seen) or _named_date(seen) or _midnight(seen)
    )
    if found:
        return found, kinds if found == seen else (*kinds, "date")
    return None


def rewrite_instant(text: str, *, has_serials: bool = True) -> Rewritten | None:
    """Return ``text`` as date and time, its offset kept; None where that is not certain.

    A date alone does not say midnight, nor does an hour alone say on the hour.
    """
    simple = _SIMPLE.fullmatch(text)
    if simple:
        year, month, day, hour, rest = simple.groups()
        if rest[1] < "6" and rest[4:5] < "6" and is_date(year, month, day):
            return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}{rest}", _INSTANT_KIND
        return None
    seen, kinds = _plain(text)
    found = _INSTANT.fullmatch(seen)
    if found:
        day = _ymd(found["day"].rstrip()) or _han_date(found["day"].rstrip())
        clock = _clock(found)
        if day and clock:
            return f"{day}T{clock}{_zone(found)}", (*kinds, "instant")
        return None
    compact = _COMPACT.fullmatch(seen)
    if compact:
        return _compact_instant(compact, kinds)
    serial = _SERIAL.fullmatch(seen) if has_serials else None
    return _serial_instant(serial, kinds) if serial and serial[2] else None


def _plain(text: str) -> tuple[str, tuple[str, ...]]:
    """Return ``text`` without invisible marks and full width, with one kind of blank."""
    if text.isascii():
        return text, ()
    kinds: tuple[str, ...] = ()
    seen = without_invisible(text)
    narrowed = narrow(seen)
    if seen != text:
        kinds += ("invisible",)
    if narrowed != seen:
        kinds += ("full-width",)
    return " ".join(narrowed.split()), kinds


def _ymd(text: str) -> str | None:
    found = _YMD.fullmatch(text)
    if not found:
        return None
    year, month, day, mark, m2, d2, m3, d3 = found.groups()
    if mark:
        month, day = m2, d2
    elif m3:
        month, day = m3, d3
        if year < "1000":
            return None
    return f"{year}-{month:0>2}-{day:0>2}" if is_date(year, month, day) else None


def _han_date(text: str) -> str | None:
    found = _HAN.fullmatch(text)
    if not found or not found[3]:
        return None
    year, month, day = (found[1].translate(_DIGIT_VALUES), _NUMERALS.get(found[2]), found[3])
    number = _NUMERALS.get(day)
    if month is None or number is None or not is_date(year, str(month), str(number)):
        return None
    return f"{year}-{month:02d}-{number:02d}"


def _named_date(text: str) -> str | None:
    found = _NAMED.fullmatch(text)
    if not found:
        return None
    month = _MONTHS.get((found[2] or found[3]).lower())
    day = found[1] or found[4]
    if month is None or not is_date(found[5], str(month), day):
        return None
    return f"{found[5]}-{month:02d}-{day:0>2}"


def _midnight(text: str) -> str | None:
    found = _MIDNIGHT.fullmatch(text)
    return _ymd(found[1].rstrip()) if found else None


def _clock(found: re.Match[str]) -> str | None:
    """Return hours and minutes, and the seconds if they were written."""
    hour = int(found["h"])
    minute, second = found["m"] or found["cm"] or "00", found["s"] or found["cs"]
    is_afternoon = found["half"] == "下午" or (found["ampm"] or "").lower() == "pm"
    if found["half"] or found["ampm"]:
        # Noon and midnight are 12 in either half, depending on whom one asks.
        if (found["half"] and found["ampm"]) or not 1 <= hour <= 11:
            return None
        hour += 12 if is_afternoon else 0
    if hour > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    clock = f"{hour:02d}:{minute:0>2}"
    return f"{clock}:{second:0>2}" if second else clock


def _zone(found: re.Match[str]) -> str:
    if not found["zone"]:
        return ""
    return f"{found['zh']}:{found['zm'] or '00'}" if found["zh"] else "Z"


def _compact_instant(found: re.Match[str], kinds: tuple[str, ...]) -> Rewritten | None:
    digits, hour, minute, second, zone = found.groups()
    day = _ymd(digits)
    if not day or int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    clock = f"{hour}:{minute}" + (f":{second}" if second else "")
    if zone:
        clock += f"{zone[:3]}:{zone[3:]}" if len(zone) > 1 else "Z"
    return f"{day}T{clock}", (*kinds, "instant")


def _serial_date(serial: re.Match[str], kinds: tuple[str, ...]) -> Rewritten | None:
    days = int(serial[1])
    if (serial[2] or "").strip("0") or not _FIRST_SERIAL <= days <= _LAST_SERIAL:
        return None
    return (_SERIAL_START + timedelta(days)).isoformat(), (*kinds, "excel-serial")


def _serial_instant(serial: re.Match[str], kinds: tuple[str, ...]) -> Rewritten | None:
    """Return the instant of a number of days; not where its fraction may have been cut short."""
    days = int(serial[1])
    exact = float(f"0.{serial[2]}") * _DAY_SECONDS
    seconds = round(exact)
    is_short = len(serial[2]) < _FULL_FRACTION
    if not _FIRST_SERIAL <= days <= _LAST_SERIAL or not 0 < seconds < _DAY_SECONDS:
        return None
    if abs(exact - seconds) > 1e-3 or (
        is_short and (exact != seconds or seconds % _QUARTER_SECONDS)
    ):
        return None
    day = (_SERIAL_START + timedelta(days)).isoformat()
    minutes, second = divmod(seconds, 60)
    return f"{day}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}", (*kinds, "excel-serial")


class PeriodTexts:
    """Rewrites the months, quarters and years of a text field whose pattern asks for them."""

    def __init__(self, accepts: Accepts) -> None:
        self._accepts = accepts
        self._rules: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]] = []
        if any(map(accepts, _NO_PERIODS)):
            return
        for probes, pattern, write in _PERIODS:
            if all(map(accepts, probes)):
                self._rules.append((pattern, write))
        if [pattern for pattern, _ in self._rules] == [_YEAR]:
            # Four digits alone may be any code.
            self._rules = []

    def __bool__(self) -> bool:
        return bool(self._rules)

    def rewrite(self, text: str) -> Rewritten | None:
        """Return the period in the form of the pattern; None where it is not certain."""
        seen, kinds = _plain(text)
        for pattern, write in self._rules:
            found = pattern.fullmatch(seen)
            period = write(found) if found else None
            if period and self._accepts(period):
                return period, kinds if period == seen else (*kinds, "period")
        return None


class ClockTexts:
    """Rewrites the times of day of a text field whose pattern asks for hours and minutes."""

    def __init__(self, accepts: Accepts) -> None:
        self._accepts = accepts
        self._is_clock = all(map(accepts, _CLOCKS)) and not any(map(accepts, _NO_CLOCKS))

    def __bool__(self) -> bool:
        return self._is_clock

    def rewrite(self, text: str) -> Rewritten | None:
        """Return hours and minutes in two digits each; None where that is not certain."""
        seen, kinds = _plain(text)
        found = _TIME.fullmatch(seen)
        clock = _clock(found) if found else None
        if clock is None or clock[6:].strip("0") or not self._accepts(clock[:5]):
            return None
        return clock[:5], kinds if clock[:5] == seen else (*kinds, "clock")


def _month(found: re.Match[str]) -> str | None:
    year, month = (group for group in found.groups() if group)
    if year.isascii() and year.isalpha():
        year, month = month, year
    year = year.translate(_DIGIT_VALUES)
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), _NUMERALS.get(month, 0))
    return f"{year}-{number:02d}" if 1 <= number <= 12 else None


def _quarter(found: re.Match[str]) -> str:
    year = found[1] or found[5]
    number = found[2] or found[3] or found[4]
    return f"{year}-Q{number.translate(_DIGIT_VALUES)}"


def _half(found: re.Match[str]) -> str:
    number = found[2] or str("上下".index(found[3]) + 1)
    return f"{found[1]}-H{number}"


_YEAR = re.compile(r"([0-9]{4}) ?年度?")
# With one digit behind a dot nobody knows whether 2026.1 was 2026.10 before it was a number.
_MONTH = re.compile(
    r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月份?|([0-9]{4})[-/]([0-9]{1,2})"
    rf"|([0-9]{{4}})\.?([0-9]{{2}})|([{_DIGITS}]{{4}})年([一二三四五六七八九十]{{1,2}})月份?"
    r"|([0-9]{4})[ -]([A-Za-z]{3,9})|([A-Za-z]{3,9})\.?,?[ -]([0-9]{4})"
)
_QUARTER = re.compile(
    r"([0-9]{4})(?: ?年?[ /-]?[Qq]([1-4])| ?年 ?第?([1-4一二三四]) ?季度?)"
    r"|[Qq]([1-4])[ /-]?([0-9]{4})"
)
_HALF = re.compile(r"([0-9]{4})(?: ?年?[ /-]?[Hh]([12])| ?年 ?([上下])半年)")
_DAY = re.compile(r".{8,18}")
_PERIODS: tuple[
    tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str]], str | None]], ...
] = (
    (("1999-01", "2026-09", "2026-12"), _MONTH, _month),
    (("1999-Q1", "2026-Q2", "2026-Q3", "2026-Q4"), _QUARTER, _quarter),
    (("1999-H1", "2026-H2"), _HALF, _half),
    (("1999", "2026"), _YEAR, lambda found: found[1]),
    (("1999-01-31", "2026-12-01"), _DAY, lambda found: _ymd(found[0]) or _han_date(found[0])),
)
# What a pattern of periods refuses and one of codes may take.
_NO_PERIODS = ("2026-1", "20260", "2026-123", "2026-001", "AB-01", "A1", "12", "0")
_CLOCKS = ("00:00", "08:05", "12:30", "23:59")
_NO_CLOCKS = ("8:05", "0805", "8:5", "12:60", "ab:cd")
