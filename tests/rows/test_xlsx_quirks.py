"""Workbooks as WPS, Excel's strict mode and old exporters write them are read like any other."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongkai.domain.problems import Severity
from gongkai.rows import xlsx_sheet, xlsx_text
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.xlsx import Workbook
from gongkai.testing import make_field
from tests.rows.tables import Reading, item_of_fields, read_bytes
from tests.rows.xlsx_books import (
    HEADER,
    MAIN,
    REL,
    packed,
    parts_of,
    relations,
    row,
    workbook,
    worksheet,
)

ITEM = item_of_fields(make_field("x"), make_field("y"))
DATA = worksheet(row(2, "A", "1"), row(3, "B", "2"))
EXPECTED = [("A", "1", None), ("B", "2", None)]
STRICT, STRICT_REL = (
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)


def read(tmp_path: Path, content: bytes, item=ITEM) -> Reading:
    return read_bytes(tmp_path, content, item)


def wps_parts() -> dict[str, str | bytes]:
    """Return a workbook as WPS writes it: its namespaces, settings, numbers of date formats."""
    sheet = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}" '
        f'xmlns:r="{REL}" '
        'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"><sheetPr/>'
        '<dimension ref="A1:C3"/><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        '<selection activeCell="L2" sqref="L2"/></sheetView></sheetViews>'
        '<sheetFormatPr defaultColWidth="9" defaultRowHeight="16.5" outlineLevelRow="2"/>'
        '<cols><col min="1" max="3" width="15.27" style="1" customWidth="1"/>'
        '<col min="4" max="16384" width="9" style="1"/></cols><sheetData>'
        '<row r="1" spans="1:3"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="1" t="s"><v>1</v></c>'
        '<c r="C1" s="1" t="s"><v>2</v></c></row>'
        '<row r="2" spans="1:3"><c r="A2" t="s"><v>3</v></c><c r="B2" t="str"><v>字</v></c>'
        '<c r="C2" s="2"><v>46083</v></c></row>'
        '<row r="3" spans="1:3"><c r="A3" t="s"><v>4</v></c><c r="B3"/><c r="C3" s="3"/></row>'
        '</sheetData><phoneticPr/><dataValidations count="1"><dataValidation type="list" '
        'allowBlank="1" sqref="B2:B99"><formula1>"男,女"</formula1></dataValidation>'
        '</dataValidations><pageMargins left="0.75" right="0.75" top="1" bottom="1" header="0.5" '
        'footer="0.5"/><headerFooter/></worksheet>'
    )
    strings = "".join(f"<si><t>{text}</t></si>" for text in (*HEADER, "0101", "0102"))
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="44" formatCode="_ "/>'
        '</numFmts><fonts><font><sz val="11"/><color theme="1"/></font></fonts><fills><fill>'
        '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
        '</fills><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0"/>'
        '<xf numFmtId="49" fontId="0" fillId="0"/><xf numFmtId="31" fontId="0" fillId="0"/>'
        '<xf numFmtId="14" fontId="0" fillId="0"/></cellXfs><dxfs count="0"/></styleSheet>'
    )
    custom = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
        'custom-properties"><property name="KSOProductBuildVer"/></Properties>'
    )
    parts = parts_of(
        sheet,
        related=[
            ("sharedStrings", "sharedStrings.xml"),
            ("theme", "theme/theme1.xml"),
            ("customXml", "../customXml/item1.xml"),
        ],
    )
    wps = "http://www.wps.cn/officeDocument/2023/relationships"
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        "</Relationships>",
        f'<Relationship Id="rId90" Type="{wps}/customStorage" '
        'Target="customStorage/customStorage.xml"/></Relationships>',
    )
    parts["_rels/.rels"] = relations(
        ("officeDocument", "xl/workbook.xml"),
        ("extended-properties", "docProps/app.xml"),
        ("custom-properties", "docProps/custom.xml"),
    )
    return parts | {
        "xl/styles.xml": styles,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="5" uniqueCount="5">{strings}</sst>',
        "xl/theme/theme1.xml": "<a:theme xmlns:a='d'><a:themeElements><a:clrScheme><a:dk1>"
        "<a:sysClr lastClr='000000'/></a:dk1><a:lt1><a:sysClr lastClr='FFFFFF'/></a:lt1>"
        "</a:clrScheme></a:themeElements></a:theme>",
        "xl/customStorage/customStorage.xml": '<woProps xmlns="https://web.wps.cn/et/2018/main"/>',
        "xl/wpsdata/data.bin": b"\x00\x01",
        "customXml/item1.xml": '<allowEditUser xmlns="https://web.wps.cn/et/2018/main"/>',
        "docProps/app.xml": "<Properties><Application>WPS 表格</Application></Properties>",
        "docProps/custom.xml": custom,
    }


def test_a_workbook_of_wps_is_read_with_its_chinese_dates(tmp_path):
    item = item_of_fields(make_field("x"), make_field("y", type="date"))

    reading = read(tmp_path, packed(wps_parts()), item)

    assert reading.codes == []
    assert reading.rows == [("0101", "字", "2026-03-02"), ("0102", None, None)]
    assert reading.report.file["dropped"] == ["document properties", "WPS settings"]


def test_part_names_with_the_slash_of_windows_are_read(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in wps_parts().items():
            entry = zipfile.ZipInfo()
            entry.filename = name.replace("/", "\\")
            archive.writestr(entry, content)

    reading = read(tmp_path, buffer.getvalue())

    assert [group for group in reading.report.groups if group.severity is Severity.ERROR] == []
    assert len(reading.rows) == 2


def test_the_strict_kind_of_workbook_is_read(tmp_path):
    sheet = DATA.replace(MAIN, STRICT).replace(REL, STRICT_REL)
    sheet = sheet.replace(
        "</row></sheetData>", '<c r="C3" t="d"><v>2026-03-02</v></c></row></sheetData>'
    )

    reading = read(tmp_path, packed(parts_of(sheet, base=STRICT_REL, main=STRICT)))

    assert reading.codes == []
    assert reading.rows == [("A", "1", None), ("B", "2", "2026-03-02")]


def test_prefixed_names_are_read(tmp_path):
    import re

    parts = {
        name: re.sub(r"<(/?)(\w)", r"<\1x:\2", text).replace("xmlns=", "xmlns:x=")
        if isinstance(text, str)
        else text
        for name, text in parts_of(DATA).items()
    }

    assert read(tmp_path, packed(parts)).rows == EXPECTED


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(' r="A2"', "").replace(' r="B2"', "").replace(' r="A3"', ""),
        lambda xml: xml.replace('<row r="2">', "<row>").replace('<row r="3">', "<row>"),
        lambda xml: xml.replace("><", ">\n  <"),
        lambda xml: xml.replace("><", ">\r\n<"),
        lambda xml: xml.replace("<row", "<!-- <row r='9'/> --><row"),
        lambda xml: "\ufeff" + xml,
        lambda xml: '<?xml version="1.0" encoding="UTF-16"?>' + xml,
        lambda xml: xml.replace("<t>A</t>", "<t><![CDATA[A]]></t>"),
        lambda xml: xml.replace("<t>A</t>", '<t xml:space="preserve">A</t>'),
        lambda xml: xml.replace("<t>A</t>", "<r><rPr><b/></rPr><t>A</t></r><rPh><t>no</t></rPh>"),
        lambda xml: xml.replace("<t>A</t>", "<t>&#65;</t>"),
        lambda xml: xml.replace("<t>A</t>", "<t>_x0041_</t>"),
        lambda xml: xml.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'),
        lambda xml: xml.replace("</sheetData>", '</sheetData ><extLst><ext><a/></ext></extLst>'),
        lambda xml: xml.replace('<row r="2"', '<row r="2" spans="1:3" x14ac:dyDescent="0.25"').replace(
            "<worksheet", '<worksheet xmlns:x14ac="urn:x"'
        ),
        lambda xml: xml.replace('<c r="A2" t="inlineStr">', '<c t="inlineStr" s="0" r="A2">'),
    ],
)  # fmt: skip
def test_the_same_sheet_written_otherwise_is_the_same(tmp_path, change):
    xml = change(DATA)
    encoded = xml.encode("utf-16") if "UTF-16" in xml else xml.encode()

    reading = read(tmp_path, packed(
        {**parts_of(DATA), "xl/worksheets/sheet1.xml": encoded}
    ))  # fmt: skip

    assert reading.codes == []
    assert reading.rows == EXPECTED


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/theme/theme1.xml"])
def test_without_styles_or_theme_every_cell_is_plain(tmp_path, part):
    parts = parts_of(DATA)
    parts.pop(part, None)

    assert read(tmp_path, packed(parts)).rows == EXPECTED


def test_styles_without_cell_formats_are_plain(tmp_path):
    parts = {**parts_of(DATA), "xl/styles.xml": "<styleSheet/>"}

    assert read(tmp_path, packed(parts)).rows == EXPECTED


def test_escapes_and_line_ends_in_a_cell_are_what_was_typed(tmp_path):
    sheet = worksheet(row(2, "a_x000D_\nb", "x &lt; 5 &amp; y &#x4E00;"))

    assert read(tmp_path, workbook(sheet)).rows == [("a\r\nb", "x < 5 & y 一", None)]


def test_a_cell_with_one_text_too_long_is_an_error_in_its_place(tmp_path):
    sheet = worksheet(row(2, "A", "x" * 40_000), row(3, "B", "2"))

    reading = read(tmp_path, workbook(sheet))

    assert reading.places == [("cell-too-long", "x", 2)]
    assert "40000" in reading.group("cell-too-long").first[0].message.en


def test_a_shared_string_too_long_is_an_error_where_it_is_used(tmp_path):
    strings = f"<sst><si><t>A</t></si><si><t>{'长' * 40_000}</t></si><si><r><t>B</t></r></si></sst>"
    for written in (strings, strings.replace("<si><r><t>B</t></r></si>", "")):
        parts = parts_of(
            worksheet('<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'),
            related=[("sharedStrings", "sharedStrings.xml")],
        )
        parts["xl/sharedStrings.xml"] = written

        assert read(tmp_path, packed(parts)).places == [("cell-too-long", "x", 2)]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14)
VALUES = st.one_of(st.none(), TEXTS, NUMBERS, st.booleans(), st.integers(-(10**14), 10**14))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=20), st.booleans())
def test_both_ways_to_read_a_sheet_give_the_same(tmp_path_factory, table, inline):
    """By pattern and by events: the rows of XlsxWriter are the same, cell for cell."""
    path = tmp_path_factory.mktemp("book") / "b.xlsx"
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": inline}
    ) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(table):
            for column, value in enumerate(cells):
                sheet.write(number * 2, column, value)
        sheet.write_formula(50, 2, "=1+1", value=2)
    limits = IntakeLimits()

    fast = _rows(path, limits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xlsx_sheet, "_BEGIN", b"<no such tag>")
        patch.setattr(xlsx_text, "_plain_strings", lambda *_: None)
        slow = _rows(path, limits)

    assert fast == slow
    kept = {
        (number * 2 + 1, column + 1): value
        for number, cells in enumerate(table)
        for column, value in enumerate(cells)
        if isinstance(value, str) and value
    }
    assert {place: fast[place] for place in kept} == kept


def _rows(path: Path, limits: IntakeLimits) -> dict[tuple[int, int], str | None]:
    book = Workbook(path, limits)
    reader = book.cell_reader()
    found = {}
    for one in book.rows():
        columns, texts = reader.texts(one)
        found |= {(one.number, column): text for column, text in zip(columns, texts, strict=True)}
    book.close()
    return found
