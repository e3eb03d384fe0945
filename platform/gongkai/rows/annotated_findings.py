"""The second sheet of the annotated workbook: what was found, by kind, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from gongkai.domain.problem_kinds import SEVERITIES
from gongkai.domain.problems import Problem, Report, Severity
from gongkai.domain.report_kinds import (
    ReportKind,
    fields_of,
    heading_of,
    place_of,
    totals_of,
)
from gongkai.domain.text import Text
from gongkai.rows.annotated_styles import Styles
from gongkai.rows.check_messages import shorten
from gongkai.rows.workbook_marks import FINDINGS_SHEET

PLACES = 20
_WIDTHS = (30, 26, 84)
_LINE_POINTS = 15.5
_COLUMNS = (Text("位置", "Place"), Text("现值", "Value"), Text("问题", "What is wrong"))
_BLOCKED = Text("不能发布：请先改正错误。", "It cannot be published: mend the errors first.")
_PASSED = Text("没有阻止发布的错误。", "Nothing stands against publication.")
_OVERRIDABLE = Text(
    "不能直接发布：须删去所列内容，或由保密审查人员说明理由后放行。",
    "It cannot be published as it is: remove what is listed, or the confidentiality reviewer "
    "lets it pass and gives the reason.",
)
_MEND = Text(
    "怎么改：在第一张工作表“{sheet}”中改正标出的单元格（鼠标停在单元格上可看到原因），"
    "保存后直接上传这个文件。批注、底色和本表不必删除，不会公开。",
    "How to mend it: correct the marked cells in the first sheet, “{sheet}” (point at a cell to "
    "read why), save, and upload this very file. Comments, colours and this sheet may stay; they "
    "are never published.",
)
_EXTRACT = Text(
    "注意：文件太大，“{sheet}”只是节选，列出有问题的行及其前后各两行，第一列是原文件的行号。"
    "请在原文件中改正后上传原文件；这个文件不能上传。",
    "Note: the file is large, so “{sheet}” is an extract: the rows with problems, two rows around "
    "each, and in the first column their row numbers in your file. Correct your own file and "
    "upload that; this workbook cannot be uploaded.",
)
_BROKEN_OFF = Text(
    "注意：文件读到中途无法继续，“{sheet}”不含其后的内容。请在原文件中改正后上传原文件。",
    "Note: the file could not be read to its end, so “{sheet}” lacks what follows. Correct your "
    "own file and upload that.",
)
_NO_TABLE = Text(
    "文件无法作为表格读取，因此这里没有数据；请按下面的说明处理原文件后重新上传。",
    "The file could not be read as a table, so there is no data here; do as said below with your "
    "own file and upload it again.",
)
_LEGEND = Text("图例", "Legend")
_MEANINGS = {
    Severity.ERROR: Text("错误：改正后才能发布", "Error: must be mended before publication"),
    Severity.REVIEW: Text("需审查：由审查人员确认", "For the reviewer: to be confirmed"),
    Severity.WARNING: Text("提示：请核对，不影响发布", "Warning: please check; it stops nothing"),
}
_UNFIT = Text(
    "显示 #VALUE! 等错误值的单元格：文件中的内容不能照用，原内容见批注，请重新填写",
    "A cell that shows #VALUE! or the like: what the file has cannot be used as it stands; the "
    "comment quotes it; enter the value anew",
)


@dataclass(frozen=True)
class Cover:
    """What the sheet says of the workbook; ``sheet`` is the data sheet, None without one."""

    title: Text
    language: str
    sheet: str | None
    is_extract: bool
    is_whole: bool


def add_findings(
    book: Workbook,
    styles: Styles,
    report: Report,
    cover: Cover,
    cell_of: Callable[[Problem], str | None],
) -> None:
    """Add the sheet; ``cell_of`` gives a problem's cell in the data sheet, None without one."""
    _Findings(book, styles, report, cover, cell_of).write()


