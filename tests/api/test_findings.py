"""The gate over HTTP: what it answers, who decides, and that nothing of it is public."""

import pytest

from gongkai.models.draft import Step
from gongkai.testing import make_institution
from tests.api.conftest import writer
from tests.services.gate_chain import BOTH, CLEAN, MENTION, REASON, WHY, WRONG
from tests.web.fixtures import reader_of

COSTS = "yunhe-blood/blood_costs"
SITE = "http://127.0.0.1:8000"


def csv_of(rows):
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines).encode()


def send(clerk, rows=BOTH):
    return clerk.post(
        f"/datasets/{COSTS}/drafts?filename=costs.csv", data=csv_of(rows), content_type="text/csv"
    )


def decided(draft, **given):
    """Return the body of a review that decides on everything, or as ``given``."""
    findings = [
        {"code": one["code"], "field": one["field"], "decision": "override", "reason": REASON}
        if one["severity"] == "error"
        else {"code": one["code"], "field": one["field"], "decision": "accept"}
        for one in draft["findings"]
    ]
    return {"content_sha256": draft["content_sha256"], "findings": findings} | given


def signed_draft(site, rows=BOTH):
    """Return a draft that waits for its review."""
    draft = send(writer(site, Step.SUBMIT), rows).json["draft"]
    path = f"/drafts/{draft['id']}"
    assert (
        writer(site, Step.SUBMIT).post(f"{path}/submit", json={"comment": WHY}).status_code == 200
    )
    assert writer(site, Step.SIGN).post(f"{path}/sign").status_code == 200
    return draft


def test_what_the_gate_stops_is_422_with_the_draft_and_both_ways_out(clerk):
    sent = send(clerk)

    assert (sent.status_code, sent.json["code"]) == (422, "release-rejected")
    assert "confidentiality gate" in sent.json["detail"]
    assert "PUT" in sent.json["detail"]
    assert "/submit" in sent.json["detail"]
    draft = sent.json["draft"]
    assert draft["report"]["overridable"] is True
    assert draft["content_sha256"]
    assert draft["pending"] == ["submit", "sign", "review", "approve", "attest"]
    assert [(one["code"], one["severity"], one["rows"]) for one in draft["findings"]] == [
        ("resident-id", "error", [2]),
        ("not-public-mention", "review", [3]),
    ]
    assert sent.headers["Location"] == draft["links"]["self"]


def test_what_is_wrong_with_the_data_is_told_apart_from_the_gate(clerk):
    sent = send(clerk, WRONG)

    assert sent.status_code == 422
    assert "gate" not in sent.json["detail"]
    assert sent.json["report"]["overridable"] is False
    assert (sent.json["draft"]["content_sha256"], sent.json["draft"]["findings"]) == (None, [])


def test_what_is_for_review_is_taken(clerk):
    sent = send(clerk, MENTION)

    assert (sent.status_code, sent.json["tier"]) == (202, 2)
    assert [one["severity"] for one in sent.json["findings"]] == ["review"]


def test_the_submitter_is_asked_for_a_comment(clerk):
    path = f"/drafts/{send(clerk).json['draft']['id']}"

    bare = clerk.post(f"{path}/submit")
    assert (bare.status_code, bare.json["code"]) == (422, "release-rejected")
    assert bare.json["errors"][0]["code"] == "resident-id"
    assert clerk.post(f"{path}/submit", json={"comment": WHY}).json["state"] == "submitted"


def test_an_override_goes_to_its_release_and_nothing_of_it_is_public(staffed):
    draft = signed_draft(staffed)
    path = f"/drafts/{draft['id']}"
    reviewed = writer(staffed, Step.REVIEW).post(f"{path}/review", json=decided(draft)).json
    for step in (Step.APPROVE, Step.ATTEST):
        assert writer(staffed, step).post(f"{path}/approve").status_code == 200
    published = writer(staffed, Step.SUBMIT).post(f"{path}/publish")

    assert reviewed["pending"] == ["approve", "attest"]
    assert all(one["is_decided"] for one in reviewed["findings"])
    assert published.json["state"] == "published"
    page = published.headers["Location"].removeprefix(SITE)
    reader = reader_of(staffed)
    files = [f"{page}/{one['name']}" for one in reader.get(f"/api/v1{page}").json["files"]]
    assert len(files) > 5
    feeds = [f"/feeds/datasets/{COSTS}.{form}" for form in ("rss", "atom", "json")]
    for public in (page, f"/api/v1{page}", f"/api/v1/datasets/{COSTS}", *feeds, *files):
        answer = reader.get(public)
        assert answer.status_code == 200, public
        for secret in (REASON, WHY, "resident-id", "override"):
            assert secret.encode() not in answer.data, (public, secret)


