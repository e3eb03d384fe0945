"""`gongkai due`, `calendar`, `change` and `obligation` as a person types them."""

import json
import os
import subprocess
import sys

import pytest

from tests.clock.test_checks import NOTICE


@pytest.fixture
def run(tmp_path):
    """Run a command on an empty site."""

    def run(*arguments):
        command = [sys.executable, "-c", "from gongkai.cli import main; main()", *arguments]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
        folder = {"GONGKAI_STORAGE_DATA_DIR": str(tmp_path / "var"), "PYTHONUTF8": "1"}
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**kept, **folder},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


def test_due_prints_the_day_and_why(run):
    done = run("due", "--from", "2026-01-30", "--rule", "proactive_20wd")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "2026-03-05"
    assert "20个工作日" in done.stdout
    assert "2026-02-14（周六）" in done.stdout
    assert "第十八条" in done.stdout


def test_due_for_programs(run):
    found = json.loads(run("due", "--from", "2026-12-04", "--json").stdout)

    assert found["due_on"] == "2027-01-04"
    assert found["provisional"] is True
    assert found["rule"]["key"] == "proactive_20wd"
    assert found["source"]["en"].startswith("MoH Order 75")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "30.1.2026"), "2026-03-02T14:30"),
        (("--from", "9999-12-31"), "2000-01-01 to 2100-12-31"),
        (("--from", "0001-01-01T00:00+14:00"), "2000-01-01 to 2100-12-31"),
        (("--from", "9999-12-31T23:59-12:00"), "2000-01-01 to 2100-12-31"),
        (
            (
                "--from",
                "2026-01-30",
                "--rule",
                "schedule_before_start",
                "--effective",
                "0001-01-01",
            ),
            "2000-01-01 to 2100-12-31",
        ),
        (("--from", "2026-01-30", "--rule", "none"), "No plugin defines"),
        (("--from", "2026-01-30", "--rule", "emergency_5h"), "counts hours"),
    ],
)
def test_due_says_what_is_wrong(run, arguments, words):
    done = run("due", *arguments)

    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("change", "nosuch", "--on", "2026-03-03"), ("obligation", "list", "nosuch")],
)
def test_what_is_no_dataset_is_said(run, arguments):
    done = run(*arguments)

    assert done.returncode == 2
    assert "'nosuch' is not a dataset id; write it as institution/item" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_number_beyond_every_database_is_refused(run):
    done = run("obligation", "waive", "99999999999", "--reason", "x", "--by", "commission")

    assert done.returncode == 2
    assert "99999999999 is not in the range" in done.stderr


def test_loading_a_year_moves_what_was_provisional(run, tmp_path):
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(NOTICE), encoding="utf-8")

    loaded = run("calendar", "load", str(file))
    after = json.loads(run("due", "--from", "2026-12-10", "--json").stdout)
    shown = json.loads(run("calendar", "show", "--json").stdout)

    assert loaded.returncode == 0, loaded.stderr
    assert (after["due_on"], after["provisional"]) == ("2027-01-07", False)
    assert shown["known_until"] == "2027-12-31"
    assert shown["years"]["2027"] == "https://www.gov.cn/a-test"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        (json.dumps({**NOTICE, "papers": []}), "papers is empty"),
        ("[]", "not a JSON object"),
    ],
)
def test_what_is_no_notice_is_refused_and_changes_nothing(run, tmp_path, content, words):
    file = tmp_path / "2027.json"
    file.write_text(content, encoding="utf-8")

    done = run("calendar", "load", str(file))

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(run("calendar", "show", "--json").stdout)["known_until"] == "2026-12-31"


def test_a_change_is_registered_and_lifted_by_the_commission(run):
    run("institution", "add", "yunhe-blood", "--type", "blood_station", "--name-zh", "云河血站")
    run("account", "add", "commission", "--name", "卫生健康委", "--role", "supervisor")

    opened = run("change", "yunhe-blood/blood_costs", "--on", "2026-01-30", "--note", "调整")
    number = opened.stdout.split()[0].lstrip("#")
    lifted = run("obligation", "waive", number, "--reason", "事项取消", "--by", "commission")
    listed = run("obligation", "list", "yunhe-blood/blood_costs", "--lang", "en")

    assert opened.returncode == 0, opened.stderr
    assert "2026-03-05" in opened.stdout
    assert lifted.returncode == 0, lifted.stderr
    assert "change:2026-01-30  proactive_20wd  2026-03-05 (Thu)  lifted" in listed.stdout
