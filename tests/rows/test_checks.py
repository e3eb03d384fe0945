import re

import pytest

from gongkai.domain.problems import Severity
from gongkai.rows.limits import IntakeLimits
from gongkai.testing import make_field
from tests.rows.tables import cells, item_of_fields, read_bytes

LISTED = 5
MANY = LISTED + 3
LABEL = {"zh": "甲", "en": "First"}

# One planted error per check: what the field asks, a right cell, a wrong one, the code.
PLANTED = [
    ("required", {"constraints": {"required": True}}, "a", ""),
    ("type-integer", {"type": "integer"}, "12", "1_2"),
    ("type-integer", {"type": "integer"}, "12", "12.5"),
    ("type-integer", {"type": "integer"}, "12", "十二"),
    ("type-number", {"type": "number"}, "1.5", "0x10"),
    ("type-number", {"type": "number"}, "1.5", "1e999"),
    ("type-number", {"type": "number", "decimals": 2}, "1.50", "1e2e"),
    ("type-boolean", {"type": "boolean"}, "是", "perhaps"),
    ("type-date", {"type": "date"}, "2026-02-28", "2026-02-29"),
    ("type-date", {"type": "date"}, "2026-02-28", "2026/02/30"),
    ("type-datetime", {"type": "datetime"}, "2026-02-28T08:00:00+08:00", "2026-02-28T25:00"),
    ("pattern", {"constraints": {"pattern": r"^[1-9]\d{5}$"}}, "370100", "037010"),
    ("pattern", {"constraints": {"pattern": r"^[\u4e00-\u9fa5]+$"}}, "甲乙", "甲b"),
    ("pattern", {"constraints": {"pattern": r"(?!00)\d{4}"}}, "0100", "0010"),
    ("enum", {"categories": [{"value": "a", "label": LABEL}]}, "a", "b"),
    ("minimum", {"type": "integer", "constraints": {"minimum": 0}}, "0", "-1"),
    (
        "minimum",
        {"type": "date", "constraints": {"minimum": "2020-01-01"}},
        "2020-01-01",
        "2019-12-31",
    ),
    (
        "maximum",
        {"type": "number", "constraints": {"maximum": 999999.99}, "decimals": 2},
        "999999.99",
        "1000000",
    ),
    (
        "maximum",
        {"type": "datetime", "constraints": {"maximum": "2026-01-01T00:00"}},
        "2025-12-31T16:00:00Z",
        "2025-12-31T16:00:01Z",
    ),
    ("max-length", {"constraints": {"maxLength": 2}}, "甲乙", "甲乙丙"),
    ("too-many-decimals", {"type": "number", "decimals": 2}, "1.500", "1.505"),
    ("step", {"type": "number", "step": 0.5}, "1.5", "1.3"),
    ("number-too-precise", {"type": "number"}, "9.0611616116161091", "0.12345678901234567890"),
    (
        "list-value",
        {"type": "list", "list_values": ["网站", "公开栏"]},
        "网站;公开栏",
        "网站、公告",
    ),
    ("required-when", {"required_when": "code != 'K2'"}, "a", ""),
    ("control-character", {}, "a\tb", "a\x07b"),
    ("control-character", {}, "a", "b\ufffd"),
]


@pytest.mark.parametrize(("code", "asked", "right", "wrong"), PLANTED)
def test_a_planted_error_is_found_in_its_row_with_a_true_total(tmp_path, code, asked, right, wrong):
    item = item_of_fields(make_field("x", **asked))
    text = cells(right, *[wrong] * MANY)

    reading = read_bytes(tmp_path, text, item, limits=IntakeLimits(listed=LISTED))

    assert reading.codes == [code]
    group = reading.group(code, "x")
    assert group.total == MANY == reading.report.error_count
    assert [problem.row for problem in group.first] == [3, 4, 5, 6, 7]


def test_every_message_is_in_both_languages_and_shows_the_value(tmp_path):
    item = item_of_fields(make_field("x", type="integer", example="128"))

    problem = read_bytes(tmp_path, cells("1?2"), item).group("type-integer").first[0]

    assert problem.value == "1?2"
    assert problem.label is not None
    assert problem.label.zh == "字段x"
    assert re.search(r"1\?2.*128", problem.message.zh)
    assert re.search(r"1\?2.*128", problem.message.en)


def test_a_long_value_is_cut_in_the_report(tmp_path):
    item = item_of_fields(make_field("x", type="integer"))

    problem = read_bytes(tmp_path, cells("9" * 500), item).group("type-integer").first[0]

    assert problem.value == "9" * 199 + "…"


def test_a_pattern_may_only_warn(tmp_path):
    field = make_field("x", constraints={"pattern": "[0-9]+"}, pattern_severity="warning")

    reading = read_bytes(tmp_path, cells("a"), item_of_fields(field))

    assert reading.group("pattern").severity is Severity.WARNING
    assert not reading.report.blocks


def test_a_unique_field_names_the_row_it_repeats(tmp_path):
    item = item_of_fields(make_field("x", type="integer", constraints={"unique": True}))

    group = read_bytes(tmp_path, cells("7", "8", "07", "", ""), item).group("unique")

    assert [(p.row, p.value) for p in group.first] == [(4, "07")]
    assert "2" in group.first[0].message.zh


def test_a_repeated_key_names_the_first_row_and_counts_all(tmp_path):
    item = item_of_fields(make_field("day", type="date"), key="code+day")
    text = "code,day\n" + "A,2026-01-01\n" * 4 + "A,2026-01-02\n"

    group = read_bytes(tmp_path, text, item, limits=IntakeLimits(listed=2)).group("primary-key")

    assert group.total == 3
    assert [p.row for p in group.first] == [3, 4]
    assert "row 2" in group.first[0].message.en


