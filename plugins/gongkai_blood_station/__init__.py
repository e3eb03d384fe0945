"""Blood stations (Order 75, art. 9; 卫办发〔2012〕18号, para. 12)."""

from gongkai import (
    DisclosureItem,
    InstitutionType,
    Problem,
    ProblemGroup,
    Rows,
    hookimpl,
    load_disclosure_items,
    load_institution_type,
)

GONGKAI_API = 1


@hookimpl
def register_institution_types() -> list[InstitutionType]:
    """Return the type blood_station."""
    return [load_institution_type(__name__, "blood_station.yaml")]


@hookimpl
def register_disclosure_items() -> list[DisclosureItem]:
    """Return the items of blood stations."""
    return load_disclosure_items(__name__)


@hookimpl
def check_release(item: DisclosureItem, rows: Rows) -> list[Problem | ProblemGroup]:
    """Report stock whose days of cover disagree with stock and daily use."""
    if item.key != "blood_inventory":
        return []
    return list(rows.mismatches("days_cover", "stock_qty / avg_daily_use", tolerance="0.06"))
