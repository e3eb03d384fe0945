import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows.tables import Reading, item_of_fields, read_bytes, read_path

ITEM = item_of_fields(make_field("x"), make_field("y"))
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)


def book(*rows: tuple[Any, ...], change: Any = None) -> bytes:
    """Return a workbook with ``rows``; ``change`` may alter it before it is saved."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if change:
        change(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def crafted(sheet: str, **parts: bytes) -> bytes:
    """Return a workbook whose sheet is ``sheet`` as written."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as template:
        template.add_worksheet().write_row(0, 0, ["code", "x", "y"])
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(made) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = sheet.encode() if name == "xl/worksheets/sheet1.xml" else source.read(name)
            target.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], content))
    return buffer.getvalue()


def rows_xml(*rows: str) -> str:
    header = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{n}</t></is></c>'
        for c, n in zip("ABC", ("code", "x", "y"), strict=True)
    )
    return SHEET.format(f'<sheetData><row r="1">{header}</row>{"".join(rows)}</sheetData>')


def read_cell(tmp_path: Path, value: object, number_format: str = "General") -> Reading:
    def style(made: openpyxl.Workbook) -> None:
        made.active["B2"].number_format = number_format

    return read_bytes(tmp_path, book(("code", "x"), ("A", value), change=style), ITEM)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        ("010100", "General", "010100"),
        ("x005F_y", "General", "x005F_y"),
        (12.0, "0.00", "12"),
        (412.5, "#,##0.0", "412.5"),
        (1e-7, "General", "0.0000001"),
        (123456789012345, "0", "123456789012345"),
        (True, "General", "true"),
        (date(2026, 3, 2), "yyyy-mm-dd", "2026-03-02"),
        (date(2026, 3, 2), 'yyyy"年"m"月"d"日"', "2026-03-02"),
        (datetime(2026, 3, 2, 8, 30), "yyyy-mm-dd hh:mm", "2026-03-02T08:30:00"),
        (time(8, 5), "hh:mm", "08:05"),
        (time(8, 5, 9), "hh:mm:ss", "08:05:09"),
        (timedelta(hours=24), "[hh]:mm", "24:00"),
        (0.5, '0.0"d"', "0.5"),
    ],
)
def test_a_cell_becomes_the_text_that_is_meant(tmp_path, value, number_format, text):
    reading = read_cell(tmp_path, value, number_format)

    assert reading.codes == []
    assert reading.rows == [("A", text, None)]


@pytest.mark.parametrize(
    ("asked", "text"),
    [({"decimals": 2}, "0.30"), ({}, "0.30000000000000004")],
)
def test_the_noise_of_a_formula_is_kept_only_where_every_digit_is(tmp_path, asked, text):
    sheet = rows_xml(
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>0.30000000000000004</v></c></row>'
    )
    item = item_of_fields(make_field("x", type="number", **asked), make_field("y"))

    assert read_bytes(tmp_path, crafted(sheet), item).rows == [("1", text, None)]


def test_rich_text_and_escapes_are_read_whole(tmp_path):
    rich = '<si><r><t>甲</t></r><r><t xml:space="preserve"> 乙</t></r><rPh><t>no</t></rPh></si>'
    strings = f"<sst>{rich}<si><t>a_x000A_b</t></si></sst>"
    sheet = rows_xml('<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>')

    reading = read_bytes(tmp_path, crafted(sheet, sharedStrings=strings.encode()), ITEM)

    assert reading.rows == [("甲 乙", "a\nb", None)]


def test_a_number_that_the_spreadsheet_has_cut_is_an_error(tmp_path):
    reading = read_cell(tmp_path, 110101199001011237)

    assert reading.places == [("damaged-number", "x", 2)]


def test_a_formula_counts_by_its_result_and_one_without_is_an_error(tmp_path):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["code", "x"])
        sheet.write_row(1, 0, ["A"])
        sheet.write_formula(1, 1, "=1+1", value=2)
    with_result = read_bytes(tmp_path, buffer.getvalue(), ITEM)
    without = read_bytes(tmp_path, book(("code", "x"), ("A", "=1+1")), ITEM)

    assert with_result.rows == [("A", "2", None)]
    assert without.places == [("formula-without-value", "x", 2)]


def test_an_error_cell_is_an_error(tmp_path):
    reading = read_cell(tmp_path, "#N/A")

    assert reading.group("error-cell", "x").first[0].value == "#N/A"


def test_merged_cells_in_the_data_are_errors(tmp_path):
    content = book(
        ("code", "x"), ("A", 1), ("B", None), change=lambda made: made.active.merge_cells("B2:B3")
    )

    group = read_bytes(tmp_path, content, ITEM).group("merged-cell")

    assert [(p.row, p.field, p.value) for p in group.first] == [(2, "x", "B2:B3")]


