import pytest

from gongkai.rows.normalise import KINDS, Normaliser
from gongkai.testing import make_field
from tests.rows.fields import FIELDS, YUAN, normaliser, schema_of

NORMALISERS = {kind: normaliser(kind) for kind in FIELDS}

# field | as written | as kept | kinds of clean-up
CLEANED = """
date | 2020年1月11日 | 2020-01-11 | date
date | 2020年01月11日 | 2020-01-11 | date
date | 2020 年 1 月 11 日 | 2020-01-11 | date
date | 2020年1月11号 | 2020-01-11 | date
date | 2020/1/11 | 2020-01-11 | date
date | 2020/01/11 | 2020-01-11 | date
date | 2020.1.11 | 2020-01-11 | date
date | 2020-1-1 | 2020-01-01 | date
date | 20200111 | 2020-01-11 | date
date | 29101231 | 2910-12-31 | date
date | 二〇二〇年一月十一日 | 2020-01-11 | date
date | 二○二○年十二月三十一日 | 2020-12-31 | date
date | 二零二零年二月二十九日 | 2020-02-29 | date
date | 11-Jan-2020 | 2020-01-11 | date
date | 11 January 2020 | 2020-01-11 | date
date | Jan 11, 2020 | 2020-01-11 | date
date | Sept. 1, 2020 | 2020-09-01 | date
date | 2020-01-11 00:00:00 | 2020-01-11 | date
date | 2020-01-11T00:00:00.000 | 2020-01-11 | date
date | 2020-01-11T00:00:00+08:00 | 2020-01-11 | date
date | 2020/1/11 0:00 | 2020-01-11 | date
date | ２０２０年１月１１日 | 2020-01-11 | full-width date
date | ２０２０-01-11 | 2020-01-11 | full-width
date | 43858 | 2020-01-28 | excel-serial
date | 43858.0 | 2020-01-28 | excel-serial
date | 32874 | 1990-01-01 | excel-serial
date | 73415 | 2100-12-31 | excel-serial
instant | 2020/1/11 8:05 | 2020-01-11T08:05 | instant
instant | 2020/1/11 23:59:58 | 2020-01-11T23:59:58 | instant
instant | 2020年01月11日 8时5分 | 2020-01-11T08:05 | instant
instant | 2020年1月11日8时5分30秒 | 2020-01-11T08:05:30 | instant
instant | 2020年1月11日8点05分 | 2020-01-11T08:05 | instant
instant | 2020年1月11日8时整 | 2020-01-11T08:00 | instant
instant | 2020年1月11日 08:05 | 2020-01-11T08:05 | instant
instant | 二〇二〇年一月十一日 8:05 | 2020-01-11T08:05 | instant
instant | 2020/1/11 上午8:05 | 2020-01-11T08:05 | instant
instant | 2020/1/11 下午3:05 | 2020-01-11T15:05 | instant
instant | 2020/1/11 3:05 PM | 2020-01-11T15:05 | instant
instant | 2020-01-11T08:05:00.000Z | 2020-01-11T08:05:00Z | instant
instant | 2020-01-11t08:05:00z | 2020-01-11T08:05:00Z | instant
instant | 2020-01-11 08:05 +0800 | 2020-01-11T08:05+08:00 | instant
instant | 2020-01-11T08:05-05 | 2020-01-11T08:05-05:00 | instant
instant | 20200111T080500Z | 2020-01-11T08:05:00Z | instant
instant | 20200111080500 | 2020-01-11T08:05:00 | instant
instant | ２０２０/1/11 8：05 | 2020-01-11T08:05 | full-width instant
instant | 43858.5 | 2020-01-28T12:00:00 | excel-serial
instant | 43858.3368055556 | 2020-01-28T08:05:00 | excel-serial
number | １２３．５ | 123.5 | full-width
number | 1,234,567.89 | 1234567.89 | thousands
number | 1,234 | 1234 | thousands
number | １，２３４ | 1234 | full-width thousands
number | -1,234.5 | -1234.5 | thousands
number | −5 | -5 | minus
number | －5 | -5 | full-width
number | (1,234) | -1234 | minus thousands
number | （12.5） | -12.5 | full-width minus
number | 1,234- | -1234 | minus thousands
number | ￥12.50 | 12.50 | currency
number | ¥1,200 | 1200 | currency thousands
number | 12.50元 | 12.50 | currency
number | RMB 12 | 12 | currency
number | .5 | 0.5 | decimal-point
number | -.5 | -0.5 | decimal-point
number | 5. | 5 | decimal-point
price | ￥ 12.50 | 12.50 | currency
price | ¥-12.50 | -12.50 | currency
price | -¥12.50 | -12.50 | currency
price | 12.50 CNY | 12.50 | currency
price | ￥12.50元 | 12.50 | currency
price | ￥１２．５０ | 12.50 | full-width currency
price | 人民币12元 | 12 | currency
price | 1.2e3 | 1200 | exponent
dollars | $53.24 | 53.24 | currency
dollars | US$ 5,455.72 | 5455.72 | currency thousands
ten_thousands | 12.5万元 | 12.5 | unit
ten_thousands | 1,234.5 万元 | 1234.5 | unit thousands
share | 95% | 95 | unit
share | 95.5 ％ | 95.5 | full-width unit
degrees | 35 ℃ | 35 | unit
degrees | 35.5°C | 35.5 | unit
count | 12 例 | 12 | unit
count | 1,234例 | 1234 | unit thousands
count | 12 cases | 12 | unit
count | 1156.0 | 1156 | trailing-zeros
count | 1156.00 | 1156 | trailing-zeros
count | 1,156.0 | 1156 | thousands trailing-zeros
count | 1e5 | 100000 | exponent
count | 1.2E+3 | 1200 | exponent
whole | (5) | -5 | minus
whole | １２ | 12 | full-width
amount | 12.5e-1 | 1.25 | exponent
measured | -10 | | missing-value
measured | N/A | | missing-value
measured | － | | full-width missing-value
measured | −10 | | minus missing-value
month | 2026年1月 | 2026-01 | period
month | 2026年01月份 | 2026-01 | period
month | 2026 年 12 月 | 2026-12 | period
month | 二〇二六年一月 | 2026-01 | period
month | 2026/1 | 2026-01 | period
month | 2026-1 | 2026-01 | period
month | 2026.01 | 2026-01 | period
month | 202601 | 2026-01 | period
month | 2026 January | 2026-01 | period
month | Sep-2026 | 2026-09 | period
month | ２０２６－０１ | 2026-01 | full-width
quarter | 2026年第一季度 | 2026-Q1 | period
quarter | 2026年2季度 | 2026-Q2 | period
quarter | 2026Q3 | 2026-Q3 | period
quarter | 2026-q4 | 2026-Q4 | period
quarter | Q1 2026 | 2026-Q1 | period
quarter | 2026年上半年 | 2026-H1 | period
quarter | 2026H2 | 2026-H2 | period
quarter | 2026年度 | 2026 | period
quarter | 2026年3月 | 2026-03 | period
clock | 8:05 | 08:05 | clock
clock | ８：０５ | 08:05 | full-width clock
clock | 08:05:00 | 08:05 | clock
clock | 8时5分 | 08:05 | clock
clock | 8点整 | 08:00 | clock
clock | 下午3:05 | 15:05 | clock
region | ３７０１００ | 370100 | full-width
icd | Ｊ４５．０ | J45.0 | full-width
web | http：//a.cn | http://a.cn | full-width
serial_code | 2026–01 | 2026-01 | dash
stock | 偏低（红色） | low | category-label
stock | 偏低(红色) | low | category-label
stock | 偏低 （红色） | low | category-label
stock | LOW STOCK | low | category-label
stock | Low　stock | low | category-label
stock | NORMAL | normal | category-label
stock | low 偏低（红色） | low | category-label
stock | 偏低（红色）(low) | low | category-label
stock | normal-正常 | normal | category-label
stock | 10²级 | low_2 | category-label
age | １７－２４岁 | 17-24 | category-label
age | 17–24 | 17-24 | dash
channels | 网站、公开栏 | 网站;公开栏 | list-separator
channels | 网站，电子屏 | 网站;电子屏 | list-separator
channels | 网站；公开栏；电子屏 | 网站;公开栏;电子屏 | list-separator
channels | 网站 / 公开栏 | 网站;公开栏 | list-separator
channels | 网站; 公开栏 | 网站;公开栏 | list-separator
flag | 是 | true | boolean-word
flag | 否 | false | boolean-word
flag | TRUE | true | boolean-word
flag | yEs | true | boolean-word
flag | Ｙ | true | boolean-word
flag | no | false | boolean-word
flag | √ | true | boolean-word
flag | 0 | false | boolean-word
flag | 1.0 | true | boolean-word
words | missing | | missing-value
words | － | | full-width missing-value
"""

