"""5,273 services in points, 641 of them torn by commas that nobody quoted."""

import re
from collections import Counter
from datetime import date

import pytest

from tests.real.readings import expect, take_in, write_text


def mend(cells):
    """Put together what a comma tore: the English name ends where Chinese begins."""
    head, tail = cells[:4], cells[4:]
    ends = [at for at, text in enumerate(tail) if at and re.search(r"[\u4e00-\u9fff]", text)]
    cut = ends[0] if ends else len(tail) - 2
    return [*head, ",".join(tail[:cut]), tail[cut], ",".join(tail[cut + 1 :])]


@pytest.fixture(scope="module")
def path(shared_data):
    return shared_data / "hosp_fee_schedule_tw" / "NHI_fee.csv"


@pytest.fixture(scope="module")
def lines(path):
    """Split by hand: the file has no quote, so a comma is a comma."""
    text = path.read_bytes().decode("utf-8")
    assert '"' not in text
    assert "\r" not in text
    return [line.split(",") for line in text.removesuffix("\n").split("\n")]


@pytest.fixture(scope="module")
def outcome(path, tmp_path_factory):
    return take_in(path, "nhi_fee_points", tmp_path_factory.mktemp("torn"))


def test_exactly_the_torn_rows_are_refused(lines, outcome):
    torn = {n: len(cells) for n, cells in enumerate(lines, start=1) if len(cells) != 7}

    found = {
        problem.row: tuple(map(int, re.findall(r"\d+", problem.message.en)))
        for problem in outcome.group("ragged-row").first
    }

    assert len(torn) == 641
    assert found == {row: (width, 7) for row, width in torn.items()}
    assert outcome.group("ragged-row").total == 641
    assert outcome.report.row_count == 5_273
    assert "引号" in outcome.said("ragged-row").message.zh


def test_nothing_that_is_right_is_called_wrong(lines, outcome):
    whole = [cells for cells in lines[1:] if len(cells) == 7]
    open_ended = sum(cells[3] == "29101231" for cells in whole)

    assert outcome.totals == {
        ("error", "ragged-row", None): 641,
        ("warning", "rule", "valid_to"): 1,
    }
    assert outcome.said("rule", "valid_to").value == "2910-12-13"
    assert lines[outcome.said("rule", "valid_to").row - 1][3] == "29101213"
    assert outcome.cleaned == {
        ("date", "valid_from"): len(whole),
        ("date", "valid_to"): len(whole) - open_ended,
        ("missing-value", "valid_to"): open_ended,
    }


def test_with_quotes_it_is_accepted_value_for_value(lines, tmp_path):
    mended = [lines[0], *map(mend, lines[1:])]

    outcome = take_in(write_text(tmp_path, mended), "nhi_fee_points", tmp_path)

    def day(text):
        return None if text == "29101231" else date.fromisoformat(text)

    assert set(outcome.totals) == {("warning", "rule", "valid_to")}
    assert Counter(outcome.rows) == expect(outcome.item, mended[1:], valid_from=day, valid_to=day)
    first = next(row for row in outcome.rows if row[0] == "00101B")
    assert first[1] == 260
    assert "２．地區醫院 （１）處方" in first[5]
