"""23,382 samples with American dates and limits of detection."""

from collections import Counter

import pytest

from tests.real.readings import expect, padded, read_text, take_in


@pytest.fixture(scope="module")
def path(shared_data):
    folder = shared_data / "cdc_drinking_water_nyc"
    return folder / "Drinking_Water_Quality_Distribution_Monitoring_Data.csv"


@pytest.fixture(scope="module")
def rows(path):
    return read_text(path)[1:]


def test_each_kind_is_told_with_its_advice(path, rows, tmp_path):
    outcome = take_in(path, "water_samples", tmp_path)

    limits = {
        name: sum(row[at].startswith(("<", ">")) for row in rows)
        for at, name in ((9, "coliform"), (10, "e_coli"))
    }
    assert limits == {"coliform": 23_285, "e_coli": 23_381}
    assert outcome.totals == {
        ("error", "ambiguous-date", "sampled_on"): 23_382,
        ("error", "censored-value", "coliform"): limits["coliform"],
        ("error", "censored-value", "e_coli"): limits["e_coli"],
        ("error", "not-a-number-mark", "coliform"): 1,
        ("error", "not-a-number-mark", "e_coli"): 1,
    }
    marks = [n for n, row in enumerate(rows, start=2) if row[9] == "-"]
    assert outcome.rows_of("not-a-number-mark", "coliform") == marks
    assert "请写成 年-月-日" in outcome.said("ambiguous-date", "sampled_on").message.zh
    assert "界限" in outcome.said("censored-value", "coliform").message.zh
    assert "零请写 0" in outcome.said("not-a-number-mark", "coliform").message.zh
    above = [p.value for p in outcome.group("censored-value", "coliform").first]
    assert above.count(">200.5") == 18


def test_with_columns_of_text_it_comes_back_value_for_value(path, rows, tmp_path):
    outcome = take_in(path, "water_samples_as_written", tmp_path)

    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, rows)
    assert sum("\n" in row[5] for row in outcome.rows) == 173
    assert outcome.cleaned == {
        ("trimmed", "site"): padded(rows, 3),
        ("trimmed", "coliform"): padded(rows, 9),
        ("trimmed", "e_coli"): padded(rows, 10),
        ("missing-value", "coliform"): 1,
        ("missing-value", "e_coli"): 1,
    }
