"""Hospitals and other clinical bodies (Order 75, art. 9)."""

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
    """Return the type hospital."""
    return [load_institution_type(__name__, "hospital.yaml")]


@hookimpl
def register_disclosure_items() -> list[DisclosureItem]:
    """Return the items of art. 9."""
    return load_disclosure_items(__name__)
