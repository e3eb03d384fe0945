"""The annotated workbook, made by the real child and corrected as a clerk would."""

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.text import Text
from gongkai.rows.store import open_rows
from gongkai.rows.workbook_marks import AUTHOR
from gongkai.services.annotating import make_workbook
from gongkai.services.intake import Intake, IntakeLimits, read_file
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields

ITEM = item_of_fields(
    make_field("amount", type="number", decimals=2, example="1.50"),
    make_field("noted_on", type="date", example="2026-01-31"),
    make_field("name", title={"zh": "名称", "en": "Name"}, constraints={"required": True}),
)
TITLE = Text("示例事项", "Sample item")
FAULTY = '''\
code,amount,noted_on,名称
001,1.50,2026-01-31,=1+1
002,many,2026-01-31,"two
lines, ""quoted"""
003,2.00,2026-02-30,
003,3.00,2026-01-31,  blanks
005,4.00,2026-01-31,one, more
006,5.00
'''
CORRECTED = '''\
code,amount,noted_on,名称
001,1.50,2026-01-31,=1+1
002,9.25,2026-01-31,"two
lines, ""quoted"""
003,2.00,2026-02-28,filled
004,3.00,2026-01-31,  blanks
005,4.00,2026-01-31,"one, more"
006,5.00,2026-01-31,late
'''


def send(folder: Path, content: str | bytes | Path, item=ITEM, **given: object) -> Intake:
    """Read ``content`` as intake does."""
    path, work_dir = folder / "sent", folder / "work"
    if isinstance(content, Path):
        path = content
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    work_dir.mkdir(exist_ok=True)
    return read_file(path, item, filename="表.csv", work_dir=work_dir, **given)  # type: ignore[arg-type]


def annotate(folder: Path, intake: Intake, sent: Path | None = None, **given: object) -> Path:
    """Return the annotated workbook of what was sent last."""
    target, work_dir = folder / "annotated.xlsx", folder / "annotating"
    work_dir.mkdir(exist_ok=True)
    options = {"language": "zh", "limits": IntakeLimits(), "max_rows": 20_000, **given}
    item = options.pop("item", ITEM)
    make_workbook(
        sent or folder / "sent",
        intake.report,
        item.table_schema,
        target,
        title=TITLE,
        work_dir=work_dir,
        **options,  # type: ignore[arg-type]
    )
    return target


def codes(intake: Intake) -> list[str]:
    return [group.code for group in intake.report.groups]


def texts(path: Path) -> str:
    """Return every text of the findings sheet."""
    sheet = openpyxl.load_workbook(path).worksheets[-1]
    return "\n".join(str(cell.value) for row in sheet.rows for cell in row if cell.value)


def test_every_cell_comes_back_as_it_was_written_and_the_wrong_ones_say_why(tmp_path):
    intake = send(tmp_path, FAULTY)
    path = annotate(tmp_path, intake)

    book = openpyxl.load_workbook(path)
    data, findings = book.worksheets
    assert (data.title, findings.title) == ("数据", "校验结果")
    assert [cell.value for cell in data[1]][:4] == ["code", "amount", "noted_on", "名称"]
    assert [cell.value for cell in data[2]][:4] == ["001", "1.50", "2026-01-31", "=1+1"]
    assert data["D2"].data_type == "s"
    assert data["D3"].value == 'two\nlines, "quoted"'
    assert data["B3"].comment.author == AUTHOR
    assert data["B3"].comment.text.startswith("错误：“many”不是数字")
    assert "2026-02-30" in data["C4"].comment.text
    assert data["D4"].comment.text.startswith("错误：“名称”必填")
    assert "第 4 行" in data["A5"].comment.text
    assert "5 格" in data["A6"].comment.text
    unmarked = data["A2"].fill.fgColor.rgb
    assert data["B3"].fill.fgColor.rgb != unmarked
    assert data["B3"].border.left.style is not None
    assert data["A2"].comment is None


def test_the_corrected_workbook_is_taken_as_the_corrected_file(tmp_path):
    intake = send(tmp_path, FAULTY)
    path = annotate(tmp_path, intake)
    book = openpyxl.load_workbook(path)
    data = book.worksheets[0]

    still = send(tmp_path, path)
    assert still.report.blocks
    assert {"type-number", "type-date", "required", "primary-key"} <= set(codes(still))
    for cell, value in {
        "B3": "9.25",
        "C4": "2026-02-28",
        "D4": "filled",
        "A5": "004",
        "D6": "one, more",
        "E6": None,
        "C7": "2026-01-31",
        "D7": "late",
    }.items():
        data[cell] = value
    book.save(tmp_path / "mended.xlsx")
    mended = send(tmp_path, tmp_path / "mended.xlsx")

    assert codes(mended) == []
    assert mended.content_sha256 == send(tmp_path, CORRECTED).content_sha256 is not None


