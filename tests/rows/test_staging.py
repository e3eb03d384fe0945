from gongkai.testing import make_field
from tests.rows.tables import cells, item_of_fields, read_bytes

STATUS = [
    {"value": "low", "label": {"zh": "偏低", "en": "Low stock"}},
    {"value": "normal", "label": {"zh": "正常", "en": "low"}},
]


def test_each_clean_up_is_counted_with_its_first_examples(tmp_path):
    item = item_of_fields(make_field("x", missingValues=["-10", "missing"]))

    reading = read_bytes(tmp_path, cells(" a", "-10", "b\u3000", " missing ", "\xa0", "c"), item)

    assert [row[1] for row in reading.rows] == ["a", None, "b", None, None, "c"]
    counts = {kind: found["x"]["count"] for kind, found in reading.report.normalized.items()}
    assert counts == {"trimmed": 4, "missing-value": 2}
    assert reading.report.normalized["trimmed"]["x"]["first"] == [
        {"row": 2, "from": " a", "to": "a"},
        {"row": 4, "from": "b\u3000", "to": "b"},
        {"row": 5, "from": " missing ", "to": "missing"},
    ]


def test_a_label_becomes_its_code_in_either_language(tmp_path):
    item = item_of_fields(make_field("x", categories=STATUS))

    reading = read_bytes(tmp_path, cells("偏低", "Low stock", "low", "正常"), item)

    assert [row[1] for row in reading.rows] == ["low", "low", "low", "normal"]
    assert reading.report.normalized["category-label"]["x"]["count"] == 3


def test_words_for_yes_and_no_become_truth_values(tmp_path):
    item = item_of_fields(make_field("x", type="boolean"))

    reading = read_bytes(tmp_path, cells("是", "0", "TRUE", "false", ""), item)

    assert [row[1] for row in reading.rows] == ["true", "false", "true", "false", None]
    assert reading.report.normalized["boolean-word"]["x"]["count"] == 3


def test_nothing_else_is_guessed(tmp_path):
    kept = ["１２", "N/A", "null", "-", "a  b", "1,000", "'01", "2026年3月2日"]
    text = "code\tx\n" + "".join(f"K{n}\t{value}\n" for n, value in enumerate(kept))

    reading = read_bytes(tmp_path, text, item_of_fields(make_field("x")))

    assert [row[1] for row in reading.rows] == kept
    assert reading.report.normalized == {}


def test_what_is_missing_for_one_field_is_a_value_for_another(tmp_path):
    item = item_of_fields(
        make_field("x", type="integer", missingValues=["-10"]), make_field("y", type="integer")
    )

    assert read_bytes(tmp_path, "code,x,y\nA,-10,-10\n", item).rows == [("A", None, "-10")]


def test_a_code_of_a_field_is_never_a_missing_value(tmp_path):
    none = {"value": "NA", "label": {"zh": "不适用", "en": "Not applicable"}}
    item = item_of_fields(make_field("x", categories=[none]), missingValues=["", "NA"])

    assert read_bytes(tmp_path, cells("NA", "不适用"), item).rows == [("K2", "NA"), ("K3", "NA")]


def test_instants_are_kept_as_shanghai_time(tmp_path):
    item = item_of_fields(make_field("x", type="datetime"))

    reading = read_bytes(tmp_path, cells("2026-03-02T00:00:00Z", "2026-03-02 08:00"), item)

    assert {row[1] for row in reading.rows} == {"2026-03-02T08:00:00+08:00"}
