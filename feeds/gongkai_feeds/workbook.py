"""``data.xlsx``: the table and its dictionary, safe to open and exact.

XlsxWriter makes the workbook with its styles and the dictionary; the rows of the data
sheet are then written into it as XML here, because a million of them through a cell by
cell interface takes over a minute.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from gongkai import DistributionFormat, Field, FieldType, ReleaseContext, SkipDistribution, Text
from gongkai_feeds.dictionary import COLUMNS, dictionary_rows, heading
from gongkai_feeds.times import shanghai

# 1,048,576 rows, less the row of headings and the row of keys.
MAX_ROWS = 1_048_574
MAX_CELL = 32_767
EXACT_DIGITS = 15
_FIRST_ROW = 3
_SHEET = "xl/worksheets/sheet1.xml"
_SAMPLE = re.compile(rb'<row r="3".*?</row>', re.DOTALL)
_STYLE = re.compile(rb'<c r="[A-Z]+3"(?: s="(\d+)")?')
# What XML cannot hold is written as the format's own escape, and so is what looks like one.
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_CACHED_TEXTS = 50_000
_SAFE = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(context: ReleaseContext, path: Path) -> None:
    """Write two sheets: data (headings, keys, rows) and 数据字典.

    Texts are text cells, figures are numbers where a spreadsheet keeps all their digits,
    dates are ISO 8601 text. No formulas, no links. Raises SkipDistribution where a sheet
    is too small for the rows or a cell for its text.
    """
    if context.rows.count > MAX_ROWS:
        raise SkipDistribution(
            Text(
                f"共 {context.rows.count:,} 行，超过工作表 {MAX_ROWS:,} 行的上限，"
                "未生成 XLSX；请使用 CSV 或 Parquet。",
                f"{context.rows.count:,} rows are more than the {MAX_ROWS:,} a sheet holds, "
                "so there is no XLSX; use CSV or Parquet.",
            )
        )
    try:
        _write_archive(context, path)
    except SkipDistribution:
        path.unlink(missing_ok=True)
        raise


def _write_archive(context: ReleaseContext, path: Path) -> None:
    skeleton = ZipFile(BytesIO(_skeleton(context)))
    with skeleton, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name in skeleton.namelist():
            member = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            if name != _SHEET:
                archive.writestr(member, skeleton.read(name))
                continue
            before, after, styles = _cut(skeleton.read(name), context)
            with archive.open(member, "w", force_zip64=True) as sheet:
                sheet.write(before)
                for part in _made_ahead(_row_xml(context, styles)):
                    sheet.write(part)
                sheet.write(after)


def _skeleton(context: ReleaseContext) -> bytes:
    """Return the workbook with both sheets, all styles, and one row of empty data cells."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, _SAFE) as book:
        book.set_properties(
            {
                "title": context.item.title.zh,
                "author": context.institution.zh,
                "comments": f"{context.page_url}/releases/{context.version}",
                "created": shanghai(context.issued).replace(tzinfo=None),
            }
        )
        bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        grey = book.add_format({"font_color": "#666666", "num_format": "@"})
        _add_data_sheet(book, context, bold, grey)
        _add_dictionary_sheet(book, context, bold, grey)
    return buffer.getvalue()


def _add_data_sheet(book: Workbook, context: ReleaseContext, bold: Format, grey: Format) -> None:
    sheet = book.add_worksheet("数据")
    sheet.freeze_panes(_FIRST_ROW - 1, 0)
    for column, field in enumerate(context.item.table_schema):
        cell_format = book.add_format({"num_format": _number_format(field)})
        title = heading(field)
        sheet.set_column(column, column, min(40, max(10, 2 * len(title))), cell_format)
        sheet.write_string(0, column, title, bold)
        sheet.write_string(1, column, field.name, grey)
        sheet.write_blank(_FIRST_ROW - 1, column, None, cell_format)


def _add_dictionary_sheet(
    book: Workbook, context: ReleaseContext, bold: Format, grey: Format
) -> None:
    sheet = book.add_worksheet("数据字典")
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheet.freeze_panes(2, 1)
    sheet.set_column(0, len(COLUMNS) - 1, 18)
    _write_strings(sheet, 0, [title.zh for _, title in COLUMNS], bold)
    _write_strings(sheet, 1, [name for name, _ in COLUMNS], grey)
    for number, row in enumerate(dictionary_rows(context), start=2):
        _write_strings(sheet, number, row, text)


def _write_strings(
    sheet: Worksheet, number: int, cells: Sequence[str], cell_format: Format
) -> None:
    for column, cell in enumerate(cells):
        sheet.write_string(number, column, cell[:MAX_CELL], cell_format)


