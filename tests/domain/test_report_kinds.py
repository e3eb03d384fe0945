"""A report by kind of problem, as people read it."""

import pytest

from gongkai.domain.kind_titles import KINDS
from gongkai.domain.problem_kinds import OWN_TITLES
from gongkai.domain.problems import Problem, ProblemGroup, Report, Severity
from gongkai.domain.report_kinds import place_of, totals_of
from gongkai.domain.text import Text
from gongkai.rows.check_messages import MESSAGES

CASES = Text("病例数", "Cases")
DEATHS = Text("死亡数", "Deaths")


def problem(code="maximum", row=5, field="cases", label=CASES, message=None, **given):
    said = message or Text("9 大于上限 8；请核对后更正。", "9 is above 8; check and correct it.")
    return Problem(code, said, row, field, label, **given)


def group(*first, total=None):
    one = first[0]
    count = total or len(first)
    return ProblemGroup(one.code, one.field, one.label, one.severity, count, first)


def report(*groups, **file):
    return Report("an_item", 10, groups, file)


def test_every_sentence_of_intake_has_a_title_in_both_languages():
    assert sorted(set(MESSAGES) - set(KINDS) - OWN_TITLES) == []
    for code, kind in KINDS.items():
        texts = [kind.title, *([kind.advice] if kind.advice else [])]
        assert all(text.zh.strip() and text.en.strip() for text in texts), code
        assert not any("{" in text.zh + text.en for text in texts) or code == "not-an-array"


def test_kinds_are_put_together_over_fields_errors_first_then_the_most_frequent():
    warning = problem("late", field=None, label=None, severity=Severity.WARNING)
    kinds = report(
        group(warning, total=99),
        group(problem("minimum")),
        group(problem(row=9), total=3),
        group(problem(row=7, field="deaths", label=DEATHS), total=4),
    ).kinds

    assert [(kind.code, kind.total) for kind in kinds] == [
        ("maximum", 7),
        ("minimum", 1),
        ("late", 99),
    ]
    assert [(one.field, one.total) for one in kinds[0].fields] == [("deaths", 4), ("cases", 3)]
    assert [one.row for one in kinds[0].first] == [7, 9]
    assert kinds[0].title == Text("大于上限", "Above the maximum")
    assert kinds[0].advice == Text("请核对后更正。", "Check and correct it.")


def test_a_kind_that_only_a_plugin_knows_is_called_what_its_first_sentence_says():
    said = Text("两次填报不一致；请核对。", "the two reports differ; look at both.")
    (kind,) = report(group(problem("two-figures", message=said))).kinds

    assert kind.title == Text("两次填报不一致", "the two reports differ")
    assert kind.advice == Text("请核对。", "Look at both.")
    assert kind.sentence(kind.first[0]) == kind.title


def test_advice_that_speaks_of_one_field_is_given_for_that_field_only():
    def wrong(field, example):
        said = Text(
            f"“x”不是数字；请只写数字，如 {example}。", f"“x” is no number; write {example}."
        )
        return group(problem("type-number", field=field, label=CASES, message=said))

    (one,) = report(wrong("cases", 7)).kinds
    (two,) = report(wrong("cases", 7), wrong("deaths", 8)).kinds

    assert one.advice == Text("请只写数字，如 7。", "Write 7.")
    assert one.sentence(one.first[0]).zh == "“x”不是数字"
    assert "7" not in two.advice.zh
    assert two.sentence(two.first[1]).zh.endswith("如 8。")


def test_each_rule_of_an_item_is_a_kind_of_its_own_without_its_figures():
    def total(row, added):
        said = Text(
            f"合计不等于各项之和（合计应为 {added}，填写的是 9）",
            f"Parts and total differ ({added})",
        )
        return problem("total", row=row, message=said)

    rule = problem("rule", message=Text("结束不早于开始", "the end is not before the start"))
    other = problem("rule", message=Text("死亡不多于病例", "no more deaths than cases"))
    kinds = report(group(total(3, 8)), group(total(4, 7)), group(rule), group(other)).kinds

    assert [(kind.title.zh, kind.total) for kind in kinds] == [
        ("合计不等于各项之和", 2), ("结束不早于开始", 1), ("死亡不多于病例", 1),
    ]  # fmt: skip
    assert kinds[0].title.en == "Parts and total differ"


@pytest.mark.parametrize(
    ("given", "file", "zh", "en"),
    [
        ({}, {}, "第 5 行“病例数”", "row 5, “Cases”"),
        ({}, {"columns": {"cases": "D"}}, "第 5 行“病例数”（D 列）", "row 5, “Cases” (column D)"),
        ({}, {"format": "json"}, "第 5 条“病例数”", "record 5, “Cases”"),
        ({"field": None, "label": None}, {}, "第 5 行", "row 5"),
        ({"row": None}, {}, "“病例数”列", "column “Cases”"),
        ({"code": "missing-column", "row": 1}, {}, "“病例数”列", "column “Cases”"),
        ({"field": "AB", "label": None}, {}, "第 5 行 AB 列", "row 5, column AB"),
        ({"row": None, "field": None, "label": None}, {}, "整个文件", "the whole file"),
    ],
)  # fmt: skip
def test_a_place_is_said_as_people_point_at_it(given, file, zh, en):
    assert place_of(problem(**given), file) == Text(zh, en)


def test_as_json_it_has_the_first_places_in_words_and_the_columns_where_they_are_known():
    many = [problem(row=row, value="9") for row in range(2, 30)]
    described = report(group(*many, total=400), columns={"cases": "D"}).as_json()

    (kind,) = described["kinds"]
    assert (kind["code"], kind["severity"], kind["total"]) == ("maximum", "error", 400)
    assert kind["fields"] == [{"field": "cases", "label": CASES.as_json(), "total": 400}]
    assert [place["row"] for place in kind["first"]] == [2, 3, 4, 5, 6]
    assert kind["first"][0]["place"] == {
        "zh": "第 2 行“病例数”（D 列）",
        "en": "row 2, “Cases” (column D)",
    }
    assert len(described["groups"][0]["first"]) == 28
    assert described["groups"][0]["first"][0]["column"] == "D"
    assert Report.of(described).as_json() == described
    assert "column" not in report(group(many[0])).as_json()["groups"][0]["first"][0]


def test_the_totals_are_said_in_words():
    warning = problem("late", severity=Severity.WARNING)

    assert totals_of(report()).en == "No problems were found."
    assert totals_of(report(group(problem(), total=1200), group(warning))) == Text(
        "错误 1,200 处，提示 1 处。", "1,200 errors, 1 warning."
    )
