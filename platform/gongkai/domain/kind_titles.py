"""The table of all kinds of problem: a title each, and what to do where one sentence cannot say."""

from collections.abc import Mapping
from dataclasses import dataclass

from gongkai.domain.text import Text


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind's short title; ``advice`` where that of one sentence fits one place only."""

    title: Text
    advice: Text | None = None


def _kind(zh: str, en: str, advice_zh: str = "", advice_en: str = "") -> Kind:
    return Kind(Text(zh, en), Text(advice_zh, advice_en) if advice_zh else None)


KINDS: Mapping[str, Kind] = {
    # The file as a whole.
    "empty-file": _kind("文件是空的", "The file is empty"),
    "unsupported-format": _kind("不是表格文件", "Not a file of a table"),
    "too-large": _kind("文件超过限额", "The file is over a limit"),
    "too-slow": _kind("读取超时", "Reading took too long"),
    "reader-crashed": _kind(
        "读取时意外终止",
        "Reading broke off",
        "请检查文件是否损坏，另存后重试。",
        "Check that the file is not damaged, save it anew and try again.",
    ),
    "plugin-failed": _kind("有检查未能完成", "A check could not be completed"),
    "unknown-encoding": _kind("文字编码无法识别", "Unknown text encoding"),
    "broken-encoding": _kind("文字编码有损坏", "Broken text encoding"),
    "mixed-encodings": _kind("混用了两种文字编码", "Two text encodings in one file"),
    "doubtful-encoding": _kind("文字编码存疑", "Doubtful text encoding"),
    "nul-byte": _kind("文件含空字节", "The file holds NUL bytes"),
    "line-too-long": _kind(
        "一行过长", "A line without end", "请检查文件是否为表格。", "Check that it is a table."
    ),
    "no-rows": _kind("没有数据行", "No rows"),
    "broken-workbook": _kind("工作簿损坏", "Damaged workbook"),
    "two-formats": _kind("一个文件同时是两种格式", "Two formats in one file"),
    "macro-workbook": _kind("工作簿含有宏", "A workbook with macros"),
    "encrypted-workbook": _kind("工作簿已加密", "An encrypted workbook"),
    "archive-empty": _kind("压缩包是空的", "An empty archive"),
    "archive-several-files": _kind("压缩包里有多个文件", "Several files in the archive"),
    "archive-nested": _kind("压缩包里还有压缩包", "An archive inside the archive"),
    "archive-encrypted": _kind("压缩包已加密", "An encrypted archive"),
    "archive-unsafe": _kind("压缩包不安全", "An unsafe archive"),
    "archive-damaged": _kind("压缩包已损坏", "A damaged archive"),
    "ambiguous-encoding": _kind(
        "文字编码有多种可能",
        "More than one possible text encoding",
        "请对照预览选择编码后重新提交，或另存为 UTF-8 后重新上传。",
        "Choose the encoding by the preview, or save the file as UTF-8.",
    ),
    "unknown-encoding-choice": _kind(
        "没有这种编码可选",
        "No such encoding to choose",
        "请从所列编码中选择。",
        "Choose one of those listed.",
    ),
    "unsafe-xml": _kind("工作簿含危险内容", "Unsafe workbook"),
    "no-visible-sheet": _kind("没有可见的工作表", "No visible sheet"),
    "invalid-json": _kind("不是合法的 JSON", "Not JSON"),
    "not-an-array": _kind(
        "JSON 的结构不对",
        "JSON of the wrong shape",
        '请改为由平面对象组成的数组，如 [{"a": 1}, {"a": 2}]。',
        'Send an array of flat objects, such as [{"a": 1}, {"a": 2}].',
    ),
    "authority": _kind(
        "缺少授权发布文号",
        "No authorising document",
        "请填写授权发布文号后重新提交。",
        "Give the number of the authorising document and send the file again.",
    ),
    # The header.
    "no-header": _kind("首行不是表头", "No header"),
    "header-below": _kind("表头不在首行", "The header is not the first row"),
    "no-names": _kind("没有可识别的字段名", "No known names"),
    "unknown-column": _kind("不认识的列", "Unknown columns"),
    "unnamed-column": _kind("没有表头的列", "Columns without a header"),
    "missing-column": _kind(
        "缺少必填的列", "Missing columns", "请补上缺少的列。", "Add the columns that are missing."
    ),
    "duplicate-column": _kind(
        "重复的列", "Repeated columns", "每个字段只保留一列。", "Keep one column of each field."
    ),
    "too-many-columns": _kind("列数过多", "Too many columns"),
    # Rows and cells as written.
    "ragged-row": _kind("格数与表头不符", "Rows of the wrong width"),
    "stray-quote": _kind(
        "引号不合规则",
        "Misplaced quotes",
        "单元格内的引号要写成两个，整格再加引号。",
        "Write a quote inside a cell twice, and put the whole cell in quotes.",
    ),
    "unterminated-quote": _kind(
        "引号没有关闭", "A quote that is not closed", "请补上右引号。", "Close the quote."
    ),
    "cell-too-long": _kind("单元格过长", "Cells that are too long"),
    "control-character": _kind(
        "含控制字符或乱码",
        "Control or invalid characters",
        "请删去这些字符后重新填写。",
        "Remove the characters and enter the text again.",
    ),
    "nested-value": _kind(
        "嵌套的值",
        "Nested values",
        "每条记录应是平面对象，值只能是文字、数字、true/false 或 null。",
        "Make each record a flat object with text, numbers, true/false or null as values.",
    ),
    "not-an-object": _kind("记录不是对象", "Records that are no objects"),
    "duplicate-name": _kind(
        "字段名重复",
        "Names given twice",
        "同一条记录里每个字段只写一次。",
        "Give each name once in a record.",
    ),
    "formula-without-value": _kind("公式没有结果", "Formulas without a result"),
    "damaged-number": _kind("数字末位已丢失", "Numbers that lost digits"),
    "merged-cell": _kind("合并单元格", "Merged cells"),
    "error-cell": _kind("错误值", "Error values"),
    "hidden-sheet": _kind("隐藏的工作表", "Hidden sheets"),
    "hidden-row": _kind("隐藏的行", "Hidden rows"),
    "hidden-column": _kind("隐藏的列", "Hidden columns"),
    "cell-comment": _kind(
        "批注",
        "Comments",
        "批注不会公开。请把需要公开的内容写入单元格，然后删除批注。",
        "Comments are never published: move what is to be public into a cell, then delete them.",
    ),
    "active-filter": _kind("正在筛选", "An active filter"),
    "external-link": _kind(
        "外部链接",
        "External links",
        "请断开链接、把公式粘贴为数值后重新上传。",
        "Break the links, paste the formulas as values and send the file again.",
    ),
    "embedded-object": _kind("嵌入的对象", "Embedded objects"),
    "invisible-cell": _kind("看不见的内容", "Values that cannot be seen"),
    "other-sheets": _kind(
        "其他工作表未采用",
        "Other sheets were not taken",
        "如需公开，请移到第一张工作表或另行上传。",
        "If they are to be public, move them to the first sheet or send them by themselves.",
    ),
    "date-in-text-column": _kind(
        "文字被改成了日期",
        "Text turned into dates",
        "请把整列设为文本格式后重新填写。",
        "Format the column as text and enter the values again.",
    ),
    "number-in-code-column": _kind(
        "编码被改成了数值",
        "Codes turned into numbers",
        "请把整列设为文本格式后重新填写。",
        "Format the column as text and enter the codes again.",
    ),
    # Values against the table schema.
    "required": _kind(
        "必填项为空",
        "Required cells are empty",
        "请填写；数值为零也要写 0。",
        "Fill them in; zero is written 0.",
    ),
    "empty-without-flag": _kind("数值为空而未说明原因", "Empty figures without a reason"),
    "flagged-but-filled": _kind("已标保密却填有数值", "Suppressed figures that are filled"),
    "type-integer": _kind(
        "不是整数",
        "Not a whole number",
        "请只写数字，不要千分位、单位和小数。",
        "Write digits only: no separators, units or decimals.",
    ),
    "type-number": _kind(
        "不是数字",
        "Not a number",
        "请只写数字，不要千分位、单位和符号。",
        "Write digits only: no separators, units or signs such as <.",
    ),
    "type-boolean": _kind("不是“是/否”", "Not yes or no"),
    "type-date": _kind(
        "不是有效日期",
        "Not a date",
        "请写成 年-月-日，如 2026-01-31。",
        "Write year-month-day, such as 2026-01-31.",
    ),
    "type-datetime": _kind(
        "不是有效时间",
        "Not an instant",
        "请写成 2026-01-31T08:00:00+08:00 的形式。",
        "Write it like 2026-01-31T08:00:00+08:00.",
    ),
    "pattern": _kind(
        "格式不对",
        "Not in the right form",
        "请按各字段说明的写法填写。",
        "Write the values as the field's description says.",
    ),
    "enum": _kind(
        "不在可选范围内",
        "Not one of the choices",
        "请从字段的可选值中选填。",
        "Use one of the field's choices.",
    ),
    "minimum": _kind("小于下限", "Below the minimum"),
    "maximum": _kind("大于上限", "Above the maximum"),
    "max-length": _kind("文字过长", "Text that is too long"),
    "too-many-decimals": _kind(
        "小数位过多",
        "Too many decimals",
        "请按规定的位数填写，系统不会代为舍入。",
        "Round the figures yourself; nothing is rounded for you.",
    ),
    "step": _kind("不是规定单位的整数倍", "Not a multiple of the unit"),
    "number-too-precise": _kind(
        "数字位数过多",
        "Numbers with too many digits",
        "请缩短；编号类数据应作为文字字段。",
        "Shorten them; an identifier belongs in a text field.",
    ),
    "list-value": _kind(
        "列表中有不在可选范围内的值",
        "Lists that hold something else",
        "请从字段的可选值中选填，并用规定的符号隔开。",
        "Use the field's choices, separated by its mark.",
    ),
    "unique": _kind(
        "不应重复的值重复",
        "Values that must be unique",
        "请更正重复的值。",
        "Correct the values that repeat.",
    ),
    "primary-key": _kind("关键字段重复的行", "Rows with the same key"),
    "key-empty": _kind("关键字段为空", "Empty keys", "请填写。", "Fill them in."),
    "required-when": _kind("本行情形下必填", "Required in this case", "请填写。", "Fill them in."),
    "foreign-key": _kind("引用的对象不存在", "References to nothing"),
    "reference-unchecked": _kind(
        "引用未能核对",
        "References that could not be checked",
        "请先发布被引用的事项，再核对一次。",
        "Publish what they refer to, then check again.",
    ),
    "rule-unusable": _kind("规则无法计算", "A rule that cannot be evaluated"),
    # What became of a text that stays wrong.
    "scientific-code": _kind(
        "编码变成了科学计数法",
        "Codes in scientific notation",
        "末尾数字已丢失，无法还原：请把整列设为文本格式，再从原系统重新填写。",
        "The last digits are lost: format the column as text and enter the codes from their "
        "source again.",
    ),
    "lost-zeros": _kind(
        "编码开头的 0 丢失",
        "Codes that lost their zeros",
        "请把整列设为文本格式，补上开头的 0。",
        "Format the column as text and write the codes in full, zeros in front included.",
    ),
    "number-for-code": _kind(
        "编码被当作小数导出",
        "Codes exported as numbers",
        "请把这一列按文本导出后重新上传。",
        "Export the column as text and send the file again.",
    ),
    "mangled-date": _kind(
        "编码被改成了日期",
        "Codes turned into dates",
        "请把整列设为文本格式后重新填写，系统不作猜测。",
        "Format the column as text and enter the values again; nothing is guessed.",
    ),
    "lost-digits": _kind(
        "数字未完整写入文件",
        "Numbers cut as they were shown",
        "请把单元格设为数值格式、显示全部数字，再重新导出。",
        "Format the cells as numbers with all digits shown and export again.",
    ),
    "float-tail": _kind(
        "数字带有运算尾数",
        "Numbers with a binary tail",
        "请在原表中按位数舍入后重新导出，系统不会代为舍入。",
        "Round them in the source and export again; nothing is rounded for you.",
    ),
    "hidden-by-width": _kind(
        "列太窄，只导出了井号",
        "Hash signs of a narrow column",
        "请加宽该列后重新导出。",
        "Widen the column and export again.",
    ),
    "censored-value": _kind(
        "是界限或范围，不是一个数",
        "A limit or a range, not a number",
        "请填写确定的数；没有时按字段说明填写缺失值，并注明原因。",
        "Give a single number; where there is none, write what the field declares for a missing "
        "value, and why.",
    ),
    "other-unit": _kind(
        "带有单位或符号",
        "Numbers with a unit or sign",
        "请换算成本字段的单位后只写数字。",
        "Give the number alone, in the field's own unit.",
    ),
    "not-a-number-mark": _kind(
        "不是数字的标记",
        "Marks in place of a number",
        "数值为零请写 0；没有数据时按字段说明填写缺失值，或留空。",
        "Zero is written 0; where there is no figure, leave the cell empty or write what the "
        "field declares.",
    ),
    "no-value-mark": _kind(
        "没有规定的缺失标记",
        "Marks that mean nothing here",
        "没有数据时留空，或按字段说明填写缺失值。",
        "Where there is no value, leave the cell empty or write what the field declares.",
    ),
    "ambiguous-date": _kind(
        "日期的日、月顺序不明",
        "Day and month cannot be told apart",
        "请写成 年-月-日，如 2026-01-31。",
        "Write year-month-day, such as 2026-01-31.",
    ),
    "short-year": _kind(
        "年份不是四位数",
        "Years without four digits",
        "请写出四位数的年份，如 2026-01-31。",
        "Write the year in four digits, such as 2026-01-31.",
    ),
    "incomplete-date": _kind(
        "日期不完整",
        "Dates that are not whole",
        "请写成 年-月-日，如 2026-01-31；缺少的部分系统不作猜测。",
        "Write year-month-day, such as 2026-01-31; what is missing is not guessed.",
    ),
    "no-time-of-day": _kind(
        "没有时刻",
        "Dates without a time of day",
        "请写到分钟；系统不会当作零点。",
        "Give hours and minutes; midnight is not assumed.",
    ),
    # Against the previous release.
    "comparison-failed": _kind("与上一版本的比较未能完成", "The comparison was not completed"),
    "same-as-previous": _kind("与上一版本相同", "The same as the previous release"),
    "no-row-in-common": _kind("与上一版本没有共同的行", "No row of the previous release"),
    "fewer-rows": _kind("行数比上一版本少得多", "Far fewer rows than before"),
    "more-rows": _kind("行数比上一版本多得多", "Far more rows than before"),
    "rows-removed": _kind("上一版本中的行不见了", "Rows of the previous release are gone"),
    "older-than-previous": _kind("数据比上一版本旧", "Older than the previous release"),
    "period-vanished": _kind("上一版本中的一期不见了", "A period of the previous release is gone"),
    "category-vanished": _kind(
        "上一版本中的类别不见了", "A category of the previous release is gone"
    ),
    "tenfold-jump": _kind("与上一版本相差十倍以上", "Tenfold jumps"),
    "unlike-earlier-periods": _kind("与以往各期相差悬殊", "Unlike the earlier periods"),
    "unit-slip": _kind("整列可能换了单位", "A column perhaps in another unit"),
    "column-shift": _kind("整列比上一版本明显偏移", "A column that shifted"),
    "sign-change": _kind("正负号与以往不同", "A sign that was not there before"),
    "values-emptied": _kind("原有的值现在是空的", "Values that are empty now"),
    "fewer-values": _kind("填写的值比上一版本少", "Fewer values than before"),
    # Counts of persons.
    "small-count": _kind("小数可能识别到个人", "Small counts of persons"),
    "small-count-required": _kind("必填的小数不能自动隐去", "Small counts that must be filled"),
    "register-count": _kind("特别登记的人数", "Counts of special registers"),
    "small-difference": _kind(
        "与上一版本相减可推知少数人", "Differences that tell of a few persons"
    ),
}
