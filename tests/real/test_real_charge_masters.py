"""Charge masters of hospitals as text: what each report says, and that mended files come back."""

import json
import re
from collections import Counter
from decimal import Decimal

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
def prices(shared_data):
    return shared_data / "hosp_prices_us"


@pytest.fixture(scope="module")
def examples(shared_data):
    return shared_data / "hosp_prices_us_cms_v3"


def dollars(text):
    return Decimal(text.removeprefix("$").replace(",", ""))


def without(rows, numbers):
    return [row for number, row in enumerate(rows, start=2) if number not in numbers]


def test_a_price_list_with_separators_has_one_row_twice(prices, tmp_path):
    path = prices / "Jeff-Hwy.csv"
    header, *rows = read_text(path, encoding="utf-8-sig")
    twice = repeats(rows)

    outcome = take_in(path, "charges_described", tmp_path)
    mended = take_in(
        write_text(tmp_path, [header, *without(rows, twice)]), "charges_described", tmp_path
    )

    assert outcome.totals == {("error", "primary-key", None): 1}
    assert outcome.rows_of("primary-key") == list(twice)
    assert "第 19242 行" in outcome.said("primary-key").message.zh
    assert outcome.cleaned == {
        ("trimmed", "item"): padded(rows, 0),
        ("trimmed", "amount"): padded(rows, 1),
        ("thousands", "amount"): sum("," in row[1] for row in rows),
    }
    assert mended.totals == {}
    assert Counter(mended.rows) == expect(mended.item, without(rows, twice), amount=dollars)
    assert len(mended.rows) == 29_428


def test_one_byte_of_another_encoding_is_told_with_its_place(prices, tmp_path):
    path = prices / "hup_cdm_121818.csv"
    content = path.read_bytes()
    (place,) = [at for at, byte in enumerate(content) if byte > 0x7F]

    outcome = take_in(path, "charges_by_code", tmp_path)

    assert outcome.totals == {("error", "unknown-encoding", None): 1}
    said = outcome.said("unknown-encoding").message
    assert f"line {content.count(10, 0, place) + 1}" in said.en
    assert f"第 {place} 字节处" in said.zh
    (reading,) = outcome.report.file["encoding_candidates"]
    assert reading["encoding"] == "windows-1252"
    assert "HC TX PLAN COMPLEX û PROTON" in reading["preview"][0]


def test_in_the_chosen_encoding_a_code_that_lost_its_digits_is_found(prices, tmp_path):
    path = prices / "hup_cdm_121818.csv"
    header, *rows = read_text(path, encoding="windows-1252")
    lost = [n for n, row in enumerate(rows, start=2) if "E+" in row[0]]

    outcome = take_in(path, "charges_by_code", tmp_path, encoding="windows-1252")
    kept = without(rows, lost)
    # As a spreadsheet saves "CSV UTF-8": without a mark a single û could be Chinese too.
    path = write_text(tmp_path, [header, *kept], encoding="utf-8-sig")
    mended = take_in(path, "charges_by_code", tmp_path)

    assert outcome.totals == {("error", "scientific-code", "px_code"): 1}
    assert outcome.rows_of("scientific-code", "px_code") == lost
    assert "末尾数字已被表格软件丢掉" in outcome.said("scientific-code", "px_code").message.zh
    assert outcome.report.file["encoding_by"] == "choice"
    assert outcome.cleaned["missing-value", "total_price"] == 9_363
    assert mended.totals == {}
    assert Counter(mended.rows) == expect(mended.item, kept)


def test_a_list_without_a_header_is_told_to_get_one(prices, tmp_path):
    path = prices / "rex-published-charges.csv"
    rows = read_text(path, encoding="windows-1252")
    twice = repeats([cell.strip() for cell in row] for row in rows)
    header = ["Description", "HCPCS code", "Charge"]

    doubtful = take_in(path, "charges_with_hcpcs", tmp_path)
    headless = take_in(path, "charges_with_hcpcs", tmp_path, encoding="windows-1252")
    path = write_text(tmp_path, [header, *rows], encoding="utf-8-sig")
    named = take_in(path, "charges_with_hcpcs", tmp_path)
    kept = [[row[0], row[1].upper(), row[2]] for row in without(rows, twice)]
    path = write_text(tmp_path, [header, *kept], encoding="utf-8-sig")
    mended = take_in(path, "charges_with_hcpcs", tmp_path)

    assert doubtful.totals == {("error", "doubtful-encoding", None): 1}
    previews = {
        one["encoding"]: one["preview"] for one in doubtful.report.file["encoding_candidates"]
    }
    assert '"HC STENT INTRAVASULAR OPEN EACH ADDÆL VEIN"' in previews["windows-1252"][0]
    assert headless.totals == {("error", "no-header", None): 1}
    said = headless.said("no-header").message
    assert "abacavir 300 mg tablet, J3490, $53.24" in said.zh
    assert "没有表头的请插入这一行" in said.zh
    assert "Insert that row where there is none" in said.en
    assert named.totals == {
        ("error", "pattern", "hcpcs_code"): 1,
        ("error", "primary-key", None): len(twice),
    }
    assert named.said("pattern", "hcpcs_code").value == "j3490"
    assert named.rows_of("primary-key") == list(twice)
    assert mended.totals == {}
    assert mended.cleaned["currency", "charge"] == len(kept) == 13_480
    assert Counter(mended.rows) == expect(mended.item, kept, charge=dollars)


