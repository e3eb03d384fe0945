"""Numbers of people and of money in a cell: identity numbers, mobiles, bank cards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gongkai_confidentiality.folding import BETWEEN, GAP, RE2_DIGIT, RE2_GAP

# RE2: eleven digits in a row, whatever stands between them, but not behind a decimal point;
# or eleven in the groups people write, with other marks between.
PREFILTER = (
    rf"(?:^|[^0-9.]|[^0-9]\.)(?:{RE2_DIGIT}{RE2_GAP}*){{11}}"
    r"|[1-9]\.1[3-9][0-9]{9}(?:[^0-9]|$)"
    r"|1[3-9][0-9][._*/|,，、~][0-9]{4}[._*/|,，、~][0-9]{4}"
    r"|[0-9]{6}[._*/|,，、~](?:19|20)[0-9]{2}[._*/|,，、~]?[0-9]{2}[._*/|,，、~]?[0-9]{2}"
)
_TOKEN = re.compile(r"[0-9]+|(?<![A-Za-z])[Xx](?![0-9A-Za-z])", re.ASCII)
_LONGEST, _SHORTEST = 19, 11
# Where people break a number: after the area, the year, the month, the day, the serial.
_ID_BREAKS = frozenset({3, 6, 10, 12, 14, 17})
_MOBILE_BREAKS = ({7}, {3, 6}, {4, 8}, {5}, {4, 7}, {3, 5, 7, 9})
_CARD_MARKS = frozenset({" ", "-", "  "})
_CODE_BEFORE = re.compile(r"[0-9][A-Za-z]+$", re.ASCII)
_LINE_NUMBER = re.compile(r"(?<![0-9.])[1-9][0-9]?\.$", re.ASCII)
_HAN = re.compile("[\u4e00-\u9fff]")
_HEX = frozenset("0123456789abcdefABCDEF")
_ID = re.compile(
    r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
)
_MOBILE = re.compile(r"(?:0|86|086|0086)?(1[3-9][0-9]{9})")
_OLD_ID = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}[0-9]{6}[0-9]{3}"
)
# Lengths by issuer: UnionPay, Visa, MasterCard, Amex, JCB, ICBC's and BOC's old cards.
_CARD = re.compile(
    r"62[0-9]{14,17}|4[0-9]{15}|456351[0-9]{13}|5[1-5][0-9]{14}|2(?:2[2-9]|[3-6]|7[01])[0-9]{13,14}"
    r"|3[47][0-9]{13}|35(?:2[89]|[3-8][0-9])[0-9]{12}|9558[0-9]{15}|6013[0-9]{12,15}"
)


# What a code of letters and digits alone must hold to be worth a closer look.
_SHAPED = re.compile(
    rf"(?<![0-9])(?:(?:0|0?0?86)?1[3-9][0-9]{{9}}|{_ID.pattern}|[0-9]{{17}}x|[1-8][0-9]{{14}}"
    rf"|{_CARD.pattern})(?![0-9])"
)


def is_dull(text: str) -> bool:
    """Tell whether a text is a code of letters and digits that cannot hold a person's number."""
    return text.isascii() and text.isalnum() and not _SHAPED.search(text)


@dataclass(frozen=True, slots=True)
class Number:
    """Digits that may be one number: where they stand and where marks break them."""

    digits: str
    start: int
    end: int
    breaks: frozenset[int] = frozenset()
    is_part: bool = False

    @property
    def is_whole(self) -> bool:
        return not self.breaks

    def is_even(self, step: int) -> bool:
        """Tell whether a mark stands after every ``step`` digits and nowhere else."""
        return self.breaks == frozenset(range(step, len(self.digits), step))


def numbers_in(text: str) -> Iterator[Number]:
    """Yield every run of 11 to 19 digits of folded text, and every one with marks between.

    Linear in the text: a number is made of at most 19 runs.
    """
    chain: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if chain and not GAP.fullmatch(text, chain[-1].end(), token.start()):
            yield from _of_chain(chain)
            chain = []
        chain.append(token)
    yield from _of_chain(chain)


def _of_chain(chain: list[re.Match[str]]) -> Iterator[Number]:
    for begin, token in enumerate(chain):
        digits, breaks = token[0], []
        if digits in "Xx":
            continue
        for end in range(begin, len(chain)):
            if end > begin:
                if chain[end - 1].end() < chain[end].start():
                    breaks.append(len(digits))
                digits += chain[end][0]
            if len(digits) > _LONGEST or digits[:-1].endswith(("X", "x")):
                break
            if len(digits) >= _SHORTEST:
                is_part = begin > 0 or end + 1 < len(chain)
                places = token.start(), chain[end].end()
                yield Number(digits.upper(), *places, frozenset(breaks), is_part)