def test_a_review_without_every_decision_is_422_and_names_what_is_open(own_site):
    draft = signed_draft(own_site)
    reviewer = writer(own_site, Step.REVIEW)
    path = f"/drafts/{draft['id']}/review"

    bare = reviewer.post(path, headers={"Accept-Language": "en"})
    one = reviewer.post(path, json=decided(draft, findings=decided(draft)["findings"][:1]))
    unseen = reviewer.post(path, json={"findings": decided(draft)["findings"]})

    assert (bare.status_code, bare.json["code"]) == (422, "findings-undecided")
    assert [(e["code"], e["field"], e["severity"]) for e in bare.json["errors"]] == [
        ("resident-id", "note_text", "error"),
        ("not-public-mention", "note_text", "review"),
    ]
    assert "override it with a reason" in bare.json["errors"][0]["message"]
    assert [e["code"] for e in one.json["errors"]] == ["not-public-mention"]
    assert (unseen.status_code, "content_sha256" in unseen.json["detail"]) == (422, True)
    stale = reviewer.post(path, json=decided(draft, content_sha256="0" * 64))
    assert (stale.status_code, stale.json["code"]) == (409, "conflict")


@pytest.mark.parametrize("post", [Step.SUBMIT, Step.SIGN, Step.APPROVE, Step.ATTEST])
def test_nobody_else_and_no_token_without_the_scope_decides(own_site, post):
    draft = signed_draft(own_site)
    path = f"/drafts/{draft['id']}/review"
    weak = writer(own_site, Step.REVIEW, scopes=["draft", "publish"])

    for somebody in (writer(own_site, post), weak):
        answer = somebody.post(path, json=decided(draft))
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_a_request_sent_twice_decides_once(own_site):
    draft = signed_draft(own_site)
    reviewer = writer(own_site, Step.REVIEW)
    path = f"/drafts/{draft['id']}"
    first = reviewer.post(f"{path}/review", json=decided(draft), key="one")
    again = reviewer.post(f"{path}/review", json=decided(draft), key="one")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data
    assert [len(one["decisions"]) for one in reviewer.get(path).json["findings"]] == [1, 1]


@pytest.mark.parametrize(
    ("finding", "code", "pointer"),
    [
        ({"code": "x", "field": None}, "invalid-parameter", "/findings/0/decision"),
        ({"code": "x", "decision": "accept"}, "invalid-parameter", "/findings/0/field"),
        ({"code": "x", "field": None, "decision": "waive"}, "invalid-parameter", "/findings/0/decision"),
        ({"code": "", "field": None, "decision": "accept"}, "invalid-parameter", "/findings/0/code"),
        ({"code": "x", "field": 5, "decision": "accept"}, "invalid-parameter", "/findings/0/field"),
        ({"code": "x", "field": None, "decision": "accept", "reason": "x" * 2001}, "invalid-parameter", "/findings/0/reason"),
        ({"code": "x", "field": None, "decision": "accept", "why": ""}, "unknown-parameter", "/findings/0/why"),
        ("x", "invalid-parameter", "/findings/0"),
    ],
)  # fmt: skip
def test_a_decision_that_has_another_shape_is_refused_by_its_place(clerk, finding, code, pointer):
    answer = clerk.post(f"/drafts/{'0' * 32}/review", json={"findings": [finding]})

    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    if code == "unknown-parameter":
        assert "code, decision, field, reason" in answer.json["detail"]
    not_a_list = clerk.post(f"/drafts/{'0' * 32}/review", json={"findings": {"code": "x"}})
    assert not_a_list.json["errors"][0]["pointer"] == "/findings"


def test_every_finding_and_decision_is_listed_for_the_record(own_site):
    draft = signed_draft(own_site)
    path = f"/drafts/{draft['id']}"
    reviewer, clerk = writer(own_site, Step.REVIEW), writer(own_site, Step.SUBMIT)
    reviewer.post(f"{path}/review", json=decided(draft))
    leader = writer(own_site, Step.APPROVE)
    leader.post(f"{path}/return", json={"reason": "请删去号码。"})
    mended = clerk.put(f"{path}/file?filename=b.csv", data=csv_of(CLEAN), content_type="text/csv")

    listed = reviewer.get(f"{path}/findings").json["data"]

    assert (mended.status_code, mended.json["tier"], mended.json["findings"]) == (202, 2, [])
    assert [(one["code"], one["is_current"], one["is_decided"]) for one in listed] == [
        ("resident-id", False, False),
        ("not-public-mention", False, False),
    ]
    (decision,) = listed[0]["decisions"]
    assert decision.pop("decided_at")
    assert decision == {
        "decision": "override",
        "reason": REASON,
        "by": "yunhe-blood.reviewer",
        "round": 1,
        "content_sha256": draft["content_sha256"],
        "is_in_force": False,
    }


def test_findings_are_for_those_who_sign_only(own_site, clerk):
    make_institution(own_site, "other-blood")
    path = f"/drafts/{send(clerk).json['draft']['id']}/findings"

    assert writer(own_site, Step.REVIEW, "other-blood").get(path).status_code == 404
    assert reader_of(own_site).get(f"/api/v1{path}").status_code == 401
    assert clerk.get(path).headers["Cache-Control"] == "private, no-store"
