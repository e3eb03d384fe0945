"""Rows for any disclosure item of any institution, as of a date."""

from collections.abc import Mapping
from datetime import date

from gongkai.domain.items import DisclosureItem
from gongkai.samples import (
    blood,
    clinic,
    diseases,
    generic,
    health,
    hospital,
    listed,
    money,
    office,
    prices,
    water,
)
from gongkai.samples.catalogs import listed_items
from gongkai.samples.institutions import SampleInstitution
from gongkai.samples.scene import Maker, Row, Scene, row_as_text

_MAKERS: dict[str, Maker] = {
    **blood.MAKERS,
    **clinic.MAKERS,
    **diseases.MAKERS,
    **health.MAKERS,
    **hospital.MAKERS,
    **money.MAKERS,
    **office.MAKERS,
    **prices.MAKERS,
    **water.MAKERS,
}


def sample_rows(
    item: DisclosureItem,
    institution: SampleInstitution,
    *,
    seed: int,
    period: date,
    size: int | None = None,
    context: Mapping[str, list[Row]] | None = None,
) -> list[Row]:
    """Return a table as text by field name, every field present, ``""`` where empty.

    The same arguments give the same rows; they pass every check of the item's table schema
    and hold no mobile or identity number. Time moves with ``period``: a monthly item holds
    the months of its year up to its month, a quarterly one the quarters, an annual one its
    year; blood stock is that of 08:00 on the day, a schedule that of the week or quarter, and
    an event-driven list stays as it was but for the few lines that changed, came or went.

    ``size`` asks for so many rows where a table is a list that can be longer or shorter
    (prices, staff, schedules, donations …); a table whose rows follow from its subject
    (diseases by month) keeps them, and one written out (commitments …) is only cut.
    ``context`` has the published rows of the institution's other items, which foreign keys
    refer to; without it they refer to what this function gives for those items.
    """
    scene = Scene(item, institution, seed, period, size, context or {})
    return [row_as_text(item.table_schema, row) for row in maker_of(item.key)(scene)]


def maker_of(key: str) -> Maker:
    """Return what makes this item's rows: its own maker, its written list, or the generic one."""
    if key in _MAKERS:
        return _MAKERS[key]
    return listed.listed if key in listed_items() else generic.generic