def test_what_no_cell_shows_is_no_less_wrong_when_it_comes_back(tmp_path):
    short = "code,amount,noted_on,名称\n001,1.50,2026-01-31,x\n002,2.50,2026-01-31\n"
    item = item_of_fields(
        make_field("amount", type="number", decimals=2),
        make_field("noted_on", type="date"),
        make_field("名称_", title={"zh": "名称", "en": "Name"}),
    )
    path = annotate(tmp_path, send(tmp_path, short, item), item=item)

    back = send(tmp_path, path, item)

    assert codes(back) == ["error-cell"]
    assert openpyxl.load_workbook(path).worksheets[0]["A3"].comment is not None


def test_the_findings_lead_to_the_cells(tmp_path):
    path = annotate(tmp_path, send(tmp_path, FAULTY), language="en")

    book = openpyxl.load_workbook(path)
    data, findings = book.worksheets
    assert (data.title, findings.title) == ("Data", "Findings")
    links = {
        cell.value: cell.hyperlink.location
        for row in findings.rows
        for cell in row
        if cell.hyperlink
    }
    named = {words.partition(" (")[0]: place for words, place in links.items()}
    assert named["Row 3, “Amount”"] == "'Data'!B3"
    assert {"'Data'!B3", "'Data'!C4", "'Data'!D4", "'Data'!A5"} <= set(links.values())
    said = texts(path)
    assert "Error: Not a number (1)" in said
    assert "upload this very file" in said


def test_a_row_problem_marks_the_first_cell_and_a_warning_is_told_from_an_error(tmp_path):
    intake = send(tmp_path, "code,amount,noted_on,名称\n1,1,2026-01-31,x\n2,1,2026-01-31,x\n")
    row = Problem("two-figures", Text("两个数", "two"), row=3, severity=Severity.WARNING)
    whole = Problem(
        "late", Text("太迟了；请说明。", "too late; say why."), severity=Severity.REVIEW
    )
    report = intake.report.with_groups(
        ProblemGroup("two-figures", None, None, Severity.WARNING, 1, (row,), "plugin"),
        ProblemGroup("late", None, None, Severity.REVIEW, 1, (whole,), "plugin"),
    )
    marked = Intake(report, None, None, 2, 0, 0.0, 0.0)

    path = annotate(tmp_path, marked)

    data = openpyxl.load_workbook(path).worksheets[0]
    assert data["A3"].comment.text == "提示：两个数"
    assert "整个文件" in texts(path)
    assert "需审查：太迟了（1 处）" in texts(path)
    assert send(tmp_path, path).report.groups == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_files_of_every_kind_are_read_as_intake_read_them(tmp_path, encoding, delimiter):
    rows = ["code,amount,noted_on,名称", "001,多,2026-01-31,云河市中心血站", "002,1,2026-01-31,血"]
    content = "\r\n".join(rows).replace(",", delimiter).encode(encoding)

    path = annotate(tmp_path, send(tmp_path, content))

    data = openpyxl.load_workbook(path).worksheets[0]
    assert [cell.value for cell in data[2]] == ["001", "多", "2026-01-31", "云河市中心血站"]
    assert data["B2"].comment is not None


def test_records_become_a_table_and_what_is_nested_stays_wrong(tmp_path):
    records = [
        {"code": "1", "amount": 12.75, "noted_on": "2026-01-31", "name": {"zh": "甲"}},
        {"code": "2", "amount": "x", "name": "乙", "noted_on": None},
        5,
    ]
    intake = send(tmp_path, json.dumps(records))
    path = annotate(tmp_path, intake)

    data = openpyxl.load_workbook(path).worksheets[0]
    assert [cell.value for cell in data[1]] == ["code", "amount", "noted_on", "name"]
    assert data["B2"].value == "12.75"
    assert "甲" in data["D2"].comment.text or "\\u7532" in data["D2"].comment.text
    assert data["B3"].comment.text.startswith("错误：“x”不是数字")
    assert "第 2 条" in texts(path)
    back = send(tmp_path, path)
    assert {"error-cell", "type-number"} <= set(codes(back))


