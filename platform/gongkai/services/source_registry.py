"""Which sources are watched: registered by their institution, removed, listed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.domain.identifiers import DatasetId
from gongkai.errors import Conflict, NotFound, Rejected
from gongkai.models import Dataset, Institution
from gongkai.models.source import WatchedSource
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.catalog import get_institution, get_or_open_dataset
from gongkai.services.obligations import REGISTRARS
from gongkai.services.ports import SitePort
from gongkai.services.source_fetching import check_source_address, folders_of
from gongkai.settings import Settings

EVERY_MINUTES = (5, 43_200)  # five minutes to thirty days
LONG_FAILURE = timedelta(days=7)


class SourceStatus(StrEnum):
    """How a source does."""

    NEW = "new"
    FINE = "fine"
    FAILING = "failing"
    FAILING_LONG = "failing_long"
    REMOVED = "removed"


def status_of(source: WatchedSource, now: datetime) -> SourceStatus:
    """Return how a source does at ``now``; after seven days of failure it says so."""
    if source.disabled_at is not None:
        return SourceStatus.REMOVED
    if source.failing_since is not None:
        long = now - source.failing_since >= LONG_FAILURE
        return SourceStatus.FAILING_LONG if long else SourceStatus.FAILING
    return SourceStatus.FINE if source.checked_at is not None else SourceStatus.NEW


def register_source(
    site: SitePort,
    where: DatasetId,
    address: str,
    *,
    every_minutes: int,
    by: Actor,
    now: datetime,
) -> WatchedSource:
    """Watch ``address`` for changes of a dataset. Commits on its own.

    One that was removed is watched again. Raises Forbidden; Rejected for an address that is
    not allowed or a rhythm out of range; Conflict for one that is watched already.
    """
    shortest, longest = EVERY_MINUTES
    if not shortest <= every_minutes <= longest:
        raise Rejected(f"A source is looked at every {shortest} to {longest:,} minutes.")
    with site.reading() as session:
        require_registrar(by, get_institution(session, where.institution))
        folders = allowed_folders(session, site.settings, where.institution)
    # Names are looked up here: not while the database is locked.
    check_source_address(site.settings, address, folders)
    with site.transaction() as session:
        dataset = get_or_open_dataset(session, site.plugins, where, now=now)
        require_registrar(by, dataset.institution)
        source = session.scalars(
            select(WatchedSource).where(
                WatchedSource.dataset_id == dataset.id, WatchedSource.address == address
            )
        ).first()
        if source is not None and source.disabled_at is None:
            raise Conflict(f"This address is watched already, as source {source.id}.")
        if source is None:
            source = WatchedSource(dataset=dataset, address=address, failures=0, last_error="")
            session.add(source)
        source.every_minutes, source.next_check_at = every_minutes, now
        source.created_at, source.created_by_id = now, by.account.id
        source.disabled_at = source.failing_since = None
        source.failures, source.last_error = 0, ""
        session.flush()
        record_source_act(
            session, source, by, "add", now, address=address, every_minutes=every_minutes
        )
        return source


def allowed_folders(session: Session, settings: Settings, slug: str) -> tuple[str, ...]:
    """Return the folders of this machine that an institution may watch files in."""
    others = select(Institution.id).where(Institution.slug != slug).limit(1)
    return folders_of(settings, slug, is_alone=session.scalar(others) is None)


def remove_source(session: Session, source: WatchedSource, *, by: Actor, now: datetime) -> None:
    """Look at a source no more; what it led to stays. Does not commit."""
    require_registrar(by, source.dataset.institution)
    if source.disabled_at is not None:
        raise Conflict(f"Source {source.id} was removed already.")
    source.disabled_at = now
    record_source_act(session, source, by, "remove", now, address=source.address)


def get_source(session: Session, source_id: int) -> WatchedSource:
    """Return a source. Raises NotFound."""
    found = session.get(WatchedSource, source_id)
    if found is None:
        raise NotFound(f"There is no source {source_id}; `gongkai source list` shows them.")
    return found


def list_sources(
    session: Session, *, institution: str | None = None, with_removed: bool = False
) -> Sequence[WatchedSource]:
    """Return sources by number."""
    query = select(WatchedSource).join(WatchedSource.dataset).join(Dataset.institution)
    if institution is not None:
        query = query.where(Institution.slug == institution)
    if not with_removed:
        query = query.where(WatchedSource.disabled_at.is_(None))
    return session.scalars(query.order_by(WatchedSource.id)).all()


def require_registrar(by: Actor, institution: Institution) -> None:
    """Raise Forbidden unless ``by`` has a post in ``institution`` and may draft."""
    require_scope(by, "draft")
    require_role(by, institution, *REGISTRARS)


def record_source_act(
    session: Session, source: WatchedSource, by: Actor, act: str, now: datetime, **detail: object
) -> None:
    """Write what was done with a source into the audit log."""
    subject = f"{source.dataset.address}#{source.id}"
    record_act(session, by, f"source.{act}", subject, now=now, **detail)
