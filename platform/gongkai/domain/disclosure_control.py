"""Small counts of persons: how few may be told, and how an institution guards fewer.

The thresholds are the proposal of DOMAIN.md §3.3; no Chinese statute gives a number (the duty
itself: 统计法 2024 art. 28). An institution chooses the method; figures below the threshold go to
the reviewer unless it chooses to have them suppressed or rounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text

DIVISION_FIELDS = ("division_code", "region_code", "area_code")
OBS_FLAG, CONFIDENTIAL = "obs_flag", "c"
_CROSSED_NAME = re.compile(
    r"(^|_)(sex|gender|age|ages|age_group|age_band|street|town|village|occupation|ethnicity)(_|$)"
)
_CROSSED_TITLE = re.compile(r"性别|年龄|街道|乡镇|村|职业|民族")
# Registers under stronger law: HIV, sexually transmitted and mental illness, tuberculosis, organs.
SPECIAL_WORDS = (
    r"(?i)艾滋|\bHIV\b|\bAIDS\b|梅毒|淋病|性病|性传播|生殖道|结核|精神障碍|精神病|精神分裂|抑郁|双相|"
    r"器官捐献|器官移植|人体器官|syphilis|gonorrh|sexually|tubercul|mental|schizo|"
    r"organ (donat|transpl)"
)


class Method(StrEnum):
    """What is done with a count below the threshold."""

    REVIEW = "review"
    SUPPRESS = "suppress"
    ROUND = "round"


class Level(StrEnum):
    """Of how large a body of people a figure speaks."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    CITY = "city"
    COUNTY = "county"
    INSTITUTION = "institution"


class Kind(StrEnum):
    """How much a figure tells: a plain total, one broken down by person's traits, a register."""

    PLAIN = "plain"
    CROSSED = "crossed"
    SPECIAL = "special"


# A count below the number is small; 0 means that none is; None that none may be told at all.
THRESHOLDS: Mapping[Kind, Mapping[Level, int | None]] = {
    Kind.PLAIN: {
        Level.NATIONAL: 0,
        Level.PROVINCIAL: 0,
        Level.CITY: 0,
        Level.COUNTY: 5,
        Level.INSTITUTION: 5,
    },
    Kind.CROSSED: {
        Level.NATIONAL: 5,
        Level.PROVINCIAL: 5,
        Level.CITY: 5,
        Level.COUNTY: 10,
        Level.INSTITUTION: 10,
    },
    Kind.SPECIAL: {
        Level.NATIONAL: 5,
        Level.PROVINCIAL: 5,
        Level.CITY: 10,
        Level.COUNTY: None,
        Level.INSTITUTION: None,
    },
}
# NHS: 1 to 7 are hidden, all others rounded to the nearest 5.
ROUNDED_FROM, ROUNDED_TO = 8, 5


@dataclass(frozen=True)
class ControlProfile:
    """What an institution chose: the method, and the level of figures without a division code."""

    method: Method = Method.REVIEW
    level: Level = Level.INSTITUTION
    thresholds: Mapping[Kind, Mapping[Level, int | None]] = field(
        default_factory=lambda: THRESHOLDS
    )

    def threshold(self, kind: Kind, level: Level) -> int | None:
        """Return below which count a figure is small; None where none may be told."""
        return self.thresholds[kind][level]

    def as_json(self) -> dict[str, Any]:
        return {
            "method": self.method.value,
            "level": self.level.value,
            "thresholds": {
                kind.value: {level.value: number for level, number in levels.items()}
                for kind, levels in self.thresholds.items()
            },
        }

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> "ControlProfile":
        """Rebuild a profile from ``as_json``; what is left out is the default.

        Raises ValueError for a word or a number that is none.
        """
        given = data or {}
        thresholds = {kind: dict(levels) for kind, levels in THRESHOLDS.items()}
        for kind, levels in (given.get("thresholds") or {}).items():
            for level, number in levels.items():
                if number is not None and not 0 <= int(number) <= 100:
                    raise ValueError(f"{number} is no threshold; use 0 to 100.")
                thresholds[Kind(kind)][Level(level)] = None if number is None else int(number)
        return cls(
            Method(given.get("method", Method.REVIEW)),
            Level(given.get("level", Level.INSTITUTION)),
            thresholds,
        )


def counted_fields(schema: TableSchema) -> list[Field]:
    """Return the fields that count persons and can be guarded: whole numbers, no key."""
    return [
        one
        for one in schema
        if one.personal_count
        and one.type is FieldType.INTEGER
        and one.name not in schema.primary_key
    ]


def can_be_empty(one: Field, schema: TableSchema) -> bool:
    """Tell whether a figure may be left out: it need not be filled, or obs_flag says why not."""
    return schema.has_obs_flag or not one.required


def is_crossed(schema: TableSchema) -> bool:
    """Tell whether the rows break persons down by sex, age, street, occupation or the like."""
    return any(
        _CROSSED_NAME.search(one.name) or _CROSSED_TITLE.search(one.title.zh)
        for one in schema
        if not one.is_numeric and not one.personal_count
    )


def division_field(schema: TableSchema) -> Field | None:
    """Return the field whose six-digit code tells the level of each row."""
    return next((schema.by_name[name] for name in DIVISION_FIELDS if name in schema.by_name), None)


def legend(profile: ControlProfile, used: tuple[int, ...], *, is_flagged: bool) -> Text:
    """Return the sentence that a reader of the figures needs; ``used`` are the thresholds."""
    if profile.method is Method.ROUND:
        return Text(
            f"为保护个人信息，人数类数据1至{ROUNDED_FROM - 1}不公布，其余四舍五入到最接近的"
            f"{ROUNDED_TO}；因此各项之和可能不等于合计。",
            f"To protect persons, counts of 1 to {ROUNDED_FROM - 1} are not shown and all others "
            f"are rounded to the nearest {ROUNDED_TO}; sums may therefore differ from totals.",
        )
    below = "、".join(str(number) for number in used)
    below_en = ", ".join(str(number) for number in used)
    mark_zh = "，并在 obs_flag 中标记 c" if is_flagged else ""
    mark_en = " and marked c in obs_flag" if is_flagged else ""
    return Text(
        f"为保护个人信息，低于阈值（n={below or '全部'}）的人数留空{mark_zh}；"
        "为防止由合计反推，另有部分数据一并隐去，相应的率和均值不公布。零照实公布。",
        f"To protect persons, counts below the threshold (n={below_en or 'all'}) are left empty"
        f"{mark_en}; some others are hidden with them so that no total gives them away, and rates "
        "and means follow. Zeros are shown.",
    )
