import struct
from pathlib import Path

import pytest

from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Unreadable
from gongkai.rows.sniff import FileKind, sniff
from gongkai.rows.xls import XlsBook
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows import biff
from tests.rows.tables import Reading, item_of_fields, read_bytes, read_path

ITEM = item_of_fields(make_field("x"), make_field("y"))
HEADER = ("code", "x", "y")
EXTERNAL = biff.record(0x1AE, struct.pack("<HHB", 1, 9, 0) + b"other.xls")
INTERNAL = biff.record(0x1AE, b"\x01\x00\x01\x04")


def read_cell(tmp_path, cell: bytes, **given) -> Reading:
    """Read a workbook whose cell B2 is ``cell``."""
    content = biff.book([HEADER, ("A", None, "end")], cell, **given)
    return read_bytes(tmp_path, content, ITEM)


def text_of(tmp_path, cell: bytes, **given) -> str | None:
    reading = read_cell(tmp_path, cell, **given)
    assert reading.codes == []
    return reading.rows[0][1]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (biff.label(1, 1, "甲𠮷㐂 ‘引号’ _x0041_"), "甲𠮷㐂 ‘引号’ _x0041_"),
        (biff.label(1, 1, "007"), "007"),
        (biff.number(1, 1, 1.0), "1"),
        (biff.number(1, 1, 0.1 + 0.2), "0.3"),
        (biff.number(1, 1, 123456789012345.0), "123456789012345"),
        (biff.number(1, 1, 1e-7), "0.0000001"),
        (biff.record(0x27E, struct.pack("<HHHI", 1, 1, 15, (12345 << 2) | 3)), "123.45"),
        (biff.boolean(1, 1, True), "true"),
        (biff.boolean(1, 1, False), "false"),
        (biff.formula(1, 1, 2.5), "2.5"),
        (biff.formula(1, 1, 0.0), "0"),
    ],
)
def test_a_cell_is_the_text_that_a_person_sees(tmp_path, cell, text):
    assert text_of(tmp_path, cell) == text


@pytest.mark.parametrize(
    ("shown", "value", "starts_1904", "text"),
    [
        ("yyyy-mm-dd", 43841, False, "2020-01-11"),
        ("yyyy-mm-dd", 43841 - 1462, True, "2020-01-11"),
        ('yyyy"年"m"月"d"日"', 43841, False, "2020-01-11"),
        ("yyyy/m/d h:mm", 43841.354166666664, False, "2020-01-11T08:30:00"),
        ("h:mm", 0.354166666666666, False, "08:30"),
        ("[h]:mm", 1.5, False, "36:00"),
        ('0"人"', 12, False, "12"),
        ("0.00", 1.5, False, "1.5"),
    ],
)
def test_the_number_format_tells_dates_from_numbers(tmp_path, shown, value, starts_1904, text):
    content = biff.book(
        [HEADER, ("A", None, "end")],
        biff.number(1, 1, value, style=16),
        formats=[shown],
        starts_1904=starts_1904,
    )
    path = tmp_path / "book"
    path.write_bytes(content)
    opened = XlsBook(path, IntakeLimits())
    reader = opened.cell_reader()

    texts = [reader.texts(row)[1] for row in opened.rows()]

    assert texts[1][1] == text


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (biff.error(1, 1, "#DIV/0!"), "error-cell"),
        (biff.number(1, 1, 110105194912310020.0), "damaged-number"),
        (biff.formula(1, 1, 0.0, flags=2), "formula-without-value"),
        (biff.label(1, 1, "") + biff.merged(1, 1, 1, 2), "merged-cell"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_reported_at_its_place(tmp_path, cell, code):
    reading = read_cell(tmp_path, cell)

    assert (code, "x", 2) in reading.places


def test_what_an_old_workbook_hides_is_found(tmp_path):
    rows = [HEADER, ("A", "1", "2"), ("B", "3", "4"), ("C", "5", "6")]
    marks = biff.hidden_row(2) + biff.hidden_column(2) + biff.comment(1, 1, "内部批注")
    sheet = biff.cells(rows) + marks + biff.record(0x9B)
    stream = biff.workbook(
        ("公开", 0, sheet), ("内部", 1, biff.cells([("x",)])), extra=INTERNAL + EXTERNAL
    )

    reading = read_bytes(tmp_path, biff.container({"Workbook": stream}, ["MBD0001"]), ITEM)

    said = {group.code: group.first[0] for group in reading.report.groups}
    assert set(said) == {
        "hidden-sheet",
        "hidden-row",
        "hidden-column",
        "cell-comment",
        "active-filter",
        "external-link",
        "embedded-object",
    }
    assert "“内部”" in said["hidden-sheet"].message.zh
    assert "第 3 行" in said["hidden-row"].message.zh
    assert said["hidden-column"].field == "C"
    assert "B2" in said["cell-comment"].message.zh
    assert "内部批注" in said["cell-comment"].message.zh
    assert reading.report.blocks


def test_links_inside_the_workbook_are_no_links(tmp_path):
    assert read_cell(tmp_path, biff.label(1, 1, "1"), extra=INTERNAL).codes == []


def test_text_that_cannot_be_seen_is_reported(tmp_path):
    reading = read_cell(tmp_path, biff.number(1, 1, 5, style=16), formats=[";;;"])

    assert "invisible-cell" in reading.codes


@pytest.mark.parametrize(
    "content",
    [
        biff.book([HEADER], extra=biff.record(0xD3)),
        biff.container({"Workbook": biff.workbook(("a", 0, b""))}, ["_VBA_PROJECT_CUR"]),
        biff.container({"Workbook": biff.workbook(("a", 0, b""), ("m", 0x100, b""))}),
    ],
)
def test_macros_are_refused(tmp_path, content):
    assert "macro-workbook" in read_bytes(tmp_path, content, ITEM).codes


@pytest.mark.parametrize(
    "content",
    [
        biff.container({"EncryptedPackage": bytes(5000), "EncryptionInfo": b"x"}),
        biff.book([HEADER], extra=biff.record(0x2F, bytes(54))),
    ],
)
def test_an_encrypted_workbook_is_refused_as_such(tmp_path, content):
    assert read_bytes(tmp_path, content, ITEM).codes == ["encrypted-workbook"]


@pytest.mark.parametrize(
    ("streams", "root_class", "seen"),
    [
        ({"WordDocument": b"x"}, bytes(16), ".doc"),
        ({"PowerPoint Document": b"x"}, bytes(16), ".ppt"),
        ({"__properties_version1.0": b"x"}, bytes(16), ".msg"),
        ({"x": b"x"}, bytes.fromhex("84100c0000000000c000000000000046"), ".msi"),
        ({"x": b"x"}, bytes(16), "no workbook"),
    ],
)
def test_other_old_office_files_are_named(tmp_path, streams, root_class, seen):
    content = biff.container(streams, root_class=root_class)

    problem = read_bytes(tmp_path, content, ITEM).report.groups[0].first[0]

    assert problem.code == "unsupported-format"
    assert seen in problem.message.en


def test_a_workbook_without_a_container_is_read(tmp_path):
    path = tmp_path / "bare"
    path.write_bytes(biff.workbook(("a", 0, biff.cells([HEADER, ("A", "甲", "乙")]))))

    assert sniff(path) is FileKind.XLS
    assert read_path(tmp_path, path, ITEM).rows == [("A", "甲", "乙")]


@pytest.mark.parametrize(
    "cell",
    [
        biff.number(1, 65535, 1.0),
        biff.record(0xBD, struct.pack("<HHHIH", 1, 1, 15, 0, 65535)),
    ],
)
def test_a_cell_beyond_the_last_column_is_refused_before_it_costs_memory(tmp_path, cell):
    assert read_cell(tmp_path, cell).codes == ["broken-workbook"]


def biff5(codepage: bytes, *texts: bytes) -> bytes:
    """Return a workbook of Excel 95 with ``texts`` in the first column below "code"."""
    rows = b"".join(
        biff.record(0x204, struct.pack("<HHHH", row, 0, 15, len(text)) + text)
        for row, text in enumerate([b"code", *texts])
    )
    font = biff.record(
        0x31, struct.pack("<HHHHHBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5) + b"Arial"
    )
    styles = biff.record(0xE0, struct.pack("<HHH10x", 0, 0, 1)) * 16
    head = (
        biff.record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 1995)) + codepage + font * 4 + styles
    )
    place = len(head) + 4 + 8 + 4
    head += biff.record(0x85, struct.pack("<IHB", place, 0, 1) + b"a") + biff.record(0x0A)
    sheet = biff.record(0x809, struct.pack("<HHHH", 0x500, 16, 0, 1995))
    return head + sheet + rows + biff.record(0x0A)


