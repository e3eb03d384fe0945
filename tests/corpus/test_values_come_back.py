"""Whatever is accepted comes back value for value, in every format, as others read it."""

import csv
import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

import gongkai_feeds
from gongkai import ReleaseContext, Text
from gongkai.domain.identifiers import DatasetId, Version
from gongkai.domain.problems import Report
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.reading import open_engine, read_table
from gongkai.rows.store import open_rows
from tests.corpus.random_tables import (
    CHINA,
    ITEM,
    JSON_FILES,
    NAMES,
    TABLES,
    TEXT_FILES,
    Record,
    Written,
    as_old_workbook,
    by_openpyxl,
    by_xlsxwriter,
    for_sheets,
    zipped,
)
from tests.effort import effort

QUICKLY = settings(
    deadline=None,
    max_examples=effort(8, 60),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
SCHEMA = ITEM.table_schema
FILES = ("data.csv", "data.json", "data.jsonl", "data.parquet", "data.xlsx")
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
Values = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("tables")
    return (root / str(number) for number in itertools.count())


def come_back(folder: Path, records: Sequence[Record], written: Written) -> None:
    """Read what was written, publish it, and compare what others read of it."""
    folder.mkdir()
    report, rows_path = read(folder, *written)
    assert report.groups == (), [
        (p.code, p.row, p.field, p.value) for g in report.groups for p in g.first
    ]
    assert report.normalized == {}
    assert rows_path is not None
    wanted = {record["code"]: dict(record) for record in records}
    for name, found in published(folder, rows_path).items():
        event(name)
        assert found == wanted, name


def read(folder: Path, content: bytes, encoding: str | None) -> tuple[Report, Path | None]:
    path, limits = folder / "upload", IntakeLimits()
    path.write_bytes(content)
    connection = open_engine(folder, limits)
    try:
        checked = read_table(
            connection,
            path,
            ITEM,
            filename="upload",
            work_dir=folder,
            limits=limits,
            references={},
            progress=lambda *_: None,
            encoding=encoding,
        )
        if checked.rows is None or checked.report.blocks:
            return checked.report, None
        checked.rows.write(folder / "rows.parquet")
    finally:
        connection.close()
    return checked.report, folder / "rows.parquet"


def published(folder: Path, rows_path: Path) -> dict[str, Values]:
    """Write the public files and return what independent readers make of each."""
    formats = {form.name: form for form in gongkai_feeds.register_distribution_formats()}
    with open_rows(rows_path, SCHEMA) as rows:
        context = ReleaseContext(
            dataset=DatasetId("jinan-hospital", "sample_item"),
            item=ITEM,
            institution=Text("济南市第一医院", "Jinan First Hospital"),
            version=Version(1, 0, 0),
            issued=dt.datetime(2026, 1, 30, 1, 2, 3, tzinfo=dt.UTC),
            rows=rows,
            license_name="CC-BY-4.0",
            license_title=Text("署名 4.0", "Attribution 4.0"),
            license_url="https://creativecommons.org/licenses/by/4.0/",
            attribution="济南市第一医院",
            base_url="https://open.example.cn",
        )
        for name in FILES:
            formats[name].write(context, folder / name)
    return {name: READERS[name](folder / name) for name in FILES}


def keyed(rows: Sequence[Mapping[str, Any]]) -> Values:
    assert all(tuple(row) == NAMES for row in rows)
    return {row["code"]: dict(row) for row in rows}


FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "amount": Decimal,
    "whole": int,
    "ratio": float,
    "day": dt.date.fromisoformat,
    "moment": dt.datetime.fromisoformat,
    "open": {"true": True, "false": False}.__getitem__,
}


def from_texts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: FROM_TEXT.get(name, str)(value) if value not in ("", None) else None
        for name, value in row.items()
    }


def read_csv(path: Path) -> Values:
    with path.open(encoding="utf-8", newline="") as file:
        return keyed([from_texts(row) for row in csv.DictReader(file, strict=True)])


def of_json(row: dict[str, Any]) -> dict[str, Any]:
    for name in ("day", "moment"):
        row[name] = row[name] and FROM_TEXT[name](row[name])
    row["ratio"] = None if row["ratio"] is None else float(row["ratio"])
    row["amount"] = None if row["amount"] is None else Decimal(row["amount"])
    return row


def read_json(path: Path) -> Values:
    rows = json.loads(path.read_bytes(), parse_float=Decimal)
    return keyed([of_json(row) for row in rows])


def read_lines(path: Path) -> Values:
    lines = path.read_bytes().split(b"\n")[:-1]
    return keyed([of_json(json.loads(line, parse_float=Decimal)) for line in lines])


def read_parquet(path: Path) -> Values:
    rows = pq.read_table(path, page_checksum_verification=True).to_pylist()
    for row in rows:
        row["moment"] = row["moment"] and row["moment"].astimezone(CHINA)
    return keyed(rows)


def read_xlsx(path: Path) -> Values:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    found = []
    for cells in sheet.iter_rows(min_row=3):
        assert all(cell.data_type != "f" for cell in cells)
        row = {name: cell.value for name, cell in zip(NAMES, cells, strict=True)}
        for name in ("amount", "whole", "day", "moment"):
            row[name] = None if row[name] is None else FROM_TEXT[name](str(row[name]))
        row["ratio"] = None if row["ratio"] is None else float(row["ratio"])
        # openpyxl leaves the escapes of inline strings (ECMA-376, 22.9.2.19) as they stand.
        for name in ("code", "note"):
            row[name] = row[name] and ESCAPE.sub(lambda match: chr(int(match[1], 16)), row[name])
        found.append(row)
    return keyed(found)


READERS: dict[str, Callable[[Path], Values]] = {
    "data.csv": read_csv,
    "data.json": read_json,
    "data.jsonl": read_lines,
    "data.parquet": read_parquet,
    "data.xlsx": read_xlsx,
}


@QUICKLY
@given(records=TABLES, write=TEXT_FILES, is_zipped=st.booleans())
def test_csv_in_any_encoding_comes_back(folders, records, write, is_zipped):
    content, encoding = write(records)

    come_back(next(folders), records, (zipped(content) if is_zipped else content, encoding))


@QUICKLY
@given(records=TABLES, write=JSON_FILES)
def test_json_comes_back(folders, records, write):
    come_back(next(folders), records, write(records))


@QUICKLY
@given(records=TABLES)
def test_workbooks_of_xlsxwriter_come_back(folders, records):
    shown = [for_sheets(record, has_carriage_returns=True) for record in records]

    come_back(next(folders), shown, (by_xlsxwriter(shown), None))


@QUICKLY
@given(records=TABLES)
def test_workbooks_of_openpyxl_come_back(folders, records):
    # openpyxl writes texts that look like the escapes of the format as they stand.
    shown = [for_sheets(record, has_carriage_returns=False) for record in records]
    plain = [
        {n: re.sub("_x", "_y", v) if isinstance(v, str) else v for n, v in one.items()}
        for one in shown
    ]

    come_back(next(folders), plain, (by_openpyxl(plain), None))


@QUICKLY
@given(records=TABLES)
def test_old_workbooks_come_back(folders, records):
    shown = [for_sheets(record, has_carriage_returns=True) for record in records]

    come_back(next(folders), shown, (as_old_workbook(shown), None))
