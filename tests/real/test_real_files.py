"""Real files of disease control and of hospitals: each gives the right report and comes back whole."""

import json
from collections import Counter

import pytest

from tests.real.readings import (
    expect,
    padded,
    read_text,
    repeats,
    take_in,
    write_records,
    write_text,
)


@pytest.fixture(scope="module")
def clinics(shared_data):
    return shared_data / "hosp_fever_clinics_cn" / "data_20200211030250.json"


def test_the_report_says_what_was_seen_and_where_the_records_are(clinics, tmp_path):
    outcome = take_in(clinics, "fever_clinics", tmp_path)

    assert outcome.totals == {("error", "not-an-array", None): 1}
    said = outcome.said("not-an-array").message
    assert '[{"a": 1}, {"a": 2}]' in said.zh
    assert '[{"a": 1}, {"a": 2}]' in said.en
    assert "provinceList › cityList › hospitalList" in said.zh
    assert "whose records are in provinceList › cityList › hospitalList" in said.en


def test_laid_flat_it_is_accepted_but_for_those_listed_twice(clinics, tmp_path):
    nested = json.loads(clinics.read_text(encoding="utf-8"))
    flat = [
        clinic
        for province in nested["provinceList"]
        for city in province["cityList"]
        for clinic in city["hospitalList"]
    ]
    twice = repeats((map(str, clinic.values()) for clinic in flat), first_row=1)
    once = [clinic for number, clinic in enumerate(flat, start=1) if number not in twice]

    refused = take_in(write_records(tmp_path, flat), "fever_clinics", tmp_path)
    accepted = take_in(write_records(tmp_path, once), "fever_clinics", tmp_path)

    assert len(flat) == 6_753
    assert refused.rows_of("primary-key") == list(twice)
    assert [key for key in refused.totals if key[0] == "error"] == [("error", "primary-key", None)]
    assert not accepted.report.blocks
    names = [field.title.en for field in accepted.item.table_schema]
    texts = [[str(clinic[name]) for name in names] for clinic in once]
    assert Counter(accepted.rows) == expect(
        accepted.item, texts, is_designated={"True": True, "False": False}.__getitem__
    )


def test_wastewater_keeps_all_sixteen_digits(shared_data, tmp_path):
    path = shared_data / "cdc_wastewater_de" / "amelag_aggregierte_kurve.tsv"
    rows = read_text(path, delimiter="\t")[1:]

    outcome = take_in(path, "wastewater_curve", tmp_path)

    assert outcome.totals == {}
    assert outcome.cleaned == {}
    assert outcome.report.file["format"] == "tsv"
    assert Counter(outcome.rows) == expect(outcome.item, rows)
    written = {repr(row[2]) for row in outcome.rows}
    assert "0.0066981713654329905" in written


@pytest.fixture(scope="module")
def beds(shared_data):
    return shared_data / "hosp_beds_my"


def test_a_hospital_with_minus_four_beds_is_told(beds, tmp_path):
    rows = read_text(beds / "bedutil_facility.csv")

    outcome = take_in(beds / "bedutil_facility.csv", "bed_use_by_hospital", tmp_path)

    above = {
        name: [n for n, row in enumerate(rows[1:], 2) if row[at] and float(row[at]) > 100]
        for at, name in ((3, "beds_use"), (5, "icu_beds_use"))
    }
    assert outcome.totals == {
        ("error", "minimum", "beds"): 1,
        ("error", "minimum", "beds_use"): 1,
        ("warning", "rule", "beds_use"): 6,
        ("warning", "rule", "icu_beds_use"): 4,
    }
    assert {name: outcome.rows_of("rule", name) for name in above} == above
    assert rows[outcome.said("minimum", "beds").row - 1][2:4] == ["-4.0", "-1525.0"]
    assert outcome.cleaned == {
        ("trailing-zeros", name): sum(row[at].endswith(".0") for row in rows[1:])
        for at, name in ((2, "beds"), (4, "icu_beds"), (6, "ventilators"))
    }


def test_once_these_are_corrected_it_is_accepted(beds, tmp_path):
    rows = read_text(beds / "bedutil_facility.csv")
    rows[128][2:4] = ["", ""]

    outcome = take_in(write_text(tmp_path, rows), "bed_use_by_hospital", tmp_path)

    assert {severity for severity, _, _ in outcome.totals} == {"warning"}
    assert Counter(outcome.rows) == expect(outcome.item, rows[1:])
    assert sum(row[2:] == (None,) * 6 for row in outcome.rows) == 40


def test_areas_add_up_to_the_country(beds, tmp_path):
    rows = read_text(beds / "bedutil_state.csv")

    outcome = take_in(beds / "bedutil_state.csv", "bed_use_by_area", tmp_path)
    rows[2][1] = "2105"
    altered = take_in(write_text(tmp_path, rows), "bed_use_by_area", tmp_path)

    rows[2][1] = "2104"
    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, rows[1:])
    assert altered.totals == {("error", "total", "beds"): 1}


def test_facilities_with_commas_and_several_telephones_are_accepted(beds, tmp_path):
    rows = read_text(beds / "facilities_master.csv")[1:]

    outcome = take_in(beds / "facilities_master.csv", "health_facilities", tmp_path)

    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, rows)
    assert outcome.cleaned == {
        ("missing-value", "phone"): sum(row[6] == "-" for row in rows),
        ("trimmed", "phone"): padded(rows, 6),
    }


@pytest.fixture(scope="module")
def vaccinations(shared_data):
    return shared_data / "cdc_vaccination_my" / "vax_malaysia.csv"


def test_the_one_count_below_zero_is_told(vaccinations, tmp_path):
    rows = read_text(vaccinations)

    outcome = take_in(vaccinations, "vaccinations_daily", tmp_path)

    ((row, at),) = [
        (row, at) for row, cells in enumerate(rows, 1) for at, c in enumerate(cells) if c == "-1"
    ]
    assert outcome.totals == {("error", "minimum", "pending_1"): 1}
    assert (outcome.said("minimum", "pending_1").row, rows[0][at]) == (row, "pending1")


def test_once_it_is_corrected_all_fifty_columns_come_back(vaccinations, tmp_path):
    rows = [["0" if cell == "-1" else cell for cell in row] for row in read_text(vaccinations)]

    outcome = take_in(write_text(tmp_path, rows), "vaccinations_daily", tmp_path)

    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, rows[1:])


def test_the_population_is_accepted(vaccinations, tmp_path):
    rows = read_text(vaccinations.parent / "population.csv")[1:]

    outcome = take_in(vaccinations.parent / "population.csv", "population_by_area", tmp_path)

    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, rows)


@pytest.mark.parametrize("mangled", ["17-Feb", "2月17日"])
def test_an_age_group_that_a_spreadsheet_took_for_a_date_is_named(shared_data, tmp_path, mangled):
    header, *rows = read_text(shared_data / "blood_new_donors_my" / "newdonors_state.csv")
    assert header[2] == "17-24"
    header[2] = mangled

    outcome = take_in(write_text(tmp_path, [header, *rows[:100]]), "new_donors_daily", tmp_path)

    assert outcome.totals == {
        ("error", "unknown-column", None): 1,
        ("error", "missing-column", None): 1,
    }
    assert outcome.said("unknown-column").value == mangled
    assert "17至24岁" in outcome.said("missing-column").message.zh
