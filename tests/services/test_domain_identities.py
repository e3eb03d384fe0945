"""The domain's own figures: the national bulletin of December 2025 and the annual report."""

import pytest

from gongkai.testing import check_rows, codes_of

CASES = {
    "B01": 15129,
    "B03": 4560,
    "B06": 3,
    "B07": 90,
    "B08": 617,
    "B09": 28,
    "B10": 1,
    "B11": 151,
    "B12": 43,
    "B13": 23,
    "B14": 1509,
    "B15": 52826,
    "B16": 349,
    "B17": 29,
    "B18": 1313,
    "B21": 3058,
    "B22": 3420,
    "B23": 10547,
    "B24": 52197,
    "B25": 20,
    "B26": 3,
    "B27": 393,
}
DEATHS = {"B01": 1, "B03": 2027, "B08": 6, "B09": 30, "B15": 228, "B24": 3, "B27": 2}
HEPATITIS = {
    "a": (1204, 0),
    "b": (109580, 39),
    "c": (14159, 545),
    "d": (33, 0),
    "e": (2543, 1),
    "f": (703, 0),
}
AB, C, ABC = (274_531, 2_882), (6_961_521, 14), (7_236_052, 2_896)


def row(code, kind, cases, deaths, parent=""):
    return {
        "period": "2025-12",
        "division_code": "000000",
        "disease_class": kind,
        "disease_code": code,
        "disease_name": f"病种{code}",
        "parent_code": parent,
        "cases": cases,
        "deaths": deaths,
        "incidence_per_100k": "",
        "obs_flag": "",
        "authorised_doc": "国疾控发布〔2026〕1号",
    }


def bulletin():
    """The bulletin as a table: zeros written, hepatitis by type, totals; deaths above cases."""
    rows = [row(f"A0{n}", "A", 0, 0) for n in (1, 2)]
    for number in range(1, 28):
        code = f"B{number:02}"
        if code == "B04":
            rows.append(row(code, "B", 128_222, 585))
            rows += [row(code + k, "B", *figures, "B04") for k, figures in HEPATITIS.items()]
        else:
            rows.append(row(code, "B", CASES.get(code, 0), DEATHS.get(code, 0)))
    return [*rows, row("TAB", "AB", *AB), row("TC", "C", *C), row("TABC", "ABC", *ABC)]


def test_the_december_bulletin_is_right_though_rabies_has_more_deaths_than_cases(sqlite_site):
    report = check_rows(sqlite_site, "notifiable_diseases_monthly", bulletin())

    assert codes_of(report) == {}
    assert report.row_count == 38


@pytest.mark.parametrize(
    ("code", "field", "rules"),
    [("B09", "deaths", 1), ("B04b", "cases", 1), ("TAB", "cases", 2), ("B04", "cases", 2)],
)
def test_one_wrong_figure_breaks_the_totals_it_belongs_to(sqlite_site, code, field, rules):
    rows = bulletin()
    wrong = next(entry for entry in rows if entry["disease_code"] == code)
    wrong[field] += 1

    report = check_rows(sqlite_site, "notifiable_diseases_monthly", rows)

    assert codes_of(report) == {"total": rules}
    assert {group.field for group in report.groups} == {field}


@pytest.mark.parametrize(
    ("cases", "flag", "found"),
    [
        ("", "c", {}),
        ("", "u", {}),
        ("", "", {"empty-without-flag": 1}),
        ("", "p", {"empty-without-flag": 1}),
        ("0", "", {}),
    ],
)
def test_empty_is_not_zero_and_is_explained_by_its_flag(sqlite_site, cases, flag, found):
    one = {**row("B09", "B", cases, 0), "obs_flag": flag}

    assert codes_of(check_rows(sqlite_site, "notifiable_diseases_monthly", [one])) == found


def test_a_suppressed_figure_must_really_be_empty(sqlite_site):
    one = {**row("B09", "B", 3, 0), "obs_flag": "c"}

    report = check_rows(sqlite_site, "notifiable_diseases_monthly", [one])

    assert report.blocks


@pytest.mark.parametrize(("handled", "found"), [(4, {}), (5, {"total": 1})])
def test_what_came_in_is_what_was_handled_or_carried_on(sqlite_site, handled, found):
    figures = {"1": 5, "2": 1, "3.7": handled, "4": 2}
    rows = [
        {
            "report_year": 2026,
            "row_code": code,
            "row_name": "行",
            "applicant_type": "natural",
            "count": count,
        }
        for code, count in figures.items()
    ]

    assert codes_of(check_rows(sqlite_site, "annual_report_stats", rows)) == found


def test_half_doses_and_four_decimals_are_lawful(sqlite_site):
    drug = {
        "generic_name": "氯化钠注射液",
        "spec": "10ml",
        "pack_spec": "5支/盒",
        "manufacturer": "示例制药",
        "price_cny": "0.1234",
    }
    report = check_rows(sqlite_site, "drug_prices", [drug])

    assert "too-many-decimals" not in codes_of(report)
    supply = {"platelet_dose": "1423.5", "rbc_supplied_u": "14210.25"}
    codes = {
        group.field: group.code
        for group in check_rows(sqlite_site, "blood_collection_supply", [supply]).groups
        if group.code == "step"
    }
    assert codes == {"rbc_supplied_u": "step"}
