"""What the comparison with the previous release can say, in both languages, by code."""

from collections.abc import Mapping

from gongkai.domain.text import Text

COMPARISON_MESSAGES: Mapping[str, Text] = {
    "same-as-previous": Text(
        "全部 {found} 行与上一版本完全相同，没有可发布的变动；请核对是否误传了旧文件。",
        "All {found} rows are those of the previous release, so there is nothing to publish; "
        "check that this is the new file.",
    ),
    "comparison-failed": Text(
        "与上一版本的比较未能完成（{reason}）；请人工核对变动，并联系管理员。",
        "The comparison with the previous release could not be completed ({reason}); check the "
        "changes by eye, and tell the administrator.",
    ),
    "no-row-in-common": Text(
        "没有一行的关键字段（{fields_zh}）与上一版本相同；请核对编码格式是否改变，或文件是否传错。",
        "No row has the key ({fields_en}) of a row of the previous release; check whether the "
        "codes changed their form, or whether this is the right file.",
    ),
    "fewer-rows": Text(
        "{period_zh}只有 {found} 行，上一版本{before_zh}有 {expected} 行；请核对文件是否完整。",
        "{period_en}{found} rows, where the previous release has {expected}{before_en}; check "
        "that the file is complete.",
    ),
    "more-rows": Text(
        "{period_zh}有 {found} 行，上一版本{before_zh}只有 {expected} "
        "行；请核对是否混入了其他表的行。",
        "{period_en}{found} rows, where the previous release has {expected}{before_en}; check "
        "that no rows of another table slipped in.",
    ),
    "rows-removed": Text(
        "上一版本中的“{value}”不见了；确需删除请在修改说明中写明理由，否则请补上。",
        "“{value}” of the previous release is gone; if it was deleted on purpose say why in "
        "the change note, else put it back.",
    ),
    "older-than-previous": Text(
        "最新的“{label_zh}”是 {value}，早于上一版本的 {before}；请核对是否误传了旧文件。",
        "The newest {label_en} is {value}, earlier than {before} in the previous release; "
        "check that this is not an old file.",
    ),
    "period-vanished": Text(
        "上一版本中“{label_zh}”为 {value} 的 {count} 行都不见了；请核对是否漏了这一期。",
        "All {count} rows of {label_en} {value} in the previous release are gone; check "
        "whether this period was left out.",
    ),
    "category-vanished": Text(
        "“{label_zh}”为“{value}”的行全都不见了（上一版本有 {count} 行）；请核对是否漏报。",
        "No row has {label_en} “{value}” any more (the previous release has {count}); check "
        "whether it was left out.",
    ),
    "tenfold-jump": Text(
        "“{label_zh}”由上一版本的 {before} 变为 {value}（{change_zh}）；"
        "请核对单位（如元与万元）和位数。",
        "{label_en} goes from {before} in the previous release to {value} ({change_en}); check "
        "the unit (such as 元 and 万元) and the digits.",
    ),
    "unlike-earlier-periods": Text(
        "“{label_zh}”为 {value}，而同一对象以往为 {before}（{change_zh}）；"
        "请核对单位（如元与万元）和位数。",
        "{label_en} is {value}, where the same series has been {before} ({change_en}); check "
        "the unit (such as 元 and 万元) and the digits.",
    ),
    "unit-slip": Text(
        "“{label_zh}”有 {share} 的值与上一版本相差十倍以上，中位数为{change_zh}；"
        "整列可能换了单位，请核对（如元与万元）。",
        "{share} of {label_en} differ from the previous release tenfold or more, in the median "
        "{change_en}; the whole column may be in another unit, such as 元 and 万元.",
    ),
    "column-shift": Text(
        "“{label_zh}”有 {share} 的值比上一版本明显{way_zh}，中位数由 {before} 变为 "
        "{value}；请核对口径和单位是否改变。",
        "{share} of {label_en} are much {way_en} than in the previous release, the median goes "
        "from {before} to {value}; check whether definition or unit changed.",
    ),
    "sign-change": Text(
        "“{label_zh}”是 {value}，上一版本这一列从没有{way_zh}数；请核对正负号。",
        "{label_en} is {value}, and the column had no {way_en} number in the previous release; "
        "check the sign.",
    ),
    "values-emptied": Text(
        "“{label_zh}”现在是空的，上一版本为 {before}；请补上，确无数据请说明原因。",
        "{label_en} is empty now and was {before} in the previous release; fill it in, or say "
        "why there is no value.",
    ),
    "fewer-values": Text(
        "“{label_zh}”只有 {share} 的行有值，上一版本有 {before}；请核对这一列是否漏填。",
        "Only {share} of the rows have {label_en}, where {before} did in the previous release; "
        "check whether the column was left out.",
    ),
}
