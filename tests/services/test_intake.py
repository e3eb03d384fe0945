import json
import os
import signal
from pathlib import Path

import pytest

from gongkai.domain.problems import Report, Severity
from gongkai.rows.store import open_rows
from gongkai.services.intake import Intake, IntakeLimits, read_file
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields
from tests.services.child_processes import readers
from tests.services.plugin_files import plugin_file

ITEM = item_of_fields(make_field("x", type="number", decimals=2), make_field("note"))
RIGHT = "code,x,note\nB,1.50,乙\nA,0.5,\n"
WRONG = "code,x,note\nA,one,\n"


def receive(tmp_path: Path, content: str | bytes, **given: object) -> Intake:
    """Read ``content`` in a real child."""
    path, work_dir = tmp_path / "upload", tmp_path / "work"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    work_dir.mkdir(exist_ok=True)
    for left in work_dir.iterdir():
        left.unlink()
    return read_file(path, given.pop("item", ITEM), filename="价格.csv", work_dir=work_dir, **given)  # type: ignore[arg-type]


def codes(report: Report) -> list[str]:
    return [group.code for group in report.groups]


def test_rows_without_errors_are_written_sorted_and_hashed(tmp_path):
    intake = receive(tmp_path, RIGHT)

    assert intake.report.groups == ()
    assert intake.row_count == intake.report.row_count == 2
    assert intake.rows_path is not None
    with open_rows(intake.rows_path, ITEM.table_schema) as rows:
        assert list(rows.text_batches()) == [[("A", "0.50", None), ("B", "1.50", "乙")]]
    assert intake.report.file["name"] == "价格.csv"
    assert intake.report.file["encoding"] == "UTF-8"
    assert intake.peak_memory_bytes > 10_000_000
    assert intake.seconds > 0


def test_the_same_rows_have_the_same_hash_in_every_format_and_order(tmp_path):
    records = [{"note": "乙", "code": "B", "x": 1.5}, {"code": "A", "x": 0.50, "note": None}]
    forms = [
        RIGHT,
        "code;字段x;note\nA; 0.5;\nB;1.5;乙\n".encode("gb18030"),
        json.dumps(records),
    ]

    intakes = [receive(tmp_path, form) for form in forms]

    assert len({intake.content_sha256 for intake in intakes}) == 1
    assert intakes[0].content_sha256 is not None


def test_errors_leave_no_rows_behind(tmp_path):
    intake = receive(tmp_path, WRONG)

    assert codes(intake.report) == ["type-number"]
    assert (intake.rows_path, intake.content_sha256) == (None, None)
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == [
        "hooks.json",
        "report.json",
        "result.json",
        "stderr.txt",
    ]


def test_a_reference_to_another_release_is_checked(tmp_path):
    key = {"fields": ["note"], "reference": {"resource": "other", "fields": ["code"]}}
    item = item_of_fields(make_field("note"), foreignKeys=[key])
    other = receive(tmp_path, RIGHT).rows_path
    assert other is not None
    kept = other.rename(tmp_path / "other.parquet")

    intake = receive(tmp_path, "code,note\nK,A\nL,Z\n", item=item, references={"other": kept})

    problem = intake.report.groups[0].first[0]
    assert (problem.code, problem.row, problem.value) == ("foreign-key", 3, "Z")


def test_progress_says_what_is_going_on(tmp_path):
    heard: list[str] = []

    receive(tmp_path, RIGHT, progress=lambda stage, _done, _total: heard.append(stage))

    assert heard[0] == "reading"
    assert "plugin confidentiality" in heard
    assert heard[-1] == "writing"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (IntakeLimits(file_bytes=10), "too-large"),
        (IntakeLimits(wall_seconds=0.2), "too-slow"),
        (IntakeLimits(output_bytes=200_000), "too-large"),
        (IntakeLimits(cpu_seconds=1), "too-slow"),
    ],
)
def test_a_file_over_a_limit_ends_in_a_report_that_blocks(tmp_path, limits, code):
    # More than a second of work, so that it cannot be over before the limit is felt.
    rows = "".join(f'"K{n}",1.5,"note {n}"\n' for n in range(1_500_000))

    intake = receive(tmp_path, "code,x,note\n" + rows, limits=limits)

    assert codes(intake.report) == [code]
    assert intake.report.blocks
    assert intake.report.file["byte_size"] > 1_000_000
    assert intake.rows_path is None


def test_a_file_that_needs_too_much_memory_ends_in_a_report(tmp_path):
    numbers = ",".join(map(str, range(10**6, 5 * 10**6)))
    limits = IntakeLimits(memory_bytes=600 * 1024 * 1024, line_bytes=10**9)

    intake = receive(tmp_path, f'[{{"code": [{numbers}]}}]', limits=limits)

    assert codes(intake.report) == ["too-large"]
    assert "600 MiB of memory" in intake.report.groups[0].first[0].message.en
    assert intake.report.blocks


def crash_at_checking(stage: str, _done: int, _total: int | None) -> None:
    """Do to the reader what C code does that cannot get a page."""
    if stage == "checking":
        for reader in readers():
            os.kill(reader, signal.SIGSEGV)


