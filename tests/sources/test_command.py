"""`gongkai source`: sources by hand, each act in the audit log."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gongkai.cli.sources import SEEN, STATUSES, source
from gongkai.models import AuditEntry
from gongkai.services.source_registry import SourceStatus
from gongkai.services.sources import Seen
from tests.sources.conftest import COSTS
from tests.sources.serving import costs


@pytest.fixture
def command(quick):
    def run(*arguments: str, fails: bool = False) -> str:
        done = CliRunner().invoke(source, arguments, obj=quick.site)
        assert (done.exit_code != 0) is fails, (done.output, done.exception)
        return done.output + (str(done.exception) if fails else "")

    return run


def test_a_source_by_hand_and_every_act_in_the_audit_log(quick, server, command):
    assert "#1" in command("add", COSTS, server.url, "--every", "30")
    assert "尚未检查" in command("list")
    assert "基准" in command("check", "1")
    assert "没有变化" in command("check", "1")
    server.content = costs("2.00")
    assert "It changed" in command("check", "1", "--lang", "en")
    assert "正常" in command("list")
    server.manner = "500"
    said = command("check", "1", fails=True)
    assert "读取失败" in said
    assert "answered 500" in said
    (listed,) = json.loads(command("list", "--json"))
    assert (listed["status"], listed["failures"], listed["every_minutes"]) == ("failing", 1, 30)
    command("remove", "1")
    assert command("list") == ""
    assert "已停用" in command("list", "--all")
    assert "was removed" in command("check", "1", fails=True)

    with quick.site.reading() as session:
        acts = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action.startswith("source."))
            .order_by(AuditEntry.id)
        ).all()
    told = [one.action.removeprefix("source.") for one in acts]
    assert told == ["add", "check", "check", "check", "change", "check", "remove"]
    assert acts[4].channel == "watch"
    assert acts[4].detail["due_on"] == "2026-03-30"


def test_a_change_seen_by_hand_leaves_clock_and_draft(quick, server, command):
    command("add", COSTS, server.url)
    command("check", "1")
    server.content = costs("2.00")

    assert "草稿" in command("check", "1")
    assert len(quick.clocks()) == 1
    assert len(quick.drafts()) == 1


def test_every_status_and_outcome_has_a_name():
    assert set(STATUSES) == set(SourceStatus)
    assert set(SEEN) == set(Seen)
