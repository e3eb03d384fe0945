import io
import zipfile

import pytest

from gongkai.rows.problem_lists import Unreadable
from gongkai.rows.sniff import FileKind, sniff
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows.tables import item_of_fields, read_bytes, read_path


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a,b\n1,2\n", FileKind.DELIMITED),
        (b"\xef\xbb\xbfa,b\n", FileKind.DELIMITED),
        (b'[\n {"a": 1}]', FileKind.JSON),
        (b"\xef\xbb\xbf[]", FileKind.JSON),
        (b"[note],b\n1,2\n", FileKind.DELIMITED),
        (b'{"a": 1}\n{"a": 2}\n', FileKind.JSON_LINES),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), FileKind.XLSX),
    ],
)
def test_the_bytes_decide_what_a_file_is(tmp_path, content, kind):
    path = tmp_path / "named.pdf"
    path.write_bytes(content)

    assert sniff(path) is kind


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"%PDF-1.7\n...", "PDF"),
        (b"\n\n%PDF-1.7\n...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old Office"),
        (b"PAR1" + bytes(50), "Parquet"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf  <html><table>", "web page"),
        (b"<div><table><tr><td>a,b</td></tr></table></div>", "web page"),
        (b'<?xml version="1.0"?><rss/>', "XML"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (zipped("word/document.xml", "[Content_Types].xml"), "Word"),
        (zipped("mimetype", "content.xml"), "OpenDocument"),
        (zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "macros"),
        (zipped("data.csv"), "zip"),
    ],
)
def test_what_is_no_table_is_refused_with_what_was_seen(tmp_path, content, seen):
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    with pytest.raises(Unreadable) as caught:
        sniff(path)

    problem = caught.value.groups[0].first[0]
    assert problem.code == "unsupported-format"
    assert seen in problem.message.en


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\t\n"])
def test_a_file_without_anything_is_empty(tmp_path, content):
    assert read_bytes(tmp_path, content, item_of_fields()).codes == ["empty-file"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_makes_the_headers_fields(tmp_path, delimiter):
    value = "1,5;2\tb|c".replace(delimiter, "/")
    text = f"code{delimiter}x\nA{delimiter}{value}\n"

    reading = read_bytes(tmp_path, text, item_of_fields(make_field("x")))

    assert reading.report.file["delimiter"] == delimiter
    assert reading.rows == [("A", value)]


def test_a_real_old_workbook_and_a_real_zip_are_refused(tmp_path):
    folder = SHARED_DATA / "hosp_prices_us"
    need(folder.exists(), "shared/data")

    for name in ("106331326_CDM_2018.xls", "BWH-Standard-Charges.zip"):
        assert read_path(tmp_path, folder / name, item_of_fields()).codes == ["unsupported-format"]
