"""The legal clock over HTTP."""

import pytest

from gongkai.models import Role
from gongkai.models.draft import Step
from gongkai.services.access import SCOPES, create_account, create_token, grant
from tests.api.conftest import Writer, writer
from tests.web.fixtures import reader_of

CHANGES = "/institutions/yunhe-blood/changes"
COSTS = "yunhe-blood/blood_costs"


@pytest.fixture
def commission(own_site) -> Writer:
    with own_site.transaction() as session:
        account = create_account(session, "commission", "卫生健康委", now=own_site.now())
        grant(session, account, Role.SUPERVISOR, None)
        secret = create_token(
            session, account, label="t", scopes=SCOPES, days=1, now=own_site.now()
        )
    return Writer(reader_of(own_site), secret)


def test_due_tells_the_day_the_rule_and_the_counting(client):
    found = client.get("/api/v1/calendar/due?from=2026-01-30&rule=proactive_20wd")

    assert found.status_code == 200
    assert found.json["due_on"] == "2026-03-05"
    assert found.json["provisional"] is False
    assert found.json["rule"]["article"] == "18"
    assert "2026-02-14" in found.json["why"][2]["zh"]


def test_due_of_a_day_beyond_the_calendar_is_provisional(client):
    found = client.get("/api/v1/calendar/due?from=2026-12-04&rule=proactive_20wd").json

    assert (found["due_on"], found["provisional"], found["missing_year"]) == (
        "2027-01-04",
        True,
        2027,
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=yesterday", 400),
        ("from=2026-13-01", 400),
        ("rule=proactive_20wd", 400),
        ("from=2026-01-30&rule=nothing", 404),
        ("from=2026-01-30&rule=emergency_5h", 400),
        ("from=2026-01-30&effective_on=soon", 400),
        ("from=9999-12-31", 400),
        ("from=0001-01-01", 400),
        ("from=1999-12-31", 400),
        ("from=9999-12-31T23:59:59-12:00", 400),
        ("from=2100-12-31T23:59-12:00", 400),
        ("from=2026-01-30&more=1", 400),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(client, query, status):
    found = client.get(f"/api/v1/calendar/due?{query}")

    assert found.status_code == status, found.json
    assert found.content_type == "application/problem+json"


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_an_effective_day_that_no_clock_reaches_is_refused_with_the_range(client, day):
    query = f"from=2026-03-03&rule=schedule_before_start&effective_on={day}"

    found = client.get(f"/api/v1/calendar/due?{query}", headers={"Accept-Language": "en"})

    assert (found.status_code, found.content_type) == (400, "application/problem+json")
    assert found.json["errors"] == [
        {
            "parameter": "effective_on",
            "code": "invalid-parameter",
            "message": "Write a day from 2000-01-01 to 2100-12-31.",
        }
    ]


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
def test_the_first_and_the_last_day_are_answered(client, day):
    for query in (f"from={day}", f"from={day}&rule=schedule_before_start&effective_on={day}"):
        assert client.get(f"/api/v1/calendar/due?{query}").status_code == 200


def test_hours_are_counted_from_the_minute(client):
    found = client.get("/api/v1/calendar/due?from=2026-09-30T22:30&rule=emergency_5h").json

    assert found["due_at"] == "2026-10-01T03:30:00+08:00"


def test_a_change_starts_the_clock_before_there_is_a_file(clerk):
    said = {"item": "blood_costs", "formed_on": "2026-01-30", "note": "成本调整"}

    found = clerk.post(CHANGES, json=said, key="one")
    again = clerk.post(CHANGES, json=said, key="one")

    assert found.status_code == 202
    assert found.json["due_on"] == "2026-03-05"
    assert found.json["source"]["zh"].startswith("《")
    assert again.json == found.json


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"formed_on": "2026-01-30"}, 400),
        ({"item": "nothing", "formed_on": "2026-01-30"}, 404),
        ({"item": "blood_costs", "formed_on": "2199-01-30"}, 400),
        ({"item": "blood_costs", "formed_on": "x"}, 400),
        ({"item": "blood_costs", "formed_on": "2026-01-30", "rule": "budget_20d"}, 400),
        ({"item": "blood_costs", "formed_on": "2026-01-30", "typo": 1}, 400),
    ],
)
def test_a_change_that_cannot_be_is_refused(clerk, said, status):
    assert clerk.post(CHANGES, json=said).status_code == status


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("formed_on", "0001-01-01"),
        ("formed_on", "9999-12-31"),
        ("formed_at", "9999-12-31T23:59:59-12:00"),
        ("formed_at", "0001-01-01T00:00:00+14:00"),
        ("formed_at", "2101-01-01T00:00:00+08:00"),
        ("effective_on", "0001-01-01"),
        ("effective_on", "9999-12-31"),
    ],
)
def test_a_change_that_no_clock_reaches_names_the_field_and_the_range(clerk, name, value):
    said = {"item": "blood_costs", "formed_on": "2026-01-30", name: value}

    found = clerk.post(CHANGES, json=said)

    assert (found.status_code, found.content_type) == (400, "application/problem+json")
    assert [one["pointer"] for one in found.json["errors"]] == [f"/{name}"]
    assert "2000-01-01" in found.json["errors"][0]["message"]
    assert "2100-12-31" in found.json["errors"][0]["message"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_draft_of_a_day_that_no_clock_reaches_is_refused(clerk, day):
    found = clerk.post(
        f"/datasets/{COSTS}/drafts?formed_on={day}&filename=costs.csv",
        data=b"year,cost_item,amount_wan\n2025,test,1\n",
        content_type="text/csv",
    )

    assert found.status_code == 400, found.json
    assert found.json["errors"][0]["parameter"] == "formed_on"
    assert "2100-12-31" in found.json["errors"][0]["message"]


@pytest.mark.parametrize("verb", ["suspend", "resume", "extend", "waive"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_clock_is_not_touched_on_a_day_that_no_clock_reaches(clerk, commission, verb, day):
    one = clerk.post(CHANGES, json={"item": "blood_costs", "formed_on": "2026-01-30"}).json["id"]
    if verb == "resume":
        stop = {"reason": "x", "on": "2026-02-02"}
        assert commission.post(f"/obligations/{one}/suspend", json=stop).status_code == 200

    found = commission.post(f"/obligations/{one}/{verb}", json={"reason": "x", "on": day})

    assert found.status_code == 400, found.json
    assert found.json["errors"][0]["pointer"] == "/on"


def test_nobody_registers_for_another_institution(own_site, commission):
    said = {"item": "blood_costs", "formed_on": "2026-01-30"}

    assert commission.post(CHANGES, json=said).status_code == 403
    assert reader_of(own_site).post(f"/api/v1{CHANGES}", json=said).status_code == 401


def test_only_the_supervising_authority_touches_a_clock(own_site, clerk, commission):
    one = clerk.post(CHANGES, json={"item": "blood_costs", "formed_on": "2026-01-30"}).json["id"]
    reason = {"reason": "征求第三方意见", "on": "2026-02-02"}

    refused = clerk.post(f"/obligations/{one}/suspend", json=reason)
    stopped = commission.post(f"/obligations/{one}/suspend", json=reason)
    resumed = commission.post(
        f"/obligations/{one}/resume", json={"reason": "-", "on": "2026-02-06"}
    )
    extended = commission.post(f"/obligations/{one}/extend", json={"reason": "x"})
    lifted = commission.post(f"/obligations/{one}/waive", json={"reason": "事项取消"})

    assert refused.status_code == 403
    assert stopped.json["state"] == "suspended"
    assert resumed.json["due_on"] == "2026-03-11"
    assert extended.status_code == 400
    assert lifted.json["state"] == "waived"
    assert commission.post(f"/obligations/{one}/waive", json={"reason": "x"}).status_code == 409
    assert commission.post("/obligations/999999/waive", json={"reason": "x"}).status_code == 404


def test_a_token_without_the_scope_touches_no_clock(own_site, clerk):
    narrow = writer(own_site, Step.SUBMIT, scopes=("draft",))

    assert narrow.post("/obligations/1/waive", json={"reason": "x"}).status_code == 403
