"""The real files of ../shared/data as plain tables of text, whatever their format."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

DATA = Path(__file__).parents[3] / "shared" / "data"
Table = tuple[str, list[str], list[list[str]]]
# Where the real header stands, counted from 0; a file without one gets its columns numbered.
HEADER_LINE = {
    "V3.0.0_Tall_CSV_Format_Example.csv": 2,
    "V3.0.0_Wide_CSV_Format_Example.csv": 2,
    "rex-published-charges.csv": None,
}


def real_tables(*, most_rows: int = 100_000) -> Iterator[Table]:
    """Yield (name, headers, rows) of every table among the real files; long ones cut."""
    for path in sorted(DATA.rglob("*")):
        for name, rows in _records(path):
            if not rows:
                continue
            start = HEADER_LINE.get(path.name, 0)
            body = rows if start is None else rows[start + 1 :]
            width = max((len(row) for row in rows), default=0)
            headers = [] if start is None else rows[start]
            named = [
                (headers[at] if at < len(headers) else "") or f"column {at + 1}"
                for at in range(width)
            ]
            yield name, named, [row + [""] * (width - len(row)) for row in body[:most_rows]]


def _records(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    match path.suffix:
        case ".csv" | ".tsv" | ".gz":
            content = (
                gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            )
            yield path.name, _separated(content, path.name)
        case ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".xlsx"):
                        yield from _workbook(io.BytesIO(archive.read(name)), path.name)
        case ".xlsx":
            yield from _workbook(path, path.name)
        case ".xls":
            yield from _old_workbook(path)
        case ".json" if path.name.startswith("data_"):
            yield path.name, _fever_clinics(path)


def _separated(content: bytes, name: str) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    csv.field_size_limit(1 << 27)
    delimiter = "\t" if name.endswith(".tsv") or text.split("\n", 1)[0].count("\t") > 1 else ","
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def _workbook(source: Path | io.BytesIO, name: str) -> Iterator[tuple[str, list[list[str]]]]:
    import openpyxl

    book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    for sheet in book:
        yield f"{name}/{sheet.title}", _filled(sheet.iter_rows(values_only=True))
    book.close()


def _old_workbook(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    import xlrd

    for sheet in xlrd.open_workbook(path).sheets():
        yield (
            f"{path.name}/{sheet.name}",
            _filled(sheet.row_values(at) for at in range(sheet.nrows)),
        )


def _filled(rows: Iterator[Sequence[object]]) -> list[list[str]]:
    texts = ([_cell(value) for value in row] for row in rows)
    return [row for row in texts if sum(map(bool, row)) > 1]


def _cell(value: object) -> str:
    return "" if value is None else re.sub(r"\.0$", "", str(value))


def _fever_clinics(path: Path) -> list[list[str]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    hospitals = [
        hospital
        for province in data["provinceList"]
        for city in province["cityList"]
        for hospital in city["hospitalList"]
    ]
    names = list(hospitals[0])
    return [names, *([str(hospital.get(name, "")) for name in names] for hospital in hospitals)]
