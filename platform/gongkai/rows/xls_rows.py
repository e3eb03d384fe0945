"""The sheet of an old workbook that is meant, as a raw table, with all that the book hides."""

from pathlib import Path

import duckdb
from xlrd.biffh import XLRDError

from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.ole import OLE_SIGNATURE, read_directory
from gongkai.rows.problem_lists import refuse
from gongkai.rows.raw import Progress, RawTable
from gongkai.rows.sheet_columns import column_letters
from gongkai.rows.workbook_marks import AUTHOR, OWN_SHEETS
from gongkai.rows.workbook_problems import (
    Carried,
    Comment,
    carried_along,
    cell_comments,
    hidden_sheets,
    other_sheets,
)
from gongkai.rows.xls import XlsBook
from gongkai.rows.xlsx_hidden import Findings
from gongkai.rows.xlsx_rows import load_book

_LINK = Text("指向其他文件或程序的链接", "a link to another file or program")
_CONNECTION = Text("数据连接或外部数据查询", "a data connection or a query of outside data")
_PIVOT = Text("数据透视表的数据副本", "a pivot table's copy of its data")
_PICTURE = Text("图片", "a picture")
_OBJECT = Text("嵌入的 OLE 对象", "an embedded OLE object")
_FILTER_NAME = "_FilterDatabase"


def load_xls(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    schema: TableSchema,
    limits: IntakeLimits,
    progress: Progress | None = None,
) -> RawTable:
    """Load the sheet that is meant as a raw table. Raises Unreadable."""
    book = XlsBook(path, limits)
    return load_book(
        connection,
        book,
        schema,
        progress,
        format_name="xls",
        look_through=lambda: _look_through(book, path),
        table_filters=lambda: _filters(book),
    )


def _look_through(book: XlsBook, path: Path) -> Findings:
    """Return what ``book`` hides or carries beside the sheet that is read."""
    storages = _storages(path)
    if book.records.has_macros or storages & {"_VBA_PROJECT_CUR", "_VBA_PROJECT"}:
        raise refuse("macro-workbook")
    listed = book.limits.listed
    names = list(enumerate(book.names))
    hidden = [
        name for index, name in names if not book.is_visible(index) and name not in OWN_SHEETS
    ]
    others = [
        name
        for index, name in names
        if book.is_visible(index)
        and index != book.index
        and name not in OWN_SHEETS
        and book.load(index).nrows
    ]
    links = [Carried(_LINK) for _ in range(book.records.link_count)]
    connections = book.records.connection_count + book.marks.connection_count
    links += [Carried(_CONNECTION) for _ in range(connections)]
    objects = [Carried(_OBJECT) for name in sorted(storages) if name.startswith("MBD")]
    objects += [Carried(_PICTURE)] * book.records.has_pictures
    objects += [Carried(_PIVOT)] * (book.records.has_pivot_cache or "_SX_DB_CUR" in storages)
    groups = hidden_sheets(hidden, listed)
    groups += cell_comments(_comments(book), listed)
    groups += carried_along("external-link", links, listed)
    groups += carried_along("embedded-object", objects, listed)
    groups += other_sheets(book.sheet.name, others)
    return Findings(groups, ["document properties"] if storages or book.book.user_name else [])


def _storages(path: Path) -> frozenset[str]:
    with path.open("rb") as file:
        is_container = file.read(len(OLE_SIGNATURE)) == OLE_SIGNATURE
    return read_directory(path).storages if is_container else frozenset()


def _comments(book: XlsBook) -> list[Comment]:
    return [
        Comment(name, row + 1, column + 1, note.text)
        for index, name in enumerate(book.names)
        if name not in OWN_SHEETS
        for (row, column), note in sorted(book.load(index).cell_note_map.items())
        if note.author != AUTHOR
    ]


def _filters(book: XlsBook) -> list[str]:
    """Return the range that is filtered on the sheet; [""] when the file does not say which."""
    if not book.marks.is_filtered:
        return []
    for name in book.book.name_obj_list:
        if name.builtin and name.name == _FILTER_NAME and name.scope == book.index:
            try:
                _, top, bottom, left, right = name.area2d()
            except (XLRDError, AttributeError, IndexError, TypeError):
                break  # what is wrong with the name does not make the filter go away
            first, last = column_letters(left + 1), column_letters(right)
            return [f"{first}{top + 1}:{last}{bottom}"]
    return [""]
