from pathlib import Path
from zipfile import ZipFile

from click.testing import CliRunner

from gongkai.cli import cli
from gongkai.plugins import load_plugins
from gongkai.rows.template import write_template


def run(*arguments):
    return CliRunner().invoke(cli, ["template", *arguments])


def test_a_workbook_is_written_beside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = run("blood_inventory")

    assert done.exit_code == 0, done.output
    assert done.output.startswith("blood_inventory.xlsx: ")
    with ZipFile("blood_inventory.xlsx") as archive:
        assert "xl/workbook.xml" in archive.namelist()
    assert [path.name for path in Path().iterdir()] == ["blood_inventory.xlsx"]


def test_what_is_there_already_is_not_overwritten_unless_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("blood_fees.csv").write_text("filled in")

    refused = run("blood_fees", "--format", "csv")
    written = run("blood_fees", "-o", "blood_fees.csv")

    assert refused.exit_code == 1
    assert "there already" in refused.output
    assert written.exit_code == 0
    assert Path("blood_fees.csv").read_text("utf-8-sig").startswith("*血液品种,")


def test_standard_output_has_the_bytes_of_the_template():
    done = run("blood_inventory", "-o", "-", "--format", "csv", "--lang", "en")

    assert done.exit_code == 0
    assert done.stdout_bytes.decode("utf-8-sig").startswith("*Stock as of,*Blood component,")


def test_the_command_writes_what_the_site_sends(tmp_path):
    plugins = load_plugins()
    run("blood_inventory", "-o", str(tmp_path / "x.xlsx"))

    assert (tmp_path / "x.xlsx").read_bytes() == write_template(
        plugins.items["blood_inventory"],
        "xlsx",
        "zh",
        deadline_rules=plugins.deadline_rules,
        items=plugins.items,
    )


def test_an_unknown_item_is_named():
    done = run("nothing", "-o", "-")

    assert done.exit_code == 1
    assert "'nothing'" in str(done.exception)
