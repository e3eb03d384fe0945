"""What goes wrong at the command line is one sentence on stderr and an exit that is not 0."""

import os
import subprocess
import sys

import pytest

from tests.databases import free_port


def run(tmp_path, *arguments, **environ):
    command = [sys.executable, "-c", "from gongkai.cli import main; main()", *arguments]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
    return subprocess.run(
        command,
        cwd=tmp_path,
        env={**kept, "GONGKAI_STORAGE_DATA_DIR": str(tmp_path / "var"), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def sentence(done):
    lines = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr
    return lines[-1]


def test_a_wrong_setting_is_named_and_exits_78(tmp_path):
    done = run(tmp_path, "plugin", "list", GONGKAI_SERVER_PRT="1")

    assert done.returncode == 78
    assert "GONGKAI_SERVER_PRT names no setting" in sentence(done)


def test_a_database_that_is_down_is_said(tmp_path):
    url = f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/x"

    done = run(tmp_path, "init", GONGKAI_DATABASE_URL=url)

    assert done.returncode == 1
    assert "The database does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plugin_that_is_refused_is_said(tmp_path):
    done = run(tmp_path, "plugin", "list", GONGKAI_PLUGINS_MODULES="no_such_module")

    assert done.returncode == 1
    assert "no_such_module cannot be imported" in sentence(done)


@pytest.mark.parametrize(("rows", "code"), [("2025,test,1\n", 0), ("2025,test,many\n", 1)])
def test_validate_exits_0_only_when_it_could_be_published(tmp_path, rows, code):
    (tmp_path / "costs.csv").write_text("year,cost_item,amount_wan\n" + rows)

    done = run(tmp_path, "validate", "costs.csv", "--item", "blood_costs", "--json")

    assert done.returncode == code


def test_accounts_and_tokens_come_by_command(tmp_path):
    run(tmp_path, "institution", "add", "a-blood", "--type", "blood_station", "--name-zh", "甲")
    added = run(
        tmp_path, "account", "add", "wang", "--role", "submitter", "--institution", "a-blood"
    )
    token = run(tmp_path, "token", "create", "wang", "--scope", "draft", "--days", "3")
    listed = run(tmp_path, "account", "list")
    again = run(tmp_path, "account", "add", "wang")

    assert added.returncode == token.returncode == 0
    assert token.stdout.startswith("gk_")
    assert "wang" in listed.stdout
    assert again.returncode == 1
    assert "choose another login" in sentence(again)
