import csv
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from datetime import date
from functools import cache
from io import BytesIO, StringIO

import openpyxl
import pytest

from gongkai.rows.headers import HeaderIndex
from gongkai.rows.template import ROWS, write_template
from gongkai.rows.template_inputs import MESSAGE_UNITS, TITLE_UNITS, cut, units
from gongkai.rows.template_words import Writing, condition_words, headings, line_count
from gongkai.rows.workbook_marks import CODES_SHEET, NOTES_SHEET, OWN_SHEETS
from gongkai.testing import make_field, make_item
from tests.rows.filled_templates import (
    PLUGINS,
    drop_downs,
    filled_workbook,
    mistakes,
    rows_of_item,
    signed_content,
)
from tests.rows.tables import item_of_fields, read_bytes

ITEMS = sorted(PLUGINS.items)
LANGUAGES = ("zh", "en")
TWICE = {
    "title": {"zh": "数量", "en": "Amount"},
    "unit": {"zh": "万元", "en": "10,000 CNY"},
    "constraints": {"required": True},
}


@cache
def template(key, extension="xlsx", language="zh"):
    with warnings.catch_warnings():
        # XlsxWriter leaves out with a warning what is too long for Excel.
        warnings.simplefilter("error")
        return write_template(
            PLUGINS.items[key],
            extension,
            language,
            deadline_rules=PLUGINS.deadline_rules,
            items=PLUGINS.items,
        )


@cache
def book_of(key, language="zh"):
    """Return the template's workbook, to look at and not to change."""
    return opened(template(key, language=language))


def opened(content):
    return openpyxl.load_workbook(BytesIO(content))


def lines_of(item, rows):
    text = StringIO()
    csv.DictWriter(text, item.table_schema.names).writerows(rows)
    return text.getvalue().encode()


@pytest.mark.parametrize("key", ITEMS)
def test_filled_templates_give_exactly_the_rows(tmp_path, key):
    item, rows = PLUGINS.items[key], rows_of_item(PLUGINS.items[key])

    book = filled_workbook(template(key), item, rows, "zh")
    of_book = signed_content(tmp_path / "a", book, item, "填报.xlsx")
    text = template(key, "csv") + lines_of(item, rows)
    of_text = signed_content(tmp_path / "b", text, item, "填报.csv")

    assert (mistakes(of_book[0]), mistakes(of_text[0])) == ([], [])
    assert of_book[1:] == of_text[1:] == (of_text[1], len(rows))


@pytest.mark.parametrize("key", ITEMS[::6])
def test_english_templates_and_rows_without_any_give_the_same(tmp_path, key):
    item, rows = PLUGINS.items[key], rows_of_item(PLUGINS.items[key])
    plain = ",".join(item.table_schema.names).encode() + b"\r\n" + lines_of(item, rows)
    wanted = signed_content(tmp_path / "a", plain, item, "rows.csv")

    book = filled_workbook(template(key, language="en"), item, rows, "en")
    of_book = signed_content(tmp_path / "b", book, item, "filled.xlsx")
    text = template(key, "csv", "en") + lines_of(item, rows)
    of_text = signed_content(tmp_path / "c", text, item, "filled.csv")

    assert (mistakes(of_book[0]), mistakes(of_text[0])) == ([], [])
    assert of_book[1:] == of_text[1:] == wanted[1:]


def test_there_are_sixty_items():
    assert len(ITEMS) == 60


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_an_empty_template_has_no_rows_and_no_other_problem(tmp_path, extension):
    reading = read_bytes(
        tmp_path, template("blood_inventory", extension), PLUGINS.items["blood_inventory"]
    )

    assert reading.codes == ["no-rows"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ITEMS)
def test_every_heading_means_its_own_field_and_says_what_is_required(key, language):
    schema = PLUGINS.items[key].table_schema
    index = HeaderIndex(schema)

    for heading, field in zip(headings(Writing(PLUGINS.items[key], language)), schema, strict=True):
        assert index.find_field(heading) is field
        needed = field.required or field.name in set(schema.primary_key) - set(schema.nullable_key)
        assert heading.startswith("*") is needed


