"""What a table gives away about persons that no single cell does."""

import re
from collections.abc import Iterator
from itertools import islice

from gongkai import FieldType, Problem, ProblemGroup
from gongkai_confidentiality import kinds, numbers
from gongkai_confidentiality.folding import plain, squeezed
from gongkai_confidentiality.headings import Column, Role
from gongkai_confidentiality.kinds import Finding
from gongkai_confidentiality.report import SHOWN, Tally, group_of
from gongkai_confidentiality.tables import Table

_AGE = re.compile(r"([0-9]{1,3})(?:\.0+)?\s*(?:周?岁)?")
_SMALL_CHILD = re.compile(r"[0-9]{1,2}\s*(?:个?月|天|日龄|月龄).*")
_DETAIL = r"[0-9０-９一二三四五六七八九十]+\s*(?:号|室|栋|幢|单元|户|楼|弄|组|座)"
_PRECISE = r"\.[0-9]{4,}"
_CASES = re.compile(
    r"病例|确诊|感染|阳性|发病|患者|\b(?:cases?|patients?|infections?)\b", re.IGNORECASE
)
_AWARD = re.compile(r"中标|成交|award", re.IGNORECASE)
_ADULT_AT, _OLD_OVER = 14, 89
_PIECES, _SURE = 5, 0.8
_MOBILE_PIECES = ((3, 8), (7, 4), (3, 4, 4))


def look_at_headings(table: Table) -> Iterator[ProblemGroup]:
    """Yield the columns whose heading alone says that they are not public."""
    is_award = any(_AWARD.search(column.field.title.zh) for column in table.columns)
    for column in table.columns:
        if column.field.categories or column.field.type is FieldType.BOOLEAN:
            continue
        is_official = column.field.public_official
        if column.has(Role.RECORD):
            yield from _filled(table, column, kinds.RECORD)
        if column.has(Role.BIRTH) and not table.is_sums and not is_official:
            yield from _filled(table, column, kinds.BIRTH)
        if column.has(Role.EXPERT) and not is_award and not is_official:
            yield from _filled(table, column, kinds.EXPERTS)
        if column.has(Role.COMMERCIAL):
            yield from _filled(table, column, kinds.COMMERCIAL)
        lives_there = column.has(Role.HOME) or (column.has(Role.ADDRESS) and table.is_persons)
        if lives_there and column.is_text and not table.is_staff:
            yield from _texts(table, column, kinds.HOME, _DETAIL)


def look_at_persons(table: Table) -> Iterator[ProblemGroup]:
    """Yield names beside diagnoses, persons alone in their group, children, the very old."""
    if table.diagnoses:
        for column in table.names:
            yield from _filled(table, column, kinds.NAME_DIAGNOSIS)
    if table.is_persons:
        yield from _alone(table)
        for column in table.ages:
            yield from _ages(table, column)
    yield from _precise_places(table)
    yield from _pieces(table)


def _alone(table: Table) -> Iterator[ProblemGroup]:
    """Yield the rows that too few others share all traits with."""
    if len(table.traits) < 2:
        return
    names = [column.field.name for column in table.traits]
    total, first = table.rows.group_sizes(names, table.least, limit=SHOWN)
    if not total:
        return
    finding = kinds.PERSON_ROWS
    problems = tuple(
        Problem(
            code=finding.code,
            message=finding.said(size=size, least=table.least),
            row=row,
            severity=finding.severity,
        )
        for row, size in first
    )
    yield ProblemGroup(finding.code, None, None, finding.severity, total, problems)


def _ages(table: Table, column: Column) -> Iterator[ProblemGroup]:
    has_child_signs = bool(table.names or table.with_role(Role.SCHOOL))
    tally = Tally(column.field)
    for text, count, first in table.rows.distinct_texts(column.field.name):
        age = _age(text)
        if age is None:
            continue
        if age > _OLD_OVER:
            tally.add(kinds.OLD_AGE, text, "≥90", count, first)
        if age < _ADULT_AT and has_child_signs:
            tally.add(kinds.MINOR, text, "<14", count, first)
    yield from tally.groups(table.rows)


