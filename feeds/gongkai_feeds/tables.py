"""The rows themselves: CSV, CSV for spreadsheets, JSON, JSON Lines, Parquet."""

from pathlib import Path

from gongkai import DistributionFormat, ReleaseContext, Text
from gongkai_feeds.dictionary import heading


def write_csv(context: ReleaseContext, path: Path) -> None:
    """Write ``data.csv``: field keys as header, codes and figures as they are."""
    context.rows.write_csv(path)


def write_excel_csv(context: ReleaseContext, path: Path) -> None:
    """Write ``data.excel.csv``: for a double click, not for programs.

    A byte order mark, Chinese headings with units, labels for codes, and an apostrophe
    before what a spreadsheet would run. Spreadsheets still cut leading zeros and long
    digits of a CSV: ``data.xlsx`` keeps them.
    """
    header = [heading(field) for field in context.item.table_schema]
    context.rows.write_csv(path, header=header, bom=True, labels="zh", guarded=True)


def write_json(context: ReleaseContext, path: Path) -> None:
    """Write ``data.json``: one array of objects."""
    context.rows.write_json(path)


def write_json_lines(context: ReleaseContext, path: Path) -> None:
    """Write ``data.jsonl``: one object a line."""
    context.rows.write_json_lines(path)


def write_parquet(context: ReleaseContext, path: Path) -> None:
    """Write ``data.parquet``: typed columns, zstd, page checksums."""
    context.rows.write_parquet(path)


FORMATS = (
    DistributionFormat(
        "data.csv", "text/csv", Text("CSV（UTF-8）", "CSV (UTF-8)"), write_csv, order=10
    ),
    DistributionFormat(
        "data.excel.csv",
        "text/csv",
        Text(
            "CSV（双击即可打开；编码的前导零与长数字请用 XLSX）",
            "CSV for spreadsheets (for leading zeros and long numbers take the XLSX)",
        ),
        write_excel_csv,
        order=12,
        bundled=False,
    ),
    DistributionFormat(
        "data.json", "application/json", Text("JSON", "JSON"), write_json, order=14, bundled=False
    ),
    DistributionFormat(
        "data.jsonl",
        "application/x-ndjson",
        Text("JSON Lines（每行一条）", "JSON Lines"),
        write_json_lines,
        order=16,
        bundled=False,
    ),
    DistributionFormat(
        "data.parquet",
        "application/vnd.apache.parquet",
        Text("Parquet（列式，带类型）", "Parquet (typed columns)"),
        write_parquet,
        order=18,
        compress=False,
        bundled=False,
    ),
)
