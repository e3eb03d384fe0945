"""What must not become public: identity numbers, private mobiles, marks of secrecy."""

from collections.abc import Iterator

from gongkai import (
    DisclosureItem,
    Field,
    FieldType,
    Problem,
    ProblemGroup,
    Rows,
    hookimpl,
)
from gongkai_confidentiality.findings import PREFILTER, Finding, look_at

GONGKAI_API = 1
SHOWN = 100


@hookimpl
def check_confidentiality(item: DisclosureItem, rows: Rows) -> list[Problem | ProblemGroup]:
    """Report resident identity numbers, private mobile numbers and marks of secrecy.

    Values are masked: the report must not leak what it found.
    """
    groups: list[Problem | ProblemGroup] = []
    for field in item.table_schema:
        if _may_hide_something(field):
            groups += _look_through(field, rows)
    return groups


def _may_hide_something(field: Field) -> bool:
    """Tell whether any text can stand in a field; dates, amounts and codes are closed."""
    is_open = field.type in (FieldType.STRING, FieldType.LIST, FieldType.INTEGER)
    return is_open and not field.categories and not field.list_values


def _look_through(field: Field, rows: Rows) -> Iterator[ProblemGroup]:
    """Yield what one field holds, by kind of finding: true totals, first places."""
    totals: dict[Finding, int] = {}
    first: dict[Finding, list[Problem]] = {}
    for row, text in rows.matches(field.name, PREFILTER, squeezed=True):
        for finding, shown in look_at(text, field):
            totals[finding] = totals.get(finding, 0) + 1
            problems = first.setdefault(finding, [])
            if len(problems) < SHOWN:
                problems.append(
                    Problem(
                        code=finding.code,
                        message=finding.message,
                        row=row,
                        field=field.name,
                        label=field.title,
                        value=shown,
                        severity=finding.severity,
                    )
                )
    for finding, problems in first.items():
        yield ProblemGroup(
            finding.code,
            field.name,
            field.title,
            finding.severity,
            totals[finding],
            tuple(problems),
        )
