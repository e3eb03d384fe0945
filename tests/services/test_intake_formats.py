import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from gongkai.rows.store import open_rows
from gongkai.services.intake import Intake, read_file
from gongkai.testing import make_field
from tests.rows import biff
from tests.rows.tables import item_of_fields

ITEM = item_of_fields(
    make_field("name", title={"zh": "项目名称", "en": "Name"}),
    make_field("price", type="number", decimals=2, title={"zh": "价格", "en": "Price"}),
)
ROWS = [("A1", "一般门诊诊察费", "12.50"), ("A2", "㐂𠮷、“床位费”", "0.30")]
CSV = "code,项目名称,价格\nA1,一般门诊诊察费,12.5\nA2,㐂𠮷、“床位费”,0.3\n"
TSV = CSV.replace(",", "\t")


def receive(tmp_path: Path, content: bytes, filename: str, **given: object) -> Intake:
    """Read ``content`` in a real child."""
    path, work_dir = tmp_path / "upload", tmp_path / "work"
    path.write_bytes(content)
    work_dir.mkdir()
    return read_file(path, ITEM, filename=filename, work_dir=work_dir, **given)  # type: ignore[arg-type]


def workbook() -> bytes:
    made = openpyxl.Workbook()
    for row in [("code", "项目名称", "价格"), ("A1", ROWS[0][1], 12.5), ("A2", ROWS[1][1], 0.3)]:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


OLD = biff.book([("code", "项目名称", "价格"), ("A1", ROWS[0][1], 12.5), ("A2", ROWS[1][1], 0.3)])


@pytest.mark.parametrize(
    ("content", "filename", "seen"),
    [
        (TSV.encode("utf-16"), "导出.xls", {"format": "tsv", "encoding": "UTF-16 LE BOM"}),
        (TSV.encode("utf-16-le"), "导出.xls", {"format": "tsv", "encoding": "UTF-16 LE"}),
        (TSV.encode("gb18030"), "导出.xls", {"format": "tsv", "encoding": "GB18030"}),
        (workbook(), "价格.csv", {"format": "xlsx"}),
        (workbook(), "价格.xls", {"format": "xlsx"}),
        (OLD, "价格.xlsx", {"format": "xls", "sheet": "表1"}),
        (
            zipped("价格.csv", CSV.encode("gb18030")),
            "价格.xlsx",
            {"format": "csv", "encoding": "GB18030", "archive": {"member": "价格.csv"}},
        ),
        (zipped("价格.xlsx", workbook()), "价格.zip", {"format": "xlsx"}),
        (CSV.replace("\n", "\r").encode(), "mac.csv", {"format": "csv", "newline": "CR"}),
        (CSV.replace("\n", "\r").encode("utf-16-be"), "mac.csv", {"encoding": "UTF-16 BE"}),
        (CSV.replace(",", ";").encode(), "价格.csv", {"delimiter": ";"}),
        (CSV.replace(",", "|").encode("gb18030"), "价格.txt", {"delimiter": "|"}),
    ],
)
def test_the_content_decides_whatever_the_name_says(tmp_path, content, filename, seen):
    intake = receive(tmp_path, content, filename)

    assert [group.code for group in intake.report.groups] == []
    assert intake.report.file["name"] == filename
    assert seen.items() <= intake.report.file.items()
    assert intake.rows_path is not None
    with open_rows(intake.rows_path, ITEM.table_schema) as rows:
        assert [row for batch in rows.text_batches() for row in batch] == ROWS
    left = {path.name for path in (tmp_path / "work").iterdir()}
    assert not left & {"member", "utf8.txt"}


@pytest.mark.parametrize(
    ("content", "filename", "code", "said"),
    [
        (
            b"<html xmlns:x='urn:x'><table><tr><td>1</td></tr></table>",
            "a.xls",
            "unsupported-format",
            "另存为 XLSX",
        ),
        (b"%PDF-1.7\n" + zipped("a.csv", b"x"), "a.csv", "unsupported-format", "PDF"),
        (CSV.encode() + zipped("a.csv", b"x"), "a.csv", "two-formats", "压缩包"),
        (biff.container({"EncryptedPackage": bytes(9)}), "a.xlsx", "encrypted-workbook", "密码"),
        (biff.book([("x",)], extra=biff.record(0xD3)), "a.xls", "macro-workbook", "宏"),
        (zipped("b.zip", zipped("a.csv", CSV.encode())), "a.zip", "archive-nested", "b.zip"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path, content, filename, code, said):
    intake = receive(tmp_path, content, filename)

    assert [group.code for group in intake.report.groups] == [code]
    assert said in intake.report.groups[0].first[0].message.zh
    assert intake.report.blocks
    assert intake.rows_path is None


def test_a_doubtful_encoding_is_shown_and_the_choice_is_recorded(tmp_path):
    content = "code,name,price\nA1,中,1\n".encode("gb18030")
    (tmp_path / "first").mkdir()

    asked = receive(tmp_path / "first", content, "a.csv")
    chosen = receive(tmp_path, content, "a.csv", encoding="gb18030")

    assert [group.code for group in asked.report.groups] == ["ambiguous-encoding"]
    candidates = asked.report.file["encoding_candidates"]
    assert {"gb18030", "big5"} <= {one["encoding"] for one in candidates}
    assert candidates[0]["preview"]
    assert chosen.report.groups == ()
    assert chosen.report.file["encoding"] == "GB18030"
    assert chosen.report.file["encoding_by"] == "choice"