def test_a_title_that_would_mislead_is_written_more_plainly():
    item = item_of_fields(
        make_field("a", **TWICE),
        make_field("b", **TWICE | {"unit": {"zh": "元", "en": "CNY"}}),
        make_field(
            "c",
            title={"zh": "单价（含税）", "en": "=cmd(1)"},
            constraints={"required": True},
        ),
    )

    assert headings(Writing(item, "zh"))[1:] == ["*数量（万元）", "b", "*单价（含税）"]
    assert headings(Writing(item, "en"))[1:] == ["*Amount (10,000 CNY)", "b", "c"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ITEMS)
def test_nothing_of_the_workbook_is_hidden(key, language):
    content = template(key, language=language)
    parts = zipfile.ZipFile(BytesIO(content)).namelist()
    book = book_of(key, language)

    assert len(content) < 40_000
    assert not [part for part in parts if re.search("comment|vba|macro|external|drawing", part)]
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}
    assert set(book.sheetnames[1:]) <= OWN_SHEETS
    assert book.sheetnames[1] == NOTES_SHEET.in_language(language)
    assert book.sheetnames[0] not in OWN_SHEETS
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        assert not sheet.auto_filter.ref
        assert not any(one.hidden for one in sheet.column_dimensions.values())
        assert not any(one.hidden for one in sheet.row_dimensions.values())
    assert (book.properties.creator, book.properties.lastModifiedBy) == (None, None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ITEMS)
def test_every_column_helps_within_what_excel_takes(key, language):
    item = PLUGINS.items[key]
    book = book_of(key, language)
    sheet = book.worksheets[0]
    rules = {
        str(sheet.cell(2, next(iter(rule.sqref.ranges)).min_col).value): rule
        for rule in sheet.data_validations.dataValidation
    }

    assert list(rules) == list(item.table_schema.names)
    for field in item.table_schema:
        rule = rules[field.name]
        (where,) = rule.sqref.ranges
        assert (where.min_row, where.max_row) == (3, ROWS + 2)
        assert 0 < units(rule.promptTitle) <= TITLE_UNITS
        assert 0 < units(rule.prompt) <= MESSAGE_UNITS
        assert 0 < units(rule.error) <= MESSAGE_UNITS
        assert rule.errorStyle in (None, "stop")
    offered = drop_downs(book)
    for field in item.table_schema:
        if field.categories:
            labels = [category.label.in_language(language) for category in field.categories]
            assert offered[field.name] == labels
    assert sheet.freeze_panes == "A3"


def test_long_lists_and_labels_with_commas_refer_to_the_visible_codes():
    item = PLUGINS.items["hospital_indicators"]
    book = book_of(item.key, "en")
    rules = {rule.formula1 for rule in book.worksheets[0].data_validations.dataValidation}

    assert "Codes!$D$2:$D$16" in rules
    assert len(drop_downs(book)["indicator_code"]) == 15
    commas = book_of("institution_profile", "en")
    assert "Tertiary, grade A" in drop_downs(commas)["level_grade"]


def test_labels_that_intake_would_not_understand_are_offered_as_codes(tmp_path):
    def category(value, zh):
        return {"value": value, "label": {"zh": zh, "en": value.upper()}}

    item = item_of_fields(
        make_field("x", categories=[category("a", "其他"), category("b", "其他")]),
        make_field("y", categories=[category("a", "b"), category("b", "c")]),
        make_field(
            "z", categories=[category("a", "无"), category("b", "有")], missingValues=["无"]
        ),
        make_field("w", categories=[category("a", "甲"), category("b", "乙")]),
    )
    book = opened(write_template(item, "xlsx", "zh"))

    assert drop_downs(book) == {
        "x": ["a", "b"],
        "y": ["a", "b"],
        "z": ["a", "b"],
        "w": ["甲", "乙"],
    }


