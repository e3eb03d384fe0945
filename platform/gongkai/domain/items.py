"""What a plugin defines as data: institution types, disclosure items, deadline rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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


class RuleLevel(StrEnum):
    """Where a rule comes from, highest first; a local one counts only where it is shorter."""

    LAW = "law"
    REGULATION = "regulation"
    RULE = "rule"
    LOCAL = "local"
    DEFAULT = "default"


class SourceGrade(StrEnum):
    """How well the legal source of a rule is known (DOMAIN.md, head)."""

    SEEN = "S"
    VERIFIED = "V"
    EXCERPT = "E"
    UNCONFIRMED = "M"
    DEFAULT = "default"


@dataclass(frozen=True)
class DeadlineRule:
    """Until when something must be public, counted from what, by which article.

    ``length`` counts ``unit``; with ``before_event`` it is the most working days after the
    decision, and ``days_before`` how many days before the event the day is. ``overrides`` names
    the rules that a local rule may shorten, ``regions`` the codes (or their beginnings) where
    it holds. ``remind_before`` are working days before the due date.
    """

    key: str
    title: Text
    trigger: Text
    unit: TermUnit
    source: Text
    grade: SourceGrade
    description: Text
    level: RuleLevel = RuleLevel.DEFAULT
    length: int | None = None
    extension_length: int | None = None
    fixed_month_day: str | None = None
    time_of_day: str | None = None
    days_before: int = 0
    actor: Text | None = None
    article: str = ""
    overrides: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    is_overridable: bool = False
    effective_from: date | None = None
    effective_to: date | None = None
    remind_before: tuple[int, ...] = (10, 5, 1)
    plugin: str = ""

    @property
    def is_default(self) -> bool:
        """Tell whether the length is the product's own, not settled law."""
        return self.level is RuleLevel.DEFAULT

    def is_valid_on(self, day: date) -> bool:
        """Tell whether the rule was in force on ``day``."""
        begun = self.effective_from is None or self.effective_from <= day
        return begun and (self.effective_to is None or day <= self.effective_to)

    def holds_in(self, region_code: str | None) -> bool:
        """Tell whether the rule holds in a region; one without regions holds everywhere."""
        return not self.regions or any((region_code or "").startswith(r) for r in self.regions)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title.as_json(),
            "actor": self.actor.as_json() if self.actor else None,
            "trigger": self.trigger.as_json(),
            "length": self.length,
            "unit": self.unit.value,
            "extension_length": self.extension_length,
            "fixed_month_day": self.fixed_month_day,
            "time_of_day": self.time_of_day,
            "days_before": self.days_before,
            "source": self.source.as_json(),
            "article": self.article,
            "level": self.level.value,
            "grade": self.grade.value,
            "is_default": self.is_default,
            "overrides": list(self.overrides),
            "regions": list(self.regions),
            "overridable_by_local": self.is_overridable,
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "effective_to": self.effective_to.isoformat() if self.effective_to else None,
            "remind_before": list(self.remind_before),
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
