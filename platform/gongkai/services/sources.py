"""Looking at watched sources, by a job or at once.

Content with another hash starts the clock from the day it was seen and is prepared as a draft,
so that staff find it waiting. A source that fails waits longer each time, and never keeps
another waiting.
"""

import logging
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.domain.times import shanghai_day
from gongkai.errors import Conflict, Forbidden, GongkaiError
from gongkai.models import Draft, Release, Role
from gongkai.models.draft import DraftState
from gongkai.models.obligation import UNSETTLED, Obligation, OpenedBy
from gongkai.models.source import WatchedSource
from gongkai.services.access import Actor, holders
from gongkai.services.clock import clock_of
from gongkai.services.intake_drafts import receive_file
from gongkai.services.obligations import Change, has_its_event, open_obligation
from gongkai.services.ports import SitePort
from gongkai.services.review import discard_draft
from gongkai.services.settling import settle_unchanged
from gongkai.services.source_fetching import Fetched, Validators, fetch, file_name_of
from gongkai.services.source_registry import (
    allowed_folders,
    get_source,
    record_source_act,
    require_registrar,
)

log = logging.getLogger(__name__)

CHANNEL = "watch"
_LONGEST_WAIT = timedelta(days=1)
_BATCH = 16
# No new batch is begun after this; what is still due comes with the next run of the job.
_RUN_SECONDS = 120.0
# A draft with the same bytes that is on its way already need not be prepared again.
_ON_ITS_WAY = tuple(
    state for state in DraftState if state not in (DraftState.PUBLISHED, DraftState.DISCARDED)
)


class Seen(StrEnum):
    """What a look at a source found."""

    UNCHANGED = "unchanged"
    FIRST = "first"
    CHANGED = "changed"
    FAILED = "failed"


@dataclass(frozen=True)
class _Look:
    """What is needed to look at a source without the database."""

    id: int
    address: str
    known: Validators | None
    folders: tuple[str, ...]


def check_source(site: SitePort, source_id: int, *, by: Actor, now: datetime) -> Seen:
    """Look at a source now, whenever it is due. Commits on its own."""
    with site.transaction() as session:
        source = get_source(session, source_id)
        require_registrar(by, source.dataset.institution)
        if source.disabled_at is not None:
            raise Conflict(f"Source {source.id} was removed; add its address again.")
        record_source_act(session, source, by, "check", now)
        look = _look_of(session, site, source)
    with _work_folder(site) as folder:
        path = Path(folder) / "content"
        return _take(site, look, _try_fetch(site, look, path), path, now)


def fetch_sources(site: SitePort, now: datetime) -> int:
    """Look at the sources that are due; return how many had changed. Commits on its own.

    Safe to run twice and to kill: each source is claimed first, a change counts once for a day
    and the bytes of a draft that is on its way are not prepared again.
    """
    changed = 0
    begun = time.monotonic()
    while time.monotonic() - begun < _RUN_SECONDS:
        due = _claim(site, now)
        if not due:
            break
        changed += _look_at(site, due, now)
    return changed


def _claim(site: SitePort, now: datetime) -> list[_Look]:
    """Take the sources that have waited longest, so that no other worker does."""
    with site.transaction() as session:
        due = session.scalars(
            select(WatchedSource)
            .where(WatchedSource.disabled_at.is_(None), WatchedSource.next_check_at <= now)
            .order_by(WatchedSource.next_check_at, WatchedSource.id)
            .limit(_BATCH)
            .with_for_update(of=WatchedSource, skip_locked=True)
        ).all()
        for source in due:
            source.next_check_at = now + timedelta(minutes=source.every_minutes)
        return [_look_of(session, site, source) for source in due]


def _look_of(session: Session, site: SitePort, source: WatchedSource) -> _Look:
    # What was seen but could not be prepared is asked for again.
    is_done = source.content_sha256 is not None and source.content_sha256 == source.prepared_sha256
    known = Validators(source.etag, source.last_modified) if is_done else None
    slug = source.dataset.address.institution
    folders = allowed_folders(session, site.settings, slug)
    return _Look(source.id, source.address, known, folders)


