import io
import zipfile

import pytest

from gongkai.rows.problem_lists import Unreadable
from gongkai.rows.sniff import FileKind, sniff
from gongkai.testing import make_field
from tests.rows import biff
from tests.rows.tables import item_of_fields, read_bytes

SPREADSHEET_XML = (
    b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)


def open_document(kind: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", "x")
    return buffer.getvalue()


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
        (zipped("data.csv"), FileKind.ZIP),
        (biff.book([("code",)]), FileKind.XLS),
        (biff.workbook(("a", 0, b"")), FileKind.XLS),
        ("code\tx\n".encode("utf-16"), FileKind.DELIMITED),
        ('[{"a": 1}]'.encode("utf-16-le"), FileKind.JSON),
        ('[{"a": 1}]'.encode("utf-16-be"), FileKind.JSON),
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
        (b"PAR1" + bytes(50), "Parquet"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf  <html><table>", "web page"),
        (b"<div><table><tr><td>a,b</td></tr></table></div>", "web page"),
        (b'<?xml version="1.0"?><rss/>', "XML"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (zipped("word/document.xml", "[Content_Types].xml"), "Word"),
        (zipped("[Content_Types].xml", "xl/workbook.bin"), ".xlsb"),
        (open_document("spreadsheet"), "OpenDocument spreadsheet"),
        (open_document("text"), "OpenDocument text"),
        (SPREADSHEET_XML, "Excel 2003 XML"),
        (
            b"<!-- x -->\n<html xmlns:o='urn:schemas-microsoft-com:office:office'><table>",
            "web page",
        ),
        ("<html><table>".encode("utf-16"), "web page"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"BM" + bytes([70, 0, 0, 0]) + bytes(60), "an image"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "an image"),
        (b"a,b\n%PDF-1.4\n", "PDF"),
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


@pytest.mark.parametrize(
    "content",
    [
        b"code,x\nA,1\n" + zipped("a.csv"),
        b"PK\x03\x04\n%PDF-1.7\n" + zipped("a.csv"),
    ],
)
def test_a_file_of_two_formats_is_refused(tmp_path, content):
    assert read_bytes(tmp_path, content, item_of_fields()).codes == ["two-formats"]


def test_an_image_with_an_archive_behind_it_is_an_image(tmp_path):
    problem = read_bytes(tmp_path, b"\x89PNG" + zipped("a.csv"), item_of_fields()).report.groups[0]

    assert "PNG" in problem.first[0].message.en


def test_macros_are_refused_by_name(tmp_path):
    content = zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")

    assert read_bytes(tmp_path, content, item_of_fields()).codes == ["macro-workbook"]


def test_a_container_of_nothing_is_damaged(tmp_path):
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)

    assert read_bytes(tmp_path, content, item_of_fields()).codes == ["broken-workbook"]
