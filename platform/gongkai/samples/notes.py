"""What a release says of itself: a change note in Chinese, as a clerk would write it."""

from collections.abc import Sequence
from datetime import date

from gongkai.domain.items import DisclosureItem
from gongkai.domain.table_schema import FieldType, TableSchema
from gongkai.samples.catalogs import texts
from gongkai.samples.scene import Row


def change_note(
    item: DisclosureItem,
    before: Sequence[Row] | None,
    rows: Sequence[Row],
    rhythm: str,
    period: date,
) -> str:
    """Return one sentence: the new period, or how many lines came, changed and went."""
    words = texts("story")["notes"]
    quarter = (period.month + 2) // 3
    facts: dict[str, object] = {
        "year": period.year,
        "last_year": period.year - 1,
        "month": period.month,
        "day": period.day,
        "quarter": quarter,
    }
    if before is None:
        kind = "first"
    elif item.key == "blood_inventory":
        kind = "stock"
    elif rhythm == "monthly":
        kind = (
            "month_first"
            if period.month == 1
            else ("diseases" if item.key == "notifiable_diseases_monthly" else "month")
        )
    elif rhythm == "quarterly":
        kind = "quarter_first" if quarter == 1 else "quarter"
    else:
        leads = texts("story")["leads"]
        facts["lead"] = leads.get(item.key, leads["default"])
        facts["counts"] = _counts(item.table_schema, before, rows)
        kind = "counted"
    note: str = words[kind].format(**facts)
    return note


def _counts(schema: TableSchema, before: Sequence[Row], after: Sequence[Row]) -> str:
    """Count lines by key; a data date that moves by itself is no change.

    A line that comes back with a later date (a new price) has changed, it is not a new one.
    """
    dated = {field.name for field in schema if field.type is FieldType.DATE}
    key = [name for name in schema.primary_key if name not in dated] or list(schema.primary_key)
    old, new = (
        {
            tuple(row[name] for name in key): {
                name: cell for name, cell in row.items() if name != "as_of"
            }
            for row in rows
        }
        for rows in (before, after)
    )
    changed = sum(old[line] != new[line] for line in old.keys() & new.keys())
    counts = (
        ("新增", len(new.keys() - old.keys())),
        ("变更", changed),
        ("移除", len(old.keys() - new.keys())),
    )
    return "，".join(f"{word}{count}条" for word, count in counts if count) or "更新数据日期"
