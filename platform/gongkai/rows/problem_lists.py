"""Problems as values: one of the whole file, or many gathered while reading."""

from typing import Any

from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.text import Text
from gongkai.rows.check_messages import message, shorten


class Unreadable(Exception):  # noqa: N818 - a signal inside the reading process
    """Reading cannot go on; ``groups`` say why, ``details`` what was seen of the file."""

    def __init__(self, *groups: ProblemGroup) -> None:
        super().__init__(groups[0].first[0].message.en if groups else "")
        self.groups = groups
        self.details: dict[str, Any] = {}


def file_problem(
    code: str,
    *,
    severity: Severity = Severity.ERROR,
    row: int | None = None,
    field: str | None = None,
    label: Text | None = None,
    value: str | None = None,
    source: str = "gongkai",
    **params: Any,
) -> ProblemGroup:
    """Return a group of one problem; ``value`` fills the sentence too."""
    filled = params if value is None else {"value": value, **params}
    problem = Problem(
        code=code,
        message=message(code, **filled),
        row=row,
        field=field,
        label=label,
        value=None if value is None else shorten(value),
        severity=severity,
        source=source,
    )
    return ProblemGroup(code, field, label, severity, 1, (problem,), source)


def refuse(code: str, **params: Any) -> Unreadable:
    """Return the signal that stops reading with one problem of the whole file."""
    return Unreadable(file_problem(code, **params))


class Collector:
    """Problems gathered one by one while reading: true totals, capped lists."""

    def __init__(self, listed: int) -> None:
        self._listed = listed
        self._totals: dict[tuple[str, str | None], int] = {}
        self._first: dict[tuple[str, str | None], list[Problem]] = {}

    def add(
        self,
        code: str,
        *,
        row: int | None,
        field: str | None = None,
        label: Text | None = None,
        value: str | None = None,
        of_header: bool = False,
        **params: Any,
    ) -> None:
        """Count one problem, and keep it if it is among the first of its kind.

        Problems ``of_header`` stand in one group, however many columns they are about.
        """
        key = (code, None if of_header else field)
        self._totals[key] = self._totals.get(key, 0) + 1
        first = self._first.setdefault(key, [])
        if len(first) < self._listed:
            filled = params if value is None else {"value": value, **params}
            shown = None if value is None else shorten(value)
            first.append(Problem(code, message(code, **filled), row, field, label, shown))

    @property
    def total(self) -> int:
        return sum(self._totals.values())

    def groups(self) -> tuple[ProblemGroup, ...]:
        """Return what was gathered, in the order of first appearance."""
        return tuple(
            ProblemGroup(
                code,
                field,
                self._first[code, field][0].label if field else None,
                Severity.ERROR,
                total,
                tuple(self._first[code, field]),
            )
            for (code, field), total in self._totals.items()
        )
