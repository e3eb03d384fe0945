"""Problems in data are values: all of them, each with its place, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from gongkai.domain.report_kinds import ReportKind, column_of, describe_kind, kinds_of
from gongkai.domain.text import Text


class Severity(StrEnum):
    """What a problem does: stop the release, go to the reviewer, or be shown beside it."""

    ERROR = "error"
    REVIEW = "review"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of a table.

    ``row`` counts as a spreadsheet does: 1 is the header of a CSV or XLSX, 2 the first
    record; in JSON and JSON Lines 1 is the first record. ``None`` means the whole file.
    ``field`` is a field's name, or the header as found where no field fits.
    """

    code: str
    message: Text
    row: int | None = None
    field: str | None = None
    label: Text | None = None
    value: str | None = None
    severity: Severity = Severity.ERROR
    source: str = "gongkai"

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.ERROR

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "row": self.row,
            "field": self.field,
            "label": self.label.as_json() if self.label else None,
            "value": self.value,
            "message": self.message.as_json(),
            "source": self.source,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Problem":
        """Rebuild a problem from ``as_json``."""
        return cls(
            code=data["code"],
            message=Text.of(data["message"]),
            row=data.get("row"),
            field=data.get("field"),
            label=Text.of(data["label"]) if data.get("label") else None,
            value=data.get("value"),
            severity=Severity(data.get("severity", "error")),
            source=data.get("source", "gongkai"),
        )


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """All problems of one code in one field: the true total and the first places.

    ``overridable`` is for intake to say: what the confidentiality gate found blocks, unless
    the reviewer overrides it with a reason (DOMAIN.md §3.2); nothing else gives way.
    """

    code: str
    field: str | None
    label: Text | None
    severity: Severity
    total: int
    first: tuple[Problem, ...]
    source: str = "gongkai"
    overridable: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "field": self.field,
            "label": self.label.as_json() if self.label else None,
            "severity": self.severity.value,
            "total": self.total,
            "first": [problem.as_json() for problem in self.first],
            "source": self.source,
            "overridable": self.overridable,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "ProblemGroup":
        """Rebuild a group from ``as_json``."""
        return cls(
            code=data["code"],
            field=data.get("field"),
            label=Text.of(data["label"]) if data.get("label") else None,
            severity=Severity(data["severity"]),
            total=data["total"],
            first=tuple(Problem.of(problem) for problem in data["first"]),
            source=data.get("source", "gongkai"),
            overridable=data.get("overridable", False),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What intake and the checks found in one file. Totals are true, lists are capped.

    ``file`` says how the bytes were read: ``format``, ``encoding``, ``delimiter``,
    ``sheet``, ``byte_size``, ``sha256``. ``normalized`` counts the exact clean-ups per
    kind with first examples. ``comparison`` tells what differs from the last release, where
    there is one; ``control`` which small counts of persons were hidden or rounded, if any.
    """

    item: str
    row_count: int
    groups: tuple[ProblemGroup, ...]
    file: Mapping[str, Any] = field(default_factory=dict)
    normalized: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] | None = None
    control: Mapping[str, Any] | None = None

    @property
    def error_count(self) -> int:
        return self._count(Severity.ERROR)

    @property
    def review_count(self) -> int:
        return self._count(Severity.REVIEW)

    @property
    def warning_count(self) -> int:
        return self._count(Severity.WARNING)

    @property
    def blocks(self) -> bool:
        return self.error_count > 0

    @property
    def is_fatal(self) -> bool:
        """Whether something blocks that no reviewer may override."""
        return any(
            group.severity is Severity.ERROR and not group.overridable for group in self.groups
        )

    def _count(self, severity: Severity) -> int:
        return sum(group.total for group in self.groups if group.severity is severity)

    def as_json(self) -> dict[str, Any]:
        return {
            "item": self.item,
            "row_count": self.row_count,
            "blocks": self.blocks,
            "overridable": self.blocks and not self.is_fatal,
            "totals": {
                "error": self.error_count,
                "review": self.review_count,
                "warning": self.warning_count,
            },
            "file": dict(self.file),
            "normalized": dict(self.normalized),
            "comparison": dict(self.comparison) if self.comparison is not None else None,
            "control": dict(self.control) if self.control is not None else None,
            "kinds": [describe_kind(kind, self.file) for kind in self.kinds],
            "groups": [self._with_columns(group) for group in self.groups],
        }

    @property
    def kinds(self) -> list[ReportKind]:
        """Return the problems as people read them: by kind, errors first."""
        return kinds_of(self.groups)

    def _with_columns(self, group: ProblemGroup) -> dict[str, Any]:
        """Return a group as JSON, each problem with its column in the file where it is known."""
        described = group.as_json()
        for problem, said in zip(group.first, described["first"], strict=True):
            column = column_of(problem, self.file)
            said.update({"column": column} if column else {})
        return described

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Report":
        """Rebuild a report from ``as_json``."""
        return cls(
            item=data["item"],
            row_count=data["row_count"],
            groups=tuple(ProblemGroup.of(group) for group in data["groups"]),
            file=data.get("file", {}),
            normalized=data.get("normalized", {}),
            comparison=data.get("comparison"),
            control=data.get("control"),
        )

    def with_groups(self, *groups: ProblemGroup) -> "Report":
        """Return the same report with more groups behind its own."""
        return replace(self, groups=self.groups + groups)
