from io import BytesIO

import pytest

from gongkai.models.draft import Step
from gongkai.testing import make_institution
from tests.api.conftest import writer
from tests.web.fixtures import GONE, SITE_ROW, STOCK, reader_of, stock_rows

DRAFTS = f"/datasets/{STOCK}/drafts"


def csv_of(rows):
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return "\n".join(lines).encode()


GOOD = csv_of(stock_rows(3))
BAD = csv_of([*stock_rows(2), stock_rows(3, status="plenty", days_cover="")[2]])


def send(clerk, content=GOOD, query="filename=stock.csv", path=DRAFTS, **given):
    return clerk.post(f"{path}?{query}", data=content, content_type="text/csv", **given)


def approve(site, draft_id):
    """Take a draft through its chain, each step by who may."""
    for step, verb in (
        (Step.SUBMIT, "submit"),
        (Step.SIGN, "sign"),
        (Step.REVIEW, "review"),
        (Step.APPROVE, "approve"),
    ):
        answer = writer(site, step).post(f"/drafts/{draft_id}/{verb}")
        assert answer.status_code == 200, answer.text
    return answer.json


def test_a_file_becomes_a_release_through_the_whole_chain(staffed):
    clerk = writer(staffed, Step.SUBMIT)
    sent = send(clerk, query="filename=stock.csv&change_note=First&formed_on=2026-03-01")

    assert sent.status_code == 202
    draft = sent.json
    assert sent.headers["Location"].endswith(f"/api/v1/drafts/{draft['id']}")
    assert (draft["state"], draft["dataset"], draft["row_count"]) == ("draft", STOCK, 3)
    assert (draft["change_note"], draft["formed_on"]) == ("First", "2026-03-01")
    assert draft["report"]["blocks"] is False
    assert draft["pending"] == ["submit", "sign", "review", "approve"]
    approved = approve(staffed, draft["id"])
    assert (approved["state"], approved["pending"]) == ("approved", [])
    assert [one["by"] for one in approved["signatures"]] == [
        "yunhe-blood.clerk",
        "yunhe-blood.head",
        "yunhe-blood.reviewer",
        "yunhe-blood.leader",
    ]
    published = clerk.post(f"/drafts/{draft['id']}/publish")
    assert published.status_code == 200
    assert published.json["state"] == "published"
    page = published.headers["Location"].removeprefix("http://127.0.0.1:8000")
    assert page == f"/datasets/{STOCK}/releases/1.0.0"
    reader = reader_of(staffed)
    assert reader.get(page).status_code == 200
    assert reader.get(f"/datasets/{STOCK}/latest/data.csv").data.count(b"\n") == 4
    leader = writer(staffed, Step.APPROVE)
    gone = leader.post(f"/drafts/{draft['id']}/withdraw", json={"reason": "数据有误。"})
    assert gone.status_code == 200
    assert reader.get(f"/datasets/{STOCK}/latest/data.csv").status_code == 410


def test_a_file_with_problems_is_422_with_every_place_and_is_kept(clerk):
    sent = send(clerk, BAD)

    assert (sent.status_code, sent.json["code"]) == (422, "release-rejected")
    places = {(one["row"], one["field"], one["code"]) for one in sent.json["errors"]}
    assert (4, "status", "enum") in places or any(p[:2] == (4, "status") for p in places)
    assert any(place[:2] == (4, "days_cover") for place in places)
    assert all(isinstance(one["message"], str) and one["message"] for one in sent.json["errors"])
    assert sent.json["report"]["totals"]["error"] == len(sent.json["errors"])
    path = sent.headers["Location"].removeprefix("http://127.0.0.1:8000/api/v1")
    draft = clerk.get(path).json
    assert draft["content_sha256"] is None
    assert clerk.get(f"{path}/report").json["blocks"] is True
    refused = clerk.post(f"{path}/submit")
    assert (refused.status_code, refused.json["code"]) == (422, "release-rejected")
    mended = clerk.put(f"{path}/file?filename=b.csv", data=GOOD, content_type="text/csv")
    assert (mended.status_code, mended.json["id"]) == (202, draft["id"])
    assert clerk.post(f"{path}/submit").json["state"] == "submitted"