def resident_ids(text: str, numbers: list[Number]) -> Iterator[tuple[Number, bool]]:
    """Yield what is shaped like a resident identity number, and whether its digit is right.

    A mark may stand anywhere once, at the natural breaks, or evenly: other groups of digits
    are figures in a row.
    """
    for number in numbers:
        if (
            len(number.digits) == 18
            and _ID.fullmatch(number.digits)
            and not _touches(text, number, r"[0-9A-Za-z]")
            and not _is_fraction(text, number)
            and _is_grouped(number)
            and _is_day(number.digits[6:14])
        ):
            is_right = _has_right_digit(number.digits)
            if is_right or number.is_whole or number.breaks <= _ID_BREAKS:
                yield number, is_right


def old_ids(text: str, numbers: list[Number]) -> Iterator[Number]:
    """Yield 15 digits with a province and a birthday of the 20th century."""
    for number in numbers:
        if (
            len(number.digits) == 15
            and number.is_whole
            and _OLD_ID.fullmatch(number.digits)
            and _is_day("19" + number.digits[6:12])
            and not _touches(text, number, r"[0-9A-Za-z]")
            and not _is_fraction(text, number)
        ):
            yield number


def mobiles(text: str, numbers: list[Number]) -> Iterator[str]:
    """Yield Chinese mobile numbers as eleven digits.

    Any number that begins with 13 to 19 counts: new blocks are assigned every year.
    """
    for number in numbers:
        match = _MOBILE.fullmatch(number.digits)
        if match is None:
            continue
        if _is_fraction(text, number) and not _is_numbered(text, number):
            continue
        shift = len(number.digits) - 11
        breaks = {at - shift for at in number.breaks if at > shift}
        if breaks:
            is_mobile = _is_spaced_mobile(text, number, match[1], breaks)
        else:
            is_mobile = not _is_in_code(text, number)
        if is_mobile:
            yield match[1]


def cards(text: str, numbers: list[Number]) -> Iterator[tuple[Number, bool]]:
    """Yield numbers that begin and are as long as an issuer's cards; whether Luhn holds."""
    for number in numbers:
        if (
            _CARD.fullmatch(number.digits)
            and (number.is_whole or number.is_even(4) or number.breaks in ({6}, {4, 10}))
            and _marks(text, number) <= _CARD_MARKS
            and not _touches(text, number, r"[0-9A-Za-z]")
            and not _is_fraction(text, number)
        ):
            yield number, _passes_luhn(number.digits)


def _is_spaced_mobile(text: str, number: Number, digits: str, breaks: set[int]) -> bool:
    """Tell a number in groups from figures in a row, such as 150 20260131."""
    marks = _marks(text, number)
    if len(marks) > 1 or any(mark.strip(",，、|") != mark for mark in marks):
        return False
    if breaks == {3, 7}:
        return True
    if breaks == {3}:
        return not (digits[3:5] in ("19", "20") and _is_day(digits[3:]))
    if number.is_part:
        return False
    if breaks == set(range(1, 11)):
        return True
    return breaks in _MOBILE_BREAKS and not any(mark.isspace() for mark in marks)


def _marks(text: str, number: Number) -> set[str]:
    return set(re.findall(rf"[{BETWEEN}]+", text[number.start : number.end]))


def _is_in_code(text: str, number: Number) -> bool:
    """Tell whether the digits are a piece of a code (XB01AC063…) or of a checksum."""
    before = _CODE_BEFORE.search(text, max(0, number.start - 24), number.start)
    begin, end = number.start, number.end
    while begin and text[begin - 1] in _HEX:
        begin -= 1
    while end < len(text) and text[end] in _HEX:
        end += 1
    return bool(before) or end - begin >= 24


def _is_grouped(number: Number) -> bool:
    if len(number.breaks) <= 1 or number.breaks <= _ID_BREAKS:
        return True
    return any(number.is_even(step) for step in (1, 2, 3, 4, 5, 6))


def _touches(text: str, number: Number, chars: str) -> bool:
    before, after = text[: number.start][-1:], text[number.end :][:1]
    return bool(re.match(chars, before) or re.match(chars, after))


def _is_fraction(text: str, number: Number) -> bool:
    """Tell whether the digits stand behind a decimal point, or before one."""
    before = text[max(0, number.start - 2) : number.start]
    after = text[number.end : number.end + 2]
    is_tail = len(before) == 2 and before[1] == "." and before[0].isdigit()
    is_head = len(after) == 2 and after[0] == "." and after[1].isdigit()
    return is_tail or (is_head and number.is_whole)


def _is_numbered(text: str, number: Number) -> bool:
    """Tell a line’s number (1.138… 张三) from a fraction, by the words beside it."""
    return bool(_LINE_NUMBER.search(text[: number.start]) and _HAN.search(text))


# stdnum is imported on the first candidate: most files have none, and it takes 30 ms.


def _has_right_digit(digits: str) -> bool:
    from stdnum.cn import ric

    return bool(ric.calc_check_digit(digits) == digits[-1])


def _passes_luhn(digits: str) -> bool:
    from stdnum import luhn

    return bool(luhn.is_valid(digits))


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
