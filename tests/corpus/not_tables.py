"""What is no table whatever its name says, and what is two things at once."""

import io
import sqlite3
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.corpus.archives import packed
from tests.corpus.case import Case, of_family, refusal
from tests.corpus.delimited import PLAIN, TWO
from tests.corpus.workbooks import BOOK_ITEM, DATA, prefixed
from tests.rows.xlsx_books import workbook

TABLE = PLAIN.encode()
HTML_TABLE = "<table><tr><th>code</th></tr><tr><td>A</td></tr></table>"


def seen_as(name: str, about: str, content: bytes, *says: str, filename: str = "table.csv") -> Case:
    return Case(name, about, content, filename=filename, **refusal("unsupported-format", *says))


def refused(name: str, about: str, content: bytes, code: str, *says: str, **given: Any) -> Case:
    return Case(name, about, content, **refusal(code, *says), **given)


def office(*names: str) -> bytes:
    return packed(("[Content_Types].xml", b"<Types/>"), *((name, b"x") for name in names))


def open_document(kind: str) -> bytes:
    return packed(
        ("mimetype", f"application/vnd.oasis.opendocument.{kind}".encode()),
        ("content.xml", b"<a/>"),
    )


def parquet(codec: str) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"code": ["A"]}), buffer, compression=codec)
    return buffer.getvalue()


def arrow() -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"code": ["A"]})
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE t (code TEXT)")
        connection.close()
        return path.read_bytes()


def dbase() -> bytes:
    """Return a table of dBase, which old registries still export."""
    field = b"CODE".ljust(11, b"\0") + b"C" + bytes(4) + b"\x05\x00" + bytes(14)
    head = struct.pack("<BBBBIHH20x", 3, 126, 1, 31, 1, 65, 6)
    return head + field + b"\r" + b" A    " + b"\x1a"


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SPREADSHEET_XML = (
    b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)
MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?B?5Lu35qC8?=\n\ncode,name\nA,x\n"

