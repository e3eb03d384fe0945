"""Every sentence that intake and the checks can say, in both languages, by code."""

from collections.abc import Mapping
from typing import Any

from gongkai.domain.text import Text
from gongkai.rows.comparison_messages import COMPARISON_MESSAGES
from gongkai.rows.damage_messages import DAMAGE_MESSAGES
from gongkai.rows.file_messages import FILE_MESSAGES

VALUE_CHARS = 200

MESSAGES: Mapping[str, Text] = {
    # The file as a whole.
    "empty-file": Text(
        "文件是空的，没有任何内容；请选择含表头和数据的文件。",
        "The file is empty; choose the file that holds the header and the rows.",
    ),
    "too-large": Text(
        "文件超过限额：{reason_zh}；请拆分成几个文件，或请管理员提高限额。",
        "The file is over a limit: {reason_en}; split it, or ask the administrator for more.",
    ),
    "too-slow": Text(
        "读取文件超过了 {seconds} 秒的时限，已停止；请拆分文件，或请管理员提高时限。",
        "Reading the file took longer than {seconds} seconds and was stopped; split it, or ask "
        "the administrator for more time.",
    ),
    "reader-crashed": Text(
        "读取文件的进程意外终止（{reason}），没有任何内容被采用；请检查文件是否损坏，另存后重试。",
        "The process that read the file died ({reason}); nothing was taken from it. Check that "
        "the file is not damaged, save it anew and try again.",
    ),
    "plugin-failed": Text(
        "插件 {plugin} 在 {hook} 检查中失败（{reason}）；请联系管理员修复或停用该插件。",
        "The plugin {plugin} failed in {hook} ({reason}); ask the administrator to mend or "
        "disable it.",
    ),
    "line-too-long": Text(
        "第 {line} 行超过 {limit} 字节仍未换行，不像表格；请检查文件。",
        "Line {line} runs on for more than {limit} bytes; this is no table. Check the file.",
    ),
    "no-rows": Text(
        "表中只有表头，没有数据行；请填入数据。零也要写 0，不可省略整行。",
        "The table has a header and no rows; fill it in. Zero is written 0, never left out.",
    ),
    "broken-workbook": Text(
        "工作簿损坏，无法打开（{reason}）；请用 Excel 或 WPS 打开后另存为 XLSX。",
        "The workbook is damaged and cannot be opened ({reason}); open it in a spreadsheet and "
        "save it as XLSX.",
    ),
    "unsafe-xml": Text(
        "工作簿的 XML 含有文档类型或实体定义，可能有危险，已拒绝；请另存为普通 XLSX。",
        "The workbook's XML declares a document type or entities, which is unsafe; save it as a "
        "plain XLSX.",
    ),
    "no-visible-sheet": Text(
        "工作簿里没有可见的工作表；请取消隐藏要公开的工作表。",
        "The workbook has no visible sheet; unhide the one to publish.",
    ),
    "invalid-json": Text(
        "第 {line} 行第 {column} 列附近不是合法的 JSON（{reason}）；请修正后重新上传。",
        "Near line {line}, column {column} this is not JSON ({reason}); mend it and send again.",
    ),
    "not-an-array": Text(
        'JSON 文件应是由平面对象组成的数组，如 [{{"a": 1}}, {{"a": 2}}]；这里看到的是{seen_zh}。',
        'A JSON file must be an array of flat objects, such as [{{"a": 1}}, {{"a": 2}}]; this '
        "one holds {seen_en}.",
    ),
    # The header.
    "no-header": Text(
        "第 {line} 行不是表头：没有一列与本事项的字段相符（看到：{found}）；"
        "首行应是字段名或中文名称：{wanted}。没有表头的请插入这一行，上面有标题或说明的请删去。",
        "Row {line} is no header: none of its columns is a field of this item (found: {found}); "
        "the first row must hold the fields’ names or labels: {wanted}. Insert that row where "
        "there is none, and delete titles or notes above it.",
    ),
    "header-below": Text(
        "表头不在首行，而在第 {line} 行（{found}）；请删去{rows_zh}的标题和说明后重新上传，"
        "其中写有单位的，请先核对是否与字段的单位一致。",
        "The header is not the first row but row {line} ({found}); delete the titles and notes in "
        "{rows_en} and send the file again. If they give a unit, check first that it is the "
        "fields’ own.",
    ),
    "no-names": Text(
        "记录里没有一个名称与本事项的字段相符（看到：{found}）；请使用字段名，应有：{wanted}。",
        "No name in the records is a field of this item (found: {found}); use the field names: "
        "{wanted}.",
    ),
    "unknown-column": Text(
        "第 {column} 列的表头“{value}”不是本事项的字段；请改为字段名或中文名称，或删去这一列。",
        "The header “{value}” of column {column} is no field of this item; use a field's name or "
        "label, or delete the column.",
    ),
    "unnamed-column": Text(
        "第 {column} 列有数据但没有表头；请补上表头或删去这一列。",
        "Column {column} has data and no header; name it or delete it.",
    ),
    "missing-column": Text(
        "缺少必填字段“{label_zh}”（{name}）的列；请补上这一列。",
        "The column of the required field {label_en} ({name}) is missing; add it.",
    ),
    "duplicate-column": Text(
        "第 {column} 列的表头“{value}”与第 {first} 列是同一字段；请只保留一列。",
        "The header “{value}” of column {column} is the same field as column {first}; keep one.",
    ),
    "too-many-columns": Text(
        "表有 {found} 列，超过 {limit} 列的上限；请删去无关的列。",
        "The table has {found} columns, more than the limit of {limit}; delete those not needed.",
    ),
    # Rows and cells as written.
    "ragged-row": Text(
        "这一行有 {found} 格，而表头有 {expected} 格；请补齐，或给含分隔符的文字加上引号。",
        "The row has {found} cells where the header has {expected}; complete it, or put text "
        "that holds the delimiter in quotes.",
    ),
    "stray-quote": Text(
        "这一行的引号不合规则：加引号的单元格在右引号之后还有文字；单元格内的引号要写成两个。",
        "The quotes of this row are wrong: text follows the closing quote of a cell; write a "
        "quote inside a cell twice.",
    ),
    "unterminated-quote": Text(
        "从这一行开始的引号直到文件末尾都没有关闭；请补上右引号。",
        "A quote that opens in this row is never closed; close it.",
    ),
    "cell-too-long": Text(
        "单元格有 {found} 个字符，超过 {limit} 的上限；请缩短，或检查引号是否未关闭。",
        "The cell has {found} characters, more than the limit of {limit}; shorten it, or look "
        "for a quote that is not closed.",
    ),
    "control-character": Text(
        "单元格含有不可见的控制字符、乱码替换符（U+FFFD）或无效字符（{found}）；请删去后重新填写。",
        "The cell holds a control character, a replacement character or an invalid one "
        "({found}); remove it.",
    ),
    "nested-value": Text(
        '这个值是{seen_zh}；每条记录应是平面对象，如 {{"a": "甲", "b": 1}}，'
        "值只能是文字、数字、true/false 或 null。",
        'The value is {seen_en}; each record must be a flat object, such as {{"a": "x", '
        '"b": 1}}, with text, numbers, true/false or null as values.',
    ),
    "not-an-object": Text(
        '这条记录不是对象；每条记录应写成 {{"字段": 值}}。',
        'The record is no object; write each one as {{"field": value}}.',
    ),
    "duplicate-name": Text(
        "同一条记录里字段“{value}”出现了两次；请只保留一个。",
        "The record names the field “{value}” twice; keep one.",
    ),
    "formula-without-value": Text(
        "单元格是公式，但文件里没有它的计算结果；"
        "请在 Excel 或 WPS 里重新计算并保存，或粘贴为数值。",
        "The cell is a formula whose result is not in the file; recalculate and save the "
        "workbook, or paste the value.",
    ),
    "damaged-number": Text(
        "单元格存成了数值且超过 15 位，表格软件已丢失末尾的数字；"
        "请把单元格设为文本格式后重新填写。",
        "The cell is a number of more than 15 digits, whose last digits the spreadsheet has "
        "lost; make the cell text and enter it again.",
    ),
    "merged-cell": Text(
        "单元格 {value} 是合并单元格；请取消合并，并在每一行都填写。",
        "The cells {value} are merged; unmerge them and fill in every row.",
    ),
    "error-cell": Text(
        "单元格是错误值 {value}；请改正公式，没有数据时留空。",
        "The cell is the error {value}; mend the formula, or leave it empty if there is no value.",
    ),
    # What a workbook hides or carries along; ``row`` and ``column`` may be ranges.
    "hidden-sheet": Text(
        "工作表“{name}”被隐藏，其中的内容没有人看过；请取消隐藏并核对，用不着的请删除后重新上传。",
        "The sheet “{name}” is hidden, so nobody has looked at it; unhide and check it, or delete "
        "it, and send the file again.",
    ),
    "hidden-row": Text(
        "工作表“{name}”的第 {row} 行被隐藏但有内容；请取消隐藏并核对，不应公开的整行删除。",
        "Row {row} of the sheet “{name}” is hidden and not empty; unhide and check it, and delete "
        "what is not to be public.",
    ),
    "hidden-column": Text(
        "工作表“{name}”的第 {column} 列被隐藏但有内容；请取消隐藏并核对，不应公开的整列删除。",
        "Column {column} of the sheet “{name}” is hidden and not empty; unhide and check it, and "
        "delete what is not to be public.",
    ),
    "cell-comment": Text(
        "工作表“{name}”的单元格 {column}{row} 有批注（“{value}”）；批注不会公开，"
        "请把需要公开的内容写入单元格，然后删除批注。",
        "Cell {column}{row} of the sheet “{name}” has a comment (“{value}”); comments are never "
        "published. Move what is to be public into a cell, then delete the comment.",
    ),
    "active-filter": Text(
        "工作表“{name}”正在筛选，部分行看不到；请清除筛选，核对全部行后重新上传。",
        "The sheet “{name}” is filtered, so some rows are out of sight; clear the filter, check "
        "every row and send the file again.",
    ),
    "external-link": Text(
        "工作簿含有{seen_zh}（{place_zh}）；公开的数据不能依赖外部文件，"
        "请断开链接、把公式粘贴为数值后重新上传。",
        "The workbook has {seen_en} ({place_en}); published data cannot depend on something "
        "outside. Break the link, paste the formulas as values and send the file again.",
    ),
    "embedded-object": Text(
        "工作簿含有{seen_zh}（{place_zh}），里面可能有不应公开的内容；请删除后重新上传。",
        "The workbook carries {seen_en} ({place_en}), which may hold what is not to be public; "
        "delete it and send the file again.",
    ),
    "invisible-cell": Text(
        "单元格 {value} 有内容但看不见（文字与底色同色、字号极小，或数字格式为“;;;”）；"
        "请恢复正常显示并核对，不应公开的删除。",
        "Cell {value} has a value that cannot be seen (text in the colour of its ground, a "
        "tiny font, or the number format “;;;”); make it visible and check it, or delete it.",
    ),
    "other-sheets": Text(
        "只读取了工作表“{name}”；另有 {found} 张可见的工作表有内容，没有采用：{others}。",
        "Only the sheet “{name}” was read; {found} more visible sheets have content that was not "
        "taken: {others}.",
    ),
    "date-in-text-column": Text(
        "“{label_zh}”是文字字段，但这个单元格存成了日期 {value}，原来可能是“{guess}”，"
        "被表格软件改成了日期；请把整列设为文本格式后重新填写。",
        "{label_en} is text, but the cell holds the date {value}: it may have been “{guess}” "
        "before the spreadsheet took it for a date. Format the column as text and enter it again.",
    ),
    "number-in-code-column": Text(
        "“{label_zh}”是编码，但这个单元格是数值 {value}，以科学计数法显示或含小数，"
        "位数可能已经丢失；请把整列设为文本格式后重新填写。",
        "{label_en} is a code, but the cell is the number {value}, shown in scientific notation "
        "or with decimals, so digits may be lost. Format the column as text and enter it again.",
    ),
    # Small counts of persons.
    "small-count": Text(
        "“{label_zh}”为 {value}，低于小数阈值 {bound}，可能识别到个人；"
        "请审查人员确认可否公布，或由机构启用自动隐去。",
        "{label_en} is {value}, below the threshold of {bound} for small counts, which may point "
        "to a person; the reviewer decides, or the institution has such counts suppressed.",
    ),
    "small-count-required": Text(
        "“{label_zh}”为 {value}，低于小数阈值 {bound}，但该字段必填，不能自动隐去；"
        "请合并类别或由审查人员确认。",
        "{label_en} is {value}, below the threshold of {bound} for small counts, but the field "
        "is required and cannot be left empty; merge categories, or let the reviewer decide.",
    ),
    "register-count": Text(
        "“{label_zh}”为 {value}，属艾滋病、性病、精神障碍、结核或器官捐献等特别登记，"
        "本级不宜公布；请删去，或由审查人员确认。",
        "{label_en} is {value} in a special register (HIV, sexually transmitted or mental "
        "illness, tuberculosis, organ donation), which is not published at this level; remove "
        "it, or let the reviewer decide.",
    ),
    "small-difference": Text(
        "“{label_zh}”为 {value}，与上一版本只差 {bound}，两版相减可推知少数人的情况；"
        "如属更正，请审查人员确认。",
        "{label_en} is {value} and differs from the last release by only {bound}: the two "
        "together tell of a few persons. If it is a correction, the reviewer confirms it.",
    ),
    # Values against the table schema.
    "required": Text(
        "“{label_zh}”必填，这里是空的；请填写，如 {example}。",
        "{label_en} is required and empty here; fill it in, such as {example}.",
    ),
    "empty-without-flag": Text(
        "“{label_zh}”为空，但 obs_flag 没有说明原因；数值为零请写 0，"
        "确实没有数据请在 obs_flag 填 c（保密隐去）、n（不适用）或 u（不可得）。",
        "{label_en} is empty and obs_flag does not say why; zero is written 0, and where there "
        "is no figure obs_flag must be c (suppressed), n (not applicable) or u (unavailable).",
    ),
    "flagged-but-filled": Text(
        "obs_flag 为 c（保密隐去），但“{label_zh}”仍填有 {value}；请清空该数值，或更正 obs_flag。",
        "obs_flag is c (suppressed), yet {label_en} still says {value}; empty the figure, or "
        "correct obs_flag.",
    ),
    "type-integer": Text(
        "“{value}”不是整数；请只写数字（不要千分位、单位和小数），如 {example}。",
        "“{value}” is not a whole number; write digits only (no separators, units or "
        "decimals), such as {example}.",
    ),
    "type-number": Text(
        "“{value}”不是数字；请只写数字（不要千分位、单位和符号），如 {example}。",
        "“{value}” is not a number; write digits only (no separators, units or signs such as "
        "<), such as {example}.",
    ),
    "type-boolean": Text(
        "“{value}”不是“是/否”；请填 true 或 false（是或否）。",
        "“{value}” is not yes or no; write true or false.",
    ),
    "type-date": Text(
        "“{value}”不是有效日期；请写成 年-月-日，如 {example}。",
        "“{value}” is not a valid date; write year-month-day, such as {example}.",
    ),
    "type-datetime": Text(
        "“{value}”不是有效时间；请写成 {example} 的形式。",
        "“{value}” is not a valid instant; write it like {example}.",
    ),
    "pattern": Text(
        "“{value}”的格式不对；应与 {example} 的写法一致。",
        "“{value}” does not have the right form; write it like {example}.",
    ),
    "enum": Text(
        "“{value}”不在可选范围内；只能填：{choices_zh}。",
        "“{value}” is not one of the choices: {choices_en}.",
    ),
    "minimum": Text(
        "{value} 小于下限 {bound}；请核对后更正。",
        "{value} is below the minimum of {bound}; check and correct it.",
    ),
    "maximum": Text(
        "{value} 大于上限 {bound}；请核对后更正。",
        "{value} is above the maximum of {bound}; check and correct it.",
    ),
    "max-length": Text(
        "文字超过 {bound} 个字符；请缩短。",
        "The text is longer than {bound} characters; shorten it.",
    ),
    "too-many-decimals": Text(
        "{value} 的小数超过 {bound} 位；请按 {bound} 位小数填写，系统不会代为舍入。",
        "{value} has more than {bound} decimals; round it yourself, nothing is rounded for you.",
    ),
    "step": Text(
        "{value} 不是 {bound} 的整数倍；请核对后更正。",
        "{value} is not a multiple of {bound}; check and correct it.",
    ),
    "number-too-precise": Text(
        "{value} 的位数超出可精确保存的范围（约 15 位有效数字）；"
        "请缩短，编号类数据应作为文字字段。",
        "{value} has more digits than can be kept exactly (about 15); shorten it. An identifier "
        "belongs in a text field.",
    ),
    "list-value": Text(
        "“{value}”中有不在可选范围内的值；可选：{choices}，多个值用“{delimiter}”隔开。",
        "“{value}” holds something that is not a choice; choose from {choices}, separated by "
        "“{delimiter}”.",
    ),
    "unique": Text(
        "“{value}”与第 {first} 行重复；“{label_zh}”不能重复。",
        "“{value}” repeats row {first}; {label_en} must be unique.",
    ),
    "primary-key": Text(
        "这一行与第 {first} 行的关键字段（{fields_zh}）相同；请删去重复行或更正关键字段。",
        "The row has the same key ({fields_en}) as row {first}; delete the repeat or correct "
        "the key.",
    ),
    "key-empty": Text(
        "“{label_zh}”是关键字段，不能为空；请填写，如 {example}。",
        "{label_en} is part of the key and cannot be empty; fill it in, such as {example}.",
    ),
    "required-when": Text(
        "在本行的情形下“{label_zh}”必填（{rule}）；请填写，如 {example}。",
        "{label_en} is required in this row ({rule}); fill it in, such as {example}.",
    ),
    "foreign-key": Text(
        "“{value}”在“{item}”的现行版本中不存在；请更正，或先发布该事项。",
        "“{value}” is not in the current release of {item}; correct it, or publish that first.",
    ),
    "reference-unchecked": Text(
        "“{label_zh}”引用的事项“{item}”还没有发布，无法核对引用是否存在。",
        "{label_en} refers to {item}, which is not published yet, so it could not be checked.",
    ),
    "total": Text(
        "{message_zh}（合计应为 {expected}，填写的是 {value}）",
        "{message_en} (the parts add up to {expected}, the total says {value})",
    ),
    "count": Text(
        "{message_zh}（现有 {value} 行）",
        "{message_en} (there are {value} such rows)",
    ),
    "rule-unusable": Text(
        "规则“{rule}”无法计算（{reason}），不能放行；请联系插件作者修正事项定义。",
        "The rule {rule} cannot be evaluated ({reason}), so nothing can pass; ask the plugin's "
        "author to mend the item.",
    ),
    **DAMAGE_MESSAGES,
    **FILE_MESSAGES,
    **COMPARISON_MESSAGES,
}


def message(code: str, **params: Any) -> Text:
    """Return the sentence of ``code`` with ``params`` filled in; values are cut."""
    said = MESSAGES[code]
    cut = {name: shorten(str(value)) for name, value in params.items()}
    return Text(zh=said.zh.format(**cut), en=said.en.format(**cut))


def shorten(text: str, length: int = VALUE_CHARS) -> str:
    """Cut ``text`` so that it can be shown; half a pair of surrogates is shown as its number."""
    cut = text if len(text) <= length else text[: length - 1] + "…"
    return cut if cut.isascii() else cut.encode("utf-8", "backslashreplace").decode()
