"""Proving that what is public is what was recorded."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongkai.blobs import BlobStore
from gongkai.models import Dataset, Distribution, Draft, Release, Signature
from gongkai.models.draft import Decision
from gongkai.services.audit import broken_links, count_entries
from gongkai.services.catalog import list_releases


@dataclass(frozen=True)
class Verdict:
    """What was looked at and every fault found, as sentences."""

    acts: int
    releases: int
    files: int
    faults: tuple[str, ...]


def verify_site(session: Session, blobs: BlobStore) -> Verdict:
    """Check the audit chain, the signatures, the pointers and the bytes of every file."""
    faults = [f"audit log: {sentence}" for sentence in broken_links(session)]
    names = _named_blobs(session)
    faults += [
        f"stored file {sha256} ({what}) is missing or changed"
        for sha256, what in sorted(names.items())
        if not blobs.verify(sha256)
    ]
    faults += _pointer_faults(session)
    faults += _signature_faults(session)
    releases = session.scalars(select(func.count()).select_from(Release)).one()
    return Verdict(count_entries(session), releases, len(names), tuple(faults))


def _named_blobs(session: Session) -> dict[str, str]:
    """Return every SHA-256 the database names, with one thing it is."""
    found: dict[str, str] = {}
    for file in session.scalars(select(Distribution)):
        for sha256 in (file.sha256, file.gzip_sha256, file.zstd_sha256):
            if sha256:
                found[sha256] = f"{file.name} of release {file.release_id}"
    for release in session.scalars(select(Release)):
        found.setdefault(release.rows_sha256, f"rows of release {release.id}")
    for draft in session.scalars(select(Draft)):
        for sha256 in (draft.upload_sha256, draft.rows_sha256):
            if sha256:
                found.setdefault(sha256, f"draft {draft.id}")
    return found


def _pointer_faults(session: Session) -> Iterator[str]:
    for dataset in session.scalars(select(Dataset)):
        standing = [one for one in list_releases(session, dataset) if one.withdrawn_at is None]
        newest = standing[0].id if standing else None
        if dataset.current_release_id != newest:
            yield f"{dataset.address}: the current release is not the newest that stands"


def _signature_faults(session: Session) -> Iterator[str]:
    """Yield releases that lack a signature over exactly their content."""
    for release in session.scalars(select(Release)):
        draft = session.get_one(Draft, release.draft_id)
        signed = set(
            session.scalars(
                select(Signature.step).where(
                    Signature.draft_id == draft.id,
                    Signature.decision == Decision.APPROVE,
                    Signature.content_sha256 == release.content_sha256,
                    Signature.round == draft.round,
                )
            )
        )
        missing = sorted({entry.step for entry in draft.steps} - signed)
        if missing:
            yield f"{release.dataset.address} {release.version} lacks: {', '.join(missing)}"
