"""What must hold of every clean-up, against readings of dates and numbers made elsewhere."""

import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import to_excel

from gongkai.rows.columns import identifier, typed
from gongkai.rows.text_forms import form_of
from tests.effort import effort
from tests.rows.fields import FIELDS, column, normaliser

ENGINE = duckdb.connect()
NORMALISERS = {kind: normaliser(kind) for kind in FIELDS}
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
NUMERALS = "〇一二三四五六七八九"
ENGLISH = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def numeral(number):
    """Write 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens]}十"
    return head + (NUMERALS[ones] if ones else "")


WAYS = {
    "Chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "Chinese with zeros": lambda d: d.strftime("%Y年%m月%d日"),
    "Chinese with blanks": lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
    "slashes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "slashes with zeros": lambda d: d.strftime("%Y/%m/%d"),
    "dots": lambda d: f"{d.year}.{d.month}.{d.day}",
    "short": lambda d: f"{d.year}-{d.month}-{d.day}",
    "eight digits": lambda d: d.strftime("%Y%m%d"),
    "numerals": lambda d: (
        "".join(NUMERALS[int(digit)] for digit in str(d.year))
        + f"年{numeral(d.month)}月{numeral(d.day)}日"
    ),
    "full width": lambda d: f"{d.year}/{d.month}/{d.day}".translate(FULL_WIDTH),
    "English": lambda d: f"{d.day}-{ENGLISH[d.month - 1]}-{d.year}",
    "American": lambda d: f"{ENGLISH[d.month - 1]} {d.day}, {d.year}",
    "midnight": lambda d: d.strftime("%Y-%m-%d 00:00:00"),
    "serial": lambda d: str(int(to_excel(d))),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_day_from_1990_to_2100_is_read_as_that_day(way):
    clean, write = NORMALISERS["date"].clean, WAYS[way]
    day, wrong = date(1990, 1, 1), []

    while day <= date(2100, 12, 31):
        written = write(day)
        found = clean(written)
        kept = written if found is None else found.text
        if kept != day.isoformat():
            wrong.append((written, found))
        day += timedelta(1)

    assert wrong == []


@given(
    st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 31)).map(
        lambda moment: moment.replace(microsecond=0)
    )
)
@settings(deadline=None)
def test_every_second_of_a_spreadsheet_is_read_as_that_second(moment):
    serial = f"{to_excel(moment):.15g}"
    assume("." in serial and moment.second)

    found = NORMALISERS["instant"].clean(serial)

    # What Excel itself would cut to fewer than nine decimals may have been another second.
    assert found is None or datetime.fromisoformat(found.text) == moment
    if len(serial.partition(".")[2]) >= 9:
        assert found is not None


@given(
    st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)),
    st.sampled_from(["%Y/%m/%d %H:%M", "%Y年%m月%d日%H时%M分", "%Y.%m.%d %H:%M", "%Y%m%dT%H%M"]),
)
@settings(deadline=None)
def test_every_minute_is_read_as_that_minute(moment, way):
    moment = moment.replace(second=0, microsecond=0)

    found = NORMALISERS["instant"].clean(moment.strftime(way))

    assert datetime.fromisoformat(found.text) == moment


def test_a_day_that_the_calendar_has_not_is_never_made_one():
    clean = NORMALISERS["date"].clean

    for year in (1900, 2019, 2020, 2100):
        for month in range(14):
            for day in range(33):
                texts = f"{year}年{month}月{day}日", f"{year}/{month}/{day}"
                texts += (f"{year}{month:02d}{day:02d}",)
                try:
                    wanted = date(year, month, day).isoformat()
                except ValueError:
                    wanted = None
                assert [found and found.text for found in map(clean, texts)] == [wanted] * 3


def worth(text):
    """Return the number that a text stands for, read in another way; None if it is none."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-")
    for word in ("人民币", "RMB", "CNY", "¥", "元", "例", "%"):
        plain = plain.replace(word, "")
    plain = "".join(plain.split())
    is_negative = False
    if plain.startswith("(") and plain.endswith(")"):
        is_negative, plain = True, plain[1:-1]
    elif plain.endswith("-"):
        is_negative, plain = True, plain[:-1]
    if "," in plain:
        head, *groups = plain.partition(".")[0].lstrip("+-").split(",")
        if not 1 <= len(head) <= 3 or any(len(group) != 3 for group in groups):
            return None
        plain = plain.replace(",", "")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return -value if is_negative else value


