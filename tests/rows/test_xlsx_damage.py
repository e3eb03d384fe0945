"""Values that a spreadsheet has mangled: told with their place, and noise that it made counted."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from gongkai.testing import make_field
from tests.rows.tables import Reading, item_of_fields, read_bytes
from tests.rows.xlsx_books import text_cell, workbook, worksheet

TEXT_ITEM = item_of_fields(
    make_field("x"), make_field("y", constraints={"pattern": "[0-9.]{1,8}"}, example="0101")
)


def read(tmp_path: Path, *values: object, formats: str = "General", column: int = 2) -> Reading:
    """Read rows with keys and ``values`` in one column, dates and numbers shown as ``formats``."""
    made = openpyxl.Workbook()
    made.active.append(("code", "x", "y"))
    for number, value in enumerate(values, start=2):
        made.active.cell(number, 1, f"K{number}")
        cell = made.active.cell(number, column, value)
        if not isinstance(value, str):
            cell.number_format = formats
    buffer = io.BytesIO()
    made.save(buffer)
    return read_bytes(tmp_path, buffer.getvalue(), TEXT_ITEM)


def read_sheet(tmp_path: Path, *cells: str) -> Reading:
    """Read rows of one cell each, beside their keys."""
    rows = (
        f'<row r="{at}">{text_cell(f"A{at}", f"K{at}")}{cell}</row>'
        for at, cell in enumerate(cells, start=2)
    )
    return read_bytes(tmp_path, workbook(worksheet(*rows)), TEXT_ITEM)


def test_a_date_among_texts_is_named_with_what_it_may_have_been(tmp_path):
    reading = read(tmp_path, "17-25", date(2026, 2, 17), "3-4", formats="yyyy-mm-dd")

    (problem,) = reading.group("date-in-text-column").first
    assert (problem.row, problem.field, problem.value) == (3, "x", "2026-02-17")
    assert "2-17" in problem.message.zh
    assert "17-2" in problem.message.en


def test_the_dates_before_the_first_text_are_told_too(tmp_path):
    reading = read(tmp_path, date(2026, 2, 17), date(2026, 3, 1), "17-26", formats="yyyy-mm-dd")

    assert [problem.row for problem in reading.group("date-in-text-column").first] == [2, 3]


@pytest.mark.parametrize("shown", ["d-mmm", "mmm-yy", 'm"月"d"日"'])
def test_a_date_in_the_format_that_a_spreadsheet_chooses_is_an_error_by_itself(tmp_path, shown):
    assert read(tmp_path, date(2026, 2, 17), formats=shown).codes == ["date-in-text-column"]


def test_a_column_of_dates_that_is_text_by_the_schema_passes(tmp_path):
    reading = read(tmp_path, date(2026, 2, 17), date(2026, 3, 1), formats="yyyy-mm-dd")

    assert reading.codes == []
    assert [row[1] for row in reading.rows] == ["2026-02-17", "2026-03-01"]


def test_a_code_shown_in_scientific_notation_is_an_error(tmp_path):
    group = read(tmp_path, 1234, formats="0.00E+00", column=3).group("number-in-code-column")

    assert [(p.row, p.field, p.value) for p in group.first] == [(2, "y", "1234")]


def test_a_code_that_was_calculated_is_an_error(tmp_path):
    reading = read_sheet(tmp_path, '<c r="C2"><v>0.30000000000000004</v></c>')

    assert reading.codes == ["number-in-code-column"]


def test_a_number_in_a_column_of_plain_text_is_no_error(tmp_path):
    assert read(tmp_path, 1234, formats="0.00E+00").codes == []


def test_the_noise_of_formulas_is_counted_with_the_first_cells(tmp_path):
    noisy = ("0.30000000000000004", "3.3000000000000003", "0.5", "1.1000000000000001")
    cells = (f'<c r="B{row}"><v>{value}</v></c>' for row, value in enumerate(noisy, start=2))

    reading = read_sheet(tmp_path, *cells)

    assert reading.report.file["rounded_numbers"] == {
        "count": 2,
        "first": [
            {"row": 2, "column": "x", "from": "0.30000000000000004", "to": "0.3"},
            {"row": 3, "column": "x", "from": "3.3000000000000003", "to": "3.3"},
        ],
    }
