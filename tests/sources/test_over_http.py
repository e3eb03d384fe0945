"""A watched address: what changes starts the clock and waits as a draft; what fails waits."""

import time
from datetime import date, timedelta

import pytest

from gongkai.errors import Conflict, Forbidden, Rejected
from gongkai.models.draft import Step
from gongkai.services.access import get_account
from gongkai.services.outgoing import OutgoingRefused
from gongkai.services.review import submit_draft
from gongkai.services.source_registry import SourceStatus, get_source, remove_source, status_of
from gongkai.testing import actor, make_institution, publish_rows
from tests.sources.serving import costs


def test_a_change_starts_the_clock_and_waits_as_a_draft(watching, server):
    source = watching.add(server.url)
    assert watching.later() == 0  # the first look: nothing is published, so it is prepared
    assert [one.state for one in watching.drafts()] == ["draft"]
    assert watching.clocks() == []

    server.content = costs("1300.00")
    assert watching.later(days=1) == 1

    (clock,) = watching.clocks()
    assert (clock.trigger_on, clock.occasion) == (date(2026, 3, 3), "change:2026-03-03")
    assert clock.due_on == date(2026, 3, 31)
    (draft,) = watching.drafts()
    assert (draft.formed_on, draft.file_name) == (date(2026, 3, 3), "costs.csv")
    assert "costs.csv" in draft.change_note
    assert "127.0.0.1" not in draft.change_note + clock.note
    assert draft.report["totals"]["error"] == 0
    assert watching.now_of(source).draft_id == draft.id


def test_what_says_it_did_not_change_is_not_sent_again(watching, server):
    source = watching.add(server.url)
    watching.later()
    assert watching.later(hours=1) == 0

    first, second = server.asked
    assert "if-none-match" not in first
    assert second["if-none-match"] == server.etag
    assert second["if-modified-since"].startswith("Thu, 01 Jan 2026")
    assert watching.now_of(source).failures == 0
    assert watching.later(minutes=30) == 0
    assert len(server.asked) == 2  # not due yet


def test_the_same_bytes_change_nothing_whatever_the_source_says(quick, server):
    quick.add(server.url)
    quick.later()
    server.manner = "lying clock"

    assert quick.later(hours=1) == 0
    server.content = costs("7.00")  # another content under the old ETag
    assert quick.later(hours=1) == 1


def test_the_first_look_prepares_nothing_where_something_is_public(quick, server):
    publish_rows(quick.site, "yunhe-blood/blood_costs", [_row("1.00")])
    known = {one.id for one in quick.drafts()}
    quick.add(server.url)

    assert quick.later() == 0
    assert {one.id for one in quick.drafts()} == known
    server.content = costs("9.00")
    assert quick.later(hours=1) == 1
    assert len(quick.drafts()) == len(known) + 1


def test_a_draft_that_nobody_touched_gets_the_newer_content(quick, server):
    quick.add(server.url)
    quick.later()
    (draft,) = quick.drafts()
    for amount in ("2.00", "3.00"):
        server.content = costs(amount)
        quick.later(days=1)

    (again,) = quick.drafts()
    assert (again.id, again.edition, again.formed_on) == (draft.id, 3, date(2026, 3, 4))
    assert [one.trigger_on.day for one in quick.clocks()] == [3, 4]


def test_a_draft_that_was_submitted_is_left_alone(quick, server):
    quick.add(server.url)
    quick.later()
    (draft,) = quick.drafts()
    clerk = actor(quick.site, Step.SUBMIT)
    with quick.site.transaction() as session:
        submit_draft(session, draft.id, by=clerk, now=quick.site.now())
    server.content = costs("2.00")
    quick.later(days=1)

    states = {one.id: one.state for one in quick.drafts()}
    assert len(states) == 2
    assert states[draft.id] != "draft"


def test_content_that_blocks_starts_the_clock_and_is_kept_with_its_report(quick, server):
    quick.add(server.url)
    quick.later()
    server.content = costs("many")

    assert quick.later(days=1) == 1
    assert len(quick.clocks()) == 1
    assert quick.drafts()[0].report["totals"]["error"] == 1


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("500", "answered 500"),
        ("304", "answered 304"),
        ("redirect", "answered 302, which leads elsewhere"),
        ("hang", "within 1 seconds"),
        ("slow", "within 1 seconds"),
        ("endless", "more than 4,096 bytes"),
        ("short", "could not be called"),
        ("empty", "is empty"),
    ],
)
def test_what_misbehaves_fails_with_a_sentence(quick, server, manner, said):
    source = quick.add(server.url)
    server.manner = manner
    begun = time.monotonic()

    assert quick.later() == 0

    assert time.monotonic() - begun < 5
    found = quick.now_of(source)
    assert said in found.last_error
    assert (found.failures, found.content_sha256) == (1, None)
    assert (quick.drafts(), quick.clocks()) == ([], [])