def _look_at(site: SitePort, due: Sequence[_Look], now: datetime) -> int:
    """Fetch side by side; take what came one after another, as it comes."""
    changed = 0
    with _work_folder(site) as folder, ThreadPoolExecutor(site.settings.sources.parallel) as pool:
        asked = {}
        for look in due:
            path = Path(folder) / str(look.id)
            asked[pool.submit(_try_fetch, site, look, path)] = look, path
        for done in as_completed(asked):
            look, path = asked[done]
            changed += _take(site, look, done.result(), path, now) is Seen.CHANGED
            path.unlink(missing_ok=True)
    return changed


def _work_folder(site: SitePort) -> tempfile.TemporaryDirectory[str]:
    site.settings.storage.work.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=site.settings.storage.work, prefix="source-")


def _try_fetch(site: SitePort, look: _Look, path: Path) -> Fetched | str | None:
    """Return what was fetched, None for nothing new, or a sentence that says what failed."""
    try:
        return fetch(site.settings, look.address, path, look.folders, known=look.known)
    except GongkaiError as error:
        return error.message
    except OSError as error:
        return f"The content could not be kept: {error.strerror}."
    except Exception as error:  # a source never blocks the others
        log.exception("source %d could not be fetched", look.id)
        return f"Fetching failed: {type(error).__name__}."


def _take(
    site: SitePort, look: _Look, found: Fetched | str | None, path: Path, now: datetime
) -> Seen:
    """Act on what a look found; whatever goes wrong is noted with the source."""
    if isinstance(found, str):
        return _note_failure(site, look, found, now)
    try:
        return _note(site, look, found, path, now)
    except GongkaiError as error:
        return _note_failure(site, look, error.message, now)
    except Exception as error:  # a source never blocks the others
        log.exception("source %d could not be taken", look.id)
        return _note_failure(site, look, f"Preparing failed: {type(error).__name__}.", now)


def _note(site: SitePort, look: _Look, found: Fetched | None, path: Path, now: datetime) -> Seen:
    with site.transaction() as session:
        source = get_source(session, look.id)
        if source.disabled_at is not None:
            return Seen.UNCHANGED
        seen = _start_clock(session, site, source, found, now) if found else Seen.UNCHANGED
    draft_id = None
    if found is not None and source.prepared_sha256 != found.sha256:
        draft_id = _prepare(site, source, found, path)
    with site.transaction() as session:
        source = get_source(session, look.id)
        if draft_id is not None and _is_public_already(session, source, draft_id, now):
            seen = Seen.UNCHANGED
        source.checked_at = now
        source.next_check_at = now + timedelta(minutes=source.every_minutes)
        source.failures, source.failing_since, source.last_error = 0, None, ""
        if found is not None:
            source.etag = found.validators.etag
            source.last_modified = found.validators.last_modified
            source.prepared_sha256 = found.sha256
        source.draft_id = draft_id or source.draft_id
    return seen


def _is_public_already(
    session: Session, source: WatchedSource, draft_id: str, now: datetime
) -> bool:
    """Tell whether other bytes hold the rows that are public; what they started is settled then."""
    draft = session.get_one(Draft, draft_id)
    release = session.get(Release, source.dataset.current_release_id or 0)
    if release is None or draft.content_sha256 != release.content_sha256:
        return False
    started = session.scalars(
        select(Obligation).where(
            Obligation.dataset_id == source.dataset_id,
            Obligation.opened_by == OpenedBy.WATCH,
            Obligation.trigger_on == shanghai_day(now),
            Obligation.state.in_(UNSETTLED),
        )
    ).all()
    for obligation in started:
        settle_unchanged(session, obligation, release, now=now)
    if draft.state == DraftState.DRAFT:
        reason = "内容与已公开的版本相同，无须发布。 / The same rows are public already."
        discard_draft(session, draft.id, by=_submitter(session, source), reason=reason, now=now)
    return True


