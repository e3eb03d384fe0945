"""Rectification over HTTP: counts for everybody, cases for those concerned."""

import pytest

from gongkai.models import Role
from gongkai.models.draft import Step
from gongkai.services.access import SCOPES, create_account, create_token, grant
from gongkai.testing import make_institution
from tests.api.conftest import Writer, writer
from tests.rectification.mending import MendingSite
from tests.web.fixtures import reader_of


@pytest.fixture
def case(quick_blood: MendingSite):
    make_institution(quick_blood, "donghe-cdc", "disease_control")
    return quick_blood.overdue_costs()


def authority(site):
    with site.transaction() as session:
        account = create_account(session, "health", "卫生健康委", now=site.now())
        grant(session, account, Role.SUPERVISOR, None)
        session.flush()
        given = {"label": "t", "scopes": SCOPES, "days": 1, "now": site.now()}
        return Writer(reader_of(site), create_token(session, account, **given))


def test_the_public_sees_only_counts(quick_blood, case):
    answer = reader_of(quick_blood).get("/api/v1/rectifications")

    assert answer.status_code == 200
    (one,) = answer.json["data"]
    total = len(quick_blood.cases())
    assert set(one) == {"institution", "open", "closed"}
    assert (one["institution"]["slug"], one["open"], one["closed"]) == ("yunhe-blood", total, 0)
    assert "Authorization" in answer.headers["Vary"]


def test_staff_see_the_cases_of_their_institution_only(quick_blood, case):
    own = writer(quick_blood, Step.SUBMIT).get("/rectifications").json["data"][0]
    foreign = writer(quick_blood, Step.SUBMIT, "donghe-cdc").get("/rectifications")
    told = next(one for one in own["cases"] if one["id"] == case.id)

    assert told["dataset"] == "yunhe-blood/blood_costs"
    assert (told["state"], told["due_on"]) == ("finding_sent", "2026-03-20")
    assert "逾期" in told["finding"]["zh"]
    assert "cases" not in foreign.json["data"][0]
    assert foreign.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("verb", ["acknowledge", "start", "report", "recheck", "extend"])
def test_a_case_of_others_is_not_there(quick_blood, case, verb):
    foreign = writer(quick_blood, Step.SUBMIT, "donghe-cdc")
    body = {"report": {"comment": "x"}, "extend": {"comment": "x"}, "recheck": {"passed": True}}

    assert foreign.get(f"/rectifications/{case.id}").status_code == 404
    answer = foreign.post(f"/rectifications/{case.id}/{verb}", json=body.get(verb, {}))
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert reader_of(quick_blood).get(f"/api/v1/rectifications/{case.id}").status_code == 401


def test_the_way_of_a_case_by_token(quick_blood):
    quick_blood.inspected()
    (case,) = quick_blood.cases()
    clerk, health = writer(quick_blood, Step.SUBMIT), authority(quick_blood)
    path = f"/rectifications/{case.id}"

    assert clerk.post(f"{path}/acknowledge").json["state"] == "acknowledged"
    assert clerk.post(f"{path}/start", json={"comment": "已派人"}).json["state"] == "rectifying"
    extended = health.post(f"{path}/extend", json={"comment": "设备到货晚"})
    assert extended.json["due_on"] == "2026-03-30"
    assert clerk.post(f"{path}/report", json={"comment": "已修复"}).json["state"] == "reported"
    refused = clerk.post(f"{path}/recheck", json={"passed": True})
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    unsaid = health.post(f"{path}/recheck", json={"passed": False})
    assert (unsaid.status_code, unsaid.json["code"]) == (400, "rejected")
    closed = health.post(f"{path}/recheck", json={"passed": True}).json
    assert (closed["state"], closed["outcome"]) == ("closed", "passed")
    assert [one["kind"] for one in closed["events"]][-2:] == ["rechecked", "closed"]
    again = clerk.post(f"{path}/report", json={"comment": "x"})
    assert (again.status_code, again.json["code"]) == (409, "wrong-state")
    counts = reader_of(quick_blood).get("/api/v1/rectifications").json["data"][0]
    assert (counts["open"], counts["closed"]) == (0, 1)


def test_a_step_sent_twice_with_one_key_is_done_once(quick_blood):
    case = quick_blood.inspected()
    clerk = writer(quick_blood, Step.SUBMIT)
    path = f"/rectifications/{case.id}/acknowledge"

    first, second = clerk.post(path, key="k1"), clerk.post(path, key="k1")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    assert quick_blood.history(case.id) == ["opened", "acknowledged"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("acknowledge", {"coment": "x"}),
        ("report", {}),
        ("report", {"comment": "x" * 2001}),
        ("recheck", {"comment": "x"}),
        ("extend", {"comment": ""}),
    ],
)
def test_a_body_that_does_not_fit_is_400(quick_blood, verb, body):
    case = quick_blood.inspected()

    answer = writer(quick_blood, Step.SUBMIT).post(f"/rectifications/{case.id}/{verb}", json=body)

    assert answer.status_code == 400
    assert quick_blood.history(case.id) == ["opened"]


def test_the_list_goes_by_pages_and_by_institution(quick_blood, case):
    quick_blood.night("2026-06-01")
    reader = reader_of(quick_blood)

    one = reader.get("/api/v1/rectifications?institution=donghe-cdc").json["data"]
    assert [row["institution"]["slug"] for row in one] == ["donghe-cdc"]
    first = reader.get("/api/v1/rectifications?limit=1").json
    assert (first["page"]["next"], first["page"]["total"]) == ("donghe-cdc", 2)
    second = reader.get(f"/api/v1/rectifications?limit=1&cursor={first['page']['next']}").json
    assert [row["institution"]["slug"] for row in second["data"]] == ["yunhe-blood"]
    assert second["page"]["next"] is None
    assert reader.get("/api/v1/rectifications?x=1").status_code == 400