CASES = of_family(
    "no tables",
    [
        seen_as(
            "PDF named .csv",
            "Printed from a spreadsheet.",
            PDF,
            "a PDF document",
            "ask whoever made it",
        ),
        seen_as(
            "PDF behind blank lines",
            "Readers allow it.",
            b"\r\n\r\n" + PDF,
            "a PDF document",
            filename="table.xlsx",
        ),
        seen_as(
            "PDF behind a line of text",
            "Readers allow that too.",
            b"HTTP/1.1 200 OK\n\n" + PDF,
            "a PDF document",
        ),
        seen_as(
            "a web page named .xls",
            "What many systems call Excel.",
            ("<html><body>" + HTML_TABLE).encode(),
            "a web page",
            filename="table.xls",
        ),
        seen_as(
            "a web page named .csv",
            "A page of an error.",
            b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>",
            "a web page",
        ),
        seen_as(
            "a bare table of HTML", "Without a page around it.", HTML_TABLE.encode(), "a web page"
        ),
        seen_as(
            "a web page in UTF-16",
            "With a mark.",
            ("<html>" + HTML_TABLE).encode("utf-16"),
            "a web page",
        ),
        seen_as(
            "a web page of Office",
            "With its namespaces.",
            b"<!-- x -->\n<html xmlns:o='urn:schemas-microsoft-com:office:office'><table>",
            "a web page",
            filename="table.xls",
        ),
        seen_as(
            "XML of Excel 2003",
            "A spreadsheet, but not one that is read.",
            SPREADSHEET_XML,
            "Excel 2003 XML",
            filename="table.xls",
        ),
        seen_as("XML", "A feed.", b'<?xml version="1.0"?><rss/>', "an XML file"),
        seen_as(
            "XML with entities",
            "A billion laughs outside a workbook: it is not even parsed.",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "an XML file",
        ),
        seen_as(
            "SVG", "A picture in XML.", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an XML file"
        ),
        seen_as("RTF", "A document.", b"{\\rtf1\\ansi code,name}", "RTF"),
        seen_as("Word", ".docx.", office("word/document.xml"), "Word", filename="table.xlsx"),
        seen_as(
            "PowerPoint",
            ".pptx.",
            office("ppt/presentation.xml"),
            "PowerPoint",
            filename="table.xlsx",
        ),
        seen_as(
            "a binary workbook", ".xlsb.", office("xl/workbook.bin"), ".xlsb", filename="table.xlsx"
        ),
        seen_as(
            "OpenDocument",
            ".ods.",
            open_document("spreadsheet"),
            "OpenDocument spreadsheet",
            filename="table.xlsx",
        ),
        seen_as("OpenDocument text", ".odt.", open_document("text"), "OpenDocument text"),
        seen_as(
            "a book",
            ".epub.",
            packed(("mimetype", b"application/epub+zip"), ("a.xhtml", b"x")),
            "EPUB",
        ),
        seen_as(
            "a Java archive",
            ".jar.",
            packed(("META-INF/MANIFEST.MF", b"x"), ("A.class", b"x")),
            "Java",
        ),
        refused(
            "a workbook with macros named .xlsx",
            ".xlsm.",
            office("xl/workbook.xml", "xl/vbaProject.bin"),
            "macro-workbook",
            "macros",
            filename="table.xlsx",
        ),
        seen_as(
            "Parquet",
            "Refused by decision: a flaw in what reads its codecs.",
            parquet("snappy"),
            "Parquet",
        ),
        seen_as("Parquet in Brotli", "The codec of that flaw.", parquet("brotli"), "Parquet"),
        seen_as("Arrow", "A file of it.", arrow(), "Arrow"),
        seen_as("SQLite", "A database.", database(), "SQLite"),
        seen_as(
            "Access", "A database.", b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(100), "Access"
        ),
        refused("dBase", "A table of old registries.", dbase(), "nul-byte"),
        seen_as("PNG", "A photograph of a table.", b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        seen_as("JPEG", "Likewise.", b"\xff\xd8\xff\xe0" + bytes(50), "JPEG"),
        seen_as(
            "GIF with a program", "GIF89a; and a script behind it.", b"GIF89a=1;alert(1)//", "GIF"
        ),
        seen_as("TIFF", "A scan.", b"II*\x00" + bytes(50), "TIFF"),
        seen_as(
            "WebP",
            "A picture.",
            b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8 " + bytes(32),
            "an image",
        ),
        seen_as("a bitmap", "BM.", b"BM" + struct.pack("<I", 70) + bytes(64), "an image"),
        seen_as("bzip2", "Packed.", b"BZh91AY&SY" + bytes(20), "bzip2"),
        seen_as("xz", "Packed.", b"\xfd7zXZ\x00" + bytes(20), "xz"),
        seen_as("zstd", "Packed.", b"\x28\xb5\x2f\xfd" + bytes(20), "zstd"),
        seen_as("7z", "Packed.", b"7z\xbc\xaf\x27\x1c" + bytes(20), "7z"),
        seen_as("RAR", "Packed.", b"Rar!\x1a\x07\x01\x00" + bytes(20), "RAR"),
        seen_as("a Windows program", "MZ.", b"MZ\x90\x00" + bytes(100), "Windows program"),
        seen_as("a Linux program", "ELF.", b"\x7fELF\x02\x01\x01" + bytes(100), "a program"),
        Case(
            "a mail",
            "With a table inside, whose header is named.",
            MAIL,
            problems=[("header-below", 5, None)],
        ),
        Case(
            "a shell script",
            "Named .csv.",
            b"#!/bin/sh\nrm -rf /\n",
            problems=[("no-header", 1, None)],
        ),
        Case(
            "a server's log",
            "Named .csv.",
            b'127.0.0.1 - - [31/Jan/2026] "GET / HTTP/1.1" 200\n',
            problems=[("no-header", 1, None)],
        ),
        refused("zeros", "Four kilobytes of them.", bytes(4096), "nul-byte"),
        refused("ones", "Four kilobytes of them.", b"\xff" * 4096, "unknown-encoding"),
        Case("a CSV named .xlsx", "The bytes decide.", TABLE, TWO, filename="table.xlsx"),
        Case("a CSV named .pdf", "The bytes decide.", TABLE, TWO, filename="table.pdf"),
        Case(
            "a workbook named .csv",
            "The bytes decide.",
            prefixed(),
            2,
            filename="table.csv",
            item=BOOK_ITEM,
        ),
        Case(
            "a name that leaves",
            "The name is shown and never used.",
            TABLE,
            TWO,
            filename="../../etc/passwd\x00\r\n<b>.csv",
            seen={"name": "../../etc/passwd\x00\r\n<b>.csv"},
        ),
        refused(
            "a CSV with an archive behind it",
            "Both at once.",
            TABLE + packed(("a.csv", b"code\nZ\n")),
            "two-formats",
        ),
        refused(
            "JSON with an archive behind it",
            "Both at once.",
            b'[{"code": "A"}]' + packed(("a.csv", TABLE)),
            "two-formats",
        ),
        refused(
            "an archive with a PDF in front",
            "Stored inside, where readers of PDF find it.",
            packed(("a.csv", b'code,name\nA,"\n' + PDF + b'"\n'), method=zipfile.ZIP_STORED),
            "two-formats",
        ),
        seen_as(
            "a PDF with an archive behind it",
            "It is a PDF first.",
            PDF + packed(("a.csv", TABLE)),
            "PDF",
        ),
        seen_as(
            "a picture with an archive behind it",
            "As smugglers do.",
            b"\x89PNG\r\n\x1a\n" + bytes(50) + packed(("a.csv", TABLE)),
            "PNG",
        ),
        refused(
            "a workbook with a page behind it",
            "HTML behind the archive.",
            workbook(DATA) + b"<html><script>alert(1)</script>",
            "broken-workbook",
            filename="table.xlsx",
            item=BOOK_ITEM,
        ),
        refused(
            "a workbook with a page in front",
            "HTML in front of the archive: a page to a browser.",
            b"<html><script>alert(1)</script>" + workbook(DATA),
            "unsupported-format",
            "a web page",
            filename="table.xlsx",
            item=BOOK_ITEM,
        ),
        refused(
            "text in front of a workbook",
            "Neither the one nor the other.",
            b"code,x\nA,1\n" + workbook(DATA),
            "two-formats",
            filename="table.xlsx",
            item=BOOK_ITEM,
        ),
    ],
)
