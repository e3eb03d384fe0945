"""What a plugin defines as data: institution types, disclosure items, deadline rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text


class ServiceKind(StrEnum):
    """What a body does; its duties follow from this, not from its name (DOMAIN.md §0 no. 10)."""

    PUBLIC_HEALTH = "public_health"
    CLINICAL = "clinical"
    BLOOD = "blood"
    PRIMARY = "primary"


class Frequency(StrEnum):
    """How often an item is due, in words of the EU frequency authority table, lower case."""

    AS_NEEDED = "as_needed"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL_2 = "annual_2"
    ANNUAL = "annual"


class Tier(IntEnum):
    """How long the chain of signatures is (DOMAIN.md §3.4)."""

    GENERAL = 1
    DATA = 2
    SENSITIVE = 3


class TermUnit(StrEnum):
    """What the length of a deadline rule counts."""

    WORKING_DAY = "working_day"
    NATURAL_DAY = "natural_day"
    HOUR = "hour"
    FIXED_DATE = "fixed_date"
    BEFORE_EVENT = "before_event"


class SourceGrade(StrEnum):
    """How well the legal source of a rule is known (DOMAIN.md, head)."""

    SEEN = "S"
    VERIFIED = "V"
    EXCERPT = "E"
    UNCONFIRMED = "M"
    DEFAULT = "default"


@dataclass(frozen=True)
class DeadlineRule:
    """Until when something must be public, counted from what, by which article."""

    key: str
    title: Text
    trigger: Text
    unit: TermUnit
    source: Text
    grade: SourceGrade
    description: Text
    length: int | None = None
    fixed_month_day: str | None = None
    time_of_day: str | None = None
    plugin: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title.as_json(),
            "trigger": self.trigger.as_json(),
            "length": self.length,
            "unit": self.unit.value,
            "fixed_month_day": self.fixed_month_day,
            "time_of_day": self.time_of_day,
            "source": self.source.as_json(),
            "grade": self.grade.value,
            "description": self.description.as_json(),
        }


@dataclass(frozen=True)
class DisclosureItem:
    """One thing (公开事项) that bodies with certain service kinds must make public."""

    key: str
    title: Text
    description: Text
    service_kinds: frozenset[ServiceKind]
    legal_basis: tuple[Text, ...]
    frequency: Frequency
    deadline_rules: tuple[str, ...]
    table_schema: TableSchema
    notes: tuple[Text, ...] = ()
    tier: Tier = Tier.DATA
    authority_required: bool = False
    public_bodies_only: bool = False
    theme: Text | None = None
    plugin: str = ""

    def is_owed_by(self, kinds: frozenset[ServiceKind]) -> bool:
        """Tell whether a body that does ``kinds`` owes this item.

        Primary care owes what articles 8, 9 and 10 ask, so its type names all three kinds.
        """
        return bool(self.service_kinds & kinds)

    @property
    def refers(self) -> bool:
        """Tell whether its rows refer to another item's."""
        return bool(self.table_schema.foreign_keys)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title.as_json(),
            "description": self.description.as_json(),
            "theme": self.theme.as_json() if self.theme else None,
            "service_kinds": sorted(kind.value for kind in self.service_kinds),
            "legal_basis": [text.as_json() for text in self.legal_basis],
            "frequency": self.frequency.value,
            "deadline_rule": self.deadline_rules[0],
            "deadline_rules": list(self.deadline_rules),
            "authority_required": self.authority_required,
            "public_bodies_only": self.public_bodies_only,
            "tier": int(self.tier),
            "notes": [text.as_json() for text in self.notes],
            "plugin": self.plugin,
            "table_schema": self.table_schema.as_json(),
        }


@dataclass(frozen=True)
class InstitutionType:
    """A kind of institution and what such a body does unless it says otherwise."""

    key: str
    title: Text
    description: Text
    service_kinds: frozenset[ServiceKind]
    legal_basis: tuple[Text, ...]
    plugin: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title.as_json(),
            "description": self.description.as_json(),
            "service_kinds": sorted(kind.value for kind in self.service_kinds),
            "legal_basis": [text.as_json() for text in self.legal_basis],
            "plugin": self.plugin,
        }


def item_of(data: Mapping[str, Any]) -> DisclosureItem:
    """Rebuild an item from ``as_json``; the same shape as in a plugin's YAML."""
    rules = data.get("deadline_rules") or [data["deadline_rule"]]
    return DisclosureItem(
        key=data["key"],
        title=Text.of(data["title"]),
        description=Text.of(data["description"]),
        service_kinds=frozenset(ServiceKind(kind) for kind in data["service_kinds"]),
        legal_basis=tuple(Text.of(entry) for entry in data["legal_basis"]),
        frequency=Frequency(data["frequency"]),
        deadline_rules=tuple(rules),
        table_schema=TableSchema.of(data["table_schema"]),
        notes=tuple(Text.of(entry) for entry in data.get("notes") or ()),
        tier=Tier(data.get("tier", 2)),
        authority_required=bool(data.get("authority_required", False)),
        public_bodies_only=bool(data.get("public_bodies_only", False)),
        theme=Text.of(data["theme"]) if data.get("theme") else None,
        plugin=data.get("plugin", ""),
    )
