import re

import pytest

from gongkai.rows.damage_messages import DAMAGE_MESSAGES
from gongkai.rows.normalise import Normaliser
from gongkai.testing import make_field
from tests.rows.fields import FIELDS, column, normaliser, schema_of

NORMALISERS = {kind: normaliser(kind) for kind in FIELDS}
FLAGS = [
    {"value": value, "label": {"zh": zh, "en": en}}
    for value, zh, en in (
        ("p", "初步", "Provisional"),
        ("c", "保密隐去", "Suppressed"),
        ("u", "不可得", "Not available"),
    )
]

# field: code: texts that show it
SHOWN = """
six: scientific-code: 6.2284804E+18 | 1.23E+05 | 1.23e17 | 3E+05
icd: scientific-code: 1.00E+03
stock: scientific-code: 1.5E+11
six: lost-zeros: 37010 | 1
region: lost-zeros: 0
age: mangled-date: 17-Feb | 2月17日 | Feb-17 | 3月2日 | 2-Mar | 1-Mar | 2026/2/3 | 3月1日
month: mangled-date: Jan-26 | 2026-01-01 | 2026/1/1 | 2026-01-01 00:00:00
serial_code: mangled-date: Feb-24
six: number-for-code: 370100.0 | 37010.00
number: lost-digits: 4.08408E+11 | 1.23E+17
count: lost-digits: 1.23E+17 | 1E+05
amount: lost-digits: 1.20E+03
amount: float-tail: 12.340000000000001 | 12.339999999999999 | 0.30000000000000004 | -7.1000000000000005
text: hidden-by-width: #####
count: hidden-by-width: ########
date: hidden-by-width: ##########
text: error-cell: #N/A | #REF! | #DIV/0! | #VALUE! | #NAME?
number: error-cell: #NUM! | #NULL!
stock: error-cell: #N/A
number: censored-value: <1 | > 200.5 | ≤5 | ≥ 10 | ＜1 | 小于1 | 不足5 | 10以上 | 5+ | 1-4 | 1～4 | <0.05mg/L
number: not-a-number-mark: - | -- | — | / | N/A | NA | nan | 无 | 未检出 | * | …
date: no-value-mark: - | N/A | 不详 | 无
stock: no-value-mark: 未知 | -
flag: no-value-mark: - | N/A
number: other-unit: 95% | 12.5万 | 12.5万元 | $5 | 5mg/L
price: other-unit: 12.5万元 | $12 | 12元/次
date: ambiguous-date: 01/02/2015 | 31/12/2015 | 1.2.2015 | 01-02-2015 | 4/1/2026 12:30
date: short-year: 20/1/11 | 20年1月11日 | 11-Jan-20 | 1月11日 | 17-Feb
date: incomplete-date: 2020年1月 | 2020-01 | 202001 | 2020 | 2020年
instant: no-time-of-day: 2020-01-11 | 2020年1月11日
"""

# Wrong or right, but no damage that anybody could name.
UNSHOWN = """
text: 1.23E+17 | N/A | - | 17-Feb | # 1 | ### | <1 | 2026-01-01
six: 370100 | 37010a | 1E5 | 3701000 | 甲
region: 37010 | 037010 | 037010.0
icd: J45 | 45 | JJ | 1E10
web: 1.5 | a
phone: 531123456 | 5311234567
age: 17-24 | 99-100 | 2026-05-06
month: 2026-01 | 2026-13 | 1 | 26 | 2026-02-30 | 2026-01-15
quarter: 1 | 2026 | 202
clock: 805 | 1 | 8.05
number: 12 | 1e5 | 1.23E+05 | 12.340000000000001 | 1.234,5 | 1,23 | abc | 1_2
count: 1.5 | -1 | +5
amount: 12.345 | 12.3456789 | 12.34
date: 2020-01-11 | 2020-02-30 | 今天 | abc
flag: true | 是 | × | 无 | 没有
measured: -10 | N/A | -
channels: 网站 | 网站、板报
"""