def test_failing_waits_longer_each_time_and_says_so_after_seven_days(quick, server):
    source = quick.add(server.url, every=60)
    quick.later()
    server.manner = "500"
    waits = []
    for _ in range(7):
        begun = quick.now_of(source).next_check_at
        quick.site.today = begun
        quick.later()
        waits.append(quick.now_of(source).next_check_at - begun)
    assert waits == [timedelta(hours=h) for h in (1, 2, 4, 8, 16, 24, 24)]
    assert status_of(quick.now_of(source), quick.site.now()) is SourceStatus.FAILING
    quick.later(days=6)
    assert status_of(quick.now_of(source), quick.site.now()) is SourceStatus.FAILING_LONG

    server.manner, server.content = "well", costs("5.00")
    assert quick.later(days=1) == 1
    assert status_of(quick.now_of(source), quick.site.now()) is SourceStatus.FINE


def test_a_source_that_hangs_keeps_no_other_waiting(quick, server):
    server.manner = "hang"
    hanging = [quick.add(f"{server.url}?{n}") for n in range(4)]
    path = quick.folder / "costs.csv"
    path.write_bytes(costs())
    fine = quick.add(path)
    begun = time.monotonic()

    quick.later()

    assert time.monotonic() - begun < 8
    assert quick.now_of(fine).failures == 0
    assert len(quick.drafts()) == 1
    assert [quick.now_of(one).failures for one in hanging] == [1, 1, 1, 1]


def test_what_could_not_be_prepared_is_prepared_later_with_the_clock_running(quick, server):
    source = quick.add(server.url)
    quick.later()
    clerk = actor(quick.site, Step.SUBMIT)
    _disable(quick.site, clerk.login, quick.site.now())
    server.content = costs("2.00")
    quick.later(days=1)
    assert "nobody left who submits" in quick.now_of(source).last_error
    assert [one.trigger_on.day for one in quick.clocks()] == [3]

    _disable(quick.site, clerk.login, None)
    quick.later(days=1)

    assert [one.trigger_on.day for one in quick.clocks()] == [3]
    (draft,) = quick.drafts()
    assert (draft.edition, draft.formed_on) == (2, date(2026, 3, 3))


def test_a_look_that_was_killed_before_its_last_word_is_not_done_twice(quick, server):
    source = quick.add(server.url)
    quick.later()
    server.content = costs("2.00")
    quick.later(days=1)
    with quick.site.transaction() as session:
        # As if the process had ended after the draft was made.
        get_source(session, source.id).prepared_sha256 = None

    assert quick.later(hours=1) == 0
    assert len(quick.drafts()) == 1
    assert len(quick.clocks()) == 1
    found = quick.now_of(source)
    assert found.prepared_sha256 == found.content_sha256


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1:8080/x.csv",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:secret@127.0.0.1/x.csv",
        "ftp://127.0.0.1/x.csv",
        "file:///etc/passwd",
        "relative/costs.csv",
        "http://127.0.0.1/a\nb",
    ],
)
def test_addresses_that_may_not_be_watched_are_refused(quick, address):
    with pytest.raises((Rejected, OutgoingRefused)):
        quick.add(address)


@pytest.mark.parametrize("every", [0, 4, 43_201])
def test_a_rhythm_out_of_range_is_refused(quick, server, every):
    with pytest.raises(Rejected, match="every 5 to 43,200 minutes"):
        quick.add(server.url, every=every)


def test_only_the_institution_registers_and_removes(quick, server):
    make_institution(quick.site, "donghe-cdc", "disease_control")
    foreign = actor(quick.site, Step.SUBMIT, "donghe-cdc")
    with pytest.raises(Forbidden):
        quick.add(server.url, by=foreign)
    source = quick.add(server.url)
    with pytest.raises(Conflict, match="watched already"):
        quick.add(server.url)
    with pytest.raises(Forbidden), quick.site.transaction() as session:
        remove_source(session, get_source(session, source.id), by=foreign, now=quick.site.now())

    with quick.site.transaction() as session:
        by = actor(quick.site, Step.SUBMIT)
        remove_source(session, get_source(session, source.id), by=by, now=quick.site.now())
    quick.later(days=1)
    assert server.asked == []
    assert quick.add(server.url).id == source.id


def _row(amount):
    return {"year": 2025, "cost_item": "test", "amount_wan": amount, "note_text": ""}


def _disable(site, login, when):
    with site.transaction() as session:
        get_account(session, login).disabled_at = when
