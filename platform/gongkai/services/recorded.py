"""Publication in one go, where the signatures were given outside (on the paper sheet).

The signatures are recorded under the accounts that hold each post, through a channel that
says who entered them, so that the audit log tells the one from the other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.identifiers import DatasetId
from gongkai.errors import NotFound, Rejected
from gongkai.models import Account, Draft, Institution, Notice, Release
from gongkai.models.draft import Step
from gongkai.services import review
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.catalog import get_institution
from gongkai.services.intake_drafts import receive_file
from gongkai.services.news import draft_notice
from gongkai.services.ports import Progress, SitePort, no_progress
from gongkai.services.publishing import publish_draft

_VERBS: dict[Step, Callable[..., Draft]] = {
    Step.SUBMIT: review.submit_draft,
    Step.SIGN: review.sign_draft,
    Step.REVIEW: review.review_draft,
    Step.APPROVE: review.approve_draft,
    Step.ATTEST: review.approve_draft,
}


def signers_of(
    session: Session, institution: Institution, named: Mapping[Step, str], *, channel: str
) -> dict[Step, Actor]:
    """Return who signs each step: the account named for it, or the first holder of the post.

    An account is used for one step only. Raises NotFound when a post has no holder left.
    """
    chosen: dict[Step, Account] = {
        step: get_account(session, login) for step, login in named.items()
    }
    for step, role in review.ROLE_OF_STEP.items():
        taken = {account.id for account in chosen.values()}
        if step not in chosen:
            free = [one for one in holders(session, institution, role) if one.id not in taken]
            if not free:
                raise NotFound(
                    f"{institution.slug} has nobody left who may {step} as {role}; add one with "
                    f"`gongkai account add LOGIN --role {role} --institution {institution.slug}`."
                )
            chosen[step] = free[0]
    return {step: Actor(account, channel) for step, account in chosen.items()}


@dataclass(frozen=True)
class Prepared:
    """A draft with its report, and who will sign it."""

    draft: Draft
    actors: Mapping[Step, Actor]


def publish_file(
    site: SitePort,
    address: DatasetId,
    path: Path,
    *,
    sheet: str = "",
    progress: Progress = no_progress,
    on_draft: Callable[[Draft], None] | None = None,
    **given: Any,
) -> Release:
    """Take a file through every step to its release. Commits at each step.

    ``given`` is what ``prepare_file`` takes; ``on_draft`` sees the draft with its report
    before anything is signed. Raises ReleaseRejected with what blocks it, NothingChanged for
    rows that are public already.
    """
    prepared = prepare_file(site, address, path, progress=progress, **given)
    if on_draft is not None:
        on_draft(prepared.draft)
    return publish_prepared(site, prepared, sheet=sheet, progress=progress)


def prepare_file(
    site: SitePort,
    address: DatasetId,
    path: Path,
    *,
    filename: str,
    channel: str,
    named: Mapping[Step, str] | None = None,
    change_note: str = "",
    formed_on: date | None = None,
    is_correction: bool = False,
    authorised_doc: str = "",
    progress: Progress = no_progress,
) -> Prepared:
    """Read and check a file into a draft, for the signers named or the holders of the posts."""
    with site.reading() as session:
        institution = get_institution(session, address.institution)
        actors = signers_of(session, institution, named or {}, channel=channel)
    draft = receive_file(
        site,
        address,
        path,
        filename=filename,
        by=actors[Step.SUBMIT],
        change_note=change_note,
        formed_on=formed_on,
        is_correction=is_correction,
        authorised_doc=authorised_doc,
        progress=progress,
    )
    return Prepared(draft, actors)


def publish_prepared(
    site: SitePort, prepared: Prepared, *, sheet: str = "", progress: Progress = no_progress
) -> Release:
    """Record every signature over a prepared draft and publish it. Commits at each step."""
    _sign_all(site, prepared.draft, prepared.actors, sheet)
    by = prepared.actors[Step.SUBMIT]
    release = publish_draft(site, prepared.draft.id, by=by, progress=progress)
    if not isinstance(release, Release):
        raise Rejected("A file becomes a release; this draft is a notice.")
    return release


def publish_notice(
    site: SitePort,
    slug: str,
    *,
    title: str,
    body_markdown: str,
    language: str = "zh",
    channel: str,
    named: Mapping[Step, str] | None = None,
    sheet: str = "",
) -> Notice:
    """Take a notice through its steps to the public. Commits at each step."""
    with site.reading() as session:
        institution = get_institution(session, slug)
        actors = signers_of(session, institution, named or {}, channel=channel)
    with site.transaction() as session:
        draft = draft_notice(
            session,
            slug,
            title=title,
            body_markdown=body_markdown,
            language=language,
            by=actors[Step.SUBMIT],
            now=site.now(),
        )
    _sign_all(site, draft, actors, sheet)
    notice = publish_draft(site, draft.id, by=actors[Step.SUBMIT])
    if not isinstance(notice, Notice):
        raise Rejected("This draft is a file, not a notice.")
    return notice


def _sign_all(site: SitePort, draft: Draft, actors: Mapping[Step, Actor], sheet: str) -> None:
    comment = f"审查单 {sheet}" if sheet else ""
    for entry in draft.steps:
        step = Step(entry.step)
        with site.transaction() as session:
            _VERBS[step](session, draft.id, by=actors[step], comment=comment, now=site.now())