def test_a_workbook_keeps_the_errors_that_text_would_hide(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["code", "amount", "noted_on", "名称"])
    sheet.append(["001", 1.5, "2026-01-31", "x"])
    sheet.append(["002", "#REF!", "2026-01-31", "x"])
    sheet["B3"].data_type = "e"
    sheet.append(["003", 12345678901234567890, "2026-01-31", "x"])
    sheet.append(["004", 4, "2026-01-31", "x"])
    sheet.append([None, None, None, "y"])
    sheet.merge_cells("A5:A6")
    book.save(tmp_path / "sent.xlsx")
    intake = send(tmp_path, tmp_path / "sent.xlsx")
    path = annotate(tmp_path, intake, tmp_path / "sent.xlsx")

    back = send(tmp_path, path)

    assert {"error-cell", "damaged-number", "merged-cell"} <= set(codes(intake))
    assert {"error-cell", "merged-cell"} <= set(codes(back))
    places = {
        (p.row, p.field) for g in back.report.groups if g.code == "error-cell" for p in g.first
    }
    assert places == {(3, "amount"), (4, "amount")}


def test_a_long_file_is_shown_by_its_problems_and_cannot_be_sent_again(tmp_path):
    lines = [f"{n:05d},{'bad' if n in (700, 2500) else 1},2026-01-31,x" for n in range(3000)]
    intake = send(tmp_path, "code,amount,noted_on,名称\n" + "\n".join(lines))

    path = annotate(tmp_path, intake, max_rows=1000)

    data = openpyxl.load_workbook(path).worksheets[0]
    assert [cell.value for cell in data["A"]] == [
        "原文件行号", 700, 701, 702, 703, 704, 2500, 2501, 2502, 2503, 2504,
    ]  # fmt: skip
    assert data["C4"].value == "bad"
    assert data["C4"].comment is not None
    assert "不能上传" in texts(path)
    assert "unknown-column" in codes(send(tmp_path, path))


@pytest.mark.parametrize(
    ("content", "seen"),
    [(b"%PDF-1.7\n", "PDF"), (b"", "没有任何内容"), (b"PK\x03\x04" + b"x" * 99, "工作簿")],
)
def test_a_file_that_is_no_table_gives_the_findings_alone(tmp_path, content, seen):
    path = annotate(tmp_path, send(tmp_path, content))

    book = openpyxl.load_workbook(path)
    assert [sheet.title for sheet in book.worksheets] == ["校验结果"]
    assert seen in texts(path)


def test_wrong_quotes_cost_one_line_and_not_the_rest(tmp_path):
    content = (
        'code,amount,noted_on,名称\n001,1,2026-01-31,"a"b\n002,2,2026-01-31,"c, d"\n'
        '003,3,2026-01-31,"open\n004,4,2026-01-31,x\n'
    )
    intake = send(tmp_path, content)
    path = annotate(tmp_path, intake)

    data = openpyxl.load_workbook(path).worksheets[0]
    assert codes(intake) == ["stray-quote"]
    assert '"a"b' in data["D2"].comment.text
    assert data["D3"].value == "c, d"
    assert "open" in data["D4"].comment.text
    assert data["A5"].value == "004"


def test_a_reader_that_dies_costs_the_data_and_not_the_findings(tmp_path):
    rows = "".join(f"{n},1,2026-01-31,note {n}\n" for n in range(15_000))
    intake = send(tmp_path, "code,amount,noted_on,名称\nx,y,z,\n" + rows)

    path = annotate(tmp_path, intake, limits=IntakeLimits(output_bytes=60_000))

    assert [sheet.title for sheet in openpyxl.load_workbook(path).worksheets] == ["校验结果"]
    assert "不是数字" in texts(path)


_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=8))
def test_any_text_comes_back_as_it_was(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("any")
    item = item_of_fields(make_field("a"), make_field("b"))
    records = [{"code": str(n), "a": a, "b": b} for n, (a, b) in enumerate(pairs)]
    sent = send(folder, json.dumps(records), item)
    back = send(folder, annotate(folder, sent, item=item), item)

    assert codes(back) == codes(sent)
    if sent.rows_path is not None and back.rows_path is not None:
        assert back.content_sha256 == sent.content_sha256


def test_the_rows_of_a_clean_file_are_the_same_behind_the_workbook(tmp_path):
    sent = send(tmp_path, CORRECTED)
    path = annotate(tmp_path, sent)
    again = tmp_path / "again"
    again.mkdir()

    back = send(again, path)

    assert back.rows_path is not None
    with open_rows(back.rows_path, ITEM.table_schema) as rows:
        assert next(iter(rows.text_batches()))[0] == ("001", "1.50", "2026-01-31", "=1+1")
    assert "没有发现问题" in texts(path)
