"""The sheets beside the data in a template: how to fill it in, and the codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from gongkai.domain.problems import Severity
from gongkai.domain.table_schema import CountRule, Field, FieldType, RowRule, TotalRule
from gongkai.rows import template_words as words
from gongkai.rows.template_words import Writing
from gongkai.rows.workbook_marks import CODES_SHEET, NOTES_SHEET

_INK = "#1F2D3A"
_DEEP = "#1F4E6B"
_PALE = "#DCE9F2"
_FAINT = "#F2F5F7"
_LINE = "#C9D3DA"
_GREY = "#66737D"
_A4 = 9
_CODE_FIRST_ROW = 1
_NOTES_WIDTHS = (24, 58, 21, 13, 12, 24, 19, 23)
_CODES_WIDTHS = (24, 22, 38, 48, 22)
_LINE_POINTS = 16
_PADDING_POINTS = 6


_CELL = {"valign": "top", "text_wrap": True, "font_color": _INK, "num_format": "@"}
_RULED = _CELL | {"bottom": 1, "bottom_color": _LINE}
HEADING: dict[str, Any] = {
    "valign": "vcenter",
    "text_wrap": True,
    "num_format": "@",
    "border": 1,
    "border_color": _LINE,
    "bg_color": _FAINT,
    "font_color": _INK,
}
NEEDED_HEADING = HEADING | {"bold": True, "bg_color": _PALE}
KEY_HEADING = HEADING | {"bold": True, "bg_color": _DEEP, "font_color": "#FFFFFF"}
FIELD_KEY: dict[str, Any] = {
    "font_size": 8,
    "font_color": _GREY,
    "num_format": "@",
    "valign": "vcenter",
    "bottom": 2,
    "bottom_color": _DEEP,
}


@dataclass(frozen=True)
class Styles:
    """The formats of the notes and the codes."""

    title: Format
    section: Format
    head: Format
    text: Format
    name: Format

    @classmethod
    def of(cls, book: Workbook) -> "Styles":
        large = {"bold": True, "font_color": _DEEP, "valign": "vcenter"}
        return cls(
            title=book.add_format(large | {"font_size": 16}),
            section=book.add_format(large | {"font_size": 12}),
            head=book.add_format(NEEDED_HEADING),
            text=book.add_format(_RULED),
            name=book.add_format(_RULED | {"bold": True}),
        )


@dataclass
class _Page:
    """A sheet that is written from top to bottom, each row as high as its text needs.

    Excel would find the height itself, LibreOffice and WPS do not always.
    """

    sheet: Worksheet
    styles: Styles
    widths: tuple[int, ...]
    row: int = 0

    def __post_init__(self) -> None:
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)

    def add(self, *cells: str, style: Format, first: Format | None = None) -> None:
        """Write a row of a table."""
        lines = max(
            words.line_count(cell, width) for cell, width in zip(cells, self.widths, strict=False)
        )
        self.sheet.set_row(self.row, _LINE_POINTS * lines + _PADDING_POINTS)
        self._write(*cells, style=style, first=first)

    def line(self, text: str, style: Format, points: int) -> None:
        """Write a heading that runs over the empty cells beside it."""
        self.sheet.set_row(self.row, points)
        self._write(text, style=style)

    def _write(self, *cells: str, style: Format, first: Format | None = None) -> None:
        for column, cell in enumerate(cells):
            chosen = first if first is not None and column == 0 else style
            if cell:
                self.sheet.write_string(self.row, column, cell, chosen)
            else:
                self.sheet.write_blank(self.row, column, None, chosen)
        self.row += 1

    def section(self, title: str) -> None:
        self.row += 1
        self.line(title, self.styles.section, 26)

    def pair(self, topic: str, text: str) -> None:
        self.add(topic, text, style=self.styles.text, first=self.styles.name)


def add_notes(book: Workbook, styles: Styles, writing: Writing, data_sheet: str) -> None:
    """Write what each column wants and what goes for the whole file."""
    sheet = book.add_worksheet(writing.say(NOTES_SHEET))
    page = _Page(sheet, styles, _NOTES_WIDTHS)
    _set_up(sheet)
    title = writing.say(writing.item.title)
    page.line(f"{title} · {writing.say(NOTES_SHEET)}", styles.title, 36)
    for topic, text in _guidance(writing, data_sheet):
        page.pair(topic, text)
    page.section(writing.pick("各栏怎样填", "The columns"))
    _add_columns(page, writing)
    checks = list(_checks(writing))
    if checks:
        page.section(writing.pick("勾稽关系与核对", "What must agree"))
        for kind, text in checks:
            page.pair(kind, text)
    if writing.item.notes:
        page.section(writing.pick("填报口径", "How the figures are counted"))
        for number, note in enumerate(writing.item.notes, start=1):
            page.pair(str(number), writing.say(note))
    page.section(writing.pick("依据与期限", "Legal basis and deadline"))
    for topic, text in _law(writing):
        page.pair(topic, text)


def _add_columns(page: _Page, writing: Writing) -> None:
    pick = writing.pick
    page.add(
        pick("栏目", "Column"),
        pick("怎样填", "How to fill it in"),
        pick("类型", "Type"),
        pick("必填", "Required"),
        pick("单位", "Unit"),
        pick("示例", "Example"),
        pick("标识", "Key"),
        pick("字段名", "Field key"),
        style=page.styles.head,
    )
    for column in writing.table_schema:
        page.add(
            writing.say(column.title),
            words.all_rules(writing, column),
            words.type_words(writing, column),
            words.presence_words(writing, column),
            writing.say(column.unit) if column.unit else "",
            words.example_words(writing, column),
            words.key_words(writing, column),
            column.name,
            style=page.styles.text,
            first=page.styles.name,
        )


def _guidance(writing: Writing, data_sheet: str) -> Iterator[tuple[str, str]]:
    pick, schema = writing.pick, writing.table_schema
    yield pick("这张表", "This table"), writing.say(writing.item.description)
    yield (
        pick("填在哪里", "Where to write"),
        pick(
            f"从“{data_sheet}”表的第 3 行填起，一行一条记录。前两行是栏目名和字段名，请保留；"
            "栏目可以调换次序，不用的选填栏目可以整列删除。",
            f"From row 3 of the sheet “{data_sheet}”, one record a row. Keep the first two rows, "
            "titles and field keys; columns may change places, and an optional one that is not "
            "used may be deleted.",
        ),
    )
    yield pick("栏目名的记号", "Marks in the headings"), _marks(writing)
    yield pick("零和空白", "Zero and empty"), _emptiness(writing)
    if any(column.type in (FieldType.DATE, FieldType.DATETIME) for column in schema):
        yield (
            pick("日期", "Dates"),
            pick(
                "按年-月-日填写，如 2026-01-31；钟点一律为北京时间。1900 年以前的日期也照此写。",
                "Year-month-day, such as 2026-01-31; clock times are Beijing time. Dates before "
                "1900 are written the same way.",
            ),
        )
    yield (
        pick("编码和长号码", "Codes and long numbers"),
        pick(
            "编码、证号、电话等栏目已设为文本格式，开头的 0 和 15 位以上的数字不会丢。"
            "从别处粘贴时请只粘贴数值（选择性粘贴），以免把格式带过来。",
            "Such columns are set to text, so leading zeros and digits beyond the fifteenth are "
            "kept. When pasting, paste values only, so that these formats stay.",
        ),
    )
    yield (
        pick("表格的样子", "Shape of the sheet"),
        pick(
            "不要合并单元格，不要隐藏行、列或工作表，不要加批注、筛选、宏和指向别的文件的链接；"
            "表内不写标题、说明、签名等其他文字。",
            "No merged cells; no hidden rows, columns or sheets; no comments, filters, macros or "
            "links to other files; no titles, remarks or signatures among the rows.",
        ),
    )
    yield (
        pick("个人信息", "Personal data"),
        pick(
            "不要填身份证号、个人手机号、患者或献血者姓名等个人信息；下面注明可以公开的除外。",
            "No identity numbers, private mobile numbers, or names of patients or donors, except "
            "where a column below says that it is public.",
        ),
    )


def _marks(writing: Writing) -> str:
    schema = writing.table_schema
    key = writing.joined([writing.quoted(schema.by_name[name]) for name in schema.primary_key])
    if len(schema.primary_key) == 1:
        unique = writing.pick(
            f"深色的{key}是唯一标识（◆），任意两行不得相同。",
            f"The dark one, {key}, is the key (◆): no two rows have the same.",
        )
    else:
        unique = writing.pick(
            f"深色的{key}合起来是唯一标识（◆），任意两行不得全部相同。",
            f"The dark ones, {key}, together are the key (◆): no two rows have all of them alike.",
        )
    starred = writing.pick("带 * 的必填。", "What has a * must be filled in. ")
    return starred + unique


def _emptiness(writing: Writing) -> str:
    pick, schema = writing.pick, writing.table_schema
    said = pick(
        "数值为零写 0；没有数据就留空，不要写“/”“—”或空格。",
        "Write 0 for none; leave empty what is not known, without “/”, “–” or blanks.",
    )
    named = [word for word in schema.missing_values if word]
    if named:
        shown = writing.joined(named)
        said += pick(f"写 {shown} 也算没有数据。", f" {shown} means no data, too.")
    if schema.has_obs_flag:
        flag = schema.by_name["obs_flag"]
        reasons = pick("、", ", ").join(words.choices(writing, flag))
        said += pick(
            f"必填的数字如果缺失，须在{writing.quoted(flag)}栏注明原因（{reasons}）。",
            f" Where a required figure is missing, {writing.quoted(flag)} says why ({reasons}).",
        )
    return said


def _checks(writing: Writing) -> Iterator[tuple[str, str]]:
    schema = writing.table_schema
    rules: list[RowRule | TotalRule | CountRule]
    rules = [*schema.rules, *schema.totals, *schema.counts]
    for rule in rules:
        strict = rule.severity is Severity.ERROR
        kind = writing.pick("必须" if strict else "提示", "Must" if strict else "Warning")
        said = writing.say(rule.message).rstrip("。.")
        yield kind, said[:1].upper() + said[1:] + writing.pick("。", ".")


def _law(writing: Writing) -> Iterator[tuple[str, str]]:
    item = writing.item
    for law in item.legal_basis:
        yield writing.pick("依据", "Basis"), writing.say(law)
    yield writing.pick("公开频次", "Frequency"), writing.say(words.FREQUENCIES[item.frequency])
    for key in item.deadline_rules:
        rule = writing.deadline_rules.get(key)
        if rule:
            yield (
                writing.pick("公开期限", "Deadline"),
                f"{writing.say(rule.title)}{writing.pick('：', ': ')}"
                f"{writing.say(rule.description)}",
            )


def code_ranges(writing: Writing) -> dict[str, str]:
    """Return where the choices of each coded field stand on the sheet of codes."""
    sheet = quote_sheetname(writing.say(CODES_SHEET))
    row = _CODE_FIRST_ROW
    found: dict[str, str] = {}
    for column in _coded(writing):
        values = len(column.categories or column.list_values)
        is_code = words.choices(writing, column) == tuple(c.value for c in column.categories)
        where = 1 if is_code else 2 if writing.language == "zh" else 3
        first = xl_rowcol_to_cell(row, where, row_abs=True, col_abs=True)
        last = xl_rowcol_to_cell(row + values - 1, where, row_abs=True, col_abs=True)
        if column.categories:
            found[column.name] = f"={sheet}!{first}:{last}"
        row += values
    return found


def add_codes(book: Workbook, styles: Styles, writing: Writing) -> None:
    """Write every code with both labels; no sheet where the item has none."""
    coded = list(_coded(writing))
    if not coded:
        return
    sheet = book.add_worksheet(writing.say(CODES_SHEET))
    page = _Page(sheet, styles, _CODES_WIDTHS)
    _set_up(sheet)
    sheet.freeze_panes(_CODE_FIRST_ROW, 0)
    sheet.repeat_rows(0)
    pick = writing.pick
    page.add(
        pick("栏目", "Column"),
        pick("代码", "Code"),
        pick("中文名称", "Chinese label"),
        pick("英文名称", "English label"),
        pick("字段名", "Field key"),
        style=styles.head,
    )
    for column in coded:
        title = writing.say(column.title)
        if not column.categories:
            for value in column.list_values:
                page.add(title, value, "", "", column.name, style=styles.text, first=styles.name)
        for one in column.categories:
            row = (title, one.value, one.label.zh, one.label.en, column.name)
            page.add(*row, style=styles.text, first=styles.name)


def _coded(writing: Writing) -> list[Field]:
    return [column for column in writing.table_schema if column.categories or column.list_values]


def _set_up(sheet: Worksheet) -> None:
    """Make a sheet print well: A4 across, as wide as the page."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C&P / &N")
