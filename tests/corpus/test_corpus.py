"""Every file of the corpus is read by a child: an answer, the right one, within bounds.

``GONGKAI_CORPUS=full`` makes the large ones real gigabytes.
"""

from collections import Counter
from pathlib import Path

import pytest

from gongkai.rows.limits import MIB
from gongkai.services.intake import read_file
from tests.corpus.case import Outcome
from tests.corpus.cases import BY_ID, CASES, table
from tests.corpus.check import differences
from tests.services.child_processes import readers

CPU_SECONDS, PEAK_BYTES = 40.0, 700 * MIB
DOCUMENTED = Path(__file__).parents[2] / "docs" / "files.md"


@pytest.mark.parametrize("name", BY_ID)
def test_a_nasty_file_has_its_answer_and_the_caller_lives(tmp_path, name):
    case = BY_ID[name]
    path, work_dir = tmp_path / "upload", tmp_path / "work"
    work_dir.mkdir()
    case.write(path)

    intake = read_file(
        path,
        case.item,
        filename=case.filename,
        work_dir=work_dir,
        limits=case.limits,
        encoding=case.encoding,
    )

    assert differences(case, intake.report, intake.rows_path) == []
    assert intake.report.is_fatal == (case.rows is None)
    assert intake.cpu_seconds < CPU_SECONDS
    assert intake.peak_memory_bytes < PEAK_BYTES
    assert readers() == []
    left = {left.name for left in work_dir.iterdir()}
    assert intake.rows_path is None or not left & {"intake.duckdb", "utf8.txt", "member", "spill"}


def test_the_corpus_is_as_large_as_was_promised():
    assert len(CASES) >= 200
    assert len(BY_ID) == len(CASES)
    assert all(case.rows is not None or case.problems for case in CASES)
    assert len(Counter(code for case in CASES for code, _, _ in case.problems)) > 60
    assert {case.outcome for case in CASES} == set(Outcome)


def test_the_table_of_the_corpus_is_in_the_documentation():
    text = DOCUMENTED.read_text(encoding="utf-8")

    assert [line for line in table() if line not in text] == []
