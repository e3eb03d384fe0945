"""Problems of what a workbook hides, said alike for the old and the new format."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.text import Text
from gongkai.rows.check_messages import message, shorten
from gongkai.rows.problem_lists import file_problem
from gongkai.rows.sheet_columns import column_letters

EXCERPT_CHARS = 20
_NAMED = 8
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment and the cell it hangs on."""

    sheet: str
    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Carried:
    """Something that a workbook carries along, and on which sheet (None: as a whole)."""

    what: Text
    sheet: str | None = None


def hidden_sheets(names: Sequence[str], listed: int) -> list[ProblemGroup]:
    """Return the problem of hidden sheets, by name."""
    problems = [_problem("hidden-sheet", name=name, value=name) for name in names[:listed]]
    return _group("hidden-sheet", len(names), problems)


def hidden_rows(sheet: str, spans: Sequence[Span], listed: int) -> list[ProblemGroup]:
    """Return the problem of hidden rows with content, given as first and last row of each run."""
    problems = [
        _problem("hidden-row", row_number=first, name=sheet, row=_span(first, last))
        for first, last in spans[:listed]
    ]
    return _group("hidden-row", _count(spans), problems)


def hidden_columns(sheet: str, spans: Sequence[Span], listed: int) -> list[ProblemGroup]:
    """Return the problem of hidden columns with content, by number from 1."""
    problems = []
    for first, last in spans[:listed]:
        letters = _span(column_letters(first), column_letters(last))
        problems.append(_problem("hidden-column", field=letters, name=sheet, column=letters))
    return _group("hidden-column", _count(spans), problems)


def cell_comments(comments: Sequence[Comment], listed: int) -> list[ProblemGroup]:
    """Return the problem of comments: each cell, and the first characters of its text."""
    problems = []
    for comment in comments[:listed]:
        letters = column_letters(comment.column)
        excerpt = shorten(" ".join(comment.text.split()), EXCERPT_CHARS)
        problems.append(
            _problem(
                "cell-comment",
                row_number=comment.row,
                field=letters,
                name=comment.sheet,
                column=letters,
                row=comment.row,
                value=excerpt,
            )
        )
    return _group("cell-comment", len(comments), problems)


def active_filters(sheet: str, ranges: Sequence[str], listed: int) -> list[ProblemGroup]:
    """Return the problem of filters that hide rows, by the range of each ("" if unknown)."""
    problems = [
        _problem("active-filter", name=sheet, value=span or None) for span in ranges[:listed]
    ]
    return _group("active-filter", len(ranges), problems)


def carried_along(code: str, found: Sequence[Carried], listed: int) -> list[ProblemGroup]:
    """Return the problem ``external-link`` or ``embedded-object``, one for each thing."""
    problems = [
        _problem(
            code,
            seen_zh=one.what.zh,
            seen_en=one.what.en,
            place_zh=f"工作表“{one.sheet}”" if one.sheet else "整个工作簿",
            place_en=f"sheet “{one.sheet}”" if one.sheet else "the workbook as a whole",
        )
        for one in found[:listed]
    ]
    return _group(code, len(found), problems)


def other_sheets(read: str, others: Sequence[str]) -> list[ProblemGroup]:
    """Return the warning that names visible sheets whose content was not taken."""
    if not others:
        return []
    named = ", ".join(others[:_NAMED]) + (" …" if len(others) > _NAMED else "")
    return [
        file_problem(
            "other-sheets",
            severity=Severity.WARNING,
            name=read,
            found=len(others),
            others=named,
        )
    ]


def spans_of(numbers: Iterable[int]) -> list[Span]:
    """Return rising numbers as runs of neighbours."""
    spans: list[Span] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


def _span(first: object, last: object) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _count(spans: Sequence[Span]) -> int:
    return sum(last - first + 1 for first, last in spans)


def _problem(
    code: str,
    *,
    row_number: int | None = None,
    field: str | None = None,
    value: str | None = None,
    **params: object,
) -> Problem:
    said = message(code, **params) if value is None else message(code, value=value, **params)
    return Problem(code, said, row=row_number, field=field, value=value)


def _group(code: str, total: int, problems: list[Problem]) -> list[ProblemGroup]:
    if not total:
        return []
    return [ProblemGroup(code, None, None, Severity.ERROR, total, tuple(problems))]
