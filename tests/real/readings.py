"""Real files read twice: by Gongkai's own intake, and independently with plain Python."""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from gongkai import load_disclosure_items
from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import Problem, ProblemGroup, Report
from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.limits import IntakeLimits
from gongkai.services.intake import read_file

sys.path.insert(0, str(Path(__file__).parents[1] / "outside"))
ITEMS = {item.key: item for item in load_disclosure_items("haiyun_open_data")}
# No real file here has more problems of one kind than are then listed one by one.
LISTED = 30_000
Rows = list[list[str]]
Convert = Callable[[str], Any]


@dataclass
class Outcome:
    """What intake said of a file, and the typed rows if there are any."""

    item: DisclosureItem
    report: Report
    rows: list[tuple[Any, ...]] | None

    @property
    def totals(self) -> dict[tuple[str, str, str | None], int]:
        """Return every problem's total by severity, code and field."""
        return {(g.severity.value, g.code, g.field): g.total for g in self.report.groups}

    def group(self, code: str, field: str | None = None) -> ProblemGroup:
        """Return the only group of ``code`` in ``field``."""
        (found,) = [g for g in self.report.groups if (g.code, g.field) == (code, field)]
        return found

    def rows_of(self, code: str, field: str | None = None) -> list[int | None]:
        """Return the rows in which there is a problem of ``code``."""
        return [problem.row for problem in self.group(code, field).first]

    def said(self, code: str, field: str | None = None) -> Problem:
        """Return the first problem of ``code``."""
        return self.group(code, field).first[0]

    @property
    def cleaned(self) -> dict[tuple[str, str], int]:
        """Return how many cells each kind of clean-up changed, by kind and field."""
        return {
            (kind, field): told["count"]
            for kind, fields in self.report.normalized.items()
            for field, told in fields.items()
        }


def take_in(path: Path, item: str, folder: Path, *, encoding: str | None = None) -> Outcome:
    """Read ``path`` as a clerk would have it read: in the child process, with all checks."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    wanted = ITEMS[item]
    intake = read_file(
        path,
        wanted,
        filename=path.name,
        work_dir=work,
        limits=IntakeLimits(listed=LISTED),
        encoding=encoding,
    )
    rows = None
    if intake.rows_path is not None:
        columns = pq.read_table(intake.rows_path, columns=list(wanted.table_schema.names))
        rows = list(zip(*(column.to_pylist() for column in columns.columns), strict=True))
    return Outcome(wanted, intake.report, rows)


def read_text(path: Path, *, encoding: str = "utf-8", delimiter: str = ",") -> Rows:
    """Return the records of a text file, header included, by Python's own csv."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def write_text(folder: Path, rows: Iterable[Sequence[str]], *, encoding: str = "utf-8") -> Path:
    """Write ``rows`` as the CSV that a clerk sends after mending."""
    told = io.StringIO(newline="")
    csv.writer(told).writerows(rows)
    path = folder / "mended.csv"
    path.write_text(told.getvalue(), encoding=encoding, newline="")
    return path


def write_records(folder: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """Write ``records`` as a JSON array of flat objects."""
    path = folder / "flat.json"
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return path


def expect(
    item: DisclosureItem, rows: Iterable[Sequence[str | None]], **special: Convert
) -> Counter[tuple[Any, ...]]:
    """Return texts as the values they must come back as, one by one; order does not matter.

    ``special`` converts the texts of a field that is not written in the plain way.
    """
    converts = [special.get(field.name) or _convert(field) for field in item.table_schema]
    return Counter(
        tuple(
            None if text is None or not text.strip() else convert(text.strip())
            for convert, text in zip(converts, row, strict=True)
        )
        for row in rows
    )


def _convert(field: Field) -> Convert:
    missing = frozenset(field.missing_values)
    plain: dict[FieldType, Convert] = {
        FieldType.INTEGER: lambda text: int(Decimal(text)),
        FieldType.NUMBER: float if field.decimals is None else Decimal,
        FieldType.DATE: date.fromisoformat,
        FieldType.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    convert = plain.get(field.type, str)
    return lambda text: None if text in missing else convert(text)


def padded(rows: Iterable[Sequence[str]], column: int) -> int:
    """Return how many cells of a column have blanks at their edges and something between."""
    return sum(row[column] != row[column].strip() != "" for row in rows)


def repeats(rows: Iterable[Sequence[Any]], first_row: int = 2) -> dict[int, int]:
    """Return the number of each row that repeats an earlier one, and the earlier one's."""
    seen: dict[tuple[Any, ...], int] = {}
    found: dict[int, int] = {}
    for number, row in enumerate(rows, start=first_row):
        key = tuple(row)
        if key in seen:
            found[number] = seen[key]
        else:
            seen[key] = number
    return found