def test_a_bad_file_leaves_the_published_release_as_it_was(own_site, clerk):
    draft = send(clerk).json
    approve(own_site, draft["id"])
    clerk.post(f"/drafts/{draft['id']}/publish")
    before = reader_of(own_site).get(f"/datasets/{STOCK}/latest/data.csv").data

    for content in (BAD, b"\x00\x01\x02", b"PK\x03\x04nonsense", b"a,b\n1\n", b"\xff\xfe\xff"):
        assert 400 <= send(clerk, content).status_code < 500

    assert reader_of(own_site).get(f"/datasets/{STOCK}/latest/data.csv").data == before


def test_a_form_carries_file_and_details(clerk):
    form = {"file": (BytesIO(GOOD), "库存.csv"), "change_note": "补报", "correction": "true"}
    sent = clerk.post(DRAFTS, data=form, content_type="multipart/form-data")

    assert sent.status_code == 202
    assert (sent.json["file_name"], sent.json["change_note"]) == ("库存.csv", "补报")
    assert sent.json["is_correction"] is True


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("formed_on=yesterday", "invalid-parameter"),
        ("correction=maybe", "invalid-parameter"),
        ("change_note=" + "x" * 2001, "invalid-parameter"),
        ("chnge_note=x", "unknown-parameter"),
        ("filename=" + "x" * 256, "invalid-parameter"),
    ],
)
def test_details_that_do_not_fit_are_refused_by_name(clerk, query, code):
    sent = send(clerk, query=query)

    assert (sent.status_code, sent.json["code"]) == (400, code)
    assert sent.json["errors"][0]["parameter"] == query.partition("=")[0]


def test_details_of_a_form_are_checked_as_well(clerk):
    form = {"file": (BytesIO(GOOD), "a.csv"), "formed_on": "yesterday"}
    sent = clerk.post(DRAFTS, data=form, content_type="multipart/form-data")

    assert (sent.status_code, sent.json["code"]) == (400, "invalid-parameter")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic eDp5", "bearer gk_no"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", DRAFTS),
        ("POST", "/news"),
        ("POST", "/validate?item=blood_inventory"),
        ("GET", "/drafts/" + "0" * 32),
        ("POST", f"/drafts/{'0' * 32}/publish"),
        ("PUT", f"/drafts/{'0' * 32}/file"),
    ],
)
def test_without_a_valid_token_nothing_is_written_or_shown(client, method, path, header):
    headers = {} if header is None else {"Authorization": header}
    answer = client.open(f"/api/v1{path}", method=method, headers=headers, data=b"{not json")

    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_without_the_scope_or_past_its_time_is_refused(own_site):
    signer = writer(own_site, Step.SUBMIT, scopes=["sign"])
    stale = writer(own_site, Step.SUBMIT, days=0)

    assert send(signer).status_code == 403
    assert send(stale).status_code == 401


def test_other_institutions_see_and_do_nothing(own_site, clerk):
    make_institution(own_site, "other-blood")
    stranger = writer(own_site, Step.SUBMIT, "other-blood")
    draft_id = send(clerk).json["id"]

    assert send(stranger).status_code == 403
    assert stranger.get(f"/drafts/{draft_id}").status_code == 404
    assert stranger.get(f"/drafts/{draft_id}/report").status_code == 404
    for verb in ("submit", "sign", "review", "approve", "publish"):
        assert stranger.post(f"/drafts/{draft_id}/{verb}").status_code == 404, verb
    for verb in ("return", "withdraw"):
        answer = stranger.post(f"/drafts/{draft_id}/{verb}", json={"reason": "x"})
        assert answer.status_code == 404
    replaced = stranger.put(f"/drafts/{draft_id}/file", data=GOOD, content_type="text/csv")
    assert replaced.status_code == 404


