"""Gongkai: what a plugin may use. Everything else is the core's own and may change."""

from gongkai.domain.channels import ChannelCall, ChannelKind, ChannelMessage
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

__all__ = [
    "HOOK_API",
    "Category",
    "Cell",
    "Channel",
    "ChannelCall",
    "ChannelKind",
    "ChannelMessage",
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


# The loaders import what reads YAML when they are called: the process that checks a file loads
# the plugins too, and needs none of it.


def load_institution_type(package: str, name: str) -> InstitutionType:
    """Read an institution type from the file ``name`` of ``package``.

    Raises PluginRefused with every mistake: file, line, key.
    """
    from gongkai.schemas import plugin_yaml

    return plugin_yaml.load_institution_type(package, name)


def load_disclosure_items(package: str, folder: str = "items") -> list[DisclosureItem]:
    """Read every ``*.yaml`` of ``folder`` in ``package``, one item a file, by file name.

    Raises PluginRefused with every mistake: file, line, key.
    """
    from gongkai.schemas import plugin_yaml

    return plugin_yaml.load_disclosure_items(package, folder)


def load_deadline_rules(package: str, name: str) -> list[DeadlineRule]:
    """Read deadline rules from the file ``name`` of ``package``, under the key ``rules``."""
    from gongkai.schemas import plugin_yaml

    return plugin_yaml.load_deadline_rules(package, name)
