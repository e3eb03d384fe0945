"""What the Haiyun health information centre publishes beyond the shipped items."""

from gongkai import (
    DisclosureItem,
    InstitutionType,
    Problem,
    ProblemGroup,
    Rows,
    Severity,
    Text,
    hookimpl,
    load_disclosure_items,
    load_institution_type,
)

GONGKAI_API = 1


@hookimpl
def register_institution_types() -> list[InstitutionType]:
    return [load_institution_type(__name__, "information_centre.yaml")]


@hookimpl
def register_disclosure_items() -> list[DisclosureItem]:
    return load_disclosure_items(__name__)


@hookimpl
def check_release(item: DisclosureItem, rows: Rows) -> list[Problem | ProblemGroup]:
    """Warn of a month that a disease has twice with different figures."""
    if item.key != "disease_months":
        return []
    names = rows.names
    seen: dict[tuple[str | None, str | None], str | None] = {}
    found: list[Problem | ProblemGroup] = []
    for batch in rows.text_batches():
        for row in batch:
            record = dict(zip(names, row, strict=True))
            place = record["month"], record["disease_zh"]
            if place in seen and seen[place] != record["cases"]:
                found.append(
                    Problem(
                        code="two-figures",
                        field="cases",
                        severity=Severity.WARNING,
                        message=Text(
                            zh=f"{place[0]} {place[1]}有两个数：{seen[place]}和{record['cases']}",
                            en=f"{place[1]} has two figures for {place[0]}: "
                            f"{seen[place]} and {record['cases']}",
                        ),
                    )
                )
            seen[place] = record["cases"]
    return found
