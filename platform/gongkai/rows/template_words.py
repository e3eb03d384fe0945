"""What a column asks for, in words of a clerk: for the notes and the hints of a template."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gongkai.domain.expressions import Expression, Literal, Name, Operation, parse_expression
from gongkai.domain.items import DeadlineRule, DisclosureItem, Frequency
from gongkai.domain.problems import Severity
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows.columns import FALSE_TEXTS, TRUE_TEXTS
from gongkai.rows.headers import HeaderIndex
from gongkai.rows.workbook_marks import CODES_SHEET

# A longer list of values is left to the sheet of codes.
_LISTED = 8
_FORMULA_SIGNS = ("=", "+", "-", "@")
_PIECES = re.compile(r"[!-~]+\s*|\s+|.", re.DOTALL)
_MANY = Text("、", ", ")
FREQUENCIES: Mapping[Frequency, Text] = {
    Frequency.AS_NEEDED: Text("有变化时", "When it changes"),
    Frequency.DAILY: Text("每日", "Daily"),
    Frequency.WEEKLY: Text("每周", "Weekly"),
    Frequency.MONTHLY: Text("每月", "Monthly"),
    Frequency.QUARTERLY: Text("每季度", "Quarterly"),
    Frequency.ANNUAL_2: Text("每年两次", "Twice a year"),
    Frequency.ANNUAL: Text("每年", "Yearly"),
}
_TYPES: Mapping[FieldType, Text] = {
    FieldType.STRING: Text("文字", "Text"),
    FieldType.INTEGER: Text("整数", "Whole number"),
    FieldType.NUMBER: Text("数字", "Number"),
    FieldType.BOOLEAN: Text("是或否", "True or false"),
    FieldType.DATE: Text("日期", "Date"),
    FieldType.DATETIME: Text("日期和时间", "Date and time"),
    FieldType.LIST: Text("文字，可填多项", "Text, one or more"),
}
_COMPARED: Mapping[str, Text] = {
    "=": Text("为", "is"),
    "<>": Text("不为", "is not"),
    "<": Text("小于", "is below"),
    "<=": Text("不大于", "is at most"),
    ">": Text("大于", "is above"),
    ">=": Text("不小于", "is at least"),
}


@dataclass(frozen=True)
class Writing:
    """One template to write: of which item, in which language, and what the item refers to."""

    item: DisclosureItem
    language: str
    deadline_rules: Mapping[str, DeadlineRule] = field(default_factory=dict)
    items: Mapping[str, DisclosureItem] = field(default_factory=dict)

    @property
    def table_schema(self) -> TableSchema:
        return self.item.table_schema

    def say(self, text: Text) -> str:
        """Return ``text`` in the template's language."""
        return text.in_language(self.language)

    def pick(self, zh: str, en: str) -> str:
        """Return the sentence of the template's language."""
        return Text(zh, en).in_language(self.language)

    def quoted(self, column: Field) -> str:
        """Return a column's title as a sentence names it."""
        return f"“{self.say(column.title)}”"

    def joined(self, words: list[str]) -> str:
        """Return a list of words as a sentence has it."""
        return self.say(_MANY).join(words)


def headings(writing: Writing) -> list[str]:
    """Return the headings: ``*`` before what must be filled in, the unit behind.

    Each is one that intake takes for its own field and no other, so a plainer form stands
    in where a title or a unit would make the full one ambiguous.
    """
    index = HeaderIndex(writing.table_schema)
    return [
        next(
            (text for text in _headings(writing, column) if index.find_field(text) is column),
            column.name,
        )
        for column in writing.table_schema
    ]


def _headings(writing: Writing, column: Field) -> Iterator[str]:
    title = " ".join(writing.say(column.title).split())
    if title.startswith(_FORMULA_SIGNS):
        return
    unit = writing.say(column.unit) if column.unit else ""
    mark = "*" if is_needed(column, writing.table_schema) else ""
    if unit and unit.casefold() not in title.casefold():
        yield mark + title + writing.pick(f"（{unit}）", f" ({unit})")
    yield mark + title


def is_key(column: Field, schema: TableSchema) -> bool:
    """Tell whether a column is part of what makes a row unique."""
    return column.name in schema.primary_key


def is_needed(column: Field, schema: TableSchema) -> bool:
    """Tell whether a column may not be left out or left empty."""
    return column.required or (is_key(column, schema) and column.name not in schema.nullable_key)