# What stays as it was written, right or wrong: nothing is guessed.
KEPT = """
text: １２ | N/A | - | 1,000 | 2026年3月2日 | a  b | '01 | ￥12 | 17-Feb
date: 2020-01-11 | 2020-02-30 | 2020/2/30 | 2021年2月29日 | 20201301 | 01/02/2015 | 31/12/2015
date: 12/31/2015 | 20/1/11 | 20年1月11日 | 2020年1月 | 2020-01 | 202001 | 2020 | 1月11日 | 17-Feb
date: 11-Jan-20 | 43858.5 | 32873 | 73416 | 12345 | 438580 | 2020-01-11 08:05 | 2020年1月11
date: 2020-01-11T16:00:00Z | 2020/1-11 | 2020年十一月11日 | 正月初一 | 二〇二〇年二月三十日 | 今天
date: 2020-01-11T00:00:00Z | 11-Foo-2020 | 第三天 | ２０２０年２月３０日
instant: 2020-01-11 08:05 | 2020-01-11T08:05:00+08:00 | 2020-01-11 | 43858 | 43858.34 | 43858.1
instant: 2020/1/11 24:00 | 2020/1/11 8:60 | 2020/1/11 | 2020年1月11日8时 | 2020/1/11 12:05 AM
instant: 2020-01-11T08:05:00.120Z | 01/02/2015 8:05 | 2020/1/11 下午15:05 | 2020/1/11 8
number: 12.30 | +5 | 1.2E+3 | 007 | 1,23 | 1.234,5 | 1,2345 | 12,34,567 | 0,123 | 0,500 | 1,234,56
number: 12.5万元 | 12.5万 | $5 | €5 | HK$5 | 95% | 5‰ | 1 234 | 1'234 | 1_2 | 0x10 | <1 | >200.5
number: ≤5 | 约5 | 5+ | 1-4 | -- | N/A | 无 | 未检出 | / | ⅓ | 10² | ① | 十二 | 一百 | 1/2
number: (-5) | -5- | (5 | 5) | ((5)) | +-5 | . | - | 元 | ¥ | 1.2.3 | 12元5角 | 5 6 | 1.23E+17
count: 12人 | (5) | 5- | 1.5 | 1156.5 | 1.23E+17 | 1E+05 | 1.0e-3 | 12 例/年 | 95%
amount: 1.20E+03 | 12.345 | 12.340000000000001 | 1,23.4
price: 12.5万元 | $12 | 12美元 | 12.50元/次 | 元12.50
share: 95‰ | 0.95百分
month: 2026-01 | 2026.1 | 2026年13月 | 2026/0 | Jan-26 | 26-01 | 2026年 | 1月 | 2026-01-01 | 20261
quarter: 2026 | 2026-Q1 | 2026Q5 | 2026年5季度 | 第一季度 | 26Q1 | 2026 | 2026年下
clock: 08:05 | 8.05 | 805 | 8:5 | 25:00 | 08:05:30 | 8时 | 下午15:05 | 0.336
region: 370100 | 37010 | 370100.0 | 3.701E+05 | 3701 00 | A70100
icd: J45.0 | j45.0 | Ⅱ45 | J４５①
serial_code: 2026-01 | 2026年1月 | 2026/1 | 202601 | 2026—01
web: https://例子.cn/a | http：//a.cn/（甲） | ｈttp：//ａ．cn/ b
stock: low | lo | 偏低 | low normal | 102级 | 偏低（黄色）
age: 17-24 | 17-Feb | 17 24 | 17-24周岁
channels: 网站 | 网站;公开栏 | 网站;公开栏; | 网站、板报 | 网站公开栏 | 、
flag: true | false | × | 有 | 无 | x | 对 | 2 | ☐ | 是否 | T
measured: -10.0 | n/a | -1
words: Missing | -- | 5-
"""


