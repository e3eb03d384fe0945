"""Gongkai: what a plugin may use. Everything else is the core's own and may change."""

from typing import TYPE_CHECKING, Any

from gongkai.domain.events import ObligationOverdue, ReleasePublished, ReleaseWithdrawn
from gongkai.domain.feeds import Channel, Enclosure, Entry, EntryKind, FeedFormat
from gongkai.domain.items import (
    DeadlineRule,
    DisclosureItem,
    Frequency,
    InstitutionType,
    ServiceKind,
    Tier,
)
from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.releases import (
    Cell,
    DistributionFormat,
    ReleaseContext,
    Rows,
    SkipDistribution,
    WrittenFile,
)
from gongkai.domain.table_schema import Category, Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.hookspecs import HOOK_API, hookimpl

if TYPE_CHECKING:
    from gongkai.schemas.plugin_yaml import (
        load_deadline_rules,
        load_disclosure_items,
        load_institution_type,
    )

_LOADERS = ("load_deadline_rules", "load_disclosure_items", "load_institution_type")

__all__ = [
    "HOOK_API",
    "Category",
    "Cell",
    "Channel",
    "DeadlineRule",
    "DisclosureItem",
    "DistributionFormat",
    "Enclosure",
    "Entry",
    "EntryKind",
    "FeedFormat",
    "Field",
    "FieldType",
    "Frequency",
    "InstitutionType",
    "ObligationOverdue",
    "Problem",
    "ProblemGroup",
    "ReleaseContext",
    "ReleasePublished",
    "ReleaseWithdrawn",
    "Rows",
    "ServiceKind",
    "Severity",
    "SkipDistribution",
    "TableSchema",
    "Text",
    "Tier",
    "WrittenFile",
    "hookimpl",
    "load_deadline_rules",
    "load_disclosure_items",
    "load_institution_type",
]


def __getattr__(name: str) -> Any:
    """Import the YAML loaders on first use: the process that checks a file needs none."""
    if name in _LOADERS:
        from gongkai.schemas import plugin_yaml

        return getattr(plugin_yaml, name)
    raise AttributeError(f"module 'gongkai' has no attribute {name!r}")
