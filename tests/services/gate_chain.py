"""A draft that the confidentiality gate stops, and the people who may carry it on."""

from collections.abc import Sequence
from typing import Any

from gongkai.domain.identifiers import DatasetId
from gongkai.models import Draft, FindingDecision
from gongkai.models.draft import Step
from gongkai.services import review
from gongkai.services.findings import Verdict, current_findings
from gongkai.services.intake_drafts import receive_file
from gongkai.site import Site
from gongkai.testing import NOON, actor, write_rows

COSTS = DatasetId("yunhe-blood", "blood_costs")
RESIDENT_ID = "110101199003070134"  # made up; its check digit is right
WHY = "号码为教材中的虚构示例，不指向任何人"
REASON = "已核对：号码系公开教材的虚构示例"
CLEAN = [{"year": 2025, "cost_item": "test", "amount_wan": "1260.40", "note_text": "无"}]
SECRET = [{**CLEAN[0], "note_text": f"示例号码{RESIDENT_ID}"}]
OTHER_SECRET = [{**SECRET[0], "amount_wan": "1300.00"}]
MENTION = [{**CLEAN[0], "note_text": "依申请公开指南见官网"}]
BOTH = [SECRET[0], {**MENTION[0], "cost_item": "staff"}]
WRONG = [{**SECRET[0], "amount_wan": "many"}]
VERBS = {
    Step.SUBMIT: review.submit_draft,
    Step.SIGN: review.sign_draft,
    Step.REVIEW: review.review_draft,
    Step.APPROVE: review.approve_draft,
    Step.ATTEST: review.approve_draft,
}
FORGED = """INSERT INTO release (dataset_id, draft_id, version, issued, content_sha256, rows_sha256,
    row_count, item, license, changes, is_correction, change_note, authorised_doc)
    SELECT d.dataset_id, d.id, '9.9.9', d.created_at, d.content_sha256, d.rows_sha256, 1,
    '{}', '{}', '{}', false, '', '' FROM draft d WHERE d.id = :id"""


def send(site: Site, rows: Sequence[dict[str, Any]] = SECRET, **given: Any) -> Draft:
    path = write_rows(site.settings.storage.data / "costs.csv", rows)
    return receive_file(
        site, COSTS, path, filename="costs.csv", by=actor(site, Step.SUBMIT), **given
    )


def verdicts(draft: Draft, *, reason: str = REASON) -> list[Verdict]:
    """Return a proper decision on everything that was found."""
    return [
        Verdict(one.code, one.field or None, FindingDecision.OVERRIDE, reason)
        if one.severity == "error"
        else Verdict(one.code, one.field or None, FindingDecision.ACCEPT)
        for one in current_findings(draft)
    ]


def act(site: Site, step: Step, draft: Draft, post: Step | None = None, **given: Any) -> Draft:
    """Let the holder of ``post`` (that of the step, without) take one step."""
    with site.transaction() as session:
        return VERBS[step](session, draft.id, by=actor(site, post or step), now=NOON, **given)


def proper(step: Step, draft: Draft) -> dict[str, Any]:
    """Return what a step needs to be said for a draft with findings."""
    if step is Step.SUBMIT:
        return {"comment": WHY}
    if step is Step.REVIEW:
        return {"findings": verdicts(draft), "content_sha256": draft.content_sha256}
    return {}


def carry(site: Site, draft: Draft, upto: Step = Step.ATTEST) -> Draft:
    """Take a draft through its steps up to and with ``upto``, each properly."""
    for step in [Step(entry.step) for entry in draft.steps]:
        draft = act(site, step, draft, **proper(step, draft))
        if step is upto:
            break
    return draft


def hand_back(site: Site, draft: Draft, post: Step) -> Draft:
    with site.transaction() as session:
        by = actor(site, post)
        return review.return_draft(session, draft.id, by=by, reason="请删去", now=NOON)
