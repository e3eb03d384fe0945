"""Charge masters of hospitals as workbooks, against what openpyxl and xlrd read in them."""

import io
import zipfile
from collections import Counter
from decimal import Decimal

import openpyxl
import pytest
import xlrd

from tests.real.readings import expect, take_in


@pytest.fixture(scope="module")
def prices(shared_data):
    return shared_data / "hosp_prices_us"


def texts(rows):
    """Return cells as texts: numbers as they are, nothing for an empty one."""
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


def cents(text):
    return Decimal(text).quantize(Decimal("0.01"))


def test_a_form_in_front_of_the_list_is_no_table(prices, tmp_path):
    outcome = take_in(prices / "106150737_CDM_All_2018.xlsx", "charges_by_ivnum", tmp_path)

    assert outcome.totals == {
        ("error", "no-header", None): 1,
        ("error", "hidden-sheet", None): 1,
        ("warning", "other-sheets", None): 1,
    }
    assert "KERN VALLEY HEALTHCARE DISTRICT" in outcome.said("no-header").message.zh
    assert "ivnum, ivdesc, ivprice1" in outcome.said("no-header").message.zh
    assert outcome.said("hidden-sheet").value == "Top 50 List"
    others = outcome.said("other-sheets").message
    assert "CHARGE MASTER, REVENUE INCREASE" in others.zh
    (kind,) = [kind for kind in outcome.report.kinds if kind.code == "other-sheets"]
    assert "移到第一张工作表" in kind.advice.zh


def test_the_list_behind_the_form_is_accepted_by_itself(prices, tmp_path):
    path = tmp_path / "list.xlsx"
    book = openpyxl.load_workbook(prices / "106150737_CDM_All_2018.xlsx")
    sheet = book["CHARGE MASTER"]
    rows = [row for row in sheet.iter_rows(min_row=4, values_only=True) if any(row)]
    for name in [name for name in book.sheetnames if name != sheet.title]:
        del book[name]
    book.save(path)

    titled = take_in(path, "charges_by_ivnum", tmp_path)
    sheet.delete_rows(1, 2)
    book.save(path)
    accepted = take_in(path, "charges_by_ivnum", tmp_path)

    assert titled.totals == {("error", "header-below", None): 1}
    assert "在第 3 行（IVNUM, IVDESC, IVPRICE1）" in titled.said("header-below").message.zh
    assert "rows 1 to 2" in titled.said("header-below").message.en
    assert accepted.totals == {}
    assert accepted.cleaned["trimmed", "ivnum"] == len(rows) == 8_781
    assert Counter(accepted.rows) == expect(accepted.item, texts(rows), ivprice1=cents)


def test_a_workbook_with_a_hidden_query_and_remarks_below_the_table(prices, tmp_path):
    outcome = take_in(prices / "106370782_PCT_CHG_2018.xlsx", "charge_changes", tmp_path)

    assert outcome.said("hidden-sheet").value == "SQL"
    by_code = Counter()
    for (severity, code, _), total in outcome.totals.items():
        assert severity == "error"
        by_code[code] += total
    assert by_code == {"hidden-sheet": 1, "required": 18, "type-number": 3}
    wrong = {p.row for group in outcome.report.groups for p in group.first if p.row}
    assert wrong == {3958, 3960, 3961, 3962}
    remarks = [p.value for p in outcome.group("type-number", "average_before").first]
    assert remarks[2] == "total revenue increase"


def test_without_them_its_calculated_table_is_accepted(prices, tmp_path):
    path = tmp_path / "changes.xlsx"
    book = openpyxl.load_workbook(prices / "106370782_PCT_CHG_2018.xlsx", data_only=True)
    del book["SQL"]
    sheet = book.worksheets[0]
    sheet.delete_rows(3957, 500)
    book.save(path)
    # What was saved counts: openpyxl writes sixteen digits of a number, not all seventeen.
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if any(row)]

    outcome = take_in(path, "charge_changes", tmp_path)

    money = ("revenue_before", "average_before", "revenue_after", "average_after", "at_new_charge")
    assert outcome.totals == {}
    assert Counter(outcome.rows) == expect(outcome.item, texts(rows), **dict.fromkeys(money, float))
    assert len(outcome.rows) == 3_955