def _number_format(field: Field) -> str:
    if field.type is FieldType.INTEGER:
        return "0"
    if field.type is FieldType.NUMBER:
        return "0." + "0" * field.decimals if field.decimals else "General"
    return "General" if field.type is FieldType.BOOLEAN else "@"


def _cut(sheet: bytes, context: ReleaseContext) -> tuple[bytes, bytes, list[str]]:
    """Cut the empty sample row out; return what stands before and after it, and its styles."""
    sample = _SAMPLE.search(sheet)
    if sample is None:
        raise RuntimeError("XlsxWriter wrote no sample row; its version is not the tested one")
    styles = [style.decode() or "0" for style in _STYLE.findall(sample.group())]
    last = f"{xl_col_to_name(len(styles) - 1)}{context.rows.count + _FIRST_ROW - 1}"
    before = re.sub(
        rb'<dimension ref="[^"]*"/>',
        f'<dimension ref="A1:{last}"/>'.encode(),
        sheet[: sample.start()],
        count=1,
    )
    return before, sheet[sample.end() :], styles


class _Cells(dict[str, str]):
    """What follows a cell's address, for each text of one column; the common ones are kept."""

    def __init__(self, field: Field, style: str) -> None:
        super().__init__()
        self._type = field.type
        self._decimals = field.decimals
        self._style = f' s="{style}"'

    def __missing__(self, text: str) -> str:
        if len(self) >= _CACHED_TEXTS:
            self.clear()
        self[text] = cell = self._xml(text)
        return cell

    def _xml(self, text: str) -> str:
        if self._type is FieldType.BOOLEAN:
            return f'{self._style} t="b"><v>{int(text == "true")}</v></c>'
        if self._is_exact(text):
            return f"{self._style}><v>{text}</v></c>"
        return f'{self._style} t="inlineStr"><is>{_text_xml(text)}</is></c>'

    def _is_exact(self, text: str) -> bool:
        """Tell whether a spreadsheet's binary fraction shows every digit of the figure."""
        if self._type is FieldType.NUMBER and self._decimals is None:
            return True
        if self._type in (FieldType.INTEGER, FieldType.NUMBER):
            return len(text.lstrip("-").replace(".", "").lstrip("0")) <= EXACT_DIGITS
        return False


def _row_xml(context: ReleaseContext, styles: list[str]) -> Iterator[bytes]:
    """Yield the rows as sheet XML, a batch at a time."""
    columns = [
        (xl_col_to_name(index), _Cells(field, style))
        for index, (field, style) in enumerate(zip(context.item.table_schema, styles, strict=True))
    ]
    first = _FIRST_ROW
    for batch in context.rows.text_batches():
        numbers = [str(number) for number in range(first, first + len(batch))]
        first += len(batch)
        # Column by column, in comprehensions: a third faster than cell by cell.
        made = [
            [
                "" if text is None else f'<c r="{letters}{number}"{cells[text]}'
                for number, text in zip(numbers, texts, strict=True)
            ]
            for (letters, cells), texts in zip(columns, zip(*batch, strict=True), strict=True)
        ]
        yield "".join(
            f'<row r="{number}">{"".join(row)}</row>'
            for number, row in zip(numbers, zip(*made, strict=True), strict=True)
        ).encode()


def _made_ahead(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield ``parts`` with the next one in the making: packing one leaves a core idle."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, parts, b"")
        while part := coming.result():
            coming = pool.submit(next, parts, b"")
            yield part


def _text_xml(text: str) -> str:
    escaped = _ESCAPED.sub(_escape_code, text)
    if len(escaped.encode("utf-16-le")) // 2 > MAX_CELL:
        raise SkipDistribution(
            Text(
                f"有单元格超过 {MAX_CELL:,} 个字符，工作表容纳不下，未生成 XLSX；"
                "请使用 CSV 或 Parquet。",
                f"A cell has more than the {MAX_CELL:,} characters a sheet holds, "
                "so there is no XLSX; use CSV or Parquet.",
            )
        )
    kept = ' xml:space="preserve"' if escaped != escaped.strip() else ""
    return f"<t{kept}>{escape(escaped)}</t>"


def _escape_code(match: re.Match[str]) -> str:
    found = match.group()
    return f"_x005F{found}" if len(found) > 1 else f"_x{ord(found):04X}_"


FORMAT = DistributionFormat(
    "data.xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Text("XLSX（Excel、WPS 用；编码、编号保持原样）", "XLSX (for spreadsheets; codes stay intact)"),
    write_workbook,
    order=20,
    compress=False,
)
