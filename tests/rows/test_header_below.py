"""A header below titles and notes, and records inside a JSON object: the report says where."""

import io
import json

import openpyxl
import pytest

from gongkai.rows.headers import HEAD_ROWS, find_header_below
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields, read_bytes

ITEM = item_of_fields(make_field("item_name"), make_field("price", type="number"))
TABLE = [["code", "item_name", "price"], ["A", "b", 1]]


def book(*rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def test_a_title_above_the_header_is_not_skipped_but_told(tmp_path):
    reading = read_bytes(tmp_path, book(["云河医院收费表"], ["单位：万元"], *TABLE), ITEM)

    said = reading.group("header-below").first[0]
    assert reading.codes == ["header-below"]
    assert said.row == 3
    assert "在第 3 行（code, item_name, price）；请删去第 1 至 2 行" in said.message.zh
    assert "先核对是否与字段的单位一致" in said.message.zh


def test_one_title_is_one_row(tmp_path):
    said = read_bytes(tmp_path, book(["收费表"], *TABLE), ITEM).group("header-below").first[0]

    assert "请删去第 1 行的标题" in said.message.zh
    assert "in row 1 and send" in said.message.en


@pytest.mark.parametrize("above", [HEAD_ROWS, HEAD_ROWS + 1])
def test_a_header_is_looked_for_in_the_first_rows_only(tmp_path, above):
    content = book(*[["注"]] * above, *TABLE)

    codes = read_bytes(tmp_path, content, ITEM).codes

    assert codes == ["header-below" if above == HEAD_ROWS else "no-header"]


def test_a_workbook_that_ends_before_any_header_has_none(tmp_path):
    assert read_bytes(tmp_path, book(["收费表"], ["价目"]), ITEM).codes == ["no-header"]


def test_one_word_that_names_a_field_makes_no_header():
    assert find_header_below([(2, ["price", "注"])], ITEM.table_schema) is None


def test_records_inside_an_object_are_told_where_they_are(tmp_path):
    nested = {"areas": [{"name": "北区", "prices": [{"code": "A", "item_name": "b", "price": 1}]}]}

    for indent in (None, 2):
        reading = read_bytes(tmp_path, json.dumps(nested, indent=indent), ITEM)

        said = reading.group("not-an-array").first[0].message
        assert "记录在它的 areas › prices 里（最外层的成员：areas）" in said.zh
        assert "whose records are in areas › prices (its own members: areas)" in said.en


def test_a_record_with_one_nested_value_is_still_a_record(tmp_path):
    reading = read_bytes(tmp_path, '{"code": "A", "item_name": ["b"]}', ITEM)

    assert ("nested-value", "item_name", 1) in reading.places
