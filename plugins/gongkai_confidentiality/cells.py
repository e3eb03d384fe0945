"""What single cells hide: every different text of a column is looked at once."""

import re
from collections.abc import Iterator

from gongkai import Field, FieldType, ProblemGroup, Rows
from gongkai_confidentiality import kinds, numbers, phones, words
from gongkai_confidentiality.folding import RE2_ODD, plain, squeezed, with_numerals_read
from gongkai_confidentiality.headings import Column, Role
from gongkai_confidentiality.kinds import Finding
from gongkai_confidentiality.report import Tally

# RE2 over every cell as written; what passes is looked at again, with neighbours and dates.
PREFILTER = f"{numbers.PREFILTER}|{phones.PREFILTER}|{words.PREFILTER}|{RE2_ODD}"
_LONG = 10**10
# Digits in an address of the web are part of a hash or an article's number. Identity numbers are
# looked for there all the same: a link to one is as bad as the number.
_URL = re.compile(r"https?://[^\s，。；、（）]+", re.ASCII | re.IGNORECASE)
_ID_WORD = re.compile(r"身份证|证件|ID", re.IGNORECASE)
_BANK_WORD = re.compile(r"(?:卡号|[账帐][号户])[:：为是]{0,2}[0-9]{9,25}")
_TRAVEL = re.compile(
    r"(?<![0-9A-Za-z])(?:[EGDSPegdsp][A-Za-z]?[0-9]{7,8}|[HMhmCc][0-9]{8,10}|[0-9]{8}"
    r"|[A-Za-z]{1,2}[0-9]{6}\([0-9A]\)|[A-Z]{3}[0-9]{12})(?![0-9A-Za-z])"
)
_TRAVEL_BY_LETTER = re.compile(_TRAVEL.pattern.replace("|[0-9]{8}", ""))
_TRAVEL_WORD = re.compile(r"护照|通行证|台胞证|回乡证|居留证|居住证|passport", re.IGNORECASE)


def look_through(column: Column, rows: Rows, *, among_names: bool) -> Iterator[ProblemGroup]:
    """Yield what one field holds, by kind of finding: true totals, first places."""
    field = column.field
    if not column.is_text and not _may_be_long(field, rows):
        return
    pattern = None if column.has(Role.IDENTITY, Role.BANK, Role.TRAVEL) else PREFILTER
    tally = Tally(field)
    for text, count, first in rows.distinct_texts(field.name, pattern):
        if pattern is not None and numbers.is_dull(text):
            continue
        for finding, shown in look_at(text, column, among_names=among_names):
            tally.add(finding, text, shown, count, first)
    yield from tally.groups(rows)


def look_at(
    text: str, column: Column, *, among_names: bool = False
) -> Iterator[tuple[Finding, str]]:
    """Yield each kind of finding in a cell once, with what may be shown of it."""
    folded = plain(text)
    found = dict(_numbers(folded, column, among_names=among_names))
    read = with_numerals_read(folded)
    if read != folded:
        # Beside it, not instead: in 张三138… the 三 is no digit.
        found = {**dict(_numbers(read, column, among_names=among_names)), **found}
    is_figure = folded.isascii() and folded.isdigit() and not column.has(Role.TRAVEL)
    if column.is_text and not is_figure:
        _words(folded, column, found)
    yield from found.items()


def _words(folded: str, column: Column, found: dict[Finding, str]) -> None:
    """Add what the words of a cell tell."""
    tight = squeezed(_URL.sub(" ", folded) if "://" in folded else folded)
    is_under_heading = column.has(Role.TRAVEL)
    if is_under_heading or _TRAVEL_WORD.search(tight):
        travel = (_TRAVEL if is_under_heading else _TRAVEL_BY_LETTER).search(folded)
        if travel:
            found[kinds.TRAVEL] = f"{travel[0][:2]}****{travel[0][-2:]}"
    if tight.isascii():
        found.update(words.contacts_in(tight))
        return
    found.update(words.marks_in(tight))
    found.update(words.words_in(tight))
    home = None if column.has(Role.ADDRESS) else words.home_in(tight)
    if home is not None:
        found[kinds.HOME] = home


def _numbers(text: str, column: Column, *, among_names: bool) -> Iterator[tuple[Finding, str]]:
    candidates = list(numbers.numbers_in(text))
    ids = list(numbers.resident_ids(text, candidates))
    for number, is_right in ids:
        shown = f"{number.digits[:6]}********{number.digits[-4:]}"
        yield (kinds.RESIDENT_ID if is_right else kinds.DOUBTFUL_ID), shown
    for number in numbers.old_ids(text, candidates):
        # Fifteen digits are as often a certificate: a second sign is needed.
        if among_names or column.has(Role.IDENTITY) or _ID_WORD.search(text):
            yield kinds.OLD_ID, f"{number.digits[:6]}******{number.digits[-3:]}"
    for number, _ in ids:
        text = text[: number.start] + "#" * (number.end - number.start) + text[number.end :]
    if ids or "://" in text:
        text = _URL.sub(" ", text)
        candidates = list(numbers.numbers_in(text))
    # Among amounts and counts eleven or sixteen digits are a sum of money.
    is_amount = column.field.is_numeric and not column.has(Role.PHONE, Role.BANK)
    if column.field.public_contact or is_amount:
        return
    yield from _bank(text, column, candidates)
    for mobile in numbers.mobiles(text, candidates):
        yield kinds.MOBILE, f"{mobile[:3]}****{mobile[-4:]}"
    if column.is_text and ("+" in text or "0" in text):
        for mobile in phones.mobiles_abroad(text, is_phone_field=column.has(Role.PHONE)):
            yield kinds.MOBILE, f"{mobile[:3]}****{mobile[-2:]}"


def _bank(
    text: str, column: Column, candidates: list[numbers.Number]
) -> Iterator[tuple[Finding, str]]:
    """Yield cards whose check digit is right, and whatever stands under such a heading."""
    for number, is_right in numbers.cards(text, candidates):
        finding = kinds.BANK if is_right or column.has(Role.BANK) else kinds.DOUBTFUL_BANK
        if is_right or not number.is_part:
            yield finding, f"{number.digits[:4]}****{number.digits[-4:]}"
    if column.has(Role.BANK):
        digits = "".join(filter(str.isdecimal, text))
        if 9 <= len(digits) <= 25:
            yield kinds.BANK, f"{digits[:4]}****{digits[-4:]}"
    account = None if text.isascii() else _BANK_WORD.search(squeezed(text))
    if account:
        yield kinds.BANK, f"{account[0][:4]}****{account[0][-4:]}"


def _may_be_long(field: Field, rows: Rows) -> bool:
    """Tell whether a column of figures holds any with eleven digits or more."""
    if field.type not in (FieldType.INTEGER, FieldType.NUMBER) or field.categories:
        return False
    found = rows.bounds(field.name)
    return found is not None and float(found[1] or 0) >= _LONG
