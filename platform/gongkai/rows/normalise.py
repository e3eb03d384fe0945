"""Clean-ups of single texts, each exact or not done: what became of a text, and which kinds."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows.code_texts import (
    BooleanTexts,
    boolean_words,
    label_codes,
    missing_words,
    text_rewriters,
)
from gongkai.rows.damage import Advice, Damage
from gongkai.rows.date_texts import ClockTexts, PeriodTexts, rewrite_date, rewrite_instant
from gongkai.rows.number_texts import NumberTexts
from gongkai.rows.text_forms import BLANKS, Rewritten, form_of, narrow

KINDS: Mapping[str, Text] = {
    "trimmed": Text("去掉首尾空白", "Blanks at the edges taken away"),
    "missing-value": Text("约定的缺失值改为空", "Declared words for a missing value emptied"),
    "category-label": Text("选项名称换成代码", "Labels turned into codes"),
    "boolean-word": Text(
        "是否用语换成 true/false", "Words for yes and no turned into true or false"
    ),
    "invisible": Text("去掉看不见的字符", "Invisible characters taken away"),
    "full-width": Text("全角字符换成半角", "Full-width characters turned into ASCII"),
    "dash": Text("各种短横换成连字符", "Dashes turned into hyphens"),
    "minus": Text("负号的其他写法换成 -", "Other ways to write a negative number turned into -"),
    "currency": Text("去掉货币符号", "Signs of the currency taken away"),
    "unit": Text("去掉与字段相同的单位", "The field’s own unit taken away"),
    "thousands": Text("去掉千分位分隔符", "Separators of thousands taken away"),
    "decimal-point": Text("补全小数点前后的数字", "Digits at the decimal point completed"),
    "trailing-zeros": Text("整数去掉 .0", "Whole numbers freed of .0"),
    "exponent": Text("科学计数法展开", "Powers of ten written out"),
    "date": Text("日期改为 年-月-日", "Dates rewritten as year-month-day"),
    "excel-serial": Text("Excel 日期序号换成日期", "Serial numbers of Excel turned into dates"),
    "instant": Text("时间改为标准写法", "Dates with times rewritten in ISO 8601"),
    "period": Text("年、季、月改为标准写法", "Years, quarters and months rewritten"),
    "clock": Text("时刻改为 时:分", "Times of day rewritten as hours:minutes"),
    "list-separator": Text("多项之间换成规定的分隔符", "Lists given the field’s own separator"),
}
_Rewriter = Callable[[str], Rewritten | None]


class CleanUp(NamedTuple):
    """What became of one text: None for a missing value, and every kind of clean-up in order."""

    text: str | None
    kinds: tuple[str, ...]
    trimmed: str

    def after(self, kind: str) -> str | None:
        """Return what the report shows as the outcome of ``kind``."""
        return self.trimmed if kind == "trimmed" else self.text


class Normaliser:
    """Cleans the texts of one field and gives advice on those that stay wrong.

    ``has_serials`` is False for a workbook that counts its days from 1904: a bare number
    there is another date.
    """

    def __init__(self, schema: TableSchema, field: Field, *, has_serials: bool = True) -> None:
        self._accepts = form_of(field)
        self._missing = missing_words(schema, field)
        self._longest_missing = max(map(len, self._missing), default=0)
        known: dict[str, tuple[str | None, tuple[str, ...]]] = {}
        if field.type is FieldType.BOOLEAN:
            words = boolean_words().items()
            known.update((word, (value, ("boolean-word",))) for word, value in words)
        known.update(
            (label, (code, ("category-label",))) for label, code in label_codes(field).items()
        )
        known.update((word, (None, ("missing-value",))) for word in self._missing if word)
        self._known = known
        periods = PeriodTexts(self._accepts)
        self._rewriters = tuple(self._of_field(schema, field, periods, has_serials=has_serials))
        self._damage = Damage(schema, field, self._accepts, has_periods=bool(periods))

    def clean(self, text: str) -> CleanUp | None:
        """Return what becomes of ``text``; None where it stays as it is."""
        trimmed = text.strip(BLANKS)
        if not trimmed:
            return CleanUp(None, ("trimmed",), "") if text else None
        found = self._rewritten(trimmed)
        if len(trimmed) == len(text):
            return CleanUp(found[0], found[1], trimmed) if found else None
        if found is None:
            return CleanUp(trimmed, ("trimmed",), trimmed)
        return CleanUp(found[0], ("trimmed", *found[1]), trimmed)

    def advise(self, text: str) -> Advice | None:
        """Return the damage that a text shows once it has been cleaned; None if none is seen."""
        cleaned = self.clean(text)
        seen = text if cleaned is None else cleaned.text
        return self._damage.find(seen) if seen else None

    def advice(self, text: str) -> str | None:
        """Return the code of ``advise``."""
        found = self.advise(text)
        return found.code if found else None

    def _rewritten(self, text: str) -> tuple[str | None, tuple[str, ...]] | None:
        known = self._known.get(text)
        if known:
            return known
        if self._rewriters and self._accepts(text):
            return None
        for rewrite in self._rewriters:
            found = rewrite(text)
            if found:
                if found[0] in self._missing:
                    return None, (*found[1], "missing-value")
                return found
        return self._narrowed_missing(text)

    def _narrowed_missing(self, text: str) -> tuple[None, tuple[str, ...]] | None:
        """Recognise a word for a missing value that was written in full width."""
        if len(text) > self._longest_missing or narrow(text) not in self._missing:
            return None
        return None, ("full-width", "missing-value")

    def _of_field(
        self, schema: TableSchema, field: Field, periods: PeriodTexts, *, has_serials: bool
    ) -> list[_Rewriter]:
        match field.type:
            case FieldType.INTEGER | FieldType.NUMBER:
                return [NumberTexts(schema, field, self._accepts).rewrite]
            case FieldType.BOOLEAN:
                return [BooleanTexts().rewrite]
            case FieldType.DATE:
                return [lambda text: rewrite_date(text, has_serials=has_serials)]
            case FieldType.DATETIME:
                return [lambda text: rewrite_instant(text, has_serials=has_serials)]
        found: list[_Rewriter] = [
            rewriter.rewrite for rewriter in text_rewriters(field, self._accepts)
        ]
        if field.pattern:
            clocks = ClockTexts(self._accepts)
            found += [written.rewrite for written in (periods, clocks) if written]
        return found
