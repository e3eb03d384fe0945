"""Deadlines as calendars: readable by a parser and strict in form, the same until a change."""

import os
import shutil
import subprocess
from datetime import UTC, date, datetime, time, timedelta

import pytest
from icalendar import Calendar

from gongkai.domain.times import SHANGHAI
from gongkai.models.obligation import Obligation
from gongkai.services.clock import log
from gongkai.testing import NOON
from tests.conftest import need
from tests.services.obligation_rows import (
    TODAY,
    NoonSite,
    one_obligation,
    three_institutions,
)
from tests.web.fixtures import reader_of

ALL = "/feeds/deadlines.ics"
OWN = "/feeds/institutions/yunhe-blood/deadlines.ics"
FEES = "yunhe-blood/blood_fees"


@pytest.fixture
def owing(sqlite_site):
    site = NoonSite(sqlite_site.settings)
    three_institutions(site)
    yield site
    site.close()


def events(answer):
    return Calendar.from_ical(answer.data).walk("VEVENT")


def test_a_deadline_is_a_day_with_its_rule_and_source(owing):
    made = one_obligation(owing, FEES, due_on=date(2026, 3, 30))
    reader = reader_of(owing)

    answer = reader.get(OWN)

    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = events(answer)
    assert event.decoded("dtstart") == date(2026, 3, 30)
    assert event.decoded("dtend") == date(2026, 3, 31)
    assert str(event["uid"]) == f"obligation-{made}@gongkai.example"
    assert str(event["status"]) == "CONFIRMED"
    assert str(event["summary"]) == "云河市中心血站：临床用血收费标准"
    assert "第十八条" in event["description"]
    assert event["url"] == f"http://127.0.0.1:8000/datasets/{FEES}"
    (english,) = events(reader.get(f"{OWN}?lang=en"))
    assert "art. 18" in english["description"]
    assert "VTIMEZONE" not in answer.text


def test_an_hour_has_the_zone_and_an_estimate_is_tentative(owing):
    ten = datetime.combine(date(2026, 3, 30), time(10), SHANGHAI)
    one_obligation(owing, FEES, due_on=ten.date(), due_at=ten)
    one_obligation(owing, FEES, number=1, due_on=date(2027, 1, 5), provisional_year=2027)

    answer = reader_of(owing).get(ALL)

    timed, estimate = events(answer)
    assert timed.decoded("dtstart") == ten
    assert timed["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert answer.text.count("BEGIN:VTIMEZONE") == 1
    assert str(estimate["status"]) == "TENTATIVE"
    assert "2027年的节假日安排尚未录入" in estimate["description"]


def test_what_is_settled_or_of_others_is_not_in_it(owing):
    for number, state in enumerate(("met", "met_late")):
        one_obligation(owing, FEES, number=number, state=state)
    one_obligation(owing, "lihu-hospital/drug_prices")
    reader = reader_of(owing)

    assert events(reader.get(OWN)) == []
    assert len(events(reader.get(ALL))) == 1
    assert reader.get("/feeds/institutions/nobody/deadlines.ics").status_code == 404


def test_it_is_the_same_until_something_changes(owing):
    made = one_obligation(owing, FEES, due_on=TODAY + timedelta(days=9))
    first = reader_of(owing).get(ALL)
    reader = reader_of(owing)
    again = reader.get(ALL)
    assert again.data == first.data
    unchanged = reader.get(ALL, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert "max-age=300" in first.headers["Cache-Control"]

    later = NOON + timedelta(hours=1)
    with owing.transaction() as session:
        one = session.get_one(Obligation, made)
        one.due_on += timedelta(days=3)
        log(session, one, "extended", "", now=later)

    changed = reader.get(ALL)
    assert changed.headers["ETag"] != first.headers["ETag"]
    (before,), (after,) = events(first), events(changed)
    assert before["uid"] == after["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    assert after.decoded("dtstamp") == later.astimezone(UTC)


def test_becoming_overdue_is_a_newer_edition_of_the_same_event(owing):
    made = one_obligation(owing, FEES, due_on=TODAY - timedelta(days=1), state="due_soon")
    reader = reader_of(owing)
    (before,) = events(reader.get(ALL))

    with owing.transaction() as session:
        one = session.get_one(Obligation, made)
        one.state, one.overdue_on = "overdue", TODAY

    (after,) = events(reader.get(ALL))
    assert str(after["summary"]).startswith("【逾期】")
    assert (before["uid"], int(before["sequence"]) + 1) == (after["uid"], int(after["sequence"]))


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_every_line_is_as_the_standard_asks(owing, query):
    one_obligation(owing, FEES, due_at=datetime.combine(TODAY, time(10), SHANGHAI), due_on=TODAY)
    one_obligation(owing, "lihu-hospital/drug_prices", provisional_year=2027)

    body = reader_of(owing).get(ALL + query).data

    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")
    lines = body.removesuffix(b"\r\n").split(b"\r\n")
    assert all(0 < len(line) <= 75 for line in lines)
    assert all(line.decode() for line in lines)  # no character is cut in two
    assert lines[0] == b"BEGIN:VCALENDAR"
    begun = []
    for line in lines:
        name, _, value = line.partition(b":")
        if name == b"BEGIN":
            begun.append(value)
        elif name == b"END":
            assert begun.pop() == value
    assert begun == []
    for event in Calendar.from_ical(body).walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY"} <= set(event)


def test_a_calendar_program_reads_it(owing, tmp_path):
    """As people have it: calcurse takes the file and lists what falls on the day."""
    program = shutil.which("calcurse")
    need(program, "calcurse (apt-get install calcurse)")
    ten = datetime.combine(date(2026, 3, 30), time(10), SHANGHAI)
    one_obligation(owing, FEES, due_on=ten.date(), due_at=ten)
    one_obligation(owing, FEES, number=1, due_on=date(2026, 3, 30))
    file = tmp_path / "deadlines.ics"
    file.write_bytes(reader_of(owing).get(ALL).data)
    folder = tmp_path / "calendar"
    folder.mkdir()
    here = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def calcurse(*arguments):
        command = [program, "-D", str(folder), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=here)
        return done.stdout

    imported = calcurse("-q", "-i", str(file))
    listed = calcurse("-Q", "--from", "03/30/2026", "--days", "1")

    assert "skipped" not in imported
    assert listed.count("云河市中心血站：临床用血收费标准") == 2
    assert "02:00" in listed  # ten o'clock in Shanghai
