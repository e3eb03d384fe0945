"""What to say of a value that shows damage, or a way of writing that is never guessed at."""

from collections.abc import Mapping

from gongkai.domain.text import Text

DAMAGE_MESSAGES: Mapping[str, Text] = {
    "scientific-code": Text(
        "“{value}”是科学计数法，“{label_zh}”的末尾数字已被表格软件丢掉，无法还原；"
        "请把整列设为文本格式，再从原系统重新填写，如 {example}。",
        "“{value}” is in scientific notation: the spreadsheet has dropped the last digits of "
        "{label_en} and they cannot be restored. Format the column as text and enter it again "
        "from its source, such as {example}.",
    ),
    "lost-zeros": Text(
        "“{value}”比应有的位数少，开头的 0 可能被表格软件去掉了；如果原来是 {guess}，"
        "请把整列设为文本格式后按原样填写。",
        "“{value}” is too short; a spreadsheet may have taken the zeros in front. If it was "
        "{guess}, format the column as text and enter it in full.",
    ),
    "number-for-code": Text(
        "“{value}”像是编码被当作小数导出了，开头的 0 也可能已经丢失；如果原来是 {guess}，"
        "请把这一列按文本导出后重新上传。",
        "“{value}” looks like a code that a program exported as a number, and zeros in front may "
        "be lost too. If it was {guess}, export the column as text and send it again.",
    ),
    "mangled-date": Text(
        "“{value}”像是被表格软件自动改成了日期，{was_zh}系统不作猜测；"
        "请把整列设为文本格式后重新填写，如 {example}。",
        "“{value}” looks like a code that a spreadsheet took for a date; it may have been "
        "{was_en}. Nothing is guessed: format the column as text and enter it again, such as "
        "{example}.",
    ),
    "lost-digits": Text(
        "“{value}”是表格软件缩短显示的数，后面的数字没有写进文件；"
        "请把单元格设为数值格式、显示全部数字，再重新导出。",
        "“{value}” is a number as a spreadsheet shortens it; its further digits are not in the "
        "file. Format the cells as numbers with all digits shown and export again.",
    ),
    "float-tail": Text(
        "“{value}”带有计算机二进制运算产生的尾数；如果应为 {guess}，请在原表中按位数舍入后"
        "重新导出，系统不会代为舍入。",
        "“{value}” has the tail of a binary calculation. If {guess} is meant, round it in the "
        "source and export again; nothing is rounded for you.",
    ),
    "hidden-by-width": Text(
        "“{value}”是列宽不够时显示的井号，数据本身没有写进文件；请加宽该列后重新导出。",
        "“{value}” is what a spreadsheet shows in a column too narrow; the value itself is not in "
        "the file. Widen the column and export again.",
    ),
    "censored-value": Text(
        "“{value}”是界限或范围，不是一个确定的数，系统不作猜测；{remedy_zh}。",
        "“{value}” is a limit or a range and no single number, so nothing is guessed: {remedy_en}.",
    ),
    "other-unit": Text(
        "“{value}”带有与本字段不同或不能确定的单位、符号，系统不作换算；请换算成{unit_zh}后只写数字，"
        "如 {example}。",
        "“{value}” carries a unit or sign that is not certainly the field’s own, and nothing is "
        "converted; give the number alone in {unit_en}, such as {example}.",
    ),
    "not-a-number-mark": Text(
        "“{value}”不是数字，本字段也没有规定用它表示缺失；数值为零请写 0，{remedy_zh}。",
        "“{value}” is no number, and the field does not declare it to mean a missing one. Zero is "
        "written 0; {remedy_en}.",
    ),
    "no-value-mark": Text(
        "“{value}”不是“{label_zh}”的有效值，本字段也没有规定用它表示缺失；{remedy_zh}。",
        "“{value}” is no value of {label_en}, and the field does not declare it to mean a missing "
        "one: {remedy_en}.",
    ),
    "ambiguous-date": Text(
        "“{value}”没有把年写在最前面，日和月谁先谁后各地写法不同，系统不作猜测；"
        "请写成 年-月-日，如 {example}。",
        "“{value}” does not begin with the year, and whether day or month comes first differs by "
        "country, so nothing is guessed; write year-month-day, such as {example}.",
    ),
    "short-year": Text(
        "“{value}”没有写明四位数的年份，系统不作猜测；请写成 {example} 的形式。",
        "“{value}” does not say the year in four digits, and it is not guessed; write it like "
        "{example}.",
    ),
    "incomplete-date": Text(
        "“{value}”不是完整的年月日，缺少的部分系统不作猜测；请写成 年-月-日，如 {example}。",
        "“{value}” is not a whole date, and what is missing is not guessed; write year-month-day, "
        "such as {example}.",
    ),
    "no-time-of-day": Text(
        "“{value}”只有日期，没有时刻，系统不会当作零点；请写到分钟，如 {example}。",
        "“{value}” is a date without a time of day, and midnight is not assumed; give hours and "
        "minutes, such as {example}.",
    ),
}
