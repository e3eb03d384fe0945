"""What the bytes of a file really are, whatever its name says."""

import re
import struct
import zipfile
from enum import StrEnum
from pathlib import Path

from gongkai.rows.ole import OLE_SIGNATURE, read_directory
from gongkai.rows.problem_lists import Unreadable, refuse

HEAD_BYTES = 4096
_UTF32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_SAVE_AS = (
    "请另存为 CSV（UTF-8）、XLSX 或 JSON 后重新上传",
    "save it as CSV (UTF-8), XLSX or JSON and send it again",
)
_UNPACK = ("请解压后直接上传其中的表格文件", "unpack it and send the table inside")
_RESAVE = (
    "请用 Excel 或 WPS 打开，另存为 XLSX 后重新上传",
    "open it in a spreadsheet, save it as XLSX and send that",
)
_ASK_FOR_TABLE = (
    "请向提供者索取原始表格（XLSX 或 CSV），不要由它转换",
    "ask whoever made it for the table itself (XLSX or CSV) rather than converting it",
)
# What a file begins with, what to call it in Chinese and in English, and what to do.
_SIGNATURES: tuple[tuple[bytes, str, str, tuple[str, str]], ...] = (
    (b"%PDF-", "PDF 文档", "a PDF document", _ASK_FOR_TABLE),
    (b"PAR1", "Parquet 文件", "a Parquet file", _SAVE_AS),
    (b"ARROW1", "Arrow 文件", "an Arrow file", _SAVE_AS),
    (b"\x1f\x8b", "gzip 压缩文件", "a gzip archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "zstd 压缩文件", "a zstd archive", _UNPACK),
    (b"BZh", "bzip2 压缩文件", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "xz 压缩文件", "an xz archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "RAR 压缩包", "a RAR archive", _UNPACK),
    (b"SQLite format 3\x00", "SQLite 数据库", "a SQLite database", _SAVE_AS),
    (b"\x00\x01\x00\x00Standard ", "Access 数据库", "an Access database", _SAVE_AS),
    (b"{\\rtf", "RTF 文档", "an RTF document", _RESAVE),
    (b"\x89PNG", "PNG 图片", "a PNG image", _ASK_FOR_TABLE),
    (b"\xff\xd8\xff", "JPEG 图片", "a JPEG image", _ASK_FOR_TABLE),
    (b"GIF8", "GIF 图片", "a GIF image", _ASK_FOR_TABLE),
    (b"II*\x00", "TIFF 图片", "a TIFF image", _ASK_FOR_TABLE),
    (b"MM\x00*", "TIFF 图片", "a TIFF image", _ASK_FOR_TABLE),
    (b"MZ\x90\x00", "Windows 程序", "a Windows program", _SAVE_AS),
    (b"\x7fELF", "可执行程序", "a program", _SAVE_AS),
)
# Also of an empty archive and of the first part of several; "PK" alone may begin a header.
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK")
_MARK = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
_BITMAP = re.compile(rb"BM.{4}\x00\x00\x00\x00", re.DOTALL)
_WEBP = re.compile(rb"RIFF.{4}WEBP", re.DOTALL)
# The oldest workbooks are bare records: a BOF with its length, and what kind of sheet it is.
_BARE_BIFF = re.compile(
    rb"\x09[\x00\x02\x04\x08][\x04-\x10]\x00..[\x05\x10\x20\x40\x00]\x00", re.DOTALL
)
_PDF_LINE = re.compile(rb"(?:^|[\r\n\x00])%PDF-\d")
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|table|script|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"<(\?xml|!DOCTYPE|[A-Za-z_][\w.:-]*[\s>/])")
_SPREADSHEET_XML = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet|mso-application")
_OPEN_DOCUMENTS = (
    (b"spreadsheet", "OpenDocument 表格（.ods）", "an OpenDocument spreadsheet (.ods)"),
    (b"text", "OpenDocument 文档（.odt）", "an OpenDocument text (.odt)"),
)


class FileKind(StrEnum):
    """The kinds of file that are read."""

    DELIMITED = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"
    XLS = "xls"
    ZIP = "zip"


def sniff(path: Path) -> FileKind:
    """Tell what kind of table ``path`` holds. Raises Unreadable that says what was seen.

    A zip archive that is no document of some format is for the caller to unpack.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES and not _MARK.sub(b"", head, count=1).strip():
        raise refuse("empty-file")
    if head.startswith(OLE_SIGNATURE):
        return _sniff_ole(path)
    if head.startswith(_ZIP_SIGNATURES):
        if _PDF_LINE.search(head[:1024]):
            raise _two_formats("压缩包和 PDF 文档", "an archive and a PDF document")
        return _sniff_zip(path)
    for signature, zh, en, advice in _SIGNATURES:
        if head.startswith(signature):
            raise unsupported(zh, en, advice)
    if _BITMAP.match(head) or _WEBP.match(head):
        raise unsupported("图片", "an image", _ASK_FOR_TABLE)
    if _PDF_LINE.search(head[:1024]):
        raise unsupported("PDF 文档", "a PDF document", _ASK_FOR_TABLE)
    if head.startswith(_UTF32):
        raise unsupported("UTF-32 文本", "UTF-32 text")
    if _BARE_BIFF.match(head):
        return FileKind.XLS
    kind = _sniff_text(head)
    if zipfile.is_zipfile(path):
        raise _two_formats("文本和附在其后的压缩包", "text and an archive behind it")
    return kind


def _sniff_text(head: bytes) -> FileKind:
    text = _as_ascii(head).lstrip()
    if _HTML.match(text) or (text.startswith(b"<") and _HTML.search(text)):
        raise unsupported(
            "网页（HTML；许多系统导出的“Excel”其实是网页）",
            "a web page (HTML; what many systems export as “Excel” is one)",
            _RESAVE,
        )
    if _XML.match(text):
        if _SPREADSHEET_XML.search(text):
            raise unsupported("Excel 2003 XML 表格", "an Excel 2003 XML spreadsheet", _RESAVE)
        raise unsupported("XML 文件", "an XML file")
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
    if b"\x00" in head[:2]:
        return head.replace(b"\x00", b"")
    return head.removeprefix(b"\xef\xbb\xbf")


def _sniff_ole(path: Path) -> FileKind:
    directory = read_directory(path)
    if directory.is_encrypted:
        raise refuse("encrypted-workbook")
    if not directory.is_workbook:
        raise unsupported(*directory.kind)
    return FileKind.XLS


def _sniff_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            mimetype = _begin(archive, "mimetype") if "mimetype" in names else b""
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, RuntimeError) as error:
        raise refuse("broken-workbook", reason=type(error).__name__) from error
    if "[Content_Types].xml" in names:
        return _sniff_office(names)
    if mimetype.startswith(b"application/vnd.oasis.opendocument"):
        for word, zh, en in _OPEN_DOCUMENTS:
            if word in mimetype:
                raise unsupported(zh, en, _RESAVE)
        raise unsupported("OpenDocument 文件", "an OpenDocument file", _RESAVE)
    if mimetype == b"application/epub+zip":
        raise unsupported("EPUB 电子书", "an EPUB book", _ASK_FOR_TABLE)
    if "META-INF/MANIFEST.MF" in names:
        raise unsupported("Java 程序包", "a Java archive")
    return FileKind.ZIP


def _begin(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the first bytes of a part, however much it unpacks to."""
    with archive.open(name) as part:
        return part.read(100)


def _sniff_office(names: set[str]) -> FileKind:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refuse("macro-workbook")
    if "xl/workbook.bin" in names:
        raise unsupported("二进制工作簿（.xlsb）", "a binary workbook (.xlsb)", _RESAVE)
    if any(name.startswith("word/") for name in names):
        raise unsupported("Word 文档（.docx）", "a Word document (.docx)")
    if any(name.startswith("ppt/") for name in names):
        raise unsupported("PowerPoint 演示文稿（.pptx）", "a PowerPoint presentation (.pptx)")
    return FileKind.XLSX


def unsupported(zh: str, en: str, advice: tuple[str, str] = _SAVE_AS) -> Unreadable:
    """Return the refusal of a file that is no table: what it is, and what to do."""
    return refuse(
        "unsupported-format", seen_zh=zh, seen_en=en, advice_zh=advice[0], advice_en=advice[1]
    )


def _two_formats(zh: str, en: str) -> Unreadable:
    return refuse("two-formats", seen_zh=zh, seen_en=en)