def cases():
    for line in CLEANED.strip().splitlines():
        kind, written, kept, kinds = (part.strip(" ") for part in line.split("|"))
        yield pytest.param(
            kind, written, kept or None, tuple(kinds.split()), id=f"{kind}-{written}"
        )


def kept():
    for line in KEPT.strip().splitlines():
        kind, texts = line.split(": ", 1)
        for text in texts.split(" | "):
            yield pytest.param(kind, text, id=f"{kind}-{text}")


@pytest.mark.parametrize(("kind", "written", "wanted", "kinds"), list(cases()))
def test_what_is_certain_is_rewritten(kind, written, wanted, kinds):
    found = NORMALISERS[kind].clean(written)

    assert found is not None
    assert (found.text, found.kinds) == (wanted, kinds)


@pytest.mark.parametrize(("kind", "text"), list(kept()))
def test_what_is_right_or_not_certain_stays(kind, text):
    assert NORMALISERS[kind].clean(text) is None


def test_enough_cases_are_tried():
    assert len(list(cases())) >= 150
    assert len(list(kept())) >= 150


def test_blanks_of_all_kinds_go_first_and_are_told_apart():
    found = NORMALISERS["count"].clean("\ufeff\u3000１２\xa0例\t")

    assert (found.text, found.kinds) == ("12", ("trimmed", "full-width", "unit"))
    assert found.after("trimmed") == "１２\xa0例"
    assert found.after("unit") == "12"


