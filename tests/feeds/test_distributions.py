"""The files of a release, read by programs that nobody here wrote."""

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from gongkai import ReleaseContext, Rows, SkipDistribution
from gongkai_feeds.workbook import write_workbook

CODES = ["010100", "010101", "010102", "1e5"]
LONG = 999999999999999999


def test_pandas_reads_the_csv_as_text_and_as_numbers(files: Path) -> None:
    table = pd.read_csv(files / "data.csv", dtype=str)
    assert table["code"].tolist() == CODES
    assert table["price"].tolist()[:2] == ["240.00", "0.50"]
    assert table["name"][0] == '彩超"四维", 含\n报告'
    assert table["people"].tolist()[:2] == ["0", str(LONG)]
    assert pd.read_csv(files / "data.csv")["rate"].tolist()[:2] == [5523.5, -10]


def test_polars_duckdb_and_the_csv_module_read_the_same_rows(files: Path) -> None:
    path = files / "data.csv"
    with path.open(encoding="utf-8", newline="") as file:
        plain = [[cell or None for cell in row] for row in csv.reader(file)][1:]
    by_polars = pl.read_csv(path, infer_schema=False).rows()
    with duckdb.connect() as connection:
        by_duckdb = connection.read_csv(path, all_varchar=True, header=True).fetchall()
    assert [list(row) for row in by_polars] == plain
    assert [list(row) for row in by_duckdb] == plain
    assert len(plain) == len(CODES)


def test_json_lines_and_parquet_hold_what_the_csv_holds(files: Path) -> None:
    array = json.loads((files / "data.json").read_bytes())
    lines = [json.loads(line) for line in (files / "data.jsonl").read_bytes().splitlines()]
    table = pq.read_table(files / "data.parquet", page_checksum_verification=True).to_pylist()
    assert array == lines
    assert [row["code"] for row in table] == [row["code"] for row in array] == CODES
    assert (
        [row["people"] for row in table]
        == [row["people"] for row in array]
        == [
            0,
            LONG,
            None,
            None,
        ]
    )
    assert array[0]["moment"] == "2026-01-30T08:05:06+08:00"
    assert array[0]["is_open"] is True
    assert (files / "data.jsonl").read_text("utf-8").count('"price":240.00') == 1


def test_the_spreadsheet_csv_has_labels_and_runs_nothing(files: Path) -> None:
    path = files / "data.excel.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    assert table["价格（元）"][0] == "240.00"
    assert table["数据标记"].tolist()[0] == "初步"
    assert table["是否开放"].tolist()[:2] == ["是", "否"]
    assert table["名称"][1] == "'=HYPERLINK(1)"


def test_the_workbook_keeps_codes_as_text_and_figures_as_numbers(files: Path) -> None:
    book = openpyxl.load_workbook(files / "data.xlsx", rich_text=False)
    data = book["数据"]
    headings, keys, *rows = data.iter_rows(values_only=True)
    assert headings[3] == "价格（元）"
    assert keys[:4] == ("code", "org_id", "name", "price")
    assert [row[0] for row in rows] == CODES
    assert rows[0][1:8] == (
        "12370100495570303U",
        '彩超"四维", 含\n报告',
        240,
        5523.5,
        0,
        True,
        "2026-01-30",
    )
    assert rows[1][5] == str(LONG)
    assert data.max_row == len(CODES) + 2
    assert data["D3"].number_format == "0.00"
    assert data.freeze_panes == "A3"
    assert {cell.data_type for row in data.iter_rows(min_row=3) for cell in row} <= {"s", "n", "b"}
    assert all(cell.hyperlink is None for row in data.iter_rows() for cell in row)
    dictionary = list(book["数据字典"].iter_rows(values_only=True))
    assert [row[0] for row in dictionary[2:]][:2] == ["code", "org_id"]


def test_pandas_reads_the_workbook_by_its_keys(files: Path) -> None:
    table = pd.read_excel(files / "data.xlsx", header=1, dtype={"code": str, "org_id": str})
    assert table["code"].tolist() == CODES
    assert table["price"].tolist()[:2] == [240, 0.5]


def test_the_dictionary_has_a_row_a_field_in_both_languages(files: Path) -> None:
    rows = list(csv.DictReader((files / "dictionary.csv").read_text("utf-8").splitlines()))
    price = next(row for row in rows if row["name"] == "price")
    assert price["unit_zh"] == "元"
    assert "不小于 0" in price["constraints_zh"]
    assert "at most 2 decimal places" in price["constraints_en"]
    flag = next(row for row in rows if row["name"] == "obs_flag")
    assert flag["categories"] == "p=初步/provisional; c=保密隐去/suppressed"
    assert next(row for row in rows if row["name"] == "people")["flags"] == "personal_count"


def test_frictionless_finds_the_data_package_valid(files: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", "--json", "datapackage.json"],
        cwd=files,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["valid"], report
    assert report["tasks"][0]["stats"]["rows"] == len(CODES)
    assert report["stats"]["warnings"] == 0


def test_the_data_package_lists_every_file_with_its_hash(files: Path) -> None:
    package = json.loads((files / "datapackage.json").read_bytes())
    assert package["name"] == "jinan-hospital.service_prices"
    assert package["version"] == "1.2.0"
    assert package["created"] == "2026-01-30T09:02:03+08:00"
    listed = {file["path"]: file["bytes"] for file in package["resources"] + package["files"]}
    assert listed == {name: (files / name).stat().st_size for name in listed}
    assert {"data.csv", "data.xlsx", "data.parquet", "dictionary.csv"} <= set(listed)


def test_sha256sum_agrees_in_the_folder_and_in_the_unpacked_bundle(
    files: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(files / "bundle.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    for folder in (files, tmp_path / "unpacked"):
        subprocess.run(
            ["/usr/bin/env", "sha256sum", "--strict", "-c", "SHA256SUMS"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    names = {path.name for path in (tmp_path / "unpacked").iterdir()}
    assert names == {
        "README.txt",
        "SHA256SUMS",
        "data.csv",
        "data.xlsx",
        "datapackage.json",
        "dictionary.csv",
    }
    readme = (tmp_path / "unpacked" / "README.txt").read_text("utf-8")
    assert "济南市第一医院" in readme
    assert "CC-BY" in readme or "creativecommons" in readme


def test_writing_twice_gives_the_same_bytes(
    write_all: Callable[[Path], ReleaseContext], tmp_path: Path
) -> None:
    first = write_all(tmp_path / "one").written
    second = write_all(tmp_path / "two").written
    assert [(f.name, f.sha256) for f in first] == [(f.name, f.sha256) for f in second]
    assert len(first) == 10


class _ManyRows:
    """Rows that are only counted."""

    count = 2**20 - 1


def test_a_table_longer_than_a_sheet_has_no_workbook(
    release: ReleaseContext, tmp_path: Path
) -> None:
    with pytest.raises(SkipDistribution) as caught:
        write_workbook(replace(release, rows=cast("Rows", _ManyRows())), tmp_path / "data.xlsx")
    assert "1,048,574" in caught.value.note.zh
    assert not (tmp_path / "data.xlsx").exists()
