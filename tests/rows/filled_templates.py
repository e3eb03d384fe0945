"""Templates filled in as a clerk does, and files read to the hash that would be signed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import Report, Severity
from gongkai.domain.table_schema import Field, FieldType
from gongkai.domain.times import SHANGHAI
from gongkai.plugins import load_plugins
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.reading import open_engine, read_table
from gongkai.samples.institutions import INSTITUTIONS
from gongkai.samples.tables import sample_rows

PLUGINS = load_plugins()
FIRST_ROW = 3
PERIOD = date(2026, 10, 31)
Row = Mapping[str, str]


def rows_of_item(item: DisclosureItem, size: int = 6) -> list[Row]:
    """Return seeded rows of the first institution that owes the item."""
    body = next(
        one
        for one in INSTITUTIONS
        if item.is_owed_by(one.service_kinds) and (one.is_public or not item.public_bodies_only)
    )
    return list(sample_rows(item, body, seed=11, period=PERIOD, size=size))


def filled_workbook(
    template: bytes, item: DisclosureItem, rows: Sequence[Row], language: str
) -> bytes:
    """Return the template with ``rows`` typed in: what a list offers is taken from the list."""
    book = openpyxl.load_workbook(BytesIO(template))
    sheet = book.worksheets[0]
    offered = drop_downs(book)
    for column, field in enumerate(item.table_schema, start=1):
        letters = openpyxl.utils.get_column_letter(column)
        number_format = sheet.column_dimensions[letters].number_format
        for number, row in enumerate(rows, start=FIRST_ROW):
            if row[field.name] == "":
                continue
            cell = sheet.cell(number, column)
            cell.value = entered(field, row[field.name], language)
            cell.number_format = number_format
            if field.name in offered:
                assert cell.value in offered[field.name], (field.name, cell.value)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def entered(field: Field, text: str, language: str) -> Any:
    """Return what a clerk types for a canonical value."""
    for category in field.categories:
        if category.value == text:
            return category.label.in_language(language)
    match field.type:
        case FieldType.BOOLEAN:
            words = ("是", "否") if language == "zh" else ("true", "false")
            return words[0 if text == "true" else 1]
        case FieldType.INTEGER:
            return int(text)
        case FieldType.NUMBER:
            return float(text)
        case FieldType.DATE:
            return date.fromisoformat(text)
        case FieldType.DATETIME:
            return datetime.fromisoformat(text).astimezone(SHANGHAI).replace(tzinfo=None)
    return text


def drop_downs(book: openpyxl.Workbook) -> dict[str, list[str]]:
    """Return what the lists of the first sheet offer, by the field key in row 2."""
    sheet = book.worksheets[0]
    found: dict[str, list[str]] = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list":
            column = range_boundaries(str(rule.sqref))[0]
            found[str(sheet.cell(2, column).value)] = _choices(book, rule.formula1)
    return found


def _choices(book: openpyxl.Workbook, formula: str) -> list[str]:
    if formula.startswith('"'):
        return formula[1:-1].split(",")
    name, _, cells = formula.rpartition("!")
    sheet = book[name.strip("'")]
    assert sheet.sheet_state == "visible"
    return [str(row[0].value) for row in sheet[cells.replace("$", "")]]


def signed_content(
    folder: Path, content: bytes, item: DisclosureItem, name: str
) -> tuple[Report, str, int]:
    """Return the report, the content hash and the number of rows of a file."""
    folder.mkdir()
    path = folder / name
    path.write_bytes(content)
    limits = IntakeLimits()
    connection = open_engine(folder, limits)
    try:
        checked = read_table(
            connection,
            path,
            item,
            filename=name,
            work_dir=folder,
            limits=limits,
            references={},
            progress=lambda *_: None,
        )
        report = checked.report
        assert checked.rows, [group.code for group in report.groups]
        count, sha256 = checked.rows.write(folder / "rows.parquet")
    finally:
        connection.close()
    return report, sha256, count


def mistakes(report: Report) -> list[tuple[str, str | None, str]]:
    """Return the errors of a report, but for references to tables that are not there."""
    return [
        (group.code, group.field, group.first[0].message.en if group.first else "")
        for group in report.groups
        if group.severity is Severity.ERROR and "reference" not in group.code
    ]
