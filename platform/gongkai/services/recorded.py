"""Publication in one go, where the signatures were given outside (on the paper sheet).

The signatures are recorded under the accounts that hold each post, through a channel that
says who entered them, so that the audit log tells the one from the other. What the gate found
is decided by a person here as everywhere: nothing is overridden or accepted that is not named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.problems import Severity
from gongkai.errors import NotFound, Rejected
from gongkai.models import Account, Draft, FindingDecision, Institution, Notice, Release
from gongkai.models.draft import Step
from gongkai.services import review
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.catalog import get_institution
from gongkai.services.findings import (
    Verdict,
    current_findings,
    match_verdicts,
    require_justified,
)
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
class NamedDecision:
    """What the paper sheet decides on a kind of finding; ``field`` None leaves it to the code.

    A code that was found in one place only need not be told where.
    """

    code: str
    field: str | None
    decision: FindingDecision
    reason: str = ""


@dataclass(frozen=True)
class Sheet:
    """What the signed paper sheet (保密审查单) says beside the signatures.

    ``why`` is the submitter's: why what the gate found may be public.
    """

    number: str = ""
    why: str = ""
    decisions: Sequence[NamedDecision] = ()


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
    sheet: Sheet = Sheet(),
    progress: Progress = no_progress,
    on_draft: Callable[[Draft], None] | None = None,
    **given: Any,
) -> Release:
    """Take a file through every step to its release. Commits at each step.

    ``given`` is what ``prepare_file`` takes; ``on_draft`` sees the draft with its report
    before anything is signed. Raises ReleaseRejected with what blocks it, FindingsUndecided
    with what ``sheet`` leaves open, NothingChanged for rows that are public already.
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
    encoding: str | None = None,
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
        encoding=encoding,
        progress=progress,
    )
    return Prepared(draft, actors)


def publish_prepared(
    site: SitePort,
    prepared: Prepared,
    *,
    sheet: Sheet = Sheet(),
    progress: Progress = no_progress,
) -> Release:
    """Record every signature over a prepared draft and publish it. Commits at each step.

    Nothing is signed unless ``sheet`` decides on everything the checks found.
    """
    draft = prepared.draft
    review.require_publishable(draft)
    verdicts = verdicts_of(draft, sheet.decisions)
    match_verdicts(draft, verdicts, seen=draft.content_sha256)
    require_justified(draft, sheet.why)
    _sign_all(site, draft, prepared.actors, sheet, verdicts)
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
    sheet: Sheet = Sheet(),
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


def verdicts_of(draft: Draft, decisions: Sequence[NamedDecision]) -> list[Verdict]:
    """Return what the sheet decides, finding by finding.

    Raises Rejected where a code was found in several fields and none is named: each finding
    is decided for itself.
    """
    found = current_findings(draft)
    verdicts = []
    for one in decisions:
        fields = [finding.field for finding in found if finding.code == one.code]
        if one.field is None and len(fields) > 1:
            places = ", ".join(f"{one.code}:{field}" if field else one.code for field in fields)
            raise Rejected(f"{one.code} was found in several places; decide on each: {places}.")
        field = one.field if one.field is not None or not fields else fields[0]
        verdicts.append(Verdict(one.code, field or None, one.decision, one.reason))
    return verdicts


def accept_all(draft: Draft) -> list[NamedDecision]:
    """Return the acceptance of all that was put to the reviewer; what blocks stays blocked."""
    return [
        NamedDecision(one.code, one.field, FindingDecision.ACCEPT)
        for one in current_findings(draft)
        if one.severity == Severity.REVIEW
    ]


def _sign_all(
    site: SitePort,
    draft: Draft,
    actors: Mapping[Step, Actor],
    sheet: Sheet,
    verdicts: Sequence[Verdict] = (),
) -> None:
    number = f"审查单 {sheet.number}" if sheet.number else ""
    for entry in draft.steps:
        step = Step(entry.step)
        given: dict[str, Any] = {"comment": number}
        if step is Step.SUBMIT:
            given["comment"] = "；".join(filter(None, (sheet.why, number)))
        if step is Step.REVIEW:
            given |= {"findings": verdicts, "content_sha256": draft.content_sha256}
        with site.transaction() as session:
            _VERBS[step](session, draft.id, by=actors[step], now=site.now(), **given)