def test_an_excel_95_workbook_is_read_in_the_encoding_that_it_names(tmp_path):
    content = biff5(biff.record(0x42, struct.pack("<H", 936)), "诊察费".encode("gbk"))

    reading = read_bytes(tmp_path, biff.container({"Book": content}), item_of_fields())

    assert reading.rows == [("诊察费",)]


def test_text_of_an_unnamed_encoding_is_refused_and_ascii_is_read(tmp_path):
    refused = read_bytes(tmp_path, biff5(b"", "诊".encode("gbk")), item_of_fields())

    assert refused.codes == ["broken-workbook"]
    assert read_bytes(tmp_path, biff5(b"", b"A1"), item_of_fields()).rows == [("A1",)]


def open_as_sniffed(path: Path) -> None:
    """Read every cell of what looks like an old workbook."""
    if sniff(path) is FileKind.XLS:
        opened = XlsBook(path, IntakeLimits())
        reader = opened.cell_reader()
        for row in opened.rows():
            reader.texts(row)


def test_damaged_old_workbooks_end_in_a_refusal(tmp_path):
    whole = biff.book([HEADER, ("A", "甲", 1.5), ("B", True, None)], biff.hidden_row(1))
    path = tmp_path / "damaged"
    refused = 0
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            open_as_sniffed(path)
        except Unreadable:
            refused += 1
    for length in range(8, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(Unreadable):
            open_as_sniffed(path)
    assert refused > 20


def test_the_real_old_charge_master_is_read(tmp_path):
    path = SHARED_DATA / "hosp_prices_us" / "106331326_CDM_2018.xls"
    need(path.exists(), "shared/data")
    item = item_of_fields(
        make_field("number", title={"zh": "编号", "en": "CDM Number"}),
        make_field("text", title={"zh": "名称", "en": "CDM Description"}),
        make_field("revenue", title={"zh": "收入码", "en": "Revenue Code"}),
        make_field("price", title={"zh": "价格", "en": "Price"}),
        key="number",
    )

    reading = read_path(tmp_path, path, item)

    assert reading.report.file["format"] == "xls"
    assert reading.report.file["sheet"] == "Charge Master"
    assert reading.report.row_count == 3552
    assert ("1005", "DAILY CARE ISOLATION", "206", "2853.3") in reading.rows
