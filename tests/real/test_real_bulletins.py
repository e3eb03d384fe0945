"""27,424 lines of bulletins in GB18030, typed by hand over a year."""

import re
from collections import Counter
from datetime import date

import pytest

from tests.real.readings import expect, read_text, repeats, take_in, write_text

URL = re.compile(r"https?://\S+")


def chinese_day(text):
    year, month, day = re.fullmatch(r"(\d{4})年(\d{1,2})月(\d{1,2})日", text).groups()
    return date(int(year), int(month), int(day))


def is_no_link(text):
    return bool(text.strip()) and not URL.fullmatch(text.strip())


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "cdc_covid_bulletins_gb18030" / "data.csv"


@pytest.fixture(scope="module")
def rows(path):
    return read_text(path, encoding="gb18030")


@pytest.fixture(scope="module")
def outcome(path, tmp_path_factory):
    return take_in(path, "covid_bulletins", tmp_path_factory.mktemp("bulletins"))


def test_the_encoding_is_found_and_recorded(outcome):
    assert outcome.report.file["encoding"] == "GB18030"
    assert outcome.report.file["encoding_by"] == "evidence"
    assert outcome.report.row_count == 27_424


def test_every_problem_is_true_and_none_is_missed(rows, outcome):
    twice = repeats(rows[1:])
    links = {
        name: [n for n, row in enumerate(rows[1:], start=2) if is_no_link(row[at])]
        for at, name in ((7, "link_1"), (8, "link_2"), (9, "link_3"))
    }
    links["link_2"].remove(23_252)

    assert len(twice) == 15
    assert outcome.totals == {
        ("error", "incomplete-date", "reported_on"): 1,
        ("error", "error-cell", "link_2"): 1,
        ("error", "primary-key", None): 15,
        **{("error", "pattern", name): len(wrong) for name, wrong in links.items()},
    }
    assert {name: outcome.rows_of("pattern", name) for name in links} == links
    assert rows[23_251][8] == outcome.said("error-cell", "link_2").value == "#REF!"
    assert outcome.said("incomplete-date", "reported_on").value == "2020年"


def test_repeats_are_told_with_the_row_they_repeat(rows, outcome):
    told = {
        problem.row: int(re.search(r"第 (\d+) 行", problem.message.zh)[1])
        for problem in outcome.group("primary-key").first
    }

    assert told == repeats(rows[1:])


def test_the_serial_number_that_leaked_into_a_link_is_told(rows, outcome):
    (leaked,) = [p for p in outcome.group("pattern", "link_2").first if p.value == "43858"]

    assert rows[leaked.row - 1][8] == "43858"
    assert "http" in leaked.message.zh


def test_chinese_dates_and_declared_words_are_counted(rows, outcome):
    days = sum(bool(re.fullmatch(r"\d+年\d+月\d+日", row[0])) for row in rows[1:])

    assert outcome.cleaned == {
        ("date", "reported_on"): days,
        ("missing-value", "city"): sum(row[2] == "NA" for row in rows[1:]),
        ("trimmed", "link_1"): 1,
    }


def test_what_is_left_comes_back_value_for_value(rows, tmp_path):
    kept = [
        [*row[:7], *("" if is_no_link(cell) else cell for cell in row[7:10]), row[10]]
        for row in rows[1:]
        if row[0] != "2020年"
    ]
    again = repeats([row.strip() for row in row] for row in kept)
    kept = [row for number, row in enumerate(kept, start=2) if number not in again]

    mended = write_text(tmp_path, [rows[0], *kept])
    outcome = take_in(mended, "covid_bulletins", tmp_path)

    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, kept, reported_on=chinese_day)
    assert sum(row[3] == 0 for row in outcome.rows) > 6_000
    assert any(row[3] is None for row in outcome.rows)


def test_the_names_of_places_are_read_behind_their_mark(shared_data, tmp_path):
    path = shared_data / "cdc_covid_bulletins_gb18030" / "ch-en-reference.csv"
    rows = read_text(path, encoding="utf-8-sig")

    outcome = take_in(path, "place_names", tmp_path)

    assert outcome.totals == {}
    assert outcome.cleaned == {}
    assert outcome.report.file["encoding"] == "UTF-8 BOM"
    assert Counter(outcome.rows) == expect(outcome.item, rows[1:])
