"""From an approved draft to a public release, and withdrawal.

Files are written and stored first; one transaction flips everything (RELIABILITY.md §3). Killed
anywhere, the release is wholly there or not at all; what was stored for nothing is an orphan.
"""

import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongkai.db import lock_chain, record
from gongkai.domain.events import ReleasePublished, ReleaseWithdrawn
from gongkai.domain.evolution import ChangeCounts, next_version
from gongkai.domain.feeds import EntryKind
from gongkai.domain.identifiers import Version
from gongkai.domain.items import DisclosureItem
from gongkai.domain.releases import ReleaseContext
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.errors import Conflict, NothingChanged, Rejected, VersionExists, WrongState
from gongkai.models import Announcement, Dataset, Distribution, Draft, Notice, Release, Role
from gongkai.models.draft import DraftKind, DraftState
from gongkai.plugins import Plugins
from gongkai.rows.changes import compare
from gongkai.rows.store import open_rows
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.catalog import current_release, list_releases
from gongkai.services.clock import clock_of
from gongkai.services.distributions import Written, write_distributions
from gongkai.services.news import notice_of
from gongkai.services.ports import Progress, SitePort, no_progress
from gongkai.services.review import find_draft, require_approved
from gongkai.services.settling import meet, reopen

PUBLISHERS = (Role.SUBMITTER, Role.LEADER, Role.PRINCIPAL)


@dataclass(frozen=True)
class _Plan:
    """What publication decided before it wrote anything."""

    draft: Draft
    item: DisclosureItem
    version: Version
    issued: datetime
    changes: dict[str, Any]
    license: dict[str, Any]
    previous_id: int | None


def publish_draft(
    site: SitePort, draft_id: str, *, by: Actor, progress: Progress = no_progress
) -> Release | Notice:
    """Publish an approved draft and return its release or notice. Commits on its own.

    Safe to run twice: a draft that is published already gives what it became. Raises
    WrongState while a signature is missing, NothingChanged for rows that are public already,
    Conflict when another release came in between (publish again).
    """
    with site.reading() as session:
        done = find_published(session, draft_id)
        if done is not None:
            return done
    with site.transaction() as session:
        draft = find_draft(session, draft_id)
        require_scope(by, "publish")
        require_role(by, draft.institution, *PUBLISHERS)
        require_approved(draft)
        if draft.kind == DraftKind.NEWS:
            return _publish_notice(session, draft, by=by, now=site.now())
        plan = _plan(site, session, draft)
    site.settings.storage.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.settings.storage.work, prefix="publish-") as folder:
        written = _write(site, plan, Path(folder), progress)
        rows = _store(site, written, progress)
    with site.transaction() as session:
        return _flip(session, plan, rows, by=by)


def withdraw_release(
    session: Session, plugins: Plugins, release: Release, *, by: Actor, reason: str, now: datetime
) -> Release:
    """Withdraw a release: its files answer 410 with the reason; nothing is deleted.

    "latest" goes back to the newest release that stands. Does not commit. Raises Rejected
    without a reason, WrongState for one withdrawn already.
    """
    require_scope(by, "publish")
    require_role(by, release.dataset.institution, Role.LEADER, Role.PRINCIPAL)
    _require_reason(reason)
    dataset = _locked(session, release.dataset_id)
    session.refresh(release)
    if release.withdrawn_at is not None:
        raise WrongState(f"Release {release.version} was withdrawn already.")
    release.withdrawn_at, release.withdrawn_reason = now, reason
    release.withdrawn_by_id = by.account.id
    standing = [one for one in list_releases(session, dataset) if one.withdrawn_at is None]
    dataset.current_release_id = standing[0].id if standing else None
    session.flush()
    reopen(session, clock_of(session, plugins), release, now=now)
    _announce(session, EntryKind.WITHDRAWAL, dataset, release, now)
    record_act(
        session,
        by,
        "release.withdraw",
        f"{dataset.address}@{release.version}",
        now=now,
        reason=reason,
    )
    event = ReleaseWithdrawn(str(dataset.address), release.version, now, reason)
    record(session, event, now=now)
    return release