def test_a_cell_of_blanks_becomes_empty_and_an_empty_one_stays():
    assert NORMALISERS["text"].clean(" \u3000\u200b") == (None, ("trimmed",), "")
    assert NORMALISERS["text"].clean("") is None


@pytest.mark.parametrize(
    ("kind", "written", "wanted"),
    [
        ("number", "1\u200b23", "123"),
        ("region", "3701\u200b00", "370100"),
        ("date", "2020年1月\u200b11日", "2020-01-11"),
        ("month", "2026年\u200d1月", "2026-01"),
    ],
)
def test_marks_that_nobody_sees_are_taken_out(kind, written, wanted):
    found = NORMALISERS[kind].clean(written)

    assert found.text == wanted
    assert found.kinds[0] == "invisible"


@pytest.mark.parametrize("mark", ["\xa0", "\u2009", "\u202f"])
def test_blanks_that_only_separate_thousands_are_taken_out(mark):
    assert NORMALISERS["number"].clean(f"1{mark}234{mark}567.5").text == "1234567.5"
    assert NORMALISERS["number"].clean(f"1{mark}234,567") is None


def test_a_label_of_two_codes_is_no_code():
    twice = [
        {"value": value, "label": {"zh": zh, "en": en}}
        for value, zh, en in (("a", "其他", "Other"), ("b", "其它", "other"), ("c", "丙", "A"))
    ]
    schema = schema_of(make_field("x", categories=twice))
    cleaner = Normaliser(schema, schema.by_name["x"])

    assert cleaner.clean("OTHER") is None
    assert cleaner.clean("Ａ") is None
    assert cleaner.clean("A").text == "c"
    assert cleaner.clean("其它").text == "b"


def test_a_code_of_a_field_is_never_a_missing_value():
    none = {"value": "NA", "label": {"zh": "不适用", "en": "Not applicable"}}
    schema = schema_of(make_field("x", categories=[none], missingValues=["NA", "-"]))
    cleaner = Normaliser(schema, schema.by_name["x"])

    assert cleaner.clean("NA") is None
    assert cleaner.clean("不适用").text == "NA"
    assert cleaner.clean("-").text is None


def test_money_says_nothing_certain_where_each_row_names_its_unit():
    schema = schema_of(make_field("x", type="number"), make_field("unit_name"))

    assert Normaliser(schema, schema.by_name["x"]).clean("￥12") is None


def test_a_number_beside_an_own_unit_that_begins_with_a_digit_is_not_parted():
    schema = schema_of(make_field("x", type="number", unit={"zh": "1/10万", "en": "per 100,000"}))
    cleaner = Normaliser(schema, schema.by_name["x"])

    assert cleaner.clean("14.021/10万") is None
    assert cleaner.clean("14.02 per 100,000").text == "14.02"


def test_serials_of_a_workbook_from_1904_are_not_read():
    schema = schema_of(make_field("x", type="date"), make_field("y", type="datetime"))

    for name, text in (("x", "43858"), ("y", "43858.5")):
        cleaner = Normaliser(schema, schema.by_name[name], has_serials=False)
        assert cleaner.clean(text) is None


def test_a_pattern_that_only_the_engine_reads_is_left_alone():
    schema = schema_of(make_field("x", constraints={"pattern": r"\p{Han}+"}))
    cleaner = Normaliser(schema, schema.by_name["x"])

    assert cleaner.clean("Ａ") is None
    assert cleaner.clean(" 甲 ").text == "甲"
    assert cleaner.advise("1.2E+17") is None


def test_every_kind_has_a_title_in_both_languages_and_no_other_kind_exists():
    seen = {kind for case in cases() for kind in case.values[3]} | {"trimmed", "invisible"}

    assert seen == set(KINDS)
    assert all(title.zh and title.en for title in KINDS.values())


def test_the_yuan_of_a_field_is_named_in_many_ways():
    schema = schema_of(make_field("x", type="number", unit={"zh": "人民币", "en": "yuan"}))
    cleaner = Normaliser(schema, schema.by_name["x"])

    for text in ("￥12", "¥12", "12元", "RMB12", "12 yuan", "CNY 12", "12圆"):
        assert cleaner.clean(text).text == "12", (text, YUAN)