@pytest.mark.parametrize(
    ("given", "number_format", "kind"),
    [
        ({"type": "string"}, "@", None),
        ({"type": "string", "constraints": {"maxLength": 8}}, "@", "textLength"),
        ({"type": "integer", "constraints": {"minimum": 1}}, "0", "whole"),
        ({"type": "number"}, "General", "decimal"),
        ({"type": "number", "decimals": 2}, "0.00", "decimal"),
        ({"type": "number", "decimals": 0}, "0", "decimal"),
        ({"type": "boolean"}, "@", "list"),
        ({"type": "date"}, "yyyy-mm-dd", "custom"),
        ({"type": "datetime"}, "yyyy-mm-dd hh:mm", "custom"),
        ({"type": "list", "list_values": ["a", "b"]}, "@", None),
    ],
)
def test_cells_have_the_form_of_their_type(given, number_format, kind):
    item = item_of_fields(make_field("x", **given))
    sheet = opened(write_template(item, "xlsx", "zh")).worksheets[0]
    rule = sheet.data_validations.dataValidation[1]

    assert sheet.column_dimensions["B"].number_format == number_format
    assert rule.type == kind
    if given.get("constraints", {}).get("minimum"):
        assert (rule.formula1, rule.formula2) == ("1", "999999999999999")


def test_words_for_missing_values_get_past_the_limits():
    item = item_of_fields(make_field("x", type="number", missingValues=["-", "<1"]))
    sheet = opened(write_template(item, "xlsx", "zh")).worksheets[0]
    rule = sheet.data_validations.dataValidation[1]

    assert rule.errorStyle == "warning"
    assert "写 -、<1 表示没有数据" in rule.prompt


def test_a_date_before_1900_stays_text_and_is_read(tmp_path):
    item = item_of_fields(make_field("x", type="date"))
    book = opened(write_template(item, "xlsx", "zh"))
    book.worksheets[0].append(["A", "1892-05-06"])
    book.worksheets[0].append(["B", date(1952, 10, 1)])
    sent = BytesIO()
    book.save(sent)

    reading = read_bytes(tmp_path, sent.getvalue(), item)

    assert reading.codes == []
    assert reading.rows == [("A", "1892-05-06"), ("B", "1952-10-01")]
    formula = book.worksheets[0].data_validations.dataValidation[1].formula1
    assert 'LEFT(B3,4)<"1900"' in formula


def test_codes_and_long_numbers_survive(tmp_path):
    item = item_of_fields(make_field("x"))
    book = opened(write_template(item, "xlsx", "zh"))
    book.worksheets[0].append(["00123", "370102199001011234"])
    sent = BytesIO()
    book.save(sent)

    assert read_bytes(tmp_path, sent.getvalue(), item).rows == [("00123", "370102199001011234")]


def test_the_notes_say_everything_that_is_asked():
    book = book_of("notifiable_diseases_monthly")
    notes = [[cell.value for cell in row if cell.value] for row in book[NOTES_SHEET.zh].iter_rows()]
    said = "\n".join(" ".join(row) for row in notes)
    cases = next(row for row in notes if row and row[-1] == "cases")

    assert cases[0] == "发病数"
    assert "不小于 0" in cases[1]
    assert cases[2:5] == ["整数", "必填", "例"]
    for words in (
        "“统计月份”、“行政区划代码”、“病种代码”合起来是唯一标识（◆）",
        "必填的数字如果缺失，须在“数据标记”栏注明原因（初步、修订、保密隐去",
        "必须 甲类合计应等于甲类各病种之和。",
        "死亡数可以大于发病数",
        "传染病防治法",
        "公开频次 每月",
        "公开期限 ",
        "人数很小时可能辨认出个人",
        "数值为零写 0",
    ):
        assert words in said
    assert CODES_SHEET.zh in book.sheetnames


def test_warnings_and_references_are_in_words():
    supply = "\n".join(text_of("blood_collection_supply"))
    used = "\n".join(text_of("donations_used", "en"))

    assert "提示 血液报废率高于15%,请核对。" in supply
    assert "Must exist in “Donations received”." in used