def test_a_list_without_codes_cannot_tell_its_rows_apart(prices, tmp_path):
    path = prices / "grady-data-latest.tsv"
    header, *rows = read_text(path, delimiter="\t")
    twice = repeats([cell.strip() for cell in row] for row in rows)

    outcome = take_in(path, "charges_compiled", tmp_path)
    kept = without(rows, twice)
    mended = take_in(write_text(tmp_path, [header, *kept]), "charges_compiled", tmp_path)

    assert outcome.totals == {("error", "primary-key", None): 353}
    assert outcome.report.file["format"] == "tsv"
    told = {
        problem.row: int(re.search(r"as row (\d+)", problem.message.en)[1])
        for problem in outcome.group("primary-key").first
    }
    assert told == twice
    assert outcome.cleaned == {("trimmed", "description"): padded(rows, 2)}
    assert mended.totals == {}
    assert Counter(mended.rows) == expect(mended.item, kept)
    assert any(row[2] == 'Colon "donut"' for row in mended.rows)


@pytest.mark.parametrize(
    ("layout", "item", "count"), [("Tall", "charges_by_payer", 45), ("Wide", "charges_wide", 26)]
)
def test_three_rows_of_headers_are_told_apart(examples, tmp_path, layout, item, count):
    path = examples / f"V3.0.0_{layout}_CSV_Format_Example.csv"
    rows = read_text(path, encoding="utf-8-sig")

    outcome = take_in(path, item, tmp_path)
    mended = take_in(write_text(tmp_path, rows[2:]), item, tmp_path)

    assert outcome.totals == {("error", "header-below", None): 1}
    said = outcome.said("header-below").message
    assert "在第 3 行（description, code" in said.zh
    assert "请删去第 1 至 2 行" in said.zh
    assert "delete the titles and notes in rows 1 to 2" in said.en
    assert mended.totals == {}
    assert Counter(mended.rows) == expect(mended.item, rows[3:])
    assert len(mended.rows) == count


def test_a_nested_list_is_told_its_shape_and_accepted_when_flat(examples, tmp_path):
    path = examples / "v3_json_format_example.json"
    records = list(flattened(json.loads(path.read_text(encoding="utf-8"))))

    outcome = take_in(path, "charges_by_payer", tmp_path)
    flat = take_in(write_records(tmp_path, records), "charges_by_payer", tmp_path)

    assert outcome.totals == {("error", "not-an-array", None): 1}
    said = outcome.said("not-an-array").message
    assert "standard_charge_information › standard_charges › payers_information" in said.zh
    assert "hospital_name" in said.en
    assert flat.totals == {}
    assert len(flat.rows) == 39
    names = flat.item.table_schema.names
    texts = [[str(record.get(name, "")) for name in names] for record in records]
    assert Counter(flat.rows) == expect(flat.item, texts)


def flattened(nested):
    """Yield a flat record for each service and payer, with the names of the fields."""
    for service in nested["standard_charge_information"]:
        codes = {}
        for number, code in enumerate(service["code_information"][:2], start=1):
            codes |= {f"code_{number}": code["code"], f"code_{number}_type": code["type"]}
        drug = service.get("drug_information", {})
        for charge in service["standard_charges"]:
            for payer in charge["payers_information"]:
                found = {
                    "description": service["description"],
                    **codes,
                    "setting": charge["setting"],
                    "drug_unit": str(drug.get("unit", "")),
                    "drug_type": drug.get("type", ""),
                    "gross": charge.get("gross_charge"),
                    "cash": charge.get("discounted_cash"),
                    "payer_name": payer["payer_name"],
                    "plan_name": payer["plan_name"],
                    "negotiated_dollar": payer.get("standard_charge_dollar"),
                    "negotiated_percentage": payer.get("standard_charge_percentage"),
                    "negotiated_algorithm": payer.get("standard_charge_algorithm"),
                    "median_amount": payer.get("median_amount"),
                    "p10": payer.get("10th_percentile"),
                    "p90": payer.get("90th_percentile"),
                    "count": payer.get("count"),
                    "lowest": charge.get("minimum"),
                    "highest": charge.get("maximum"),
                    "methodology": payer.get("methodology"),
                    "generic_notes": payer.get("additional_payer_notes"),
                }
                yield {name: value for name, value in found.items() if value not in (None, "")}