def shown():
    for line in SHOWN.strip().splitlines():
        kind, code, texts = line.split(": ", 2)
        for text in texts.split(" | "):
            yield pytest.param(kind, text, code, id=f"{kind}-{text}")


def unshown():
    for line in UNSHOWN.strip().splitlines():
        kind, texts = line.split(": ", 1)
        for text in texts.split(" | "):
            yield pytest.param(kind, text, id=f"{kind}-{text}")


@pytest.mark.parametrize(("kind", "text", "code"), list(shown()))
def test_damage_is_named_and_said_in_both_languages(kind, text, code):
    _, field = column(kind)

    advice = NORMALISERS[kind].advise(text)

    assert advice is not None
    assert advice.code == NORMALISERS[kind].advice(f" {text} ") == code
    said = advice.message(field, text)
    for sentence in (said.zh, said.en):
        assert text in sentence
        assert not re.search(r"[{}]|，，|。。|  |\.\.$", sentence.replace(text, "x"))


@pytest.mark.parametrize(("kind", "text"), list(unshown()))
def test_nothing_is_named_where_nothing_is_seen(kind, text):
    assert NORMALISERS[kind].advice(text) is None


def test_every_code_of_damage_is_shown_by_some_text():
    assert {case.values[2] for case in shown()} - {"error-cell"} == set(DAMAGE_MESSAGES)


@pytest.mark.parametrize(
    ("kind", "text", "guess"),
    [
        ("age", "17-Feb", "17-24"),
        ("age", "3月2日", "2-3"),
        ("age", "1-Mar", "MAR1"),
        ("month", "Jan-26", "2026-01"),
        ("month", "2026/1/1", "2026-01"),
        ("six", "37010", "037010"),
        ("six", "370100.0", "370100"),
        ("six", "37010.0", "037010"),
        ("region", "0", "000000"),
        ("amount", "12.339999999999999", "12.34"),
    ],
)
def test_what_it_may_have_been_is_said(kind, text, guess):
    _, field = column(kind)
    said = NORMALISERS[kind].advise(text).message(field, text)

    assert guess in said.zh
    assert guess in said.en


def test_a_key_without_a_pattern_shows_what_a_spreadsheet_shortened():
    schema = schema_of(make_field("other"), key="code")
    key = Normaliser(schema, schema.by_name["code"])

    assert key.advice("4.08408E+11") == "scientific-code"
    assert key.advice("4.08408E11") is None
    assert Normaliser(schema, schema.by_name["other"]).advice("4.08408E+11") is None


def remedy(text, *others, **given):
    schema = schema_of(make_field("x", type="number", **given), *others)
    field = schema.by_name["x"]
    return Normaliser(schema, field).advise(text).message(field, text)


def test_a_censored_figure_is_emptied_and_flagged_where_the_item_can_say_so():
    flag = make_field("obs_flag", title={"zh": "数据标记", "en": "Data flag"}, categories=FLAGS)

    said = remedy("<5", flag, constraints={"required": True}, personal_count=True)

    assert "“数据标记”（obs_flag）中说明原因：c（保密隐去）、u（不可得）" in said.zh
    assert "say why in Data flag (obs_flag): c (Suppressed), u (Not available)" in said.en


def test_a_censored_optional_figure_is_left_empty_and_told_in_the_remark():
    remark = make_field("remark", title={"zh": "备注", "en": "Remark"})

    assert "请留空，原来的写法可写入“备注”" in remedy("<1", remark).zh
    assert "leave the cell empty; what was written here can go into Remark" in remedy(
        "-", remark
    ).en.replace(" if there is no value", "")
    assert "备注" not in remedy("<1").zh


def test_a_censored_required_figure_of_an_item_without_flags_is_for_the_administrator():
    said = remedy("<1", constraints={"required": True})

    assert "请联系管理员" in said.zh
    assert "ask the administrator" in said.en


def test_the_unit_of_the_field_is_named_where_another_was_written():
    assert "请换算成“元”后" in remedy("12.5万元", unit={"zh": "元", "en": "CNY"}).zh
    assert "in CNY" in remedy("12.5万元", unit={"zh": "元", "en": "CNY"}).en
