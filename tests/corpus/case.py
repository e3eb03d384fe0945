"""One nasty file: how it is made, what it is, and exactly what must come of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from gongkai.domain.items import DisclosureItem
from gongkai.rows.limits import IntakeLimits
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields

Row = Mapping[str, str]
Place = tuple[str, int | None, str | None]
Content = bytes | Callable[[Path], object]

ITEM = item_of_fields(
    make_field("name", title={"zh": "项目名称", "en": "Item name"}),
    make_field(
        "price",
        type="number",
        decimals=2,
        title={"zh": "价格", "en": "Price"},
        unit={"zh": "元", "en": "CNY"},
        constraints={"minimum": 0, "maximum": 1000000},
        example="12.50",
    ),
    make_field("count", type="integer", title={"zh": "例数", "en": "Cases"}, example="3"),
    make_field("rate", type="number", title={"zh": "比率", "en": "Rate"}, example="0.5"),
    make_field("day", type="date", title={"zh": "日期", "en": "Day"}, example="2026-01-31"),
    make_field(
        "moment",
        type="datetime",
        title={"zh": "时间", "en": "Moment"},
        example="2026-01-31T08:00:00+08:00",
    ),
    make_field("open", type="boolean", title={"zh": "是否开放", "en": "Is open"}, example="true"),
    make_field(
        "kind",
        title={"zh": "类别", "en": "Kind"},
        categories=[
            {"value": "out", "label": {"zh": "门诊", "en": "Outpatient"}},
            {"value": "in", "label": {"zh": "住院", "en": "Inpatient"}},
        ],
        example="out",
    ),
    make_field(
        "band",
        title={"zh": "分档", "en": "Band"},
        categories=[
            {"value": code, "label": {"zh": f"{code}档", "en": f"Band {code}"}}
            for code in ("2-3", "17-24", "25-29")
        ],
        example="17-24",
    ),
    make_field(
        "region",
        title={"zh": "区划代码", "en": "Region code"},
        constraints={"pattern": r"^\d{6}$"},
        example="370100",
    ),
    make_field(
        "channels",
        type="list",
        title={"zh": "公开渠道", "en": "Channels"},
        list_values=["网站", "公开栏", "电子屏"],
        example="网站;公开栏",
    ),
    make_field(
        "measured",
        type="number",
        title={"zh": "检测值", "en": "Measured"},
        missingValues=["-10", "-"],
        example="0.3",
    ),
    key="code",
)
"""A table with a column of each kind."""

FLAGGED = item_of_fields(
    make_field("count", type="integer", constraints={"required": True, "minimum": 0}),
    make_field(
        "obs_flag",
        categories=[
            {"value": "c", "label": {"zh": "保密隐去", "en": "suppressed"}},
            {"value": "u", "label": {"zh": "不可得", "en": "unavailable"}},
        ],
    ),
)
"""A table whose empty figures must be explained."""


class Outcome(StrEnum):
    """What comes of a file, as the table of the corpus counts it."""

    ACCEPTED = "taken as it is"
    CLEANED = "taken after exact clean-ups"
    REPORTED = "refused at its rows and columns"
    REFUSED = "refused as a whole"
    GATED = "read, and held at the gate"


@dataclass(frozen=True)
class Case:
    """One file; ``problems`` are all (code, row, field) that the report may hold.

    ``rows`` are given where it is accepted: the named fields of each, in the order of the
    key, all others being empty; or only their number. ``totals`` are those of codes of which
    the report lists fewer. ``cleaned`` counts the clean-ups by kind, ``seen`` is what the
    report must say of the file, ``says`` what its first problem must say in English, and
    ``gate`` the codes that plugins find.
    """

    name: str
    about: str
    content: Content
    rows: Sequence[Row] | int | None = None
    problems: Sequence[Place] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    cleaned: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, Any] = field(default_factory=dict)
    says: Sequence[str] = ()
    gate: Sequence[str] = ()
    filename: str = "table.csv"
    item: DisclosureItem = ITEM
    limits: IntakeLimits = field(default_factory=IntakeLimits)
    encoding: str | None = None
    family: str = ""

    def write(self, path: Path) -> None:
        """Make the file at ``path``."""
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)

    @property
    def id(self) -> str:
        return f"{self.family}: {self.name}"

    @property
    def outcome(self) -> Outcome:
        if self.gate:
            return Outcome.GATED
        if self.rows is not None:
            return Outcome.CLEANED if self.cleaned else Outcome.ACCEPTED
        has_place = any(row is not None or name is not None for _, row, name in self.problems)
        return Outcome.REPORTED if has_place else Outcome.REFUSED


def of_family(family: str, cases: Iterable[Case]) -> list[Case]:
    """Return ``cases`` as those of one family."""
    return [replace(case, family=family) for case in cases]


def refusal(code: str, *says: str) -> dict[str, Any]:
    """Return the expectation of one problem of the whole file, whose sentence ``says``."""
    return {"problems": [(code, None, None)], "says": says}