def _age(text: str) -> int | None:
    text = plain(text).strip()
    if _SMALL_CHILD.fullmatch(text):
        return 0
    match = _AGE.fullmatch(text)
    return int(match[1]) if match else None


def _precise_places(table: Table) -> Iterator[ProblemGroup]:
    is_site = bool(table.with_role(Role.INSTITUTION)) and not table.is_persons
    has_cases = table.diagnoses or any(
        column.field.personal_count or _CASES.search(f"{column.field.title.zh} {column.field.name}")
        for column in table.columns
    )
    if has_cases and not is_site:
        for column in table.with_role(Role.PLACE):
            yield from _texts(table, column, kinds.POINT, _PRECISE)


def _pieces(table: Table) -> Iterator[ProblemGroup]:
    """Yield numbers that stand in two or three columns side by side, a piece in each."""
    hold = [any(map(_is_piece, table.texts(column))) for column in table.columns]
    for begin in range(len(table.columns) - 1):
        for end in (begin + 2, begin + 3):
            if end <= len(table.columns) and all(hold[begin:end]):
                yield from _joined(table, begin, end)


def _joined(table: Table, begin: int, end: int) -> Iterator[ProblemGroup]:
    columns = table.columns[begin:end]
    found: dict[Finding, list[tuple[int, str]]] = {kinds.SPLIT_ID: [], kinds.SPLIT_MOBILE: []}
    long = filled = 0
    for row, texts in table.sample:
        pieces = _pieces_of(texts[begin:end])
        filled += any(texts[begin:end])
        long += sum(map(len, pieces)) == 18
        finding = _number(pieces)
        if finding:
            found[finding].append((row, f"{pieces[0][:3]}****"))
    ids, mobiles = found[kinds.SPLIT_ID], found[kinds.SPLIT_MOBILE]
    # Counts side by side look like one mobile now and then; a list of mobiles is all mobiles.
    may_be_mobiles = not any(one.field.public_contact or one.has(Role.COUNT) for one in columns)
    for finding, is_sure in (
        (kinds.SPLIT_ID, bool(ids) and len(ids) * 2 >= long),
        (kinds.SPLIT_MOBILE, may_be_mobiles and len(mobiles) >= max(_PIECES, filled * _SURE)),
    ):
        if is_sure:
            total = sum(
                _number(_pieces_of(texts[begin:end])) is finding
                for batch in table.rows.text_batches()
                for texts in batch
            )
            yield group_of(finding, columns[0].field, total, found[finding])


def _pieces_of(texts: tuple[str | None, ...]) -> tuple[str, ...]:
    """Return the pieces of a number, or () where one is empty or something else."""
    pieces = tuple(squeezed(plain(text)).upper() if text else "" for text in texts)
    return pieces if all(map(_is_piece, pieces)) else ()


def _is_piece(text: str) -> bool:
    return len(text) <= 17 and text.rstrip("Xx").isdecimal()


def _number(pieces: tuple[str, ...]) -> Finding | None:
    joined, lengths = "".join(pieces), tuple(map(len, pieces))
    if len(joined) == 18:
        whole = list(numbers.numbers_in(joined))
        is_right = any(right for _, right in numbers.resident_ids(joined, whole))
        return kinds.SPLIT_ID if is_right else None
    if lengths in _MOBILE_PIECES and joined[0] == "1" and joined[1] in "3456789":
        return kinds.SPLIT_MOBILE
    return None


def _filled(table: Table, column: Column, finding: Finding) -> Iterator[ProblemGroup]:
    """Yield every cell of a column that is not empty."""
    total, places = table.rows.places(column.field.name, limit=SHOWN)
    if total:
        yield group_of(finding, column.field, total, [(row, _masked(text)) for row, text in places])


def _texts(table: Table, column: Column, finding: Finding, pattern: str) -> Iterator[ProblemGroup]:
    """Yield the cells of a column in which ``pattern`` is found."""
    tally = Tally(column.field)
    for text, count, first in table.rows.distinct_texts(column.field.name, pattern):
        tally.add(finding, text, _masked(text), count, first)
    yield from tally.groups(table.rows)


def _masked(text: str) -> str:
    """Return the beginning of a text that tells where to look and not who it is."""
    return "".join(islice(text, 1 if len(text) < 5 else 2)) + "****"