def text_of(key, language="zh"):
    sheet = book_of(key, language)[NOTES_SHEET.in_language(language)]
    return [" ".join(str(cell.value) for cell in row if cell.value) for row in sheet.iter_rows()]


@pytest.mark.parametrize(
    ("rule", "zh", "en"),
    [
        ("form == 'goods'", "“捐赠形式”为“物资”", "“Form of donation” is “Goods”"),
        ("form in ('goods', 'money')", "为“物资”或“资金”", "is “Goods” or “Money”"),
        ("amount_cny >= 5", "“金额或评估价值”不小于 5", "is at least 5"),
        (
            "donor_public == true",
            "“是否同意公开姓名”为“是”",
            "“Donor agrees to be named” is “true”",
        ),
        ("present(donor_name) and empty(quantity)", "填了“捐赠人”且“数量”为空", " and "),
        ("quantity * 2 > 5", "quantity * 2 > 5", "quantity * 2 > 5"),
    ],
)
def test_conditions_are_put_into_words(rule, zh, en):
    item = PLUGINS.items["donations_received"]

    assert zh in condition_words(Writing(item, "zh"), rule)
    assert en in condition_words(Writing(item, "en"), rule)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("血液/库存：[甲]*", "血液 库存： 甲"),
        ("History", "sample_item"),
        ("填写说明", "sample_item"),
        ("NOTES", "sample_item"),
        ("超" * 32, "sample_item"),
        ("'引号'", "引号"),
        ("Health institution registers and lists", "Health institution registers…"),
        ("???", "sample_item"),
    ],
)
def test_the_data_sheet_has_a_name_that_excel_takes(title, name):
    item = make_item(key="sample_item", title={"zh": title, "en": title})

    assert opened(write_template(item, "xlsx", "zh")).sheetnames[0] == name


@pytest.mark.parametrize("extension", ["xlsx", "csv"])
def test_the_bytes_are_the_same_in_every_process(extension):
    command = (
        "import sys; from gongkai.plugins import load_plugins;"
        "from gongkai.rows.template import write_template; p = load_plugins();"
        "sys.stdout.buffer.write(write_template(p.items['blood_inventory'], sys.argv[1], 'zh', "
        "deadline_rules=p.deadline_rules, items=p.items))"
    )
    written = subprocess.run(
        [sys.executable, "-c", command, extension], check=True, capture_output=True
    ).stdout

    assert written == template("blood_inventory", extension)


def test_csv_has_what_excel_needs_to_read_it():
    content = template("blood_inventory", "csv")
    first, second, rest = content.split(b"\r\n")

    assert first.startswith(b"\xef\xbb\xbf*")
    assert second.decode() == ",".join(PLUGINS.items["blood_inventory"].table_schema.names)
    assert rest == b""
    assert content.count(b"\n") == 2


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 10, 1), ("血液库存情况", 12, 1), ("血液库存情况表", 12, 2), ("one two three", 8, 2)],
)
def test_lines_are_counted_as_a_cell_breaks_them(text, width, lines):
    assert line_count(text, width) == lines


def test_what_is_too_long_is_cut_between_characters():
    assert cut("短", 5) == "短"
    assert cut("𠮷𠮷𠮷", 5) == "𠮷𠮷…"
    assert units(cut("𠮷" * 200, MESSAGE_UNITS)) <= MESSAGE_UNITS


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_copy_saved_by_libreoffice_gives_the_same_rows(tmp_path):
    item = PLUGINS.items["procurement_notices"]
    rows = rows_of_item(item)
    text = template(item.key, "csv") + lines_of(item, rows)
    wanted = signed_content(tmp_path / "a", text, item, "rows.csv")
    original = tmp_path / "filled.xlsx"
    original.write_bytes(filled_workbook(template(item.key), item, rows, "zh"))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(original)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)

    saved = (tmp_path / "saved" / "filled.xlsx").read_bytes()
    found = signed_content(tmp_path / "b", saved, item, "saved.xlsx")

    assert mistakes(found[0]) == []
    assert found[1:] == wanted[1:]