def choices(writing: Writing, column: Field) -> tuple[str, ...]:
    """Return what a drop-down offers: labels, or the codes where labels would be ambiguous."""
    if column.type is FieldType.BOOLEAN:
        return (TRUE_TEXTS[-1], FALSE_TEXTS[-1]) if writing.language == "zh" else ("true", "false")
    if not column.categories:
        return ()
    taken = {*writing.table_schema.missing_values, *column.missing_values}
    owners: dict[str, str] = {category.value: category.value for category in column.categories}
    for category in column.categories:
        for label in (category.label.zh, category.label.en):
            owners.setdefault(label, category.value)
    labels = tuple(writing.say(category.label) for category in column.categories)
    clear = all(
        owners[label] == category.value and label not in taken and label == label.strip()
        for label, category in zip(labels, column.categories, strict=True)
    )
    return labels if clear else tuple(category.value for category in column.categories)


def type_words(writing: Writing, column: Field) -> str:
    """Return what kind of value a column holds."""
    if column.categories:
        return writing.pick("从下拉列表中选", "Choice from the list")
    return writing.say(_TYPES[column.type])


def example_words(writing: Writing, column: Field) -> str:
    """Return the example as a clerk would enter it."""
    text = column.example
    offered = choices(writing, column)
    if column.type is FieldType.BOOLEAN and text in ("true", "false"):
        return offered[0 if text == "true" else 1]
    for category, choice in zip(column.categories, offered, strict=False):
        if category.value == text:
            return choice
    if column.type is FieldType.DATETIME:
        return text[:16].replace("T", " ")
    return text


def presence_words(writing: Writing, column: Field) -> str:
    """Return whether a column must be filled in."""
    schema = writing.table_schema
    if column.required_when:
        return writing.pick("视情况必填", "Sometimes")
    if not is_needed(column, schema):
        return writing.pick("选填", "Optional")
    return writing.pick("必填", "Required")


def key_words(writing: Writing, column: Field) -> str:
    """Return the mark of a key column; ``""`` for another."""
    if not is_key(column, writing.table_schema):
        return ""
    if len(writing.table_schema.primary_key) == 1:
        return writing.pick("◆ 唯一标识", "◆ Key")
    return writing.pick("◆ 唯一标识之一", "◆ Part of the key")


def all_rules(writing: Writing, column: Field) -> str:
    """Return every rule of a column as running text; ``""`` where there is none."""
    phrases = [*rule_words(writing, column), *privacy_words(writing, column)]
    if writing.language == "zh":
        return "；".join(phrases) + "。" if phrases else ""
    return " ".join(f"{phrase}." for phrase in phrases)


def rule_words(writing: Writing, column: Field) -> list[str]:
    """Return what is asked of a column's values, one phrase each."""
    pick = writing.pick
    words = [_sentence(writing, column.hint)] if column.hint else []
    words += _size_words(writing, column)
    if column.pattern and not column.hint:
        words.append(pick("格式与示例一致", "Written as in the example"))
    if column.pattern and column.pattern_severity is not Severity.ERROR:
        words.append(pick("格式不符时只作提示", "Another form only gives a warning"))
    hint = column.hint or Text("", "")
    if column.unique and "不得重复" not in hint.zh:
        words.append(pick("整列不得重复", "No value twice in the column"))
    if column.categories:
        words.append(_choice_words(writing, column))
    if column.type is FieldType.LIST:
        words.append(
            pick(
                f"多项之间用“{column.delimiter}”分隔",
                f"Several values are separated by “{column.delimiter}”",
            )
        )
    if column.list_values:
        shown = writing.joined(list(column.list_values[:_LISTED]))
        more = (
            "" if len(column.list_values) <= _LISTED else pick("等，见代码表", " …, see the codes")
        )
        words.append(pick(f"可选：{shown}{more}", f"Values: {shown}{more}"))
    words += _condition_words(writing, column)
    return words


def _choice_words(writing: Writing, column: Field) -> str:
    offered = choices(writing, column)
    if len(offered) > _LISTED:
        sheet = writing.say(CODES_SHEET)
        return writing.pick(
            f"只能填下拉列表中的内容，见“{sheet}”", f"Only what the list offers; see “{sheet}”"
        )
    # Not by commas: an English label may hold one.
    shown = writing.pick("、", "; ").join(offered)
    return writing.pick(f"只能填：{shown}", f"One of: {shown}")


def _size_words(writing: Writing, column: Field) -> Iterator[str]:
    pick, low, high = writing.pick, column.minimum, column.maximum
    if low is not None and high is not None:
        yield pick(f"{low} 至 {high}", f"From {low} to {high}")
    elif low is not None:
        yield pick(f"不小于 {low}", f"At least {low}")
    elif high is not None:
        yield pick(f"不大于 {high}", f"At most {high}")
    if column.decimals is not None:
        yield pick(f"最多 {column.decimals} 位小数", f"At most {column.decimals} decimals")
    if column.step is not None:
        yield pick(f"须为 {column.step} 的整数倍", f"A multiple of {column.step}")
    if column.max_length is not None:
        yield pick(f"不超过 {column.max_length} 个字", f"At most {column.max_length} characters")


