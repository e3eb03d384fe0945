"""What a person must decide before a draft may be public: kept, decided, counted.

The confidentiality gate blocks; the reviewer may override what it found, one finding at a time,
with a reason that stays (DOMAIN.md §3.2), and accepts what was only put to them. A decision is
bound to the content and to the round. It is for the institution and its supervisor to read: a
public note would tell everybody in which column to look for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.items import Tier
from gongkai.domain.problems import ProblemGroup, Report, Severity
from gongkai.domain.text import Text
from gongkai.errors import FindingsUndecided, ReleaseRejected
from gongkai.models import Account, DecidedFinding, Draft, Finding, FindingDecision
from gongkai.models.draft import DraftState, Step
from gongkai.models.finding import REASON_LENGTH
from gongkai.services.access import Actor
from gongkai.services.audit import record_act

REASON_MAX = 2000
_DIFFERENT_LETTERS = 4
_ROWS_KEPT = 100
_MOST = 2**31 - 1
_SETTLES = {Severity.ERROR: FindingDecision.OVERRIDE, Severity.REVIEW: FindingDecision.ACCEPT}
_NO_REASON = Text(
    f"请写明依法可以公开的理由（不少于{REASON_LENGTH}个字）",
    f"say in at least {REASON_LENGTH} letters why it may be public",
)


@dataclass(frozen=True)
class Verdict:
    """What the reviewer says of one finding; ``field`` is None where the whole file is meant."""

    code: str
    field: str | None
    decision: FindingDecision
    reason: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.field or ""


def keep_findings(draft: Draft, report: Report, *, now: datetime) -> None:
    """Write down what a person must decide about the draft's content, one row a code and field.

    Nothing where the report is fatal: there is no content then to decide on.
    """
    if draft.content_sha256 is None:
        return
    merged: dict[tuple[str, str], Finding] = {}
    for group in report.groups:
        if group.severity is Severity.WARNING:
            continue
        found = _finding(draft, group, now)
        known = merged.setdefault((found.code, found.field), found)
        if known is not found:
            known.total = min(known.total + found.total, _MOST)
            known.rows = sorted({*known.rows, *found.rows})[:_ROWS_KEPT]
            if found.severity == Severity.ERROR:
                known.severity = Severity.ERROR
            if found.source not in known.source.split(", "):
                known.source = f"{known.source}, {found.source}"[:200]
    draft.findings.extend(merged.values())


def tier_of(draft: Draft, tier: Tier) -> Tier:
    """Return the tier that a draft has whose item has ``tier`` (DOMAIN.md §3.4).

    What the gate blocks is attested by the principal; what is for the reviewer has a review.
    """
    severities = {finding.severity for finding in current_findings(draft)}
    if Severity.ERROR in severities:
        return max(tier, Tier.SENSITIVE)
    return max(tier, Tier.DATA) if severities else tier


def current_findings(draft: Draft) -> list[Finding]:
    """Return what was found in the draft's present content, worst first."""
    found = [one for one in draft.findings if one.edition == draft.edition]
    return sorted(found, key=lambda one: (one.severity != Severity.ERROR, one.id or 0))


def blocking_findings(draft: Draft) -> list[Finding]:
    """Return the present findings that need an override."""
    return [one for one in current_findings(draft) if one.severity == Severity.ERROR]


def find_decision(draft: Draft, finding: Finding) -> DecidedFinding | None:
    """Return the decision on a finding that counts now: on this content, in this round."""
    if draft.state in (DraftState.DRAFT, DraftState.RETURNED):
        return None
    return next(
        (
            one
            for one in finding.decisions
            if one.round == draft.round and one.content_sha256 == draft.content_sha256
        ),
        None,
    )


def undecided_findings(draft: Draft) -> list[Finding]:
    """Return the present findings without a decision that counts."""
    return [one for one in current_findings(draft) if find_decision(draft, one) is None]


def require_justified(draft: Draft, comment: str) -> None:
    """Raise ReleaseRejected unless the submitter says why what the gate found may be public."""
    blocking = blocking_findings(draft)
    if blocking and not _says_something(comment, blocking):
        raise ReleaseRejected(
            f"The confidentiality gate found {_named(blocking)}. Take it out and replace the "
            "file; or, where the law lets it be public, submit with a comment that says why, in "
            f"at least {REASON_LENGTH} letters. The reviewer decides on each.",
            errors=[_place(one, Text.of(one.message)) for one in blocking],
        )


def match_verdicts(
    draft: Draft, verdicts: Sequence[Verdict], *, seen: str | None
) -> list[tuple[Finding, Verdict]]:
    """Return each present finding with what the reviewer says of it.

    ``seen`` is the content they looked at. Raises FindingsUndecided with everything that is
    missing, unknown or unreasoned: a review decides on all findings or on none.
    """
    known = {(one.code, one.field): one for one in current_findings(draft)}
    said: dict[tuple[str, str], Verdict] = {}
    wrong: list[dict[str, Any]] = []
    for verdict in verdicts:
        finding = known.get(verdict.key)
        fault = _unknown(verdict) if finding is None else _fault(finding, verdict)
        if fault is None and verdict.key in said:
            fault = Text("同一项写了两次处理意见", "it is decided twice")
        if fault is not None:
            wrong.append(_verdict_place(verdict, finding, fault))
        said.setdefault(verdict.key, verdict)
    missing = [finding for key, finding in known.items() if key not in said]
    wrong += [_place(one, _missing(one)) for one in missing]
    if wrong:
        raise FindingsUndecided(_sentence(missing, wrong), errors=wrong)
    if known and seen is None:
        raise FindingsUndecided(
            "Say which content you decided on: send its content_sha256 with the findings."
        )
    return [(finding, said[key]) for key, finding in known.items()]


