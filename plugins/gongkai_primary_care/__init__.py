"""Primary care (Order 75, arts 8, 9 and 10)."""

from gongkai import (
    DisclosureItem,
    InstitutionType,
    hookimpl,
    load_disclosure_items,
    load_institution_type,
)

GONGKAI_API = 1


@hookimpl
def register_institution_types() -> list[InstitutionType]:
    """Return the type primary_care."""
    return [load_institution_type(__name__, "primary_care.yaml")]


@hookimpl
def register_disclosure_items() -> list[DisclosureItem]:
    """Return the items of art. 10, which adds to those of arts 8 and 9."""
    return load_disclosure_items(__name__)
