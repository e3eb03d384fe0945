"""The chain of signatures: submit, sign, review, approve, attest; return; discard.

Who signs what follows from the tier (DOMAIN.md §3.4). Each signature is bound to the content
hash and to the round; triggers hold the same rules in the database.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.domain.items import Tier
from gongkai.errors import (
    ActedAlready,
    Conflict,
    Forbidden,
    NotFound,
    Rejected,
    ReleaseRejected,
    WrongState,
)
from gongkai.models import Account, Draft, DraftActor, DraftStep, Finding, Role, Signature
from gongkai.models.draft import Decision, DraftState, Step
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.findings import (
    Verdict,
    match_verdicts,
    require_justified,
    undecided_findings,
    write_decisions,
)

CHAIN: dict[Tier, tuple[Step, ...]] = {
    Tier.GENERAL: (Step.SUBMIT, Step.SIGN),
    Tier.DATA: (Step.SUBMIT, Step.SIGN, Step.REVIEW, Step.APPROVE),
    Tier.SENSITIVE: (Step.SUBMIT, Step.SIGN, Step.REVIEW, Step.APPROVE, Step.ATTEST),
}
ROLE_OF_STEP: dict[Step, Role] = {
    Step.SUBMIT: Role.SUBMITTER,
    Step.SIGN: Role.DEPARTMENT_HEAD,
    Step.REVIEW: Role.REVIEWER,
    Step.APPROVE: Role.LEADER,
    Step.ATTEST: Role.PRINCIPAL,
}
MEMBERS = tuple(ROLE_OF_STEP.values())
_STATE_AFTER: dict[Step, DraftState] = {
    Step.SUBMIT: DraftState.SUBMITTED,
    Step.SIGN: DraftState.SIGNED,
    Step.REVIEW: DraftState.REVIEWED,
    Step.APPROVE: DraftState.APPROVED,
    Step.ATTEST: DraftState.APPROVED,
}
_OPEN = frozenset(DraftState) - {DraftState.PUBLISHED, DraftState.DISCARDED}
_VERB = {
    Step.SUBMIT: "submit",
    Step.SIGN: "sign",
    Step.REVIEW: "review",
    Step.APPROVE: "approve",
    Step.ATTEST: "approve",
}


def find_draft(session: Session, draft_id: str) -> Draft:
    """Return a draft, locked where the database locks rows, read anew. Raises NotFound."""
    draft = session.scalars(
        select(Draft).where(Draft.id == draft_id).with_for_update(of=Draft),
        execution_options={"populate_existing": True},
    ).first()
    if draft is None:
        raise NotFound(f"There is no draft {draft_id!r}.")
    return draft


def get_draft(session: Session, draft_id: str, by: Actor) -> Draft:
    """Return a draft of an institution that ``by`` acts for. Raises NotFound otherwise."""
    draft = session.get(Draft, draft_id)
    if draft is None or not by.has_role(draft.institution_id, *MEMBERS, Role.SUPERVISOR):
        raise NotFound(f"There is no draft {draft_id!r}.")
    return draft


def open_chain(draft: Draft, tier: Tier) -> None:
    """Write down which steps a draft owes; its steps may be more or fewer with each content."""
    draft.tier = int(tier)
    known = {entry.step: entry for entry in draft.steps}
    draft.steps = [
        known.get(step) or DraftStep(draft_id=draft.id, step=step, position=position)
        for position, step in enumerate(CHAIN[tier])
    ]


def pending_steps(draft: Draft) -> list[Step]:
    """Return the steps that still lack a valid approval, in order."""
    if draft.state in (DraftState.DRAFT, DraftState.RETURNED):
        return [Step(entry.step) for entry in draft.steps]
    return [Step(entry.step) for entry in draft.steps if not _approvals(draft, Step(entry.step))]


def submit_draft(
    session: Session,
    draft_id: str,
    *,
    by: Actor,
    comment: str = "",
    content_sha256: str | None = None,
    now: datetime,
) -> Draft:
    """Send a draft into review, starting a new round of signatures. Does not commit.

    What the confidentiality gate found may be submitted with a comment that says why it may be
    public. Raises ReleaseRejected with what still blocks it.
    """
    draft = find_draft(session, draft_id)
    _require_may(draft, by, Step.SUBMIT, content_sha256)
    if draft.state not in (DraftState.DRAFT, DraftState.RETURNED):
        raise WrongState(f"The draft is {draft.state} already; it can be submitted once a round.")
    require_publishable(draft)
    require_justified(draft, comment)
    draft.round += 1
    return _sign(session, draft, Step.SUBMIT, by, comment, now)


def sign_draft(
    session: Session,
    draft_id: str,
    *,
    by: Actor,
    comment: str = "",
    content_sha256: str | None = None,
    now: datetime,
) -> Draft:
    """Sign as head of the department that supplies the information. Does not commit."""
    draft, step = _due(session, draft_id, (Step.SIGN,), by, content_sha256)
    return _sign(session, draft, step, by, comment, now)


def review_draft(
    session: Session,
    draft_id: str,
    *,
    by: Actor,
    comment: str = "",
    content_sha256: str | None = None,
    findings: Sequence[Verdict] = (),
    now: datetime,
) -> Draft:
    """Pass the confidentiality review (保密审查), deciding on each finding. Does not commit.

    Raises FindingsUndecided with what is not decided, or not with a reason.
    """
    draft, step = _due(session, draft_id, (Step.REVIEW,), by, content_sha256)
    decided = match_verdicts(draft, findings, seen=content_sha256)
    return _sign(session, draft, step, by, comment, now, decided)


def approve_draft(
    session: Session,
    draft_id: str,
    *,
    by: Actor,
    comment: str = "",
    content_sha256: str | None = None,
    now: datetime,
) -> Draft:
    """Approve as the authorised leader or, once that is done, attest as the principal.

    Does not commit.
    """
    draft, step = _due(session, draft_id, (Step.APPROVE, Step.ATTEST), by, content_sha256)
    return _sign(session, draft, step, by, comment, now)


def return_draft(
    session: Session, draft_id: str, *, by: Actor, reason: str, now: datetime
) -> Draft:
    """Send a draft back with a reason: the next signer does, in their own step.

    Every signature of this round is void. Does not commit.
    """
    draft = find_draft(session, draft_id)
    pending = pending_steps(draft)
    if draft.state not in _STATE_AFTER.values() or not pending:
        raise WrongState(f"The draft is {draft.state}; there is nothing to return.")
    step = pending[0]
    require_scope(by, "sign")
    require_role(by, draft.institution, ROLE_OF_STEP[step])
    if not reason.strip():
        raise Rejected("A draft is returned with a reason; say what should change.")
    _write_signature(session, draft, step, Decision.RETURN, by, reason, now)
    draft.state = DraftState.RETURNED
    record_act(session, by, "draft.return", draft.id, now=now, step=step, reason=reason)
    return draft


def discard_draft(
    session: Session, draft_id: str, *, by: Actor, reason: str, now: datetime
) -> Draft:
    """Give up a draft that is not published; it is kept, closed, with the reason."""
    draft = find_draft(session, draft_id)
    require_scope(by, "draft")
    require_role(by, draft.institution, Role.SUBMITTER, Role.DEPARTMENT_HEAD)
    if draft.state not in _OPEN:
        raise WrongState(f"The draft is {draft.state}; it cannot be withdrawn any more.")
    if not reason.strip():
        raise Rejected("A draft is withdrawn with a reason; say why.")
    draft.state = DraftState.DISCARDED
    record_act(session, by, "draft.discard", draft.id, now=now, reason=reason)
    return draft


def require_approved(draft: Draft) -> None:
    """Raise WrongState, naming the missing step, unless every signature is there and valid."""
    if draft.state not in _OPEN:
        raise WrongState(f"The draft is {draft.state}; it cannot be published.")
    pending = pending_steps(draft)
    if pending:
        raise WrongState(
            f"The draft waits for {ROLE_OF_STEP[pending[0]]}: {_VERB[pending[0]]} it first.",
            pending=[step.value for step in pending],
        )


def require_publishable(draft: Draft) -> None:
    """Raise ReleaseRejected while the report blocks, or a correction has no reason."""
    if draft.content_sha256 is None:
        groups = [g for g in draft.report.get("groups", ()) if g["severity"] == "error"]
        raise ReleaseRejected(
            "The file still has problems that block it; see the report, mend the file and "
            "send it again.",
            errors=[problem for group in groups for problem in group["first"]][:100],
        )
    if draft.is_correction and not draft.change_note.strip():
        raise ReleaseRejected("A correction says why: give it a change note.")


def _due(
    session: Session,
    draft_id: str,
    steps: tuple[Step, ...],
    by: Actor,
    content_sha256: str | None,
) -> tuple[Draft, Step]:
    """Return the draft and its next step, which must be one of ``steps`` and open to ``by``."""
    draft = find_draft(session, draft_id)
    if draft.state not in _STATE_AFTER.values():
        raise WrongState(f"The draft is {draft.state}; submit it first.")
    pending = pending_steps(draft)
    if not pending:
        raise WrongState("Every signature is there; the draft can be published.")
    if pending[0] not in steps:
        raise WrongState(
            f"The next step is to {_VERB[pending[0]]} the draft, by its {ROLE_OF_STEP[pending[0]]}."
        )
    _require_may(draft, by, pending[0], content_sha256)
    return draft, pending[0]


def _require_may(draft: Draft, by: Actor, step: Step, content_sha256: str | None) -> None:
    """Raise unless ``by`` may act in ``step``, on the content they saw."""
    require_scope(by, "draft" if step is Step.SUBMIT else "sign")
    require_role(by, draft.institution, ROLE_OF_STEP[step])
    if content_sha256 is not None and content_sha256 != draft.content_sha256:
        raise Conflict(
            "The content changed since you looked at it; look again and sign what you see.",
            content_sha256=draft.content_sha256,
        )


def _sign(
    session: Session,
    draft: Draft,
    step: Step,
    by: Actor,
    comment: str,
    now: datetime,
    decided: Sequence[tuple[Finding, Verdict]] = (),
) -> Draft:
    _write_signature(session, draft, step, Decision.APPROVE, by, comment, now)
    write_decisions(session, draft, decided, by=by, now=now)
    draft.state = DraftState.APPROVED if not pending_steps(draft) else _STATE_AFTER[step]
    record_act(
        session,
        by,
        f"draft.{step}",
        draft.id,
        now=now,
        content_sha256=draft.content_sha256,
        comment=comment,
    )
    return draft


def _write_signature(
    session: Session,
    draft: Draft,
    step: Step,
    decision: Decision,
    by: Actor,
    comment: str,
    now: datetime,
) -> None:
    actor = session.get(DraftActor, (draft.id, by.account.id))
    if actor is None:
        session.add(DraftActor(draft_id=draft.id, account_id=by.account.id, step=step))
        session.flush()
    elif actor.step != step:
        raise ActedAlready(
            f"{by.login} has acted on this draft already ({actor.step}); somebody else must "
            f"{_VERB[step]} it."
        )
    if draft.content_sha256 is None:
        raise Forbidden("There is nothing to sign while the report blocks.")
    draft.signatures.append(
        Signature(
            draft_id=draft.id,
            step=step,
            account=session.get_one(Account, by.account.id),
            decision=decision,
            round=draft.round,
            content_sha256=draft.content_sha256,
            comment=comment,
            signed_at=now,
        )
    )
    session.flush()


def _approvals(draft: Draft, step: Step) -> list[Signature]:
    if step is Step.REVIEW and undecided_findings(draft):
        return []
    return [
        signature
        for signature in draft.signatures
        if signature.step == step
        and signature.decision == Decision.APPROVE
        and signature.round == draft.round
        and signature.content_sha256 == draft.content_sha256
    ]
