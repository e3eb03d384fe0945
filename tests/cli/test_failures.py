"""What goes wrong at the command line is one sentence on stderr and an exit that is not 0."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from gongkai.cli import failing_in_a_sentence
from gongkai.cli.channels import channel
from gongkai.cli.sources import source
from tests.conftest import need
from tests.databases import free_port


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path):
    """The address of a database that `gongkai init` has not seen."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgresql_template")
    need(server, "PostgreSQL (apt-get install postgresql)")
    with server.database(tmp_path) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        yield url


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


@pytest.mark.parametrize("command", [("status",), ("rectification", "list")])
def test_a_database_without_tables_is_told_to_be_set_up(tmp_path, empty_database, command):
    done = run(tmp_path, *command, GONGKAI_DATABASE_URL=empty_database)

    assert done.returncode == 1
    assert "run `gongkai init`" in sentence(done)
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OverflowError("date value out of range"), "date value out of range"),
        (RecursionError("maximum recursion depth exceeded"), "too deep"),
        (ProgrammingError("SELECT", {}, ValueError("no such\ncolumn")), "refused: no such"),
    ],
)
def test_what_no_command_foresaw_is_one_sentence(capsys, error, words):
    with pytest.raises(SystemExit) as ended, failing_in_a_sentence():
        raise error

    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (channel, "remove"),
        (channel, "enable"),
        (channel, "test"),
        (source, "check"),
        (source, "remove"),
    ],
)
@pytest.mark.parametrize("number", ["99999999999", "99999999999999999999"])
def test_a_number_beyond_every_database_is_refused(sqlite_site, arguments, number):
    group, command = arguments
    done = CliRunner().invoke(group, [command, number], obj=sqlite_site)

    assert done.exit_code == 2
    assert f"{number} is not in the range" in done.output


def test_a_source_of_what_is_no_dataset_is_said(sqlite_site):
    done = CliRunner().invoke(source, ["add", "nosuch", "/x"], obj=sqlite_site)

    assert done.exit_code == 2
    assert "'nosuch' is not a dataset id; write it as institution/item" in done.output


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
