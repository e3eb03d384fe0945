"""Drafts as plain data, and what a signed-in client sees of their way."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from gongkai.errors import ReleaseRejected
from gongkai.models import DecidedFinding, Draft, Finding, Notice, Release, Signature
from gongkai.services.findings import current_findings, find_decision
from gongkai.services.publishing import find_published
from gongkai.services.review import pending_steps
from gongkai.web.describe import Described, instant
from gongkai.web.problems import problem_of
from gongkai.web.urls import API, address, release_path

LISTED_PROBLEMS = 100


def describe_draft(session: Session, draft: Draft) -> Described:
    """Return a draft with its report, its signatures and the steps that are still owed."""
    institution = draft.institution
    return {
        "id": draft.id,
        "kind": draft.kind,
        "state": draft.state,
        "institution": {"slug": institution.slug, "name": institution.name.as_json()},
        "dataset": str(draft.dataset.address) if draft.dataset else None,
        "round": draft.round,
        "tier": draft.tier,
        "content_sha256": draft.content_sha256,
        "file_name": draft.file_name,
        "row_count": draft.row_count,
        "change_note": draft.change_note,
        "is_correction": draft.is_correction,
        "formed_on": draft.formed_on.isoformat() if draft.formed_on else None,
        "authorised_doc": draft.authorised_doc or None,
        "created_at": instant(draft.created_at),
        "created_by": draft.created_by.login,
        "steps": [entry.step for entry in draft.steps],
        "pending": [step.value for step in pending_steps(draft)],
        "signatures": [_describe_signature(one) for one in draft.signatures],
        "findings": [_describe_finding(draft, one) for one in current_findings(draft)],
        "notice": draft.body,
        "report": draft.report,
        "links": {
            "self": address(f"{API}/drafts/{draft.id}"),
            "report": address(f"{API}/drafts/{draft.id}/report"),
            "workbook": address(f"{API}/drafts/{draft.id}/report.xlsx")
            if draft.upload_sha256
            else None,
            "findings": address(f"{API}/drafts/{draft.id}/findings"),
            "published": _address_of(find_published(session, draft.id)),
        },
    }


def blocked_answer(described: Described) -> Response:
    """Return the 422 for a draft whose report blocks: every place, and the draft itself.

    The draft is kept, so that its report can be read and its file replaced; where it is only
    the gate that blocks, it can be submitted as it is, for the reviewer to decide.
    """
    report = described["report"]
    groups = [group for group in report["groups"] if group["severity"] == "error"]
    places = [problem for group in groups for problem in group["first"]]
    total = report["totals"]["error"]
    listed = f"“errors” lists the first {min(len(places), LISTED_PROBLEMS)}"
    path = f"{API}/drafts/{described['id']}"
    if report["overridable"]:
        sentence = (
            f"The confidentiality gate stops the file at {total:,} of its places; {listed}. Take "
            f"out what must not be public and replace the file with PUT {path}/file. Where the law "
            f"lets it be public, send the draft on with POST {path}/submit and a comment that "
            "says why: the confidentiality reviewer may override each finding with a reason."
        )
    else:
        sentence = (
            f"The file has {total:,} problems that block it; {listed}. Mend the file and replace "
            f"it with PUT {path}/file."
        )
    error = ReleaseRejected(sentence, errors=places[:LISTED_PROBLEMS])
    response = problem_of(error, draft=described, report=report)
    response.headers["Location"] = described["links"]["self"]
    return response


def describe_findings(draft: Draft) -> Described:
    """Return every finding of a draft, of its newest content first, with every decision."""
    found = sorted(draft.findings, key=lambda one: (-one.edition, one.severity, one.id))
    return {"data": [_describe_finding(draft, one) for one in found]}


def _describe_finding(draft: Draft, finding: Finding) -> dict[str, Any]:
    in_force = find_decision(draft, finding)
    return {
        "id": finding.id,
        "code": finding.code,
        "field": finding.field or None,
        "label": finding.label,
        "message": finding.message,
        "severity": finding.severity,
        "total": finding.total,
        "rows": finding.rows,
        "source": finding.source,
        "content_sha256": finding.content_sha256,
        "found_at": instant(finding.found_at),
        "is_current": finding.edition == draft.edition,
        "is_decided": in_force is not None,
        "decisions": [
            _describe_decision(one, is_in_force=one is in_force) for one in finding.decisions
        ],
    }


def _describe_decision(decided: DecidedFinding, *, is_in_force: bool) -> dict[str, Any]:
    return {
        "decision": decided.decision,
        "reason": decided.reason,
        "by": decided.account.login,
        "round": decided.round,
        "content_sha256": decided.content_sha256,
        "decided_at": instant(decided.decided_at),
        "is_in_force": is_in_force,
    }


def _describe_signature(signature: Signature) -> dict[str, Any]:
    return {
        "step": signature.step,
        "by": signature.account.login,
        "decision": signature.decision,
        "round": signature.round,
        "content_sha256": signature.content_sha256,
        "comment": signature.comment,
        "signed_at": instant(signature.signed_at),
    }


def _address_of(published: Release | Notice | None) -> str | None:
    match published:
        case Release():
            return address(release_path(published.dataset.address, published.version))
        case Notice():
            return address(f"/news/{published.id}")
    return None
