"""Numbers as people and programs write them, in digits only: where the value stays the same."""

import re
import unicodedata
from decimal import Decimal

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.text_forms import Accepts, Rewritten, narrow, without_invisible

# Groups of three behind one and the same mark; the first never begins with 0, as 0,5 does.
_MARKS = ",\xa0\u2009\u202f"
_DIGITS = rf"[0-9]*(?:[{_MARKS}][0-9]{{3}})*"
_FIRST_GROUP = re.compile(rf"([1-9][0-9]{{0,2}})(?=([{_MARKS}]))")
_GAP = "[\x20\xa0\u202f]*"
_PLAIN = re.compile(r"([+-]?)([1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?")
_EXPONENT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
# How a spreadsheet shows a number that does not fit: five decimals at most, the rest is lost.
SHOWN_SHORT = re.compile(r"[+-]?[1-9](\.[0-9]{1,5})?E[+-][0-9]{2,3}")
_YUAN = ("¥", "￥", "RMB", "rmb", "CNY", "cny", "人民币", "元", "圆", "yuan")
_DOLLAR = ("$", "US$", "USD", "usd", "美元", "dollars")
_BEFORE = {"¥", "￥", "RMB", "rmb", "CNY", "cny", "人民币", "$", "US$", "USD", "usd", "美元"}
_MONEY = frozenset((*_YUAN, *_DOLLAR))
_MINUS = "\u2212"


class NumberTexts:
    """Rewrites what is certainly a number of one numeric field."""

    def __init__(self, schema: TableSchema, field: Field, accepts: Accepts) -> None:
        self._accepts = accepts
        self._is_plain = field.type is FieldType.NUMBER and field.decimals is None
        self._is_integer = field.type is FieldType.INTEGER
        # Where nothing below zero is allowed, brackets mean something else: a note, a share.
        self._has_negatives = field.minimum is None or float(field.minimum) < 0
        before, behind = _units(schema, field)
        self._whole = re.compile(
            rf"""(?P<open>\()?(?P<sign>[+-])?
            (?:(?P<before>{before}){_GAP}(?P<inner>[+-])?)?
            (?P<digits>{_DIGITS})(?P<fraction>\.[0-9]*)?
            (?:{_GAP}(?P<behind>{behind}))?(?P<after>-)?(?P<close>\))?""",
            re.VERBOSE | re.ASCII,
        )

    def rewrite(self, text: str) -> Rewritten | None:
        """Return the number in digits, and the kinds of clean-up; None where it is not certain."""
        plain = _PLAIN.fullmatch(text)
        if plain:
            sign, digits, fraction = plain.groups("")
            bare = digits.replace(",", "")
            return self._finished(sign, bare, fraction, ("thousands",) if bare != digits else ())
        found = self._bared(text, ())
        if found or text.isascii():
            return found or self._expanded(text, ())
        seen = without_invisible(text)
        narrowed = narrow(seen)
        signed = narrowed.replace(_MINUS, "-")
        steps = (
            ("invisible", text, seen),
            ("full-width", seen, narrowed),
            ("minus", narrowed, signed),
        )
        kinds = tuple(kind for kind, before, after in steps if before != after)
        if self._accepts(signed):
            return (signed, kinds) if kinds else None
        return self._bared(signed, kinds) or self._expanded(signed, kinds)

    def _bared(self, text: str, kinds: tuple[str, ...]) -> Rewritten | None:
        """Take away what stands around the digits."""
        parts = self._whole.fullmatch(text)
        if parts is None:
            return None
        opening, sign, before, inner, digits, fraction, behind, after, closing = parts.groups("")
        if bool(opening) != bool(closing) or (sign and inner):
            return None
        sign = sign or inner
        if opening or after:
            if sign or (opening and after) or not self._has_negatives:
                return None
            sign, kinds = "-", (*kinds, "minus")
        if before or behind in _MONEY:
            kinds = (*kinds, "currency")
        elif behind:
            kinds = (*kinds, "unit")
        if digits and not digits.isdigit():
            first = _FIRST_GROUP.match(digits)
            bare = digits.replace(first[2], "") if first else ""
            if not bare.isdigit():
                return None
            digits, kinds = bare, (*kinds, "thousands")
        return self._finished(sign, digits, fraction, kinds)

    def _finished(
        self, sign: str, digits: str, fraction: str, kinds: tuple[str, ...]
    ) -> Rewritten | None:
        if not digits and len(fraction) < 2:
            return None
        if not digits or fraction == ".":
            kinds = (*kinds, "decimal-point")
            digits, fraction = digits or "0", "" if fraction == "." else fraction
        if self._is_integer and fraction and not fraction.strip(".0"):
            kinds = (*kinds, "trailing-zeros")
            fraction = ""
        number = f"{sign}{digits}{fraction}"
        return (number, kinds) if kinds and self._accepts(number) else None

    def _expanded(self, text: str, kinds: tuple[str, ...]) -> Rewritten | None:
        """Write a power of ten out; not what a spreadsheet shortened, which lost its digits."""
        if self._is_plain or not _EXPONENT.fullmatch(text) or SHOWN_SHORT.fullmatch(text):
            return None
        number = format(Decimal(text), "f")
        if "." in number:
            number = number.rstrip("0").rstrip(".")
        return (number, (*kinds, "exponent")) if self._accepts(number) else None


def _units(schema: TableSchema, field: Field) -> tuple[str, str]:
    """Return patterns for what may stand before and behind a number of ``field``.

    A sign of money says nothing new where the field is in that money. Without a unit it is
    taken as yuan, unless the schema keeps the unit of each row in a column of its own.
    """
    own = {narrow(unit).strip() for unit in (field.unit.zh, field.unit.en)} if field.unit else set()
    own |= {unicodedata.normalize("NFKC", unit) for unit in own}
    # What begins with a digit cannot be told from the number before it.
    own = {unit for unit in own if unit and not unit[0].isdigit() and unit[0] not in "+-.,()"}
    before: set[str] = set()
    has_unit_column = any("unit" in name for name in schema.names)
    for money, is_default in ((_YUAN, True), (_DOLLAR, False)):
        is_its_unit = own.intersection(money)
        if is_its_unit or (is_default and field.unit is None and not has_unit_column):
            before |= _BEFORE.intersection(money)
            own |= set(money)
    return _any_of(before), _any_of(own | {narrow(unit) for unit in own})


def _any_of(words: set[str]) -> str:
    """Return a pattern for one of ``words``, the longest first; one that never matches if none."""
    if not words:
        return "(?!)"
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("\\ ", "[ ]") for word in ordered)