NUMBERS = st.tuples(
    st.sampled_from(["", "", "-", "+", "(", "（", "¥", "￥ ", "\u2212", "-¥", "RMB ", "<", "约"]),
    st.one_of(st.integers(0, 10**10).map("{:,}".format), st.text("0123456789,", max_size=9)),
    st.sampled_from(["", "", ".5", ".00", ".", ".125", ",5"]),
    st.sampled_from(["", "", "", "e3", "E+3", "E+05", "e-1"]),
    st.sampled_from(["", "", "元", "例", "%", " 元", "-", ")", "）", "万元", "人"]),
).map("".join)


@given(
    st.one_of(NUMBERS, NUMBERS.map(lambda text: text.translate(FULL_WIDTH))),
    st.sampled_from(["number", "amount", "price", "share", "count", "whole"]),
)
@settings(max_examples=effort(1000, 5000), deadline=None)
def test_a_number_is_worth_the_same_before_and_after(text, kind):
    found = NORMALISERS[kind].clean(text)

    if found is not None and found.text is not None and found.kinds != ("trimmed",):
        assert Decimal(found.text) == worth(text), found


@given(
    st.decimals(-(10**12), 10**12, places=2),
    st.sampled_from(["{:,}", "{:,}元", "￥{:,}", "RMB {}", " {:,} ", "{:,} CNY"]),
    st.booleans(),
)
@settings(deadline=None)
def test_every_amount_of_money_is_read_as_that_amount(value, way, is_wide):
    written = way.format(value)
    if is_wide:
        written = written.translate(FULL_WIDTH)

    found = NORMALISERS["price"].clean(written)

    assert Decimal(found.text if found else written) == value


@given(st.decimals(1000, 10**12, places=2).map(str), st.integers(1, 2))
@settings(deadline=None)
def test_groups_that_are_not_of_three_are_no_thousands(digits, size):
    whole, _, fraction = digits.partition(".")
    grouped = f"{whole[:-size]},{whole[-size:]}.{fraction}"

    assert NORMALISERS["number"].clean(grouped) is None


ANY_TEXT = st.one_of(
    st.text(max_size=14),
    st.text(
        "0123456789年月日号时点分秒/-.:, TZ+¥￥元例%()１２３：／－上下午季度第半QH一二十〇",
        max_size=14,
    ),
    st.text("网站公开栏电子屏；;、,/偏低（红色）low是否yes17-24岁ｌｏ 　\u200b\xa0", max_size=12),
)


@given(ANY_TEXT, st.sampled_from(sorted(FIELDS)))
@settings(max_examples=effort(1000, 5000), deadline=None)
def test_a_clean_text_is_clean(text, kind):
    cleaner = NORMALISERS[kind]
    found = cleaner.clean(text)

    if found is not None:
        assert found.kinds
        assert len(set(found.kinds)) == len(found.kinds)
        assert found.text != text
        assert found.text is None or cleaner.clean(found.text) is None


@given(ANY_TEXT, st.sampled_from(sorted(FIELDS)))
@settings(max_examples=effort(1000, 5000), deadline=None)
def test_what_has_the_form_is_only_trimmed_and_what_gets_one_has_it(text, kind):
    _, field = column(kind)
    accepts, found = form_of(field), NORMALISERS[kind].clean(text)

    if kind in ("measured", "words", "flag") or found is None:
        return
    if accepts(text):
        assert found.kinds == ("trimmed",)
    elif found.text is not None and found.kinds != ("trimmed",):
        assert accepts(found.text)


@pytest.mark.parametrize("kind", ["date", "instant", "number", "amount", "whole", "flag"])
@given(texts=st.lists(ANY_TEXT, max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_form_is_what_the_engine_can_read(kind, texts):
    _, field = column(kind)
    texts += ["2020-02-29", "2021-02-29", "2020-01-11T24:00", "2020-01-11 24:01", "1e400", "007"]
    texts += [
        "2020-01-11T08:05:60Z",
        "2020-01-11T23:59:59+08:00",
        "true",
        "1.5",
        "+5",
        "0000-01-01",
    ]
    accepts = form_of(field)
    value = typed(field, identifier("x"))

    query = f"SELECT x, {value} IS NOT NULL FROM (SELECT unnest(?::VARCHAR[]) AS x)"
    rows = ENGINE.execute(query, [[text for text in texts if "\0" not in text]]).fetchall()

    for text, is_read in rows:
        if kind == "flag" and text not in ("true", "false"):
            continue
        assert bool(accepts(text)) == is_read or text.startswith("0000"), text
