"""What of a report may be overridden follows from the hook, never from what a plugin says."""

import pytest

from gongkai.domain.problems import ProblemGroup, Report, Severity
from gongkai.rows.store import open_rows
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields
from tests.services.plugin_files import plugin_file
from tests.services.test_intake import receive

ITEM = item_of_fields(make_field("x", type="number", decimals=2), make_field("note"))
RIGHT = "code,x,note\nB,1.50,乙\nA,0.5,\n"
FINDS = """
    from gongkai import Problem, ProblemGroup, Severity, Text
    @hookimpl
    def {hook}(item, rows):
        message = Text("不得公开", "not to be public")
        problem = Problem("found", message, row=2, field="note", severity=Severity.{severity})
        return [problem, ProblemGroup("grouped", "note", None, Severity.{severity}, 1, (problem,),
                                      overridable=True)]
"""


@pytest.mark.parametrize(
    ("hook", "severity", "overridable", "has_rows"),
    [
        ("check_confidentiality", "ERROR", True, True),
        ("check_confidentiality", "REVIEW", False, True),
        ("check_release", "ERROR", False, False),
    ],
)
def test_only_what_the_gate_blocks_may_be_overridden(
    tmp_path, monkeypatch, hook, severity, overridable, has_rows
):
    source = FINDS.format(hook=hook, severity=severity)
    name = plugin_file(tmp_path, monkeypatch, "finds", source)

    intake = receive(tmp_path, RIGHT, item=ITEM, plugin_modules=[name])

    groups = {group.code: group.overridable for group in intake.report.groups}
    assert groups == {"found": overridable, "grouped": overridable}
    assert (intake.rows_path is not None) is (intake.content_sha256 is not None) is has_rows
    assert intake.report.as_json()["overridable"] is overridable
    if has_rows:
        with open_rows(intake.rows_path, ITEM.table_schema) as rows:
            assert rows.count == 2


def test_a_gate_that_fails_beside_one_that_finds_is_beyond_the_reviewer(tmp_path, monkeypatch):
    source = FINDS.format(hook="check_confidentiality", severity="ERROR")
    finds = plugin_file(tmp_path, monkeypatch, "finds", source)
    breaks = plugin_file(
        tmp_path,
        monkeypatch,
        "breaks",
        """
        @hookimpl
        def check_confidentiality(item, rows):
            raise ValueError
    """,
    )

    intake = receive(tmp_path, RIGHT, item=ITEM, plugin_modules=[finds, breaks])

    assert intake.report.is_fatal
    assert (intake.rows_path, intake.report.as_json()["overridable"]) == (None, False)


def test_the_same_rows_have_the_same_hash_whether_the_gate_blocks_or_not(tmp_path, monkeypatch):
    source = FINDS.format(hook="check_confidentiality", severity="ERROR")
    name = plugin_file(tmp_path, monkeypatch, "finds", source)

    blocked = receive(tmp_path, RIGHT, item=ITEM, plugin_modules=[name])
    free = receive(tmp_path, RIGHT, item=ITEM)

    assert blocked.content_sha256 == free.content_sha256


def group(severity, *, overridable):
    return ProblemGroup("x", None, None, severity, 1, (), overridable=overridable)


@pytest.mark.parametrize(
    ("groups", "blocks", "is_fatal"),
    [
        ((), False, False),
        ((group(Severity.REVIEW, overridable=False),), False, False),
        ((group(Severity.ERROR, overridable=True),), True, False),
        ((group(Severity.ERROR, overridable=False),), True, True),
        (
            (group(Severity.ERROR, overridable=True), group(Severity.ERROR, overridable=False)),
            True,
            True,
        ),
    ],
)
def test_a_report_is_fatal_when_anything_blocks_that_is_not_the_gates(groups, blocks, is_fatal):
    report = Report("x", 1, groups)

    assert (report.blocks, report.is_fatal) == (blocks, is_fatal)
    assert Report.of(report.as_json()).is_fatal == is_fatal
