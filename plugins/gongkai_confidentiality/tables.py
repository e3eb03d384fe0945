"""What a table is about: persons or sums, staff or patients, which register."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from gongkai import DisclosureItem, Rows
from gongkai_confidentiality import names
from gongkai_confidentiality.headings import Column, Role, column_of

LEAST, LEAST_SPECIAL = 5, 10
TRAITS = (
    Role.SEX, Role.AGE, Role.BIRTH, Role.SCHOOL, Role.TRAIT, Role.AREA, Role.VISIT, Role.HOME,
)  # fmt: skip
_SEXES = frozenset("男 女 男性 女性 不详 未知 其他 M F m f male female Male Female".split())
_AGE_TEXT = re.compile(r"[0-9]{1,3}\s*(?:周?岁|个?月|天)")
_FIGURE = re.compile(r"[<>≤≥]?-?[0-9][0-9,]*(?:\.[0-9]+)?%?")
_NO_PERSON = (Role.THING, Role.INSTITUTION, Role.ADDRESS, Role.AREA, Role.DIAGNOSIS, Role.COUNT)
_SURE_NAME = re.compile(
    r"姓名|患者|病人|献血者|死者|当事人|\b(?:patient|full|family|given)[ _]name", re.IGNORECASE
)
_SKILL = re.compile(r"擅长|专长|诊治|主治|特色|防治|预防")
# HIV, sexually transmitted, mental, infectious, organs, blood donors, children (DOMAIN.md §3.1).
_SPECIAL = re.compile(
    r"艾滋|HIV|AIDS|性病|梅毒|淋病|精神|抑郁|双相|结核|传染|感染者|密切接触|密接|确诊|新冠|肝炎|器官|移植|"
    r"捐献|献血|儿童|幼儿|婴儿|新生儿|\b(?:mental|tubercul\w+|transplant|donors?|infect\w+|contacts)\b",
    re.IGNORECASE,
)


class Table:
    """One table with what its headings say and what a thousand of its rows look like."""

    def __init__(self, item: DisclosureItem, rows: Rows) -> None:
        self.item = item
        self.rows = rows
        self.columns = [column_of(field) for field in item.table_schema]
        self.sample = rows.sample()
        cells = zip(*(texts for _, texts in self.sample), strict=True)
        self._texts = {
            column.field.name: [text for text in dict.fromkeys(texts) if text]
            for column, texts in zip(self.columns, cells, strict=False)
        }

    def texts(self, column: Column) -> list[str]:
        """Return the different texts of a column in the sample, empty ones left out."""
        return self._texts.get(column.field.name, [])

    def with_role(self, *roles: Role) -> list[Column]:
        return [column for column in self.columns if column.has(*roles)]

    @cached_property
    def names(self) -> list[Column]:
        """The columns of personal names that no flag makes public."""
        return [column for column in self.columns if self._holds_names(column)]

    @cached_property
    def diagnoses(self) -> list[Column]:
        """The columns of diagnoses, tests and medicines, by heading or by what they hold."""
        return [
            column
            for column in self.columns
            if (column.has(Role.DIAGNOSIS) and not _SKILL.search(column.field.title.zh))
            or (column.is_text and names.are_diagnoses(self.texts(column)))
        ]

    @cached_property
    def sexes(self) -> list[Column]:
        return [
            column
            for column in self.columns
            if column.has(Role.SEX)
            or (column.is_text and _only(self.texts(column), _SEXES.__contains__))
        ]

    @cached_property
    def ages(self) -> list[Column]:
        return [
            column
            for column in self.columns
            if column.has(Role.AGE)
            or (column.is_text and _only(self.texts(column), _AGE_TEXT.fullmatch))
        ]

    @cached_property
    def is_sums(self) -> bool:
        """Tell whether the rows are figures about groups: they count, or their key is a group."""
        if any(self._holds_figures(column) for column in self.with_role(Role.COUNT)):
            return True
        key = set(self.item.table_schema.primary_key)
        traits = {column.field.name for column in (*self.sexes, *self.ages)}
        others = [column for column in self.columns if column.field.name not in key | traits]
        return bool(key & traits) and any(column.field.is_numeric for column in others)

    @cached_property
    def is_staff(self) -> bool:
        """Tell whether the persons are staff, who are public (Order 75, art. 9)."""
        has_records = bool(self.with_role(Role.RECORD))
        return bool(self.with_role(Role.STAFF)) and not self.diagnoses and not has_records

    @cached_property
    def traits(self) -> list[Column]:
        """The columns that together may tell who a person is."""
        by_value = {column.field.name for column in (*self.sexes, *self.ages)}
        return [
            column
            for column in self.columns
            if column.field.name in by_value or column.has(*TRAITS)
        ]

    @cached_property
    def is_persons(self) -> bool:
        """Tell whether each row is a person who has a right to stay unknown."""
        if self.is_sums or self.is_staff:
            return False
        has_trait = bool(self.sexes or self.ages or self.with_role(Role.BIRTH))
        is_file = bool(self.diagnoses or self.with_role(Role.RECORD) or has_trait)
        return (bool(self.names) and is_file) or (has_trait and len(self.traits) > 1)

    @cached_property
    def least(self) -> int:
        """How many rows must share a person's traits."""
        said = [self.item.title.zh, self.item.title.en, self.item.description.zh]
        said += [column.field.title.zh for column in self.columns]
        said += [text for column in self.diagnoses for text in self.texts(column)]
        return LEAST_SPECIAL if any(map(_SPECIAL.search, said)) else LEAST

    def _holds_names(self, column: Column) -> bool:
        if not column.is_text or column.field.public_official:
            return False
        texts = self.texts(column)
        if any(map(_SURE_NAME.search, (column.field.title.zh, column.field.name))):
            return bool(texts)
        may_be = column.has(Role.NAME) or not column.has(*_NO_PERSON)
        return may_be and names.are_names(texts)

    def _holds_figures(self, column: Column) -> bool:
        texts = self.texts(column)
        return column.field.is_numeric or (
            bool(texts) and sum(map(bool, map(_FIGURE.fullmatch, texts))) * 2 > len(texts)
        )


def _only(texts: Sequence[str], test: Callable[[str], object]) -> bool:
    """Tell whether a column has several texts and each passes ``test``."""
    return len(texts) > 1 and all(test(text.strip()) for text in texts)
