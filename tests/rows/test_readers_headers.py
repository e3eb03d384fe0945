import pytest

from gongkai.testing import make_field
from tests.rows.tables import item_of_fields, read_bytes

YUAN = {"zh": "万元", "en": "10,000 CNY"}
ITEM = item_of_fields(
    make_field(
        "item_name", title={"zh": "项目名称", "en": "Item name"}, constraints={"required": True}
    ),
    make_field("amount", title={"zh": "金额", "en": "Amount"}, unit=YUAN),
    make_field("note", title={"zh": "备注", "en": "Note"}),
)


@pytest.mark.parametrize(
    "header",
    [
        "code,item_name,amount,note",
        "字段code,项目名称,金额,备注",
        "Code,Item name,AMOUNT,Note",
        " CODE , Item  Name ,金额（万元）,备注 ",
        "code,项目名称*,金额 (必填),Ｎｏｔｅ",
        "note,金额[万元],Item_Name,code",
    ],
)
def test_headers_are_found_by_name_or_label(tmp_path, header):
    values = {"code": "A", "item_name": "b", "amount": "1", "note": "n"}
    order = ["note", "amount", "item_name", "code"] if header.startswith("note") else list(values)
    line = ",".join(values[name] for name in order)

    reading = read_bytes(tmp_path, f"{header}\n{line}\n", ITEM)

    assert reading.rows == [("A", "b", "1", "n")]
    assert reading.codes == []


def test_all_wrong_headers_are_reported_at_once(tmp_path):
    text = "code,amount,金额,colour,,Size\nA,1,1,1,1,1\n"

    reading = read_bytes(tmp_path, text, ITEM)

    assert reading.places == [
        ("duplicate-column", "金额", 1),
        ("unknown-column", "colour", 1),
        ("unknown-column", "Size", 1),
        ("missing-column", "item_name", 1),
        ("unnamed-column", "E", 1),
    ]
    assert [(g.code, g.field, g.total) for g in reading.report.groups][1] == (
        "unknown-column",
        None,
        2,
    )


def test_a_label_with_another_unit_is_not_the_field(tmp_path):
    """Ten thousand yuan are not yuan."""
    reading = read_bytes(tmp_path, "code,item_name,金额（元）\nA,b,1\n", ITEM)

    assert reading.places == [("unknown-column", "金额（元）", 1)]


def test_an_unnamed_column_without_data_is_no_column(tmp_path):
    assert read_bytes(tmp_path, "code,item_name,\nA,b,\nC,d, \n", ITEM).codes == []


def test_a_file_without_any_known_header_says_what_is_wanted(tmp_path):
    problem = (
        read_bytes(tmp_path, "某某医院价格公示表,,\nA,b,1\n", ITEM).group("no-header").first[0]
    )

    assert "某某医院价格公示表" in problem.message.zh
    assert "item_name" in problem.message.zh


def test_leading_blank_lines_do_not_hide_the_header(tmp_path):
    item = item_of_fields(make_field("x", type="integer"))

    assert read_bytes(tmp_path, "\n,\ncode,x\nA,one\n", item).places == [("type-integer", "x", 4)]
