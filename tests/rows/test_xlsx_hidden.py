"""What a workbook hides or carries along stops it, each with its place."""

import io
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from gongkai.domain.problems import Severity
from gongkai.rows.workbook_marks import AUTHOR, CODES_SHEET, FINDINGS_SHEET, NOTES_SHEET
from gongkai.testing import make_field
from tests.rows.tables import Reading, item_of_fields, read_bytes
from tests.rows.xlsx_books import MAIN, REL, packed, parts_of, relations, row, workbook, worksheet

ITEM = item_of_fields(make_field("x"), make_field("y"))
DATA = worksheet(row(2, "A", "1"), row(3, "B", "2"))


def read(tmp_path: Path, content: bytes) -> Reading:
    return read_bytes(tmp_path, content, ITEM)


def written(tmp_path: Path, change) -> Reading:
    """Read a workbook of XlsxWriter with 9 rows that ``change`` altered."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("价格")
        sheet.write_row(0, 0, ["code", "x", "y"])
        for number in range(1, 10):
            sheet.write_row(number, 0, [f"K{number}", f"x{number}", f"y{number}"])
        change(book, sheet)
    return read(tmp_path, buffer.getvalue())


def test_hidden_and_very_hidden_sheets_are_errors_by_name(tmp_path):
    content = workbook(
        ("公开", "visible", DATA),
        ("内部", "hidden", worksheet(row(2, "secret"))),
        ("底稿", "veryHidden", worksheet(header=False)),
    )

    group = read(tmp_path, content).group("hidden-sheet")

    assert (group.severity, group.total) == (Severity.ERROR, 2)
    assert [problem.value for problem in group.first] == ["内部", "底稿"]
    assert "内部" in group.first[0].message.zh
    assert "内部" in group.first[0].message.en


def test_our_own_sheets_pass_and_are_not_read(tmp_path):
    content = workbook(
        (NOTES_SHEET.zh, "visible", worksheet(row(2, "note"))),
        (FINDINGS_SHEET.en, "visible", worksheet(row(2, "finding"))),
        (CODES_SHEET.zh, "veryHidden", worksheet(row(2, "list"))),
        ("数据", "visible", DATA),
    )

    reading = read(tmp_path, content)

    assert reading.codes == []
    assert reading.report.file["sheet"] == "数据"
    assert len(reading.rows) == 2


def test_hidden_rows_are_counted_and_listed_as_ranges(tmp_path):
    def hide(_, sheet):
        for number in (2, 3, 4, 7):
            sheet.set_row(number, None, None, {"hidden": True})
        sheet.set_row(20, None, None, {"hidden": True})  # empty: it hides nothing

    group = written(tmp_path, hide).group("hidden-row")

    assert group.total == 4
    assert [problem.row for problem in group.first] == [3, 8]
    assert "3–5" in group.first[0].message.zh
    assert "价格" in group.first[0].message.en


@pytest.mark.parametrize(
    "change",
    [
        lambda _, sheet: sheet.set_row(4, 0),
        lambda _, sheet: sheet.set_row(4, 0.5),
        lambda _, sheet: sheet.set_row(4, None, None, {"level": 1, "hidden": True}),
    ],
)
def test_a_row_of_no_height_or_in_a_closed_group_is_hidden(tmp_path, change):
    assert [p.row for p in written(tmp_path, change).group("hidden-row").first] == [5]


@pytest.mark.parametrize(
    ("columns", "width", "options", "named"),
    [
        ("B:C", None, {"hidden": True}, "B–C"),
        ("B:B", 0, {}, "B"),
        ("C:C", None, {"level": 1, "hidden": True}, "C"),
        ("C:XFD", None, {"hidden": True}, "C"),
    ],
)
def test_hidden_columns_are_named(tmp_path, columns, width, options, named):
    group = written(
        tmp_path, lambda _, sheet: sheet.set_column(columns, width, None, options)
    ).group("hidden-column")

    assert [problem.field for problem in group.first] == [named]
    assert group.total == (2 if named == "B–C" else 1)


def test_hiding_the_empty_columns_beside_the_table_hides_nothing(tmp_path):
    reading = written(
        tmp_path, lambda _, sheet: sheet.set_column("D:XFD", None, None, {"hidden": True})
    )

    assert reading.codes == []


def test_comments_show_their_cell_and_few_of_their_words(tmp_path):
    def comment(_, sheet):
        sheet.write_comment(
            "B3", "这是一条很长的批注，里面写着不应公开的患者姓名和电话号码", {"author": "李四"}
        )

    (problem,) = written(tmp_path, comment).group("cell-comment").first

    assert (problem.row, problem.field) == (3, "B")
    assert len(problem.value) == 20
    assert problem.value.endswith("…")
    assert "B3" in problem.message.zh
    assert "李四" not in problem.message.zh


def test_our_own_comments_pass(tmp_path):
    def comment(_, sheet):
        sheet.write_comment("B3", "这里应为数字", {"author": AUTHOR})

    assert written(tmp_path, comment).codes == []


def test_comments_of_other_visible_sheets_block_too(tmp_path):
    def comment(book, _):
        book.add_worksheet("另一张").write_comment("A1", "note", {"author": "x"})

    assert "另一张" in written(tmp_path, comment).group("cell-comment").first[0].message.en


def test_a_thread_of_comments_is_one(tmp_path):
    thread = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/'
        'threadedcomments"><threadedComment ref="B2" personId="{1}" id="{2}"><text>为什么？</text>'
        "</threadedComment></ThreadedComments>"
    )
    legacy = (
        f'<comments xmlns="{MAIN}"><authors><author>tc={{2}}</author></authors><commentList>'
        '<comment ref="B2" authorId="0"><text><t>[Threaded comment] Your version of Excel</t>'
        "</text></comment></commentList></comments>"
    )
    content = workbook(
        DATA,
        **{
            "xl/worksheets/_rels/sheet1.xml.rels": relations(
                ("comments", "../comments1.xml"),
                ("threadedComment", "../threadedComments/threadedComment1.xml"),
            ),
            "xl/comments1.xml": legacy,
            "xl/threadedComments/threadedComment1.xml": thread,
        },
    )

    group = read(tmp_path, content).group("cell-comment")

    assert [(p.row, p.field, p.value) for p in group.first] == [(2, "B", "为什么？")]


def test_a_filter_with_criteria_is_an_error_and_its_rows_are_not_told_twice(tmp_path):
    def filtered(_, sheet):
        sheet.autofilter("A1:C10")
        sheet.filter_column("B", "x == x1")
        for number in range(2, 10):
            sheet.set_row(number, None, None, {"hidden": True})

    reading = written(tmp_path, filtered)

    assert reading.codes == ["active-filter"]
    assert reading.group("active-filter").first[0].value == "A1:C10"


def test_a_bare_filter_hides_nothing(tmp_path):
    assert written(tmp_path, lambda _, sheet: sheet.autofilter("A1:C10")).codes == []


def test_the_filter_of_a_table_counts_and_its_arrows_do_not(tmp_path):
    def table(criteria):
        def make(_, sheet):
            columns = [{"header": name} for name in ("code", "x", "y")]
            sheet.add_table("A1:C10", {"columns": columns})

        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet()
            make(book, sheet)
            sheet.write_row(1, 0, ["K", "1", "2"])
        found = openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))
        if criteria:
            found.active.tables["Table1"].autoFilter.add_filter_column(1, ["1"])
        buffer = io.BytesIO()
        found.save(buffer)
        return read(tmp_path, buffer.getvalue())

    assert table(criteria=False).codes == []
    assert table(criteria=True).codes == ["active-filter"]


def test_rows_that_an_advanced_filter_hides_are_found(tmp_path):
    sheet = worksheet(
        row(2, "A"),
        row(3, "B", attributes=' hidden="1"'),
        before='<sheetPr filterMode="1"/>',
    )

    assert read(tmp_path, workbook(sheet)).codes == ["hidden-row", "active-filter"]


@pytest.mark.parametrize(
    ("kind", "part", "code", "said"),
    [
        ("externalLink", "externalLinks/externalLink1.xml", "external-link", "another workbook"),
        ("connections", "connections.xml", "external-link", "data connection"),
        ("queryTable", "queryTables/queryTable1.xml", "external-link", "query"),
        (
            "pivotCacheDefinition",
            "pivotCache/pivotCacheDefinition1.xml",
            "embedded-object",
            "pivot",
        ),
        ("customXml", "../customXml/item1.xml", "embedded-object", "custom XML"),
        ("revisionHeaders", "revisions/revisionHeaders.xml", "embedded-object", "tracked changes"),
        ("powerPivotData", "model/item.data", "embedded-object", "data model"),
        ("cellImage", "cellimages.xml", "embedded-object", "pictures"),
    ],
)
def test_what_the_workbook_carries_is_named(tmp_path, kind, part, code, said):
    parts = parts_of(DATA, related=[(kind, part)])
    parts["xl/" + part if not part.startswith("..") else part[3:]] = "<x/>"

    reading = read(tmp_path, packed(parts))

    assert reading.codes == [code]
    assert said in reading.group(code).first[0].message.en


def test_a_picture_is_found_with_its_sheet(tmp_path):
    png = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
        b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89"
        b"\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
    )

    def picture(_, sheet):
        sheet.insert_image("E2", "logo.png", {"image_data": io.BytesIO(png)})

    (problem,) = written(tmp_path, picture).group("embedded-object").first

    assert "价格" in problem.message.en
    assert "picture" in problem.message.en


def test_a_chart_is_left_behind_and_does_not_block(tmp_path):
    def chart(book, sheet):
        made = book.add_chart({"type": "line"})
        made.add_series({"values": "=价格!$B$2:$B$9"})
        sheet.insert_chart("E2", made)

    reading = written(tmp_path, chart)

    assert reading.codes == []
    assert "charts and shapes" in reading.report.file["dropped"]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("[1]Sheet1!$A$1", True),
        ("'C:\\data\\[费用.xlsx]Sheet1'!$A$1", True),
        ("'\\\\server\\share\\[b.xlsx]S'!A1", True),
        ("cmd|'/c calc'!A0", True),
        ("Sheet1!$A$1:$C$9", False),
        ("Table1[金额]", False),
        ("SUM(Table1[金额],Sheet1!$A$1)", False),
        ("#REF!", False),
    ],
)
def test_a_name_that_points_outside_is_an_error(tmp_path, text, blocks):
    book = f'<definedNames><definedName name="n">{text}</definedName></definedNames>'

    reading = read(tmp_path, packed(parts_of(DATA, book=book)))

    assert reading.codes == (["external-link"] if blocks else [])


@pytest.mark.parametrize(
    "formula", ["cmd|'/c calc'!A0", 'WEBSERVICE("http://a/")', 'RTD("p",,"t")']
)
def test_a_formula_that_fetches_is_an_error(tmp_path, formula):
    cell = f'<c r="B2"><f>{formula.replace(chr(34), "&quot;")}</f><v>1</v></c>'
    sheet = worksheet(f'<row r="2"><c r="A2"><v>1</v></c>{cell}</row>')

    reading = read(tmp_path, workbook(sheet))

    assert reading.codes == ["external-link"]
    assert reading.rows == [("1", "1", None)]


@pytest.mark.parametrize("formula", ['A1&"a|b"&Sheet1!A1', "SUM(Sheet1!A1)", '"CALL("&A1'])
def test_a_formula_that_stays_inside_passes(tmp_path, formula):
    text = formula.replace("&", "&amp;").replace('"', "&quot;")
    for written in (text, formula.replace("&", "&amp;")):
        cell = f'<c r="B2"><f>{written}</f><v>1</v></c>'
        sheet = worksheet(f'<row r="2"><c r="A2"><v>1</v></c>{cell}</row>')

        assert read(tmp_path, workbook(sheet)).codes == []


def test_macros_are_refused_whatever_their_part_is_called(tmp_path):
    parts = parts_of(DATA, related=[("xlMacrosheet", "macrosheets/sheet1.xml")])
    types = str(parts["[Content_Types].xml"])
    for kind in (
        "application/vnd.ms-office.vbaProject",
        "application/vnd.ms-excel.macrosheet+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    ):
        parts["[Content_Types].xml"] = types.replace(
            "</Types>", f'<Override PartName="/xl/a.bin" ContentType="{kind}"/></Types>'
        )
        assert read(tmp_path, packed(parts)).codes == ["macro-workbook"]


@pytest.mark.parametrize(
    ("font", "fill", "number_format"),
    [
        ({"color": "FFFFFFFF"}, None, "General"),
        ({"color": "FFFEFEFE"}, None, "General"),
        ({"color": openpyxl.styles.colors.Color(theme=0)}, None, "General"),
        ({"color": openpyxl.styles.colors.Color(indexed=9)}, None, "General"),
        ({"color": "FFFF0000"}, "FFFF0000", "General"),
        ({"size": 1}, None, "General"),
        ({}, None, ";;;"),
        ({}, None, '"";"";"";""'),
    ],
)
def test_a_cell_that_nobody_can_see_is_an_error(tmp_path, font, fill, number_format):
    reading = read_styled(tmp_path, font, fill, number_format)

    assert [(p.row, p.field, p.value) for p in reading.group("invisible-cell").first] == [
        (2, "x", "B2")
    ]


@pytest.mark.parametrize(
    ("font", "fill", "number_format"),
    [
        ({"color": "FFFFFFFF"}, "FF203864", "General"),
        ({"color": "FF808080"}, None, "General"),
        ({"color": openpyxl.styles.colors.Color(theme=0, tint=-0.5)}, None, "General"),
        ({"size": 8}, "FFFFFF00", "0;-0;;@"),
    ],
)
def test_a_cell_that_can_be_seen_passes(tmp_path, font, fill, number_format):
    assert read_styled(tmp_path, font, fill, number_format).codes == []


def read_styled(tmp_path, font, fill, number_format) -> Reading:
    made = openpyxl.Workbook()
    made.active.append(("code", "x"))
    made.active.append(("A", "值"))
    cell = made.active["B2"]
    cell.font = Font(**font)
    cell.number_format = number_format
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    buffer = io.BytesIO()
    made.save(buffer)
    return read(tmp_path, buffer.getvalue())


def test_a_white_header_on_a_dark_table_style_is_no_secret(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(("code", "x"))
    made.active.append(("A", "值"))
    for cell in made.active[1]:
        cell.font = Font(color="FFFFFFFF")
    buffer = io.BytesIO()
    made.save(buffer)

    assert read(tmp_path, buffer.getvalue()).codes == []


def test_other_visible_sheets_with_content_are_a_warning(tmp_path):
    content = workbook(
        ("一季度", "visible", DATA),
        ("二季度", "visible", DATA),
        ("空表", "visible", worksheet(header=False)),
    )

    reading = read(tmp_path, content)

    group = reading.group("other-sheets")
    assert group.severity is Severity.WARNING
    assert "二季度" in group.first[0].message.zh
    assert "空表" not in group.first[0].message.zh
    assert not reading.report.blocks


def test_document_properties_are_dropped_without_a_word_of_them(tmp_path):
    made = openpyxl.Workbook()
    made.properties.creator = "张三丰"
    made.properties.keywords = "内部讨论稿"
    made.active.append(("code", "x"))
    made.active.append(("A", "1"))
    buffer = io.BytesIO()
    made.save(buffer)

    reading = read(tmp_path, buffer.getvalue())

    assert reading.codes == []
    assert reading.report.file["dropped"] == ["document properties"]
    assert "张三丰" not in str(reading.report.as_json())


def test_the_settings_of_wps_and_sharepoint_as_custom_xml_pass(tmp_path):
    for root in (
        '<allowEditUser xmlns="https://web.wps.cn/et/2018/main" hasInvisiblePropRange="0"/>',
        '<ct:contentTypeSchema xmlns:ct="http://schemas.microsoft.com/office/2006/metadata/contentType"/>',
    ):
        parts = parts_of(DATA, related=[("customXml", "../customXml/item1.xml")])
        parts["customXml/item1.xml"] = root
        assert read(tmp_path, packed(parts)).codes == []


def test_relationships_in_a_circle_end(tmp_path):
    parts = parts_of(DATA)
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = relations(("drawing", "../drawings/d.xml"))
    parts["xl/drawings/d.xml"] = "<x/>"
    parts["xl/drawings/_rels/d.xml.rels"] = relations(
        ("drawing", "d.xml"), ("worksheet", "../worksheets/sheet1.xml"), ("image", "../media/i.png")
    )
    parts["xl/media/i.png"] = b"x"

    assert read(tmp_path, packed(parts)).codes == ["embedded-object"]


def test_what_is_hidden_is_told_even_if_the_table_cannot_be_read(tmp_path):
    content = workbook(
        ("表", "visible", worksheet(row(1, "nothing"), header=False)), ("密", "hidden", DATA)
    )

    assert read(tmp_path, content).codes == ["no-header", "hidden-sheet"]


def test_the_strict_kind_of_relationship_is_known_too(tmp_path):
    base = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    parts = parts_of(DATA.replace(REL, base), base=base, related=[("connections", "c.xml")])
    parts["xl/c.xml"] = "<x/>"

    assert read(tmp_path, packed(parts)).codes == ["external-link"]


def test_a_comment_by_openpyxl_is_found(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(("code", "x"))
    made.active.append(("A", "1"))
    made.active["A2"].comment = Comment("see me", "someone")
    buffer = io.BytesIO()
    made.save(buffer)

    assert read(tmp_path, buffer.getvalue()).group("cell-comment").first[0].value == "see me"
