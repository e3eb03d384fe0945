"""The whole corpus, family by family, and how many of its files end in which way."""

from collections import Counter
from collections.abc import Iterator

from tests.corpus import (
    archives,
    delimited,
    encodings,
    gated,
    headers,
    hidden,
    hostile,
    json_files,
    limits,
    not_tables,
    old_workbooks,
    truncated,
    values,
    workbooks,
    wrong_values,
    wrong_workbooks,
)
from tests.corpus.case import Case, Outcome

FAMILIES = (
    delimited,
    headers,
    encodings,
    values,
    wrong_values,
    json_files,
    workbooks,
    wrong_workbooks,
    hidden,
    hostile,
    limits,
    old_workbooks,
    archives,
    not_tables,
    truncated,
    gated,
)
CASES: tuple[Case, ...] = tuple(case for family in FAMILIES for case in family.CASES)
BY_ID = {case.id: case for case in CASES}


def table() -> Iterator[str]:
    """Yield the lines of the table in docs/files.md: files by family and outcome."""
    yield "| family | files | " + " | ".join(Outcome) + " |"
    yield "|---|--:|" + "--:|" * len(Outcome)
    counts = Counter((case.family, case.outcome) for case in CASES)
    for family in dict.fromkeys(case.family for case in CASES):
        yield _line(family, [counts[family, outcome] for outcome in Outcome])
    yield _line("**all**", [sum(case.outcome is one for case in CASES) for one in Outcome])


def _line(name: str, counts: list[int]) -> str:
    return f"| {name} | {sum(counts)} | " + " | ".join(str(count) for count in counts) + " |"
