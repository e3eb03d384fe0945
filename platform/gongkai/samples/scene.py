"""What a maker of rows is told, and the values it answers with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from gongkai.domain.items import DisclosureItem
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.samples import chance
from gongkai.samples.institutions import SampleInstitution
from gongkai.samples.places import Place, place_of

Row = dict[str, str]
Values = dict[str, Any]  # str, int, float, Decimal, bool, date, datetime or None by field


@dataclass(frozen=True)
class Scene:
    """One table to make: which item, whose, as of when."""

    item: DisclosureItem
    institution: SampleInstitution
    seed: int
    period: date
    size: int | None = None
    context: Mapping[str, list[Row]] = field(default_factory=dict)
    of_item: str | None = None

    @property
    def key(self) -> str:
        """Return the item whose rows are made, which chance hangs on."""
        return self.of_item or self.item.key

    @property
    def place(self) -> Place:
        return place_of(self.institution.region_code)

    @property
    def year(self) -> int:
        return self.period.year

    def random(self, *names: object) -> Random:
        """Return a generator for ``names`` in this table of this institution."""
        return chance.draw(self.seed, self.institution.slug, self.key, *names)

    def share(self, *names: object) -> float:
        """Return one number in [0, 1) for ``names`` in this table of this institution."""
        return chance.share(self.seed, self.institution.slug, self.key, *names)

    def whole(self, low: int, high: int, *names: object) -> int:
        """Return a whole number from ``low`` to ``high`` for ``names``."""
        return low + int(self.share(*names) * (high - low + 1))

    def sized(self, rows: list[Values]) -> list[Values]:
        """Return the first ``size`` rows, or all when none was asked for."""
        return rows if self.size is None else rows[: self.size]

    def published(self, key: str, make: "Maker", size: int | None = None) -> list[Row]:
        """Return the rows of another item: those of ``context``, or what ``make`` gives for it."""
        if key in self.context:
            return self.context[key]
        values = make(replace(self, of_item=key, size=size))
        return [
            {name: "" if value is None else str(value) for name, value in row.items()}
            for row in values
        ]


Maker = Callable[[Scene], list[Values]]


def row_as_text(schema: TableSchema, values: Mapping[str, Any]) -> Row:
    """Return the row as ``data.csv`` writes it, every field present, ``""`` where empty."""
    return {field.name: cell_text(field, values.get(field.name)) for field in schema}


def cell_text(column: Field, value: Any) -> str:
    """Return the canonical text of one value. Raises ValueError for what the type is not."""
    if value is None or value == "":
        return ""
    match column.type:
        case FieldType.BOOLEAN:
            return "true" if value in (True, "true") else "false"
        case FieldType.INTEGER:
            return str(int(value))
        case FieldType.NUMBER:
            return number_text(value, column.decimals)
        case FieldType.DATE | FieldType.DATETIME:
            return value.isoformat() if isinstance(value, date | datetime) else str(value)
    return str(value)


def number_text(value: Any, decimals: int | None) -> str:
    """Write a number with its fixed decimals, or as short as it goes."""
    number = Decimal(str(value))
    if decimals is not None:
        return f"{number:.{decimals}f}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