def _condition_words(writing: Writing, column: Field) -> Iterator[str]:
    pick, schema = writing.pick, writing.table_schema
    if column.required_when and not (column.hint and "必填" in column.hint.zh):
        when = condition_words(writing, column.required_when)
        yield pick(f"{when}时必填", f"Required when {when}")
    for key in schema.foreign_keys:
        if column.name in key.fields:
            other = writing.items.get(key.item)
            title = f"“{writing.say(other.title)}”" if other else key.item
            yield pick(f"须是{title}中已有的", f"Must exist in {title}")
    if column.missing_values:
        shown = writing.joined(list(column.missing_values))
        yield pick(f"写 {shown} 表示没有数据", f"{shown} means no data")


def privacy_words(writing: Writing, column: Field) -> list[str]:
    """Return what the flags of a column say about persons."""
    pick = writing.pick
    words = []
    if column.public_contact:
        words.append(
            pick(
                "对外公开的联系方式，请勿填个人手机",
                "A contact for the public; no private mobile number",
            )
        )
    if column.public_official:
        words.append(pick("依法公开的工作人员信息", "Staff information that the law makes public"))
    if column.personal_count:
        words.append(
            pick(
                "人数很小时可能辨认出个人，发布前会另行检查",
                "Small counts may identify persons and are checked before release",
            )
        )
    return words


def condition_words(writing: Writing, rule: str) -> str:
    """Return a condition of the rule language in words; as it is written where none fit."""
    try:
        return _spoken(writing, parse_expression(rule))
    except (ValueError, KeyError):
        return rule


def _spoken(writing: Writing, tree: Expression) -> str:
    """Say a tree in words. Raises KeyError for an operator that has none."""
    match tree:
        case Operation("and", operands):
            return writing.pick("且", " and ").join(_spoken(writing, one) for one in operands)
        case Operation("or", operands):
            return writing.pick("或", " or ").join(_spoken(writing, one) for one in operands)
        case Operation("present", (Name(name),)):
            title = writing.quoted(writing.table_schema.by_name[name])
            return writing.pick(f"填了{title}", f"{title} is filled in")
        case Operation("empty", (Name(name),)):
            title = writing.quoted(writing.table_schema.by_name[name])
            return writing.pick(f"{title}为空", f"{title} is empty")
        case Operation("in", (Name(name), *values)):
            column = writing.table_schema.by_name[name]
            said = [_operand(writing, value, column) for value in values]
            offered = writing.pick("或", " or ").join(said)
            return writing.pick(
                f"{writing.quoted(column)}为{offered}", f"{writing.quoted(column)} is {offered}"
            )
        case Operation(sign, (Name(name), right)):
            column = writing.table_schema.by_name[name]
            word, value = writing.say(_COMPARED[sign]), _operand(writing, right, column)
            gap = "" if writing.language == "zh" and value.startswith("“") else " "
            return writing.pick(
                f"{writing.quoted(column)}{word}{gap}{value}",
                f"{writing.quoted(column)} {word} {value}",
            )
    raise KeyError(tree)


def _operand(writing: Writing, tree: Expression, column: Field) -> str:
    match tree:
        case Name(name):
            return writing.quoted(writing.table_schema.by_name[name])
        case Literal(bool() as value) if column.type is FieldType.BOOLEAN:
            return f"“{choices(writing, column)[0 if value else 1]}”"
        case Literal(value):
            offered = dict(
                zip((c.value for c in column.categories), choices(writing, column), strict=False)
            )
            return f"“{offered.get(str(value), value)}”" if isinstance(value, str) else str(value)
    raise KeyError(tree)


def _sentence(writing: Writing, text: Text) -> str:
    said = writing.say(text).rstrip("。.；;")
    return said[:1].upper() + said[1:]


def line_count(text: str, width: int) -> int:
    """Return about how many lines a cell of ``width`` shows ``text`` in.

    Chinese breaks between any two characters, English between words.
    """
    lines, used = 1, 0
    for piece in _PIECES.findall(text):
        wide = display_width(piece)
        if used and used + display_width(piece.rstrip()) > width:
            lines, used = lines + 1, 0
        lines += max(0, wide - 1) // width
        used += wide
    return lines


def display_width(text: str) -> int:
    """Return how many columns of a fixed font ``text`` takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