def test_an_empty_key_is_an_error_unless_the_key_may_be_empty(tmp_path):
    part = make_field("part")
    strict = item_of_fields(part, key="code+part")
    lenient = item_of_fields(part, key="code+part", nullableKey=["part"])
    text = "code,part\nA,\nA,\n"

    assert read_bytes(tmp_path, text, strict).places == [
        ("key-empty", "part", 2),
        ("key-empty", "part", 3),
    ]
    assert read_bytes(tmp_path, text, lenient).places == [("primary-key", None, 3)]


FLAGGED = item_of_fields(
    make_field("cases", type="integer", constraints={"required": True}),
    make_field("deaths", type="integer", constraints={"required": True}),
    make_field("obs_flag"),
)


def flagged(*lines: str) -> str:
    return "code,cases,deaths,obs_flag\n" + "".join(
        f"K{n},{line}\n" for n, line in enumerate(lines)
    )


def test_an_empty_figure_needs_its_flag(tmp_path):
    text = flagged("0,0,", ",0,n", ",0,u", "5,,c", ",0,", ",0,p")

    assert read_bytes(tmp_path, text, FLAGGED).places == [
        ("empty-without-flag", "cases", 6),
        ("empty-without-flag", "cases", 7),
    ]


def test_a_suppressed_row_that_still_shows_every_figure_is_an_error(tmp_path):
    reading = read_bytes(tmp_path, flagged("3,1,c", ",1,c"), FLAGGED)

    assert reading.places == [
        ("flagged-but-filled", "cases", 2),
        ("flagged-but-filled", "deaths", 2),
    ]


MESSAGE = {"zh": "各项之和应等于合计。", "en": "The parts must add up."}


def test_a_row_rule_speaks_with_its_own_words(tmp_path):
    rule = {
        "key": "sum",
        "expect": "a + b == c",
        "when": "present(c)",
        "field": "c",
        "message": MESSAGE,
    }
    numbers = [make_field(name, type="integer") for name in "abc"]
    text = "code,a,b,c\nA,1,2,3\nB,1,2,4\nC,1,2,\n"

    group = read_bytes(tmp_path, text, item_of_fields(*numbers, rules=[rule])).group("rule")

    assert [(p.row, p.field, p.value) for p in group.first] == [(3, "c", "4")]
    assert group.first[0].message.zh == MESSAGE["zh"]


def test_a_rule_that_cannot_be_evaluated_blocks_and_is_named(tmp_path):
    rule = {"key": "odd_one", "expect": "day > 'yesterday'", "message": MESSAGE}
    item = item_of_fields(make_field("day", type="date"), rules=[rule])

    reading = read_bytes(tmp_path, "code,day\nA,2026-01-01\nA,2026-01-01\n", item)

    assert set(reading.codes) == {"rule-unusable", "primary-key"}
    assert "odd_one" in reading.group("rule-unusable").first[0].message.en


@pytest.mark.parametrize("decimals", [{"decimals": 1}, {}])
def test_a_total_row_must_be_the_sum_of_its_parts(tmp_path, decimals):
    rule = {
        "key": "nation",
        "fields": ["n"],
        "within": ["day"],
        "total": "code == 'ALL'",
        "parts": "code != 'ALL'",
        "message": MESSAGE,
    }
    item = item_of_fields(
        make_field("day", type="date"),
        make_field("n", type="number", **decimals),
        key="code+day",
        totals=[rule],
    )
    days = {"2026-01-01": "0.3", "2026-01-02": "0.4", "2026-01-03": ""}
    text = "code,day,n\n" + "".join(
        f"ALL,{day},{total}\nA,{day},0.1\nB,{day},0.2\n" for day, total in days.items()
    )

    group = read_bytes(tmp_path, text, item).group("total")

    assert [(p.row, p.field, p.value) for p in group.first] == [(5, "n", "0.4")]
    assert "0.3" in group.first[0].message.zh


def test_how_many_rows_a_condition_holds_for_is_counted(tmp_path):
    rule = {"key": "main", "where": "x", "at_least": 1, "at_most": 1, "message": MESSAGE}
    item = item_of_fields(make_field("x", type="boolean"), counts=[rule])

    assert read_bytes(tmp_path, cells("否", "是"), item).codes == []
    assert read_bytes(tmp_path, cells("是", "是"), item).group("count").first[0].value == "2"
    assert read_bytes(tmp_path, cells("否"), item).codes == ["count"]


def test_a_reference_inside_the_same_file_is_checked(tmp_path):
    key = {"fields": ["x"], "reference": {"resource": "sample_item", "fields": ["code"]}}
    item = item_of_fields(make_field("x"), foreignKeys=[key])

    group = read_bytes(tmp_path, cells("K3", "", "nobody"), item).group("foreign-key")

    assert [(p.row, p.value) for p in group.first] == [(4, "nobody")]


def test_a_reference_to_what_is_not_published_warns(tmp_path):
    key = {"fields": ["x"], "reference": {"resource": "elsewhere", "fields": ["code"]}}

    reading = read_bytes(tmp_path, cells("a"), item_of_fields(make_field("x"), foreignKeys=[key]))

    assert reading.group("reference-unchecked").severity is Severity.WARNING


def test_a_field_that_the_file_leaves_out_is_empty(tmp_path):
    item = item_of_fields(make_field("x"), make_field("y", type="integer"))

    reading = read_bytes(tmp_path, cells("a"), item)

    assert reading.codes == []
    assert reading.rows == [("K2", "a", None)]
