"""What must not become public: numbers, names and traits of persons, marks of secrecy."""

from gongkai import DisclosureItem, Problem, ProblemGroup, Rows, hookimpl
from gongkai_confidentiality.cells import look_through
from gongkai_confidentiality.persons import look_at_headings, look_at_persons
from gongkai_confidentiality.tables import Table

GONGKAI_API = 1


@hookimpl
def check_confidentiality(item: DisclosureItem, rows: Rows) -> list[Problem | ProblemGroup]:
    """Report what DOMAIN.md §3.2 names and a machine can see: see docs/confidentiality.md.

    Cells are looked at once per different text. Values are masked: the report must not leak
    what it found.
    """
    table = Table(item, rows)
    groups: dict[tuple[str, str | None], ProblemGroup] = {}
    for column in table.columns:
        for group in look_through(column, rows, among_names=bool(table.names)):
            groups[group.code, group.field] = group
    # A heading that speaks for the whole column says more than some of its cells.
    for group in (*look_at_headings(table), *look_at_persons(table)):
        groups[group.code, group.field] = group
    return list(groups.values())
