"""Putting findings into groups: true totals, the first hundred places, values masked."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gongkai import Field, Problem, ProblemGroup, Rows
from gongkai_confidentiality.kinds import Finding

SHOWN = 100


@dataclass
class _Kept:
    """How many rows a finding has, and its texts that come first in the table."""

    total: int = 0
    is_once: bool = True
    first: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, text: str, shown: str, count: int, row: int) -> None:
        self.total += count
        self.is_once &= count == 1
        # The first hundred places lie in the hundred texts that appear first.
        heapq.heappush(self.first, (-row, text, shown))
        if len(self.first) > SHOWN:
            heapq.heappop(self.first)


class Tally:
    """The findings of one field's different texts, by kind."""

    def __init__(self, column: Field) -> None:
        self._column = column
        self._kept: dict[Finding, _Kept] = {}

    def add(self, finding: Finding, text: str, shown: str, count: int, row: int) -> None:
        """Count a finding in ``text``, which ``count`` rows hold, the first being ``row``."""
        self._kept.setdefault(finding, _Kept()).add(text, shown, count, row)

    def groups(self, rows: Rows) -> Iterator[ProblemGroup]:
        """Yield one group a kind; the rows are asked for only where a text is repeated."""
        for finding, kept in self._kept.items():
            shown = {text: mask for _, text, mask in kept.first}
            if kept.is_once:
                found = sorted((-row, mask) for row, _, mask in kept.first)
            else:
                _, places = rows.places(self._column.name, list(shown), limit=SHOWN)
                found = [(row, shown[text]) for row, text in places]
            yield group_of(finding, self._column, kept.total, found)


def group_of(
    finding: Finding,
    column: Field | None,
    total: int,
    places: Sequence[tuple[int, str | None]],
    **said: object,
) -> ProblemGroup:
    """Return the group of a finding with its places as (row, what may be shown)."""
    name, label = (column.name, column.title) if column else (None, None)
    problems = tuple(
        Problem(
            code=finding.code,
            message=finding.said(**said),
            row=row,
            field=name,
            label=label,
            value=shown,
            severity=finding.severity,
        )
        for row, shown in places[:SHOWN]
    )
    return ProblemGroup(finding.code, name, label, finding.severity, total, problems)