def test_nobody_signs_twice_out_of_turn_or_what_they_did_not_see(own_site, clerk):
    draft = send(clerk).json
    path = f"/drafts/{draft['id']}"
    head = writer(own_site, Step.SIGN)

    assert head.post(f"{path}/sign").json["code"] == "wrong-state"
    assert clerk.post(f"{path}/publish").json["code"] == "wrong-state"
    clerk.post(f"{path}/submit")
    assert clerk.post(f"{path}/sign").status_code == 403
    stale = head.post(f"{path}/sign", json={"content_sha256": "0" * 64})
    assert (stale.status_code, stale.json["code"]) == (409, "conflict")
    seen = head.post(f"{path}/sign", json={"content_sha256": draft["content_sha256"]})
    assert seen.json["state"] == "signed"
    back = writer(own_site, Step.REVIEW).post(f"{path}/return", json={"reason": "缺一天。"})
    assert back.json["state"] == "returned"
    assert back.json["signatures"][-1]["comment"] == "缺一天。"
    given_up = clerk.post(f"{path}/withdraw", json={"reason": "作废。"})
    assert given_up.json["state"] == "discarded"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid-parameter"),
        ({"reason": ""}, 400, "invalid-parameter"),
        ({"reason": "x", "force": True}, 400, "unknown-parameter"),
        ({"reason": 5}, 400, "invalid-parameter"),
        ({"reason": None}, 400, "invalid-parameter"),
        ([], 400, "invalid-json"),
        ("x", 400, "invalid-json"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_its_place(clerk, body, status, code):
    answer = clerk.post(f"/drafts/{'0' * 32}/return", json=body)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    if code != "invalid-json":
        assert answer.json["errors"][0]["pointer"] in ("/reason", "/force")


@pytest.mark.parametrize(
    "body",
    [
        b'{"reason": "a", "reason": "b"}',
        b'{"reason": NaN}',
        b'{"reason": "\\ud800"}',
        b"[" * 100_000,
        b"\xff",
        b'{"reason": "\\u0000"}',
    ],
)
def test_json_that_can_be_read_two_ways_is_refused(clerk, body):
    path = f"/drafts/{'0' * 32}/return"
    answer = clerk.post(path, data=body, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid-json")
    other = clerk.post(path, data=b"reason=x", content_type="text/plain")
    assert (other.status_code, other.json["code"]) == (415, "unsupported-media-type")
    large = clerk.post(path, data=b" " * 300_000 + b"{}", content_type="application/json")
    assert large.status_code == 413


def test_what_a_token_reads_is_kept_by_nobody(clerk):
    path = f"/drafts/{send(clerk).json['id']}"

    assert clerk.get(path).headers["Cache-Control"] == "private, no-store"
    assert "no-store" in clerk.get("/datasets").headers["Cache-Control"]


def test_validate_gives_the_report_and_keeps_nothing(own_site, clerk):
    path = "/validate?item=blood_inventory&filename=stock.csv"
    good = clerk.post(path, data=GOOD, content_type="text/csv")
    bad = clerk.post(path, data=BAD, content_type="text/csv")

    assert (good.status_code, good.json["blocks"], good.json["row_count"]) == (200, False, 3)
    assert (bad.status_code, bad.json["blocks"]) == (200, True)
    assert {group["field"] for group in bad.json["groups"]} >= {"status", "days_cover"}
    assert clerk.post("/validate?item=none", data=GOOD).status_code == 404
    assert clerk.post("/validate", data=GOOD).json["errors"][0]["parameter"] == "item"
    with own_site.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM draft").scalar() == 0
    assert list(own_site.settings.storage.work.iterdir()) == []


def test_an_unknown_item_or_institution_takes_no_file(clerk):
    assert send(clerk, path="/datasets/yunhe-blood/none/drafts").status_code == 404
    assert send(clerk, path="/datasets/nobody/blood_inventory/drafts").status_code == 404
    assert send(clerk, csv_of([SITE_ROW]), path=f"/datasets/{GONE}/drafts").status_code == 202
