"""Every hook a plugin may implement: one file, one contract, one version.

A plugin is a module (or package) named by an entry point of the group ``gongkai.plugins``
that sets ``GONGKAI_API = 1``. The core calls hooks one plugin at a time: one that raises or
returns something else than promised is named in the report or the log and left out; the
others go on.
"""

import pluggy

from gongkai.domain.channels import ChannelKind
from gongkai.domain.events import ObligationOverdue, ReleasePublished, ReleaseWithdrawn
from gongkai.domain.feeds import FeedFormat
from gongkai.domain.items import DeadlineRule, DisclosureItem, InstitutionType
from gongkai.domain.problems import Problem, ProblemGroup
from gongkai.domain.releases import DistributionFormat, Rows

HOOK_API = 1
PROJECT = "gongkai"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_institution_types() -> list[InstitutionType]:  # type: ignore[empty-body]
    """Return the institution types this plugin defines.

    Called once at start, before any request. A key that another plugin already claims, or a
    value that is not an InstitutionType, stops the start with a sentence naming the parties.
    """


@hookspec
def register_disclosure_items() -> list[DisclosureItem]:  # type: ignore[empty-body]
    """Return the disclosure items (公开事项) this plugin defines.

    Called once at start. Keys are unique on a site. Each item names deadline rules that some
    plugin registers; a rule nobody registers stops the start.
    """


@hookspec
def register_deadline_rules() -> list[DeadlineRule]:  # type: ignore[empty-body]
    """Return the deadline rules this plugin defines, each with its legal source.

    Called once at start. Keys are unique on a site.
    """


@hookspec
def register_distribution_formats() -> list[DistributionFormat]:  # type: ignore[empty-body]
    """Return the files this plugin writes for every release.

    Called once at start; names are unique on a site. A format's ``write`` is called once per
    release, outside any transaction. One that raises stops that publication (the previous
    release stays as it was), except SkipDistribution, which leaves the file out with a note.
    """


@hookspec
def register_feed_formats() -> list[FeedFormat]:  # type: ignore[empty-body]
    """Return the feed formats this plugin writes, such as RSS.

    Called once at start; extensions are unique on a site.
    """


@hookspec
def register_channel_kinds() -> list[ChannelKind]:  # type: ignore[empty-body]
    """Return the kinds of receivers this plugin can write to, such as a group robot.

    Called once at start; keys are unique on a site, and ``webhook`` and ``mail`` are the core's.
    A kind's ``render`` is called once per attempt, outside any transaction, and gets the
    channel's address and secret. The core makes the call with its limits. A kind that raises
    counts as a failed attempt.
    """


@hookspec
def check_release(  # type: ignore[empty-body]
    item: DisclosureItem, rows: Rows
) -> list[Problem | ProblemGroup]:
    """Return the problems found in ``rows``; ``[]`` when there are none.

    Called once per file, in the disposable child process that reads it, after the table
    schema's own checks and before anything is written. ``rows`` reads lazily: query it,
    never load it whole. A problem of severity ``error`` stops the release; ``review`` asks
    the reviewer; a ``warning`` is shown beside it. Bad data is a problem to return; raise
    only when you are broken: the report then names the plugin and the reviewer decides.
    """


@hookspec
def check_confidentiality(  # type: ignore[empty-body]
    item: DisclosureItem, rows: Rows
) -> list[Problem | ProblemGroup]:
    """Return what must not become public: identity numbers, marks, private numbers.

    Called like ``check_release``, after it. A plugin that fails here blocks the release:
    nothing goes public unchecked.
    """


@hookspec
def release_published(event: ReleasePublished) -> None:
    """Hear that a release became current.

    Called after the commit, outside any transaction, at least once; take ``dataset`` and
    ``version`` as the key where twice would matter. What it returns is ignored; a failure is
    logged with the plugin's name and does not touch the release.
    """


@hookspec
def release_withdrawn(event: ReleaseWithdrawn) -> None:
    """Hear that a release was withdrawn. Called as ``release_published`` is."""


@hookspec
def obligation_overdue(event: ObligationOverdue) -> None:
    """Hear that a publication is past its due date. Called as ``release_published`` is."""