def withdraw_notice(
    session: Session, notice: Notice, *, by: Actor, reason: str, now: datetime
) -> Notice:
    """Withdraw a notice: its page answers 410 with the reason. Does not commit."""
    require_scope(by, "publish")
    require_role(by, notice.institution, Role.DEPARTMENT_HEAD, Role.LEADER, Role.PRINCIPAL)
    _require_reason(reason)
    lock_chain(session)
    session.refresh(notice)
    if notice.withdrawn_at is not None:
        raise WrongState("The notice was withdrawn already.")
    notice.withdrawn_at, notice.withdrawn_reason = now, reason
    _announce_notice(session, EntryKind.WITHDRAWAL, notice, now)
    record_act(session, by, "notice.withdraw", str(notice.id), now=now, reason=reason)
    return notice


def find_published(session: Session, draft_id: str) -> Release | Notice | None:
    """Return what a draft became, or None while it is not public."""
    release = session.scalars(select(Release).where(Release.draft_id == draft_id)).first()
    if release is not None:
        return release
    return session.scalars(select(Notice).where(Notice.draft_id == draft_id)).first()


def _plan(site: SitePort, session: Session, draft: Draft) -> _Plan:
    """Find the next version by comparing schema and rows with the current release."""
    dataset = draft.dataset
    assert dataset is not None and draft.rows_sha256 and draft.table_schema  # noqa: S101, PT018
    item = site.plugins.get_item(dataset.item_key)
    if item.table_schema.as_json() != draft.table_schema:
        raise Conflict(
            f"The columns or rules of {item.key} changed since the file was checked; send it again."
        )
    schema = item.table_schema
    previous = current_release(session, dataset)
    released = list_releases(session, dataset)
    counts = ChangeCounts(added=draft.row_count)
    base = Version.parse(previous.version) if previous else None
    if previous is not None:
        counts = compare(
            site.blobs.path(previous.rows_sha256),
            site.blobs.path(draft.rows_sha256),
            TableSchema.of(previous.item["table_schema"]),
            schema,
        )
    version = next_version(base, counts)
    if version is None:
        raise NothingChanged(
            f"The file has exactly the rows of release {base}; there is nothing to publish. "
            "If something is due and that still holds, confirm it."
        )
    # A withdrawn release keeps its number for good, so count on from the highest ever used.
    highest = Version.parse(released[0].version) if released else None
    if highest is not None and version <= highest:
        version = Version(highest.major, highest.minor + 1, 0)
    return _Plan(
        draft=draft,
        item=item,
        version=version,
        issued=site.now().replace(microsecond=0),
        changes=counts.as_json(),
        license=asdict(site.settings.license),
        previous_id=previous.id if previous else None,
    )


def _write(site: SitePort, plan: _Plan, folder: Path, progress: Progress) -> list[Written]:
    draft = plan.draft
    assert draft.dataset is not None and draft.rows_sha256  # noqa: S101, PT018 - see _plan
    chosen = site.settings
    with open_rows(site.blobs.path(draft.rows_sha256), plan.item.table_schema) as rows:
        context = ReleaseContext(
            dataset=draft.dataset.address,
            item=plan.item,
            institution=draft.institution.name,
            version=plan.version,
            issued=plan.issued,
            rows=rows,
            license_name=chosen.license.name,
            license_title=Text(chosen.license.title_zh, chosen.license.title_en),
            license_url=chosen.license.url,
            attribution=draft.institution.name_zh,
            base_url=chosen.site.base_url,
            change_note=draft.change_note,
            metadata={
                "formed_on": draft.formed_on.isoformat() if draft.formed_on else None,
                "authorised_doc": draft.authorised_doc,
                "correction": draft.is_correction,
                "control": _public_control(draft),
            },
        )
        return write_distributions(
            context, site.plugins.distribution_formats, folder, progress=progress
        )


def _public_control(draft: Draft) -> dict[str, Any] | None:
    """Return what readers are told of hidden counts: the thresholds, and how many cells.

    Not which of them were small and which went along: that would help to tell them again.
    """
    control = draft.report.get("control")
    if not control:
        return None
    cells = {name: sum(by_reason.values()) for name, by_reason in control["cells"].items()}
    return {**control, "cells": cells}


def _store(site: SitePort, written: list[Written], progress: Progress) -> list[Distribution]:
    """Store every file durably and return the rows that name them."""
    rows = []
    for position, one in enumerate(written):
        progress("store", position, len(written))
        file = one.file
        rows.append(
            Distribution(
                name=one.format.name,
                position=position,
                media_type=one.format.media_type,
                title=one.format.title.as_json(),
                sha256=site.blobs.put(file.path).sha256 if file else None,
                byte_size=file.byte_size if file else 0,
                gzip_sha256=site.blobs.put(one.gzip).sha256 if one.gzip else None,
                zstd_sha256=site.blobs.put(one.zstd).sha256 if one.zstd else None,
                note=one.note.as_json() if one.note else None,
            )
        )
    progress("store", len(written), len(written))
    return rows


