"""`gongkai publish` and the gate: a person decides, and what the sheet says is recorded."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.services.gate_chain import BOTH, REASON, RESIDENT_ID, WHY

ACCEPT = ("--accept", "not-public-mention")
OVERRIDE = ("--override", f"resident-id={REASON}")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A site with one institution, and a file that the gate stops."""
    folder = tmp_path_factory.mktemp("gate")
    rows = [",".join(BOTH[0]), *(",".join(map(str, row.values())) for row in BOTH)]
    (folder / "costs.csv").write_text("\n".join(rows), encoding="utf-8")
    added = ("institution", "add", "yunhe-blood", "--type", "blood_station", "--name-zh", "云河")
    for arguments in (("init",), added):
        assert command(folder, *arguments).returncode == 0
    return folder


@pytest.fixture
def run(prepared, tmp_path):
    """Run a command on a site of one's own."""
    folder = tmp_path / "site"
    shutil.copytree(prepared, folder)
    return lambda *arguments: command(folder, *arguments)


def command(folder, *arguments):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
    own = {"GONGKAI_STORAGE_DATA_DIR": str(folder / "var"), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-c", "from gongkai.cli import main; main()", *arguments],
        cwd=folder,
        env={**kept, **own},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def publish(run, *arguments):
    return run("publish", "costs.csv", "--dataset", "yunhe-blood/blood_costs", *arguments)


def test_what_the_gate_stops_is_told_with_the_options_that_a_person_fills_in(run):
    chinese, english = publish(run), publish(run, "--lang", "en")

    for done in (chinese, english):
        assert done.returncode == 1
        assert "--override resident-id:note_text=" in done.stdout
        assert "--accept not-public-mention:note_text" in done.stdout
        assert "--why" in done.stdout
        assert "resident-id in note_text (1)" in done.stderr.strip().splitlines()[-1]
        assert RESIDENT_ID not in done.stdout + done.stderr
    assert "保密审查员" in chinese.stdout
    assert "confidentiality reviewer" in english.stdout


def test_the_sheet_publishes_when_it_says_everything(run):
    for left_open in ((), OVERRIDE, (*OVERRIDE, *ACCEPT), ("--why", WHY, *ACCEPT)):
        assert publish(run, *left_open).returncode == 1, left_open

    done = publish(run, "--json", "--sheet", "2026-07", "--why", WHY, *OVERRIDE, *ACCEPT)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["version"] == "1.0.0"
    assert run("verify").returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--override", "resident-id"), 'is not CODE="reason"'),
        (("--override", "=x"), 'is not CODE="reason"'),
        (("--override", "resident-id=同意", *ACCEPT), "say in at least 8 letters"),
        (("--override", f"mobile-number={REASON}", *ACCEPT), "no finding mobile-number"),
    ],
)
def test_an_override_that_names_nothing_or_says_nothing_is_refused(run, given, said):
    done = publish(run, "--why", WHY, *given)

    assert done.returncode != 0
    assert said in done.stderr
