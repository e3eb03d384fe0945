"""Disease-control centres and other public-health bodies (Order 75, art. 8)."""

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
    """Return the type disease_control."""
    return [load_institution_type(__name__, "disease_control.yaml")]


@hookimpl
def register_disclosure_items() -> list[DisclosureItem]:
    """Return the items of art. 8."""
    return load_disclosure_items(__name__)
