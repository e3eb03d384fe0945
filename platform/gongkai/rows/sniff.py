"""What the bytes of a file really are, whatever its name says."""

import re
import struct
import zipfile
from enum import StrEnum
from pathlib import Path

from gongkai.rows.problem_lists import Unreadable, refuse

HEAD_BYTES = 4096
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
# What a file begins with, and what to call it in Chinese and in English.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "PDF 文档", "a PDF document"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "旧版 Office 文件（.xls/.doc）或加密的工作簿",
        "an old Office file (.xls or .doc) or an encrypted workbook",
    ),
    (b"PAR1", "Parquet 文件", "a Parquet file"),
    (b"ARROW1", "Arrow 文件", "an Arrow file"),
    (b"\x1f\x8b", "gzip 压缩文件", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "zstd 压缩文件", "a zstd archive"),
    (b"BZh", "bzip2 压缩文件", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "xz 压缩文件", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "a 7z archive"),
    (b"Rar!\x1a\x07", "RAR 压缩包", "a RAR archive"),
    (b"SQLite format 3\x00", "SQLite 数据库", "a SQLite database"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
    (b"\x89PNG", "PNG 图片", "a PNG image"),
    (b"\xff\xd8\xff", "JPEG 图片", "a JPEG image"),
    (b"GIF8", "GIF 图片", "a GIF image"),
    (b"MZ", "Windows 程序", "a Windows program"),
    (b"\x7fELF", "可执行程序", "a program"),
)
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|table|script|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"<(\?xml|!DOCTYPE|[A-Za-z_][\w.:-]*[\s>/])")


class FileKind(StrEnum):
    """The kinds of file that are read."""

    DELIMITED = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


def sniff(path: Path) -> FileKind:
    """Tell what kind of table ``path`` holds. Raises Unreadable that says what was seen."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise refuse("empty-file")
    for signature, zh, en in _SIGNATURES:
        if head.startswith(signature):
            raise _unsupported(zh, en)
    if b"%PDF-" in head[:1024]:
        raise _unsupported("PDF 文档", "a PDF document")
    if head.startswith(b"PK"):
        return _sniff_zip(path)
    if head.startswith(_UTF32):
        raise _unsupported("UTF-32 文本", "UTF-32 text")
    return _sniff_text(head)


def _sniff_text(head: bytes) -> FileKind:
    text = _as_ascii(head).lstrip()
    if _HTML.match(text) or (text.startswith(b"<") and _HTML.search(text)):
        raise _unsupported("网页（HTML）", "a web page (HTML)")
    if _XML.match(text):
        raise _unsupported("XML 文件", "an XML file")
    if text.startswith(b"["):
        # A Markdown link or a title in brackets is no JSON: an array goes on with a value.
        return FileKind.JSON if re.match(rb"\[\s*[\[{\]\"\d]", text) else FileKind.DELIMITED
    if re.match(rb"\{\s*[\"}]", text):
        return FileKind.JSON_LINES
    return FileKind.DELIMITED


def _as_ascii(head: bytes) -> bytes:
    """Return the head without byte order mark and, for UTF-16, without its zero bytes."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\x00", b"")
    return head.removeprefix(b"\xef\xbb\xbf")


def _sniff_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, RuntimeError) as error:
        raise refuse("broken-workbook", reason=type(error).__name__) from error
    if any(name.endswith("vbaProject.bin") for name in names):
        raise _unsupported("带宏的工作簿（.xlsm）", "a workbook with macros (.xlsm)")
    if "xl/workbook.bin" in names:
        raise _unsupported("二进制工作簿（.xlsb）", "a binary workbook (.xlsb)")
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return FileKind.XLSX
    if "word/document.xml" in names:
        raise _unsupported("Word 文档", "a Word document")
    if "mimetype" in names and "content.xml" in names:
        raise _unsupported("OpenDocument 文件（如 .ods）", "an OpenDocument file such as .ods")
    raise _unsupported("压缩包（zip）", "a zip archive")


def _unsupported(zh: str, en: str) -> Unreadable:
    return refuse("unsupported-format", seen_zh=zh, seen_en=en)
