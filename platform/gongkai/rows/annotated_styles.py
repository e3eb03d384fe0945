"""How the annotated workbook looks: three marks that differ by more than their colour."""

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from gongkai.domain.problems import Severity

_INK = "#1F2D3A"
# Fill, ink and border of each severity; the borders differ where colours are not seen.
_MARKS = {
    Severity.ERROR: ("#FFC7CE", "#8A0012", 5),
    Severity.REVIEW: ("#FFD59E", "#6B3D00", 8),
    Severity.WARNING: ("#FFF2AB", "#574600", 7),
}


class Styles:
    """The formats of both sheets."""

    def __init__(self, book: Workbook) -> None:
        text = {"num_format": "@", "valign": "top"}
        wrapped = {**text, "text_wrap": True}
        self.text: Format = book.add_format(text)
        self.row_number: Format = book.add_format({"font_color": "#666666", "valign": "top"})
        self.header: Format = book.add_format(
            {**text, "bold": True, "bg_color": "#E8EEF4", "bottom": 1}
        )
        self.marked: dict[Severity, Format] = {
            severity: book.add_format(
                {
                    **text,
                    "bg_color": fill,
                    "font_color": ink,
                    "bold": severity is Severity.ERROR,
                    "border": border,
                    "border_color": ink,
                }
            )
            for severity, (fill, ink, border) in _MARKS.items()
        }
        self.title: Format = book.add_format(
            {"bold": True, "font_size": 16, "font_color": _INK, "valign": "vcenter"}
        )
        self.plain: Format = book.add_format({**wrapped, "font_color": _INK})
        self.strong: Format = book.add_format({**wrapped, "font_color": _INK, "bold": True})
        self.note: Format = book.add_format({**wrapped, "font_color": "#555555"})
        self.kinds: dict[Severity, Format] = {
            severity: book.add_format(
                {
                    "bold": True,
                    "bg_color": fill,
                    "font_color": ink,
                    "top": 1,
                    "top_color": ink,
                    "text_wrap": True,
                    "valign": "vcenter",
                }
            )
            for severity, (fill, ink, _) in _MARKS.items()
        }
        self.column: Format = book.add_format(
            {"bold": True, "font_color": "#555555", "bottom": 1, "valign": "top"}
        )
        self.link: Format = book.add_format(
            {"font_color": "#0B5394", "underline": 1, "valign": "top", "text_wrap": True}
        )
