"""Drafts as plain data, and what a signed-in client sees of their way."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from gongkai.errors import ReleaseRejected
from gongkai.models import Draft, Notice, Release, Signature
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
        "notice": draft.body,
        "report": draft.report,
        "links": {
            "self": address(f"{API}/drafts/{draft.id}"),
            "report": address(f"{API}/drafts/{draft.id}/report"),
            "published": _address_of(find_published(session, draft.id)),
        },
    }


def blocked_answer(described: Described) -> Response:
    """Return the 422 for a draft whose report blocks: every place, and the draft itself.

    The draft is kept, so that its report can be read and its file replaced.
    """
    report = described["report"]
    groups = [group for group in report["groups"] if group["severity"] == "error"]
    places = [problem for group in groups for problem in group["first"]]
    total = report["totals"]["error"]
    error = ReleaseRejected(
        f"The file has {total:,} problems that block it; “errors” lists the first "
        f"{min(len(places), LISTED_PROBLEMS)}. Mend the file and replace it with "
        f"PUT {API}/drafts/{described['id']}/file.",
        errors=places[:LISTED_PROBLEMS],
    )
    response = problem_of(error, draft=described, report=report)
    response.headers["Location"] = described["links"]["self"]
    return response


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
