import json

import pytest

from gongkai.rows import json_rows
from gongkai.rows.limits import IntakeLimits
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows.tables import Reading, item_of_fields, read_bytes, read_path

ITEM = item_of_fields(
    make_field("x"), make_field("n", type="number"), make_field("yes", type="boolean")
)


def read_json(tmp_path, records: object) -> Reading:
    return read_bytes(tmp_path, json.dumps(records, ensure_ascii=False), ITEM)


def test_an_array_and_lines_give_the_same_rows(tmp_path):
    records = [
        {"code": "010100", "x": "甲\n乙", "n": 1.50, "yes": True},
        {"yes": False, "字段x": None, "code": "A"},
    ]

    array = read_json(tmp_path, records)
    lines = read_bytes(tmp_path, "\n".join(json.dumps(record) for record in records), ITEM)

    assert (
        array.rows
        == lines.rows
        == [("010100", "甲\n乙", "1.5", "true"), ("A", None, None, "false")]
    )
    assert [array.report.file["format"], lines.report.file["format"]] == ["json", "jsonl"]


def test_numbers_keep_the_digits_they_are_written_with(tmp_path):
    item = item_of_fields(make_field("x"), make_field("n", type="number", decimals=2))
    text = '[{"code": 123456789012345678, "x": 1.10, "n": 0.10}]'

    assert read_bytes(tmp_path, text, item).rows == [("123456789012345678", "1.10", "0.10")]


def test_nested_values_and_repeated_names_are_found_in_their_record(tmp_path):
    text = """[{"code": "A"}, {"code": "B", "x": {"y": 1}}, {"code": "C", "x": [1]},
        {"code": "D", "code": "E"}, "loose"]"""

    reading = read_bytes(tmp_path, text, ITEM)

    assert reading.places == [
        ("nested-value", "x", 2),
        ("nested-value", "x", 3),
        ("duplicate-name", "code", 4),
        ("not-an-object", None, 5),
    ]
    assert "flat object" in reading.report.groups[0].first[0].message.en
    assert reading.report.row_count == 5


def test_all_unknown_names_are_reported_at_once(tmp_path):
    reading = read_json(tmp_path, [{"code": "A", "size": 1}, {"code": "B", "colour": 2}])

    assert [field for _, field, _ in reading.places] == ["size", "colour"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"code": "A"},\n {"code": }]', "line 2, column 11"),
        ('[{"code": "A"}\n {"code": "B"}]', "line 2, column 2"),
        ('[{"code": "A"}] x', "line 1, column 17"),
        ('[{"code": "A"},', "line 1, column 16"),
        ('[{"code": NaN}]', "NaN is no number"),
        ("[" * 100_000, "nested too deep"),
        ('{"code": "A"}\n{"code": "B" "C"}', "line 2, column 14"),
        ('{"code": "A"} {"code": "B"}', "line 1, column 14"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(tmp_path, text, place):
    problem = read_bytes(tmp_path, text, ITEM).group("invalid-json").first[0]

    assert place in problem.message.en


def test_places_are_right_beyond_the_first_window(tmp_path, monkeypatch):
    monkeypatch.setattr(json_rows, "_CHUNK_CHARS", 50)
    records = ",\n".join(json.dumps({"code": f"K{n}", "x": "甲" * n}) for n in range(40))

    whole = read_bytes(tmp_path, f"[{records}]", ITEM)
    broken = read_bytes(tmp_path, f'[{records},\n{{"code": nil}}]', ITEM)

    assert [len(row[1] or "") for row in whole.rows] == list(range(40))
    assert "line 41, column 10" in broken.group("invalid-json").first[0].message.en


def test_a_lone_surrogate_is_found_in_its_cell(tmp_path):
    reading = read_bytes(tmp_path, r'[{"code": "A", "x": "\ud800"}, {"code": "\u0000"}]', ITEM)

    assert reading.places == [("control-character", "x", 1), ("control-character", "code", 2)]


def test_an_array_without_records_has_no_rows(tmp_path):
    assert "no-rows" in read_bytes(tmp_path, "[]", ITEM).codes


def test_records_without_any_known_name_say_what_is_wanted(tmp_path):
    problem = read_json(tmp_path, [{"size": 1}]).group("no-names").first[0]

    assert "size" in problem.message.en
    assert "code, x, n, yes" in problem.message.en


def test_an_array_may_be_one_long_line(tmp_path):
    records = [{"code": f"K{n}"} for n in range(1000)]

    reading = read_bytes(tmp_path, json.dumps(records), ITEM, limits=IntakeLimits(line_bytes=1000))

    assert len(reading.rows) == 1000
    assert reading.codes == []


def test_too_many_names_are_refused(tmp_path):
    record = {"code": "A", **{f"c{n}": n for n in range(30)}}

    reading = read_bytes(tmp_path, json.dumps([record]), ITEM, limits=IntakeLimits(columns=20))

    assert reading.codes == ["too-many-columns"]


def test_an_object_over_several_lines_is_told_what_is_wanted(tmp_path):
    reading = read_bytes(tmp_path, '{\n "data": []\n}', ITEM)

    assert "array of flat objects" in reading.group("not-an-array").first[0].message.en


def test_the_real_nested_clinic_list_is_told_what_is_wanted(tmp_path):
    folder = SHARED_DATA / "hosp_fever_clinics_cn"
    need(folder.exists(), "shared/data")

    reading = read_path(tmp_path, next(folder.glob("*.json")), ITEM)

    assert reading.report.blocks
    assert any("flat" in problem.message.en for g in reading.report.groups for problem in g.first)