class _Findings:
    """The sheet as it is written, line by line."""

    def __init__(
        self,
        book: Workbook,
        styles: Styles,
        report: Report,
        cover: Cover,
        cell_of: Callable[[Problem], str | None],
    ) -> None:
        self._sheet: Worksheet = book.add_worksheet(FINDINGS_SHEET.in_language(cover.language))
        self._styles = styles
        self._report = report
        self._cover = cover
        self._cell_of = cell_of
        self._row = 0

    def write(self) -> None:
        """Write the whole sheet."""
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.hide_gridlines(2)
        self._write_cover()
        self._write_legend()
        for kind in self._report.kinds:
            self._write_kind(kind)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)

    def _say(self, text: Text, **values: object) -> str:
        said = text.in_language(self._cover.language)
        return said.format(**values) if values else said

    def _write_cover(self) -> None:
        title = f"{self._say(FINDINGS_SHEET)} · {self._say(self._cover.title)}"
        self._sheet.set_row(self._row, 28)
        self._sheet.write_string(self._row, 0, title, self._styles.title)
        self._row += 1
        self._line(_file_facts(self._report, self._cover.language), self._styles.note)
        self._line(self._verdict(), self._styles.strong)
        sheet = self._cover.sheet
        if sheet is None:
            self._line(self._say(_NO_TABLE), self._styles.plain)
        elif self._cover.is_extract:
            self._line(self._say(_EXTRACT, sheet=sheet), self._styles.strong)
        elif not self._cover.is_whole:
            self._line(self._say(_BROKEN_OFF, sheet=sheet), self._styles.strong)
        elif self._report.groups:
            self._line(self._say(_MEND, sheet=sheet), self._styles.plain)
        self._row += 1

    def _verdict(self) -> str:
        verdict = _PASSED
        if self._report.blocks:
            verdict = _BLOCKED if self._report.is_fatal else _OVERRIDABLE
        return f"{totals_of(self._report).in_language(self._cover.language)} {self._say(verdict)}"

    def _write_legend(self) -> None:
        if self._cover.sheet is None or not self._report.groups:
            return
        self._sheet.write_string(self._row, 0, self._say(_LEGEND), self._styles.column)
        for column in (1, 2):
            self._sheet.write_blank(self._row, column, None, self._styles.column)
        self._row += 1
        for severity, meaning in _MEANINGS.items():
            name = self._say(SEVERITIES[severity])
            self._sheet.write_string(self._row, 0, name, self._styles.marked[severity])
            self._sheet.write_string(self._row, 1, self._say(meaning))
            self._row += 1
        self._sheet.write_string(self._row, 0, "#VALUE!", self._styles.marked[Severity.ERROR])
        self._sheet.merge_range(self._row, 1, self._row, 2, self._say(_UNFIT), self._styles.plain)
        self._fit(self._row, [(self._say(_UNFIT), sum(_WIDTHS[1:]))])
        self._row += 2

    def _write_kind(self, kind: ReportKind) -> None:
        style = self._styles.kinds[kind.severity]
        heading = heading_of(kind).in_language(self._cover.language)
        self._merged(heading, style, 22)
        fields = fields_of(kind)
        if fields:
            self._line(fields.in_language(self._cover.language), self._styles.note)
        if kind.advice:
            what = Text("怎么办：", "What to do: ").in_language(self._cover.language)
            self._line(what + self._say(kind.advice), self._styles.strong)
        for column, title in enumerate(_COLUMNS):
            self._sheet.write_string(self._row, column, self._say(title), self._styles.column)
        self._row += 1
        shown = kind.first[:PLACES]
        for problem in shown:
            self._write_place(kind, problem)
        if kind.total > len(shown):
            self._line(self._rest(kind, len(shown)), self._styles.note)
        self._row += 1

    def _write_place(self, kind: ReportKind, problem: Problem) -> None:
        place = self._say(place_of(problem, self._report.file))
        words = place[0].upper() + place[1:]
        cell = self._cell_of(problem)
        if cell and self._cover.sheet:
            link = f"internal:'{self._cover.sheet}'!{cell}"
            self._sheet.write_url(self._row, 0, link, self._styles.link, words)
        else:
            self._sheet.write_string(self._row, 0, words, self._styles.plain)
        value = shorten(problem.value, 80) if problem.value else ""
        said = self._say(kind.sentence(problem))
        self._sheet.write_string(self._row, 1, value, self._styles.text)
        self._sheet.write_string(self._row, 2, said, self._styles.plain)
        self._fit(self._row, [(words, _WIDTHS[0]), (said, _WIDTHS[2])])
        self._row += 1

    def _rest(self, kind: ReportKind, shown: int) -> str:
        more, marked = kind.total - shown, len(kind.first)
        said = Text(
            f"……另有 {more:,} 处未列在此表。", f"… {more:,} more are not listed on this sheet."
        )
        if marked < kind.total:
            said = Text(
                f"……另有 {more:,} 处未列在此表；数据表中标出了其中前 {marked:,} 处，"
                "其余请一并检查。",
                f"… {more:,} more are not listed on this sheet; the first {marked:,} are marked "
                "in the data, so look for the others too.",
            )
        return self._say(said)

    def _line(self, text: str, style: object) -> None:
        self._merged(text, style, None)

    def _merged(self, text: str, style: object, points: float | None) -> None:
        self._sheet.merge_range(self._row, 0, self._row, 2, text, style)
        if points:
            self._sheet.set_row(self._row, points)
        else:
            self._fit(self._row, [(text, sum(_WIDTHS))])
        self._row += 1

    def _fit(self, row: int, texts: list[tuple[str, int]]) -> None:
        """Make a row as high as its texts need; no program does so by itself when merged."""
        lines = max(-(-_width(text) // width) for text, width in texts)
        self._sheet.set_row(row, _LINE_POINTS * max(1, lines))


def _file_facts(report: Report, language: str) -> str:
    name = str(report.file.get("name", ""))
    rows = Text(f"{report.row_count:,} 行", f"{report.row_count:,} rows").in_language(language)
    shown = (report.file.get(key) for key in ("format", "encoding", "sheet"))
    return " · ".join([name, rows, *(str(fact) for fact in shown if fact)])


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text) or 1
