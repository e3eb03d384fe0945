"""The README's commands run, and its pictures and links are there."""

import os
import re
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from gongkai.plugins import load_plugins
from gongkai.samples.institutions import INSTITUTIONS
from gongkai.samples.tables import sample_rows

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]


def stock_file(path):
    """Write the clerk's workbook the README speaks of: Chinese labels, one row a group."""
    item = load_plugins().get_item("blood_inventory")
    blood = next(one for one in INSTITUTIONS if one.type_key == "blood_station")
    rows = sample_rows(item, blood, seed=1, period=date(2026, 3, 2))
    book = openpyxl.Workbook()
    book.active.append([field.title.zh for field in item.table_schema])
    for row in rows:
        book.active.append([row.get(name, "") for name in item.table_schema.names])
    book.save(path)
    return len(rows)


def test_the_own_site_of_the_readme_works_as_written(tmp_path):
    count = stock_file(tmp_path / "stock.xlsx")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GONGKAI_")}
    run = [line for line in COMMANDS if line.startswith("./dev run")]
    assert len(run) == 4
    for line in run:
        words = shlex.split(line.removeprefix("./dev run"))
        command = [sys.executable, "-c", "from gongkai.cli import main; main()", *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert f"{count} rows" in done.stdout


@pytest.mark.parametrize("word", ["demo", "test", "serve", "run", "check", "bench"])
def test_dev_knows_the_commands_that_are_written_down(word):
    done = subprocess.run(
        [sys.executable, ROOT / "dev", "help"], capture_output=True, text=True, check=True
    )

    assert f"  {word}" in done.stdout


def test_what_the_readme_points_at_is_there():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target