def test_an_old_workbook_has_a_revenue_code_that_is_none(prices, tmp_path):
    path = prices / "106331326_CDM_2018.xls"
    sheet = xlrd.open_workbook(path).sheet_by_index(0)
    rows = [sheet.row_values(number) for number in range(1, sheet.nrows)]

    outcome = take_in(path, "charges_by_revenue_code", tmp_path)

    seen: dict[tuple[str, ...], int] = {}
    twice = []
    for number, row in enumerate(rows, start=2):
        key = tuple(str(cell).strip() for cell in row)
        twice += [number] if key in seen else []
        seen[key] = number
    assert outcome.totals == {
        ("error", "pattern", "revenue_code"): 1,
        ("error", "primary-key", None): 2,
    }
    assert outcome.rows_of("primary-key") == twice
    wrong = outcome.said("pattern", "revenue_code")
    assert rows[wrong.row - 2][2] == wrong.value == "EXP"
    assert outcome.report.file["format"] == "xls"
    assert outcome.cleaned["trimmed", "cdm_number"] == sum(row[0] != row[0].strip() for row in rows)


def test_once_mended_the_old_workbook_comes_back_value_for_value(prices, tmp_path):
    sheet = xlrd.open_workbook(prices / "106331326_CDM_2018.xls").sheet_by_index(0)
    header, *rows = [sheet.row_values(number) for number in range(sheet.nrows)]
    kept = list(
        {tuple(row): [*row[:2], row[2].replace("EXP", ""), row[3]] for row in rows}.values()
    )
    path = tmp_path / "mended.xlsx"
    book = openpyxl.Workbook()
    for row in [header, *kept]:
        book.active.append(row)
    book.save(path)

    outcome = take_in(path, "charges_by_revenue_code", tmp_path)

    assert outcome.totals == {}
    assert len(outcome.rows) == 3_550
    assert Counter(outcome.rows) == expect(outcome.item, texts(kept), price=cents)


def test_a_packed_workbook_is_told_where_its_header_stands(prices, tmp_path):
    outcome = take_in(prices / "BWH-Standard-Charges.zip", "standard_charges", tmp_path)

    assert outcome.totals == {
        ("error", "header-below", None): 1,
        ("warning", "other-sheets", None): 1,
    }
    said = outcome.said("header-below")
    assert said.row == 4
    assert "在第 4 行（Charge Code, Description, Charge）；请删去第 1 至 3 行" in said.message.zh
    assert "delete the titles and notes in rows 1 to 3" in said.message.en
    assert outcome.report.file["archive"] == {"member": "BWH Standard Charge File.xlsx"}


def test_packed_again_without_its_titles_it_is_accepted(prices, tmp_path):
    with zipfile.ZipFile(prices / "BWH-Standard-Charges.zip") as archive:
        (name,) = archive.namelist()
        book = openpyxl.load_workbook(io.BytesIO(archive.read(name)))
    for title in book.sheetnames[1:]:
        del book[title]
    book.worksheets[0].delete_rows(1, 3)
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    content = io.BytesIO()
    book.save(content)
    with zipfile.ZipFile(tmp_path / "mended.zip", "w") as archive:
        archive.writestr(name, content.getvalue())

    outcome = take_in(tmp_path / "mended.zip", "standard_charges", tmp_path)

    priced = [row[2] for row in rows if row[2] != "I.C."]
    assert outcome.totals == {}
    assert outcome.cleaned["missing-value", "charge"] == len(rows) - len(priced) == 106
    assert outcome.cleaned["currency", "charge"] == len(priced)
    assert outcome.cleaned["thousands", "charge"] == sum("," in text for text in priced)
    assert Counter(outcome.rows) == expect(
        outcome.item,
        texts(rows),
        charge=lambda t: None if t == "I.C." else Decimal(t.lstrip("$").replace(",", "")),
    )
