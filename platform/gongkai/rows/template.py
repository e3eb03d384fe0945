"""The template of an item, as a workbook and as CSV: what a clerk fills in and sends back.

Two rows of headings, titles and field keys, then room for the rows: intake reads both files
as they are. The same item gives the same bytes.
"""

import csv
import re
import textwrap
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from gongkai.domain.items import DeadlineRule, DisclosureItem
from gongkai.domain.table_schema import Field
from gongkai.rows.template_inputs import number_format, sources, units, validation
from gongkai.rows.template_sheets import (
    FIELD_KEY,
    HEADING,
    KEY_HEADING,
    NEEDED_HEADING,
    Styles,
    add_codes,
    add_notes,
    code_ranges,
)
from gongkai.rows.template_words import (
    Writing,
    choices,
    display_width,
    example_words,
    headings,
    is_key,
    is_needed,
    line_count,
)
from gongkai.rows.workbook_marks import OWN_SHEETS

# Rows whose cells check what is typed; those below take anything, and intake checks it.
ROWS = 10_000
FORMATS = ("xlsx", "csv")
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_FIRST_ROW = 2
_SHEET_UNITS = 31
# Excel compares names without case, and keeps one for itself.
_TAKEN_NAMES = {name.casefold() for name in OWN_SHEETS} | {"history"}
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NARROWEST, _WIDEST, _WIDEST_LIST = 11, 34, 46
# A Chinese heading breaks anywhere, even inside a bracket, so it gets two lines later.
_ONE_LINE = {"zh": 30, "en": 18}
_LINE_POINTS = 16
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook has no zone; any fixed instant does
_FONTS = {"zh": ("Microsoft YaHei", 10), "en": ("Calibri", 11)}


def write_template(
    item: DisclosureItem,
    extension: str,
    language: str,
    *,
    deadline_rules: Mapping[str, DeadlineRule] | None = None,
    items: Mapping[str, DisclosureItem] | None = None,
) -> bytes:
    """Return the template of ``item`` as one of FORMATS, in ``zh`` or ``en``.

    ``deadline_rules`` and ``items``, by key, give the notes the words of what it refers to.
    """
    writing = Writing(item, language, deadline_rules or {}, items or {})
    return _csv(writing) if extension == "csv" else _workbook(writing)


def _csv(writing: Writing) -> bytes:
    """Return the two heading rows as spreadsheets open CSV: with a BOM, with CRLF."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(headings(writing))
    rows.writerow(writing.table_schema.names)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _workbook(writing: Writing) -> bytes:
    buffer = BytesIO()
    font, size = _FONTS[writing.language]
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_format_properties": {"font_name": font, "font_size": size},
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": writing.say(writing.item.title), "created": _CREATED})
        book.set_size(2400, 1500)
        name = _sheet_name(writing)
        _add_data(book, writing, book.add_worksheet(name))
        styles = Styles.of(book)
        add_notes(book, styles, writing, name)
        add_codes(book, styles, writing)
    return buffer.getvalue()


def _sheet_name(writing: Writing) -> str:
    """Return the item's title as the name of a sheet, or its key where that cannot be one."""
    name = _NO_SHEET_NAME.sub(" ", writing.say(writing.item.title))
    name = " ".join(name.split()).strip("'")
    if units(name) > _SHEET_UNITS:
        name = textwrap.shorten(name, _SHEET_UNITS, placeholder="…")
    is_free = name.casefold() not in _TAKEN_NAMES
    if not is_free or not name.strip("…") or units(name) > _SHEET_UNITS:
        return writing.item.key[:_SHEET_UNITS]
    return name


def _add_data(book: Workbook, writing: Writing, sheet: Worksheet) -> None:
    schema = writing.table_schema
    titles = headings(writing)
    referred = sources(writing, code_ranges(writing))
    lines = 1
    for number, (column, title) in enumerate(zip(schema, titles, strict=True)):
        width = _width(writing, column, title)
        lines = max(lines, line_count(title, width))
        side = {"align": "right" if column.is_numeric else "left", "indent": 1}
        cells = side | {"num_format": number_format(column), "valign": "vcenter"}
        sheet.set_column(number, number, width, book.add_format(cells))
        heading = _heading_style(writing, column) | side
        sheet.write_string(0, number, title, book.add_format(heading))
        sheet.write_string(1, number, column.name, book.add_format(FIELD_KEY | side))
        sheet.data_validation(
            _FIRST_ROW,
            number,
            _FIRST_ROW + ROWS - 1,
            number,
            validation(
                writing,
                column,
                cell=xl_rowcol_to_cell(_FIRST_ROW, number),
                heading=title,
                source=referred.get(column.name),
            ),
        )
    sheet.set_row(0, 12 + _LINE_POINTS * lines)
    sheet.set_row(1, 15)
    sheet.freeze_panes(_FIRST_ROW, 0)
    sheet.set_selection(_FIRST_ROW, 0, _FIRST_ROW, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)


def _heading_style(writing: Writing, column: Field) -> dict[str, Any]:
    if is_key(column, writing.table_schema):
        return KEY_HEADING
    return NEEDED_HEADING if is_needed(column, writing.table_schema) else HEADING


def _width(writing: Writing, column: Field, title: str) -> int:
    """Return a width that fits what the column will hold, and its heading in few lines."""
    content = min(_WIDEST, display_width(example_words(writing, column)) + 4)
    offered = max((display_width(text) for text in choices(writing, column)), default=0) + 4
    keys = round(len(column.name) * 0.85) + 3
    heading = display_width(title) + 4
    if heading > _ONE_LINE[writing.language]:
        heading = heading // 2 + 3
    return max(_NARROWEST, content, min(_WIDEST_LIST, offered), keys, min(_WIDEST, heading))