def write_decisions(
    session: Session,
    draft: Draft,
    matched: Iterable[tuple[Finding, Verdict]],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Keep what the reviewer decided, and tell the audit log each of it. Does not commit.

    ``by`` must be down as the one who acts in the step of review.
    """
    for finding, verdict in matched:
        finding.decisions.append(
            DecidedFinding(
                draft_id=draft.id,
                content_sha256=finding.content_sha256,
                severity=finding.severity,
                round=draft.round,
                decision=verdict.decision,
                reason=verdict.reason.strip(),
                account=session.get_one(Account, by.account.id),
                step=Step.REVIEW,
                decided_at=now,
            )
        )
        session.flush()
        record_act(
            session,
            by,
            f"draft.{verdict.decision}",
            draft.id,
            now=now,
            finding=finding.id,
            code=finding.code,
            field=finding.field or None,
            total=finding.total,
            reason=verdict.reason.strip(),
            round=draft.round,
            content_sha256=finding.content_sha256,
        )


def _finding(draft: Draft, group: ProblemGroup, now: datetime) -> Finding:
    message = group.first[0].message if group.first else Text(group.code, group.code)
    value = group.first[0].value if group.first else None
    rows = sorted({problem.row for problem in group.first if problem.row is not None})
    return Finding(
        draft_id=draft.id,
        edition=draft.edition,
        content_sha256=draft.content_sha256,
        code=_storable(group.code, 100),
        field=_storable(group.field or "", 200),
        label=group.label.as_json() if group.label else None,
        message={
            language: text.replace(value, "…") if value else text
            for language, text in message.as_json().items()
        },
        severity=group.severity,
        total=min(group.total, _MOST),
        rows=rows[:_ROWS_KEPT],
        source=_storable(group.source, 200),
        found_at=now,
        decisions=[],
    )


def _storable(text: str, length: int) -> str:
    """Return a plugin's word as any database takes it."""
    return text.replace("\x00", "")[:length]


def _says_something(reason: str, findings: Sequence[Finding]) -> bool:
    """Tell a reason from a filled-in blank: some length, some letters, not the finding's words."""
    said = reason.strip()
    signs = [char for char in said if char.isalnum()]
    echoes = {text for one in findings for text in (one.code, one.field, *one.message.values())}
    return (
        len(signs) >= REASON_LENGTH
        and len({char for char in signs if char.isalpha()}) >= _DIFFERENT_LETTERS
        and said not in echoes
    )


def _fault(finding: Finding, verdict: Verdict) -> Text | None:
    """Return what is wrong with a verdict on ``finding``, if anything."""
    if verdict.decision != _SETTLES[Severity(finding.severity)]:
        return _missing(finding)
    if len(verdict.reason) > REASON_MAX:
        return Text(f"理由请勿超过{REASON_MAX}个字", f"write at most {REASON_MAX} characters")
    if verdict.decision == FindingDecision.OVERRIDE and not _says_something(
        verdict.reason, [finding]
    ):
        return _NO_REASON
    return None


def _missing(finding: Finding) -> Text:
    if finding.severity == Severity.ERROR:
        return Text(
            "保密检查不予通过：请放行并写明理由（override），或退回草稿",
            "the gate blocks it: override it with a reason, or return the draft",
        )
    return Text(
        "需要保密审查员确认：请确认（accept），或退回草稿",
        "it is for the reviewer: accept it, or return the draft",
    )


def _unknown(verdict: Verdict) -> Text:
    place = verdict.field or "null"
    return Text(
        f"当前内容中没有“{verdict.code}”（字段：{place}）这一项",
        f"the present content has no finding {verdict.code} with field {place}",
    )


def _verdict_place(verdict: Verdict, finding: Finding | None, fault: Text) -> dict[str, Any]:
    if finding is not None:
        return _place(finding, fault)
    return {"code": verdict.code, "field": verdict.field, "message": fault.as_json()}


def _place(finding: Finding, message: Text) -> dict[str, Any]:
    return {
        "code": finding.code,
        "field": finding.field or None,
        "label": finding.label,
        "severity": finding.severity,
        "total": finding.total,
        "rows": finding.rows,
        "message": message.as_json(),
    }


def _sentence(missing: Sequence[Finding], wrong: Sequence[dict[str, Any]]) -> str:
    """Return what is wrong with the first verdict, and what has none; missing ones come last."""
    said = []
    if len(wrong) > len(missing):
        first = wrong[0]
        place = f"{first['code']} in {first['field']}" if first["field"] else first["code"]
        said.append(f"{place}: {first['message']['en']}.")
    if missing:
        said.append(
            "The reviewer decides on every finding, or returns the draft; still open: "
            f"{_named(missing)}. Override each that blocks, with a reason; accept each that is "
            "for review."
        )
    return " ".join(said)


def _named(findings: Sequence[Finding]) -> str:
    """Return the findings as a list for a sentence, the first ten of many."""
    shown = [
        f"{one.code}{f' in {one.field}' if one.field else ''} ({one.total:,})"
        for one in findings[:10]
    ]
    more = len(findings) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