def test_the_first_visible_sheet_is_read_and_named(tmp_path):
    def hide(made: openpyxl.Workbook) -> None:
        made.active.sheet_state = "hidden"
        made.create_sheet("说明").sheet_state = "veryHidden"
        shown = made.create_sheet("价格")
        shown.append(("code", "x"))
        shown.append(("S", "seen"))

    reading = read_bytes(tmp_path, book(("code", "x"), ("H", "hidden"), change=hide), ITEM)

    assert reading.rows == [("S", "seen", None)]
    assert reading.report.file["sheet"] == "价格"


def test_a_workbook_with_nothing_visible_is_refused(tmp_path):
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(("code",)))) as source,
        zipfile.ZipFile(buffer, "w") as target,
    ):
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/workbook.xml":
                part = part.replace(b'state="visible"', b'state="hidden"')
            target.writestr(name, part)

    assert read_bytes(tmp_path, buffer.getvalue(), ITEM).codes == ["no-visible-sheet"]


def test_the_template_rows_of_labels_and_keys_are_both_header(tmp_path):
    content = book(("字段code", "字段x"), ("code", "x"), ("A", "1"), (), ("B", "2"))
    item = item_of_fields(make_field("x", type="date"))

    reading = read_bytes(tmp_path, content, item)

    assert reading.places == [("type-date", "x", 3), ("type-date", "x", 5)]


def test_two_far_cells_do_not_fill_the_rectangle_between(tmp_path):
    sheet = rows_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    tall = rows_xml('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')

    assert read_bytes(tmp_path, crafted(sheet), ITEM).codes == ["too-many-columns"]
    assert read_bytes(tmp_path, crafted(tall), ITEM).rows == [("1", None, None)]


def test_data_beside_the_header_is_an_error(tmp_path):
    assert read_bytes(tmp_path, book(("code", "x"), ("A", 1, "stray")), ITEM).places == [
        ("unnamed-column", "C", 2)
    ]


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path):
    filler = "<row r='2'>" + " " * (70 * MIB) + "</row>"

    reading = read_bytes(tmp_path, crafted(rows_xml(filler)), ITEM)

    assert reading.codes == ["too-large"]


def test_the_inflated_size_is_counted_not_believed(tmp_path):
    filler = "<row r='2'>" + " " * (3 * MIB) + "</row>"

    reading = read_bytes(
        tmp_path, crafted(rows_xml(filler)), ITEM, limits=IntakeLimits(inflated_bytes=2 * MIB)
    )

    assert reading.codes == ["too-large"]


@pytest.mark.parametrize(
    "doctype", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "/etc/passwd">']
)
def test_a_document_type_in_the_xml_is_refused(tmp_path, doctype):
    assert read_bytes(tmp_path, crafted(doctype + rows_xml()), ITEM).codes == ["unsafe-xml"]


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData>",
        rows_xml('<row r="2"/><row r="2"/>'),
        rows_xml('<row r="many"/>'),
    ],
)
def test_a_broken_sheet_is_refused(tmp_path, sheet):
    assert read_bytes(tmp_path, crafted(sheet), ITEM).codes == ["broken-workbook"]


def test_damaged_compression_is_refused(tmp_path):
    content = bytearray(book(("code", "x"), *[(f"K{n}", n * 7919) for n in range(500)]))
    start = content.index(b"xl/worksheets/sheet1.xml") + 200
    content[start : start + 40] = bytes(range(40))

    assert read_bytes(tmp_path, bytes(content), ITEM).codes == ["broken-workbook"]


def test_a_truncated_workbook_is_refused(tmp_path):
    assert read_bytes(tmp_path, book(("code", "x"), ("A", 1))[:-200], ITEM).codes == [
        "broken-workbook"
    ]


@pytest.mark.parametrize(
    ("name", "hidden", "codes"),
    [
        (
            "106150737_CDM_All_2018.xlsx",
            "Top 50 List",
            ["no-header", "hidden-sheet", "other-sheets"],
        ),
        ("106370782_PCT_CHG_2018.xlsx", "SQL", ["no-header", "hidden-sheet"]),
    ],
)
def test_a_real_workbook_says_which_headers_it_has_and_what_it_hides(tmp_path, name, hidden, codes):
    path = SHARED_DATA / "hosp_prices_us" / name
    need(path.exists(), "shared/data")

    reading = read_path(tmp_path, path, ITEM)

    assert reading.codes == codes
    assert [problem.value for problem in reading.group("hidden-sheet").first] == [hidden]
