"""What people do with a case is told to whom it concerns, once, in their language."""

import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from gongkai.cli.rectification import rectification
from gongkai.models.draft import Step
from gongkai.services.access import get_account
from gongkai.services.channels import add_channel
from gongkai.services.delivering import deliver
from gongkai.testing import make_institution, make_settings
from tests.api.conftest import writer
from tests.messages.people import give_mail, give_site_role, messages
from tests.rectification.mending import MendingSite
from tests.services.receivers import OK, answers, receiver

FINDING = "页面上的电话打不通。"


@pytest.fixture
def told(quick_blood):
    """A site whose people can be written to, and what to call its commands with."""
    give_mail(quick_blood, "yunhe-blood", head="en")
    give_site_role(quick_blood, "commission")

    def run(*arguments):
        before = {one.id for one in messages(quick_blood)}
        done = CliRunner().invoke(rectification, arguments, obj=quick_blood)
        assert done.exit_code == 0, done.output
        return [one for one in messages(quick_blood) if one.id not in before]

    return run


def receivers(found):
    return sorted(one.recipient.split("@")[0] for one in found)


def test_each_step_is_told_to_whom_it_concerns(told):
    staff = ["clerk", "head", "leader", "reviewer"]

    opened = told("open", "yunhe-blood", "--finding", FINDING)
    assert receivers(opened) == staff
    assert told("acknowledge", "1") == []
    assert receivers(told("extend", "1", "--reason", "设备到货晚")) == staff
    assert told("start", "1") == []
    assert receivers(told("report", "1", "--comment", "已修复")) == ["commission"]
    assert receivers(told("recheck", "1", "--failed", "--comment", "仍打不通")) == staff
    told("acknowledge", "1")
    assert receivers(told("report", "1", "--comment", "换了号码")) == ["commission"]
    assert receivers(told("recheck", "1", "--passed")) == staff


def test_a_notice_says_what_by_when_and_in_the_readers_language(told):
    found = {
        one.recipient.split("@")[0]: one
        for one in told("open", "yunhe-blood/blood_costs", "--finding", FINDING)
    }

    chinese, english = found["clerk"], found["head"]
    assert chinese.subject.endswith("整改通知：云河市中心血站")
    assert f"问题：{FINDING}" in chinese.body["text"]
    assert "整改期限：2026-03-16（周一）" in chinese.body["text"]
    assert "/datasets/yunhe-blood/blood_costs" in chinese.body["text"]
    assert "To be mended: " in english.subject
    assert "To be mended by: 2026-03-16 (Mon)" in english.body["text"]
    assert english.body["language"] == "en"


def test_words_of_a_finding_are_never_markup(told):
    (first, *_) = told("open", "yunhe-blood", "--finding", "<img src=x onerror=alert(1)>")

    assert "<img" not in first.body["html"]
    assert "&lt;img" in first.body["html"]


def test_a_step_over_http_is_told_and_reaches_a_webhook(tmp_path):
    with receiver(answers(OK)) as got, open_mending(tmp_path / "data", got) as site:
        case = site.overdue_costs()
        with site.transaction() as session:
            add_channel(
                session,
                site.plugins,
                site.settings.outgoing,
                kind="webhook",
                url=got.url,
                institution=None,
                now=site.now(),
            )
        own = writer(site, Step.SUBMIT)
        own.post(f"/rectifications/{case.id}/acknowledge", json={})
        own.post(f"/rectifications/{case.id}/report", json={"comment": "已上传"})
        deliver(site)

    ((_, headers, body),) = got.requests
    call = json.loads(body)
    assert headers["webhook-signature"].startswith("v1,")
    assert call["type"] == "rectification.changed"
    assert (call["data"]["event"], call["data"]["comment"]) == ("reported", "已上传")
    assert call["data"]["dataset"] == "yunhe-blood/blood_costs"


@contextmanager
def open_mending(folder, server):
    """Make a site that may call ``server``, on loopback."""
    outgoing = {
        "allow_http": True,
        "ports": [str(server.port)],
        "allowed_hosts": ["127.0.0.1"],
    }
    site = MendingSite(make_settings(folder, outgoing=outgoing))
    site.migrate()
    make_institution(site)
    yield site
    site.close()


def test_nobody_to_write_to_is_no_error(quick_blood):
    with quick_blood.reading() as session:
        assert get_account(session, "yunhe-blood.clerk").email is None
    case = quick_blood.overdue_costs()

    assert (
        writer(quick_blood, Step.SUBMIT)
        .post(f"/rectifications/{case.id}/acknowledge", json={})
        .status_code
        == 200
    )
    assert messages(quick_blood) == []
