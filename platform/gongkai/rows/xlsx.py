"""Workbooks, read as a stream of the cells that exist, in little memory.

Not by openpyxl's sheet reader: that one fills the rectangle between two far cells, alters
text that holds ``x005F_``, and cannot tell an empty cell from a formula without a result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Unreadable, refuse
from gongkai.rows.workbook_marks import OWN_SHEETS
from gongkai.rows.xlsx_cells import CellReader
from gongkai.rows.xlsx_package import BROKEN, Package, Relation, broken
from gongkai.rows.xlsx_sheet import SheetFacts, SheetRow, is_true, read_rows
from gongkai.rows.xlsx_styles import Styles, read_styles
from gongkai.rows.xlsx_text import SharedStrings, read_shared_strings


@dataclass(frozen=True)
class Sheet:
    """One sheet of the list in a workbook; ``part`` is None for what has no cells."""

    name: str
    is_visible: bool
    part: str | None


class Workbook:
    """An open workbook: the sheet that is meant, row by row.

    That is the first visible one that is not our own: the template and the annotated
    workbook bring notes and lists along.
    """

    def __init__(self, path: Path, limits: IntakeLimits) -> None:
        self.package = Package(path, limits)
        self.limits = limits
        self.facts = SheetFacts()
        self.merged: list[str] = []
        try:
            self._open()
        except Unreadable:
            self.package.close()
            raise
        except BROKEN as error:
            self.package.close()
            raise broken(type(error).__name__) from error

    def _open(self) -> None:
        self.part = _first(self.package.relations(""), "officeDocument") or "xl/workbook.xml"
        self.relations = self.package.relations(self.part)
        self.starts_1904 = False
        self.sheets = tuple(self._list_sheets())
        self.sheet = self._chosen()
        self.styles: Styles = read_styles(
            self.package,
            _first(self.relations, "styles"),
            _first(self.relations, "theme"),
            starts_1904=self.starts_1904,
        )
        strings = _first(self.relations, "sharedStrings")
        self.strings = SharedStrings()
        if self.package.has(strings):
            self.strings = read_shared_strings(self.package, strings, self.limits)

    def cell_reader(self) -> CellReader:
        """Return what turns the rows into texts."""
        return CellReader(self.strings, self.styles, self.limits)

    def rows(self) -> Iterator[SheetRow]:
        """Yield each row that exists; afterwards ``merged`` and ``facts`` are known."""
        assert self.sheet.part is not None  # noqa: S101 - only such a sheet is chosen
        try:
            yield from read_rows(
                self.package, self.sheet.part, self.limits, self.facts, self._add_merged
            )
        except BROKEN as error:
            raise broken(f"{self.sheet.part}: {type(error).__name__}") from error

    def close(self) -> None:
        self.package.close()

    def _add_merged(self, span: str) -> None:
        if len(self.merged) >= self.limits.merged_cells:
            raise broken("too many merged cells")
        self.merged.append(span)

    def _list_sheets(self) -> Iterator[Sheet]:
        targets = {relation.id: relation for relation in self.relations}
        for tag, attributes in self.package.elements(self.part):
            if tag == "workbookPr":
                self.starts_1904 = is_true(attributes.get("date1904"))
            elif tag == "sheet":
                relation = targets.get(attributes.get("id", ""))
                is_sheet = relation is not None and relation.kind == "worksheet"
                yield Sheet(
                    attributes.get("name", ""),
                    attributes.get("state", "visible") == "visible",
                    relation.target if relation is not None and is_sheet else None,
                )

    def _chosen(self) -> Sheet:
        visible = [sheet for sheet in self.sheets if sheet.is_visible and sheet.part]
        for sheet in [*(one for one in visible if one.name not in OWN_SHEETS), *visible]:
            if not self.package.has(sheet.part or ""):
                raise broken(f"{sheet.part} is missing")
            return sheet
        raise refuse("no-visible-sheet")


def _first(relations: list[Relation], kind: str) -> str:
    """Return the part of the first relationship of ``kind``; "" when there is none."""
    return next((one.target for one in relations if one.kind == kind and not one.is_external), "")
