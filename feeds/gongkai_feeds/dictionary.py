"""The data dictionary: every column in words of both languages."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from gongkai import DistributionFormat, Field, FieldType, ReleaseContext, TableSchema, Text

COLUMNS = (
    ("name", Text("字段名", "Name")),
    ("title_zh", Text("中文名称", "Title (Chinese)")),
    ("title_en", Text("英文名称", "Title (English)")),
    ("type", Text("类型", "Type")),
    ("unit_zh", Text("单位", "Unit (Chinese)")),
    ("unit_en", Text("单位（英文）", "Unit (English)")),
    ("required", Text("必填", "Required")),
    ("constraints_zh", Text("填写规则", "Rules (Chinese)")),
    ("constraints_en", Text("填写规则（英文）", "Rules (English)")),
    ("categories", Text("取值（代码=中文/英文）", "Categories (code=Chinese/English)")),
    ("description_zh", Text("说明", "Description (Chinese)")),
    ("description_en", Text("说明（英文）", "Description (English)")),
    ("example", Text("示例", "Example")),
    ("flags", Text("标记", "Flags")),
)
_FLAGS = ("public_contact", "public_official", "personal_count")


def heading(field: Field) -> str:
    """Return the Chinese heading of a column, with its unit where it has one."""
    if field.unit is None or field.unit.zh in field.title.zh:
        return field.title.zh
    return f"{field.title.zh}（{field.unit.zh}）"


def dictionary_rows(context: ReleaseContext) -> Iterator[tuple[str, ...]]:
    """Yield one row a field, in the order of COLUMNS."""
    schema = context.item.table_schema
    control = context.metadata.get("control") or {"cells": {}}
    for field in schema:
        rules = constraint_words(field, schema)
        if field.name in control["cells"]:
            rules.append(Text.of(control["legend"]))
        yield (
            field.name,
            field.title.zh,
            field.title.en,
            field.type.value,
            field.unit.zh if field.unit else "",
            field.unit.en if field.unit else "",
            "true" if field.required else "false",
            "；".join(rule.zh for rule in rules),
            "; ".join(rule.en for rule in rules),
            "; ".join(f"{c.value}={c.label.zh}/{c.label.en}" for c in field.categories),
            field.hint.zh if field.hint else "",
            field.hint.en if field.hint else "",
            field.example,
            ";".join(flag for flag in _FLAGS if getattr(field, flag)),
        )


def constraint_words(field: Field, schema: TableSchema) -> list[Text]:
    """Return what is asked of the field's values, one sentence part each."""
    words = list(_presence(field, schema))
    if field.minimum is not None:
        words.append(Text(f"不小于 {field.minimum}", f"at least {field.minimum}"))
    if field.maximum is not None:
        words.append(Text(f"不大于 {field.maximum}", f"at most {field.maximum}"))
    if field.max_length is not None:
        words.append(
            Text(f"不超过 {field.max_length} 个字符", f"at most {field.max_length} characters")
        )
    if field.decimals is not None:
        words.append(
            Text(f"最多 {field.decimals} 位小数", f"at most {field.decimals} decimal places")
        )
    if field.step is not None:
        words.append(Text(f"须为 {field.step} 的整数倍", f"a multiple of {field.step}"))
    if field.pattern:
        words.append(Text(f"格式为 {field.pattern}", f"matches {field.pattern}"))
    words += _allowed(field)
    return words


def _presence(field: Field, schema: TableSchema) -> Iterator[Text]:
    if field.name in schema.primary_key:
        whole = len(schema.primary_key) == 1
        yield Text("主键", "primary key") if whole else Text("主键之一", "part of the primary key")
    if field.unique:
        yield Text("不得重复", "unique")
    if field.required and schema.has_obs_flag and field.name not in schema.primary_key:
        yield Text(
            "必填；缺失时留空并在 obs_flag 注明原因",
            "required; where it is missing, left empty with the reason in obs_flag",
        )
    elif field.required:
        yield Text("必填", "required")
    if field.required_when:
        yield Text(f"当 {field.required_when} 时必填", f"required when {field.required_when}")


def _allowed(field: Field) -> Iterator[Text]:
    if field.categories:
        yield Text("只能取所列代码", "one of the listed codes")
    if field.type is FieldType.LIST:
        yield Text(f"多项以“{field.delimiter}”分隔", f'separated by "{field.delimiter}"')
    if field.list_values:
        values = ", ".join(field.list_values)
        yield Text(f"可选项：{values}", f"any of: {values}")
    if field.missing_values:
        values = ", ".join(field.missing_values)
        yield Text(f"原始数据中 {values} 表示缺失", f"{values} in the source means missing")


def write_dictionary(context: ReleaseContext, path: Path) -> None:
    """Write ``dictionary.csv``: a row a field."""
    rows: list[Sequence[str]] = [[name for name, _ in COLUMNS]]
    rows += dictionary_rows(context)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


FORMAT = DistributionFormat(
    "dictionary.csv",
    "text/csv",
    Text("数据字典", "Data dictionary"),
    write_dictionary,
    order=50,
)