def test_a_crash_at_the_limit_of_memory_is_told_as_such(tmp_path):
    limits = IntakeLimits(memory_bytes=620 * 1024 * 1024)

    intake = receive(tmp_path, RIGHT, progress=crash_at_checking, limits=limits)

    assert codes(intake.report) == ["too-large"]
    assert "620 MiB of memory" in intake.report.groups[0].first[0].message.en


def test_a_reader_that_is_killed_ends_in_a_report(tmp_path):
    intake = receive(tmp_path, RIGHT, progress=crash_at_checking)

    assert codes(intake.report) == ["reader-crashed"]
    assert "SIGSEGV" in intake.report.groups[0].first[0].message.en


def test_what_a_plugin_finds_is_grouped_under_its_name(tmp_path, monkeypatch):
    name = plugin_file(
        tmp_path,
        monkeypatch,
        "finds",
        """
        from gongkai import Problem, Severity, Text
        @hookimpl
        def check_release(item, rows):
            print("noise on standard output")
            message = Text("太贵", "too dear")
            return [Problem("dear", message, row=n, field="x", severity=Severity.WARNING)
                    for n in range(2, 9)]
    """,
    )

    intake = receive(tmp_path, RIGHT, plugin_modules=[name], limits=IntakeLimits(listed=3))

    group = intake.report.groups[0]
    assert (group.code, group.total, len(group.first), group.source) == ("dear", 7, 3, name)
    assert intake.rows_path is not None


@pytest.mark.parametrize(
    "body",
    [
        "raise RuntimeError('broken')",
        "return 'fine'",
        "return [None]",
        "return None",
        "import os; os.abort()",
        "import sys; sys.exit(3)",
    ],
)
def test_a_plugin_that_fails_is_named_and_the_others_go_on(tmp_path, monkeypatch, body):
    failing = plugin_file(
        tmp_path,
        monkeypatch,
        "fails",
        f"""
        @hookimpl
        def check_release(item, rows):
            {body}
    """,
    )
    working = plugin_file(
        tmp_path,
        monkeypatch,
        "works",
        """
        from gongkai import Problem, Severity, Text
        @hookimpl
        def check_release(item, rows):
            return [Problem("seen", Text("见", "seen"), severity=Severity.WARNING)]
    """,
    )

    intake = receive(tmp_path, RIGHT, plugin_modules=[failing, working])

    groups = {group.code: group for group in intake.report.groups}
    assert groups["plugin-failed"].severity is Severity.REVIEW
    assert failing in groups["plugin-failed"].first[0].message.en
    assert groups["seen"].source == working
    assert intake.rows_path is not None


def test_a_confidentiality_check_that_fails_blocks(tmp_path, monkeypatch):
    name = plugin_file(
        tmp_path,
        monkeypatch,
        "closed",
        """
        @hookimpl
        def check_confidentiality(item, rows):
            raise ValueError
    """,
    )

    intake = receive(tmp_path, RIGHT, plugin_modules=[name])

    assert codes(intake.report) == ["plugin-failed"]
    assert intake.report.blocks
    assert intake.rows_path is None


@pytest.mark.parametrize(
    ("hook", "blocks"), [("check_release", False), ("check_confidentiality", True)]
)
def test_a_plugin_that_hangs_is_named_and_the_report_is_kept(tmp_path, monkeypatch, hook, blocks):
    name = plugin_file(
        tmp_path,
        monkeypatch,
        "hangs",
        f"""
        import time
        @hookimpl
        def {hook}(item, rows):
            time.sleep(600)
    """,
    )
    text = RIGHT + "C,1.5,11010519491231002X\n" if blocks else RIGHT

    intake = receive(tmp_path, text, plugin_modules=[name], limits=IntakeLimits(plugin_seconds=0.5))

    assert "plugin-failed" in codes(intake.report)
    failed = next(g for g in intake.report.groups if g.code == "plugin-failed")
    assert name in failed.first[0].message.zh
    assert intake.report.blocks is blocks
    assert ("resident-id" in codes(intake.report)) is blocks
    assert intake.row_count == 2 + blocks


def test_a_hanging_plugin_at_the_wall_clock_is_named_too(tmp_path, monkeypatch):
    name = plugin_file(
        tmp_path,
        monkeypatch,
        "sleeps",
        """
        import time
        @hookimpl
        def check_release(item, rows):
            time.sleep(600)
    """,
    )

    intake = receive(tmp_path, RIGHT, plugin_modules=[name], limits=IntakeLimits(wall_seconds=4))

    assert codes(intake.report) == ["too-slow", "plugin-failed"]
    assert intake.report.blocks
    assert intake.row_count == 2


def test_the_child_sees_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_SECRET", "hush")
    name = plugin_file(
        tmp_path,
        monkeypatch,
        "looks",
        """
        import os
        from gongkai import Problem, Severity, Text
        @hookimpl
        def check_release(item, rows):
            text = " ".join(os.environ)
            return [Problem("env", Text(text, text), severity=Severity.WARNING)]
    """,
    )

    intake = receive(tmp_path, RIGHT, plugin_modules=[name])

    assert "GONGKAI_SECRET" not in intake.report.groups[0].first[0].message.en


def test_a_disabled_plugin_is_not_asked(tmp_path):
    text = RIGHT + "C,1.5,11010519491231002X\n"

    assert codes(receive(tmp_path, text).report) == ["resident-id"]
    assert codes(receive(tmp_path, text, disabled_plugins=["confidentiality"]).report) == []