def _flip(session: Session, plan: _Plan, files: list[Distribution], *, by: Actor) -> Release:
    """Make the release public: everything in this one transaction."""
    draft = find_draft(session, plan.draft.id)
    require_approved(draft)
    assert draft.dataset_id is not None  # noqa: S101 - a draft of data has one
    dataset = _locked(session, draft.dataset_id)
    address = dataset.address
    if dataset.current_release_id != plan.previous_id:
        raise Conflict("Another release of this dataset came in between; publish again.")
    if draft.content_sha256 != plan.draft.content_sha256:
        raise Conflict("The draft's content changed meanwhile; have it signed again.")
    release = Release(
        dataset=dataset,
        draft_id=draft.id,
        version=str(plan.version),
        issued=plan.issued,
        content_sha256=draft.content_sha256,
        rows_sha256=draft.rows_sha256,
        row_count=draft.row_count,
        item=plan.item.as_json(),
        license=plan.license,
        changes=plan.changes,
        control=_public_control(draft),
        is_correction=draft.is_correction,
        change_note=draft.change_note,
        formed_on=draft.formed_on,
        authorised_doc=draft.authorised_doc,
        distributions=files,
    )
    session.add(release)
    try:
        session.flush()
    except IntegrityError as error:
        raise _refusal(error, f"{address} has a release {plan.version} already.") from error
    dataset.current_release_id = release.id
    meet(session, dataset, release, now=plan.issued)
    draft.state = DraftState.PUBLISHED
    kind = EntryKind.CORRECTION if draft.is_correction else EntryKind.RELEASE
    _announce(session, kind, dataset, release, plan.issued)
    record_act(
        session,
        by,
        "release.publish",
        f"{dataset.address}@{plan.version}",
        now=plan.issued,
        content_sha256=draft.content_sha256,
        files={file.name: file.sha256 for file in files},
    )
    event = ReleasePublished(
        dataset=str(dataset.address),
        version=str(plan.version),
        issued=plan.issued,
        correction=draft.is_correction,
        title_zh=plan.item.title.zh,
        title_en=plan.item.title.en,
        row_count=draft.row_count,
    )
    record(session, event, now=plan.issued)
    return release


def _refusal(error: IntegrityError, version_exists: str) -> Conflict:
    """Return what the database's last word on a release means."""
    said = str(error.orig)
    if "is signed" in said or "is_signed" in said:
        return WrongState("A signature is missing or void; the draft is not public.")
    if "is decided" in said:
        return WrongState("A finding is not decided on; the draft is not public.")
    return VersionExists(version_exists)


def _publish_notice(session: Session, draft: Draft, *, by: Actor, now: datetime) -> Notice:
    notice = notice_of(draft, now=now)
    session.add(notice)
    session.flush()
    draft.state = DraftState.PUBLISHED
    _announce_notice(session, EntryKind.NOTICE, notice, now)
    record_act(
        session,
        by,
        "notice.publish",
        str(notice.id),
        now=now,
        content_sha256=draft.content_sha256,
    )
    return notice


def _announce(
    session: Session, kind: EntryKind, dataset: Dataset, release: Release, now: datetime
) -> None:
    lock_chain(session)  # so that announcements are numbered in the order of their commits
    session.add(
        Announcement(
            kind=kind,
            at=now,
            institution=dataset.institution,
            type_key=dataset.institution.type_key,
            item_key=dataset.item_key,
            dataset_id=dataset.id,
            release=release,
        )
    )
    session.flush()


def _announce_notice(session: Session, kind: EntryKind, notice: Notice, now: datetime) -> None:
    lock_chain(session)
    session.add(
        Announcement(
            kind=kind,
            at=now,
            institution=notice.institution,
            type_key=notice.institution.type_key,
            notice=notice,
        )
    )
    session.flush()


def _locked(session: Session, dataset_id: int) -> Dataset:
    """Lock a dataset and read it anew: what was read before the lock may be old by now."""
    return session.scalars(
        select(Dataset).where(Dataset.id == dataset_id).with_for_update(of=Dataset),
        execution_options={"populate_existing": True},
    ).one()


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Rejected("A withdrawal carries a reason; say why.")