def _start_clock(
    session: Session, site: SitePort, source: WatchedSource, found: Fetched, now: datetime
) -> Seen:
    """Keep the hash; where it is another than before, the clock starts today in Shanghai."""
    before = source.content_sha256
    if before == found.sha256:
        return Seen.UNCHANGED
    source.content_sha256 = found.sha256
    if before is None:
        if source.dataset.current_release_id is not None:
            # What is public may well be this very content: nothing is known to have changed.
            source.prepared_sha256 = found.sha256
        return Seen.FIRST
    source.changed_at = now
    today = shanghai_day(now)
    clock, change = clock_of(session, site.plugins), Change(on=today, note=_told(source, today))
    due_on = None
    rule = clock.rule(site.plugins.get_item(source.dataset.item_key).deadline_rules[0])
    # A schedule's clock counts back from a day that only a person knows.
    if has_its_event(rule, change):
        obligation = open_obligation(
            session, clock, source.dataset, change, opened_by=OpenedBy.WATCH, now=now
        )
        due_on = obligation.due_on.isoformat()
    record_source_act(
        session,
        source,
        Actor(source.created_by, CHANNEL),
        "change",
        now,
        content_sha256=found.sha256,
        due_on=due_on,
    )
    return Seen.CHANGED


def _prepare(site: SitePort, source: WatchedSource, found: Fetched, path: Path) -> str:
    """Read the content into a draft and return its id.

    One that nobody has touched since it was prepared from this source gets the new content.
    """
    day = shanghai_day(source.changed_at) if source.changed_at else None
    with site.reading() as session:
        waiting = session.scalars(
            select(Draft.id).where(
                Draft.dataset_id == source.dataset_id,
                Draft.upload_sha256 == found.sha256,
                Draft.state.in_(_ON_ITS_WAY),
            )
        ).first()
        if waiting is not None:
            return waiting
        by = _submitter(session, source)
        last = session.get(Draft, source.draft_id) if source.draft_id else None
        is_untouched = (
            last is not None
            and last.state == DraftState.DRAFT
            and last.upload_sha256 == source.prepared_sha256
        )
    draft = receive_file(
        site,
        source.dataset.address,
        path,
        filename=file_name_of(source.address),
        by=by,
        change_note=_told(source, day),
        formed_on=day,
        draft_id=last.id if last is not None and is_untouched else None,
    )
    return draft.id


def _told(source: WatchedSource, day: date | None) -> str:
    """Return where content came from. It becomes public: no address of an inner network."""
    name = file_name_of(source.address)
    if day is None:
        return f"取自登记的数据源“{name}”。 / Taken from the registered source “{name}”."
    return (
        f"取自登记的数据源“{name}”，{day} 发现更新。 / "
        f"Taken from the registered source “{name}”; its change was seen on {day}."
    )


def _submitter(session: Session, source: WatchedSource) -> Actor:
    """Return for whom a draft is prepared: who registered the source, or the post."""
    institution, creator = source.dataset.institution, Actor(source.created_by, CHANNEL)
    if creator.account.disabled_at is None and creator.has_role(institution.id, Role.SUBMITTER):
        return creator
    found = next(iter(holders(session, institution, Role.SUBMITTER)), None)
    if found is None:
        raise Forbidden(f"{institution.slug} has nobody left who submits; give somebody the role.")
    return Actor(found, CHANNEL)


def _note_failure(site: SitePort, look: _Look, why: str, now: datetime) -> Seen:
    """Wait twice as long after each failure, to a day at most or the source's own rhythm."""
    with site.transaction() as session:
        source = get_source(session, look.id)
        every = timedelta(minutes=source.every_minutes)
        source.failures += 1
        source.failing_since = source.failing_since or now
        source.last_error, source.checked_at = why[:500], now
        doubled = every * 2 ** min(source.failures - 1, 10)
        source.next_check_at = now + max(every, min(doubled, _LONGEST_WAIT))
    log.warning("source %d: %s", look.id, why)
    return Seen.FAILED
