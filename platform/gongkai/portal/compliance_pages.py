"""The scoreboard, and what one institution owes."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from gongkai.domain.compliance import (
    DEFAULT_SORT,
    SORTS,
    Grouping,
    Line,
    Window,
    sort_lines,
    total,
)
from gongkai.domain.identifiers import is_key, is_slug
from gongkai.domain.score import Score
from gongkai.domain.times import shanghai_day
from gongkai.models import Institution
from gongkai.models.obligation import ObligationState
from gongkai.services import catalog
from gongkai.services.calendar import coverage, find_calendar
from gongkai.services.compliance import Which, compliance, list_obligations
from gongkai.services.due_texts import LIGHTS, STATE_TITLES
from gongkai.services.score import list_snapshots, recompute_score, score
from gongkai.site import Site
from gongkai.web import current_site
from gongkai.web.compliance import describe_counts, describe_line
from gongkai.web.describe import Described, describe_institution, describe_obligation, instant
from gongkai.web.language import marked
from gongkai.web.pages import page
from gongkai.web.urls import API

PAGE_LENGTH = 100
# As many of each as a person looks through; the API has all of them.
SHOWN = 200
COLUMNS = (
    ("due", marked("Due")),
    ("on_time", marked("On time")),
    ("rate", marked("On-time rate")),
    ("late", marked("Late")),
    ("overdue", marked("Overdue")),
    ("due_soon", marked("Due soon")),
    ("open", marked("Open")),
    ("provisional", marked("Provisional")),
    ("suspended", marked("Suspended")),
    ("waived", marked("Waived")),
)
# In the order in which they ask for attention.
PARTS = (
    ObligationState.OVERDUE,
    ObligationState.DUE_SOON,
    ObligationState.OPEN,
    ObligationState.PROVISIONAL,
    ObligationState.SUSPENDED,
    ObligationState.MET_LATE,
    ObligationState.WAIVED,
)

blueprint = Blueprint("compliance_pages", __name__, template_folder="templates")


@blueprint.get("/compliance")
def scoreboard() -> Response:
    """Show how duties are kept, by institution, type, item or region."""
    site = current_site()
    by = Grouping(request.args["by"]) if request.args.get("by") in set(Grouping) else None
    by = by or Grouping.INSTITUTION
    sort = request.args.get("sort", DEFAULT_SORT)
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    covers = "all" if request.args.get("window") == "all" else "year"
    window = Window() if covers == "all" else Window.last_year(_today(site))
    chosen = _chosen(site)
    which = Which(**chosen, window=window)
    with site.reading() as session:
        found = compliance(session, site.plugins, by, which, now=site.now())
        names = _names(session, site, chosen)
        known = coverage(find_calendar(session), _today(site))
    lines = sort_lines(found, sort)
    part, following = _stretch(lines, request.args.get("after"))
    kept = {name.replace("type_key", "type"): one for name, one in chosen.items() if one}
    kept |= {"by": by.value, "window": covers}
    return page(
        "portal/compliance.html",
        by=by.value,
        groupings=[one.value for one in Grouping],
        lines=[_shown(line, by, site) for line in part],
        total=describe_counts(total(found)),
        count=len(lines),
        columns=COLUMNS,
        sort=sort,
        window=window,
        covers=covers,
        kept=kept,
        narrowed=names,
        next=following,
        is_first="after" not in request.args,
        api=f"{API}/compliance",
        query=urlencode(kept | {"sort": sort}),
        path_with=lambda **given: f"/compliance?{urlencode(kept | {'sort': sort} | given)}",
        today=_today(site),
        missing_year=known.missing_year if known.is_short else None,
    )


@blueprint.get("/compliance/<slug:institution>")
def institution_compliance(institution: str) -> Response:
    """Show what an institution owes: overdue first, then what is next, and its score."""
    site = current_site()
    window = Window.last_year(_today(site))
    with site.reading() as session:
        row = catalog.get_institution(session, institution)
        which = Which(institution=institution, window=window)
        found = compliance(session, site.plugins, Grouping.INSTITUTION, which, now=site.now())
        items = compliance(session, site.plugins, Grouping.ITEM, which, now=site.now())
        values: dict[str, Any] = {
            "institution": describe_institution(row, site),
            "total": describe_counts(total(found)),
            "duties": _parts(session, site, institution, window),
            "score": _score(score(session, row, window, now=site.now())),
            "frozen": _frozen(session, row),
            "items": [_shown(line, Grouping.ITEM, site) for line in sort_lines(items)],
        }
    return page(
        "portal/compliance_institution.html",
        **values,
        window=window,
        columns=COLUMNS,
        api=API,
        today=_today(site),
    )


def _parts(session: Session, site: Site, institution: str, window: Window) -> list[Described]:
    """Return the obligations by where they stand; all that wait, and a year of what was late."""
    calendar, parts = find_calendar(session), []
    for state in PARTS:
        is_past = state in (ObligationState.MET_LATE, ObligationState.WAIVED)
        which = Which(institution=institution, window=window if is_past else Window())
        found = list_obligations(session, which, now=site.now(), state=state, limit=SHOWN)
        if found.total:
            parts.append(
                {
                    "state": state.value,
                    "light": LIGHTS[state],
                    "title": STATE_TITLES[state].as_json(),
                    "total": found.total,
                    "obligations": [
                        describe_obligation(
                            one, found.versions.get(one.met_release_id or 0), calendar, site
                        )
                        for one in found.items
                    ],
                }
            )
    return parts


def _score(found: Score) -> Described:
    return {
        "value": found.value,
        "weight": found.weight,
        "lines": [
            {
                "code": line.code,
                "title": line.title.as_json(),
                "weight": line.weight,
                "numerator": line.numerator,
                "denominator": line.denominator,
                "value": line.value,
                "points": line.points,
                "explanation": line.explanation.as_json(),
            }
            for line in found.lines
        ],
    }


def _frozen(session: Session, institution: Institution) -> list[Described]:
    """Return the frozen scores, each computed again from its facts."""
    return [
        _score(recompute_score(one))
        | {"period": one.period, "frozen_at": instant(one.frozen_at), "sha256": one.sha256}
        for one in list_snapshots(session, institution)[:12]
    ]


def _shown(line: Line, by: Grouping, site: Site) -> Described:
    shown = describe_line(line) | {"light": _light(line), "is_default": False, "rule": None}
    item = site.plugins.items.get(line.key) if by is Grouping.ITEM else None
    if item is not None:
        rule = site.plugins.deadline_rules.get(item.deadline_rules[0])
        if rule is not None:
            shown |= {"is_default": rule.is_default, "rule": rule.title.as_json()}
    return shown


def _light(line: Line) -> str:
    if line.counts.overdue:
        return ObligationState.OVERDUE.value
    if line.counts.due_soon:
        return ObligationState.DUE_SOON.value
    return ObligationState.OPEN.value


def _chosen(site: Site) -> dict[str, str | None]:
    """Return the filters of the address; one that makes no sense is left out."""
    args = request.args
    region = args.get("region", "")
    is_region = region == "none" or (region.isascii() and region.isdigit() and len(region) < 7)
    return {
        "institution": args["institution"] if is_slug(args.get("institution", "")) else None,
        "type_key": args["type"] if args.get("type") in site.plugins.institution_types else None,
        "item": args["item"] if is_key(args.get("item", "")) else None,
        "region": region if is_region else None,
    }


def _names(session: Session, site: Site, chosen: dict[str, str | None]) -> list[dict[str, str]]:
    """Return what the filters are called."""
    names: list[dict[str, str]] = []
    if chosen["institution"]:
        names.append(catalog.get_institution(session, chosen["institution"]).name.as_json())
    if chosen["type_key"]:
        names.append(site.plugins.institution_types[chosen["type_key"]].title.as_json())
    if chosen["item"]:
        names.append(site.plugins.get_item(chosen["item"]).title.as_json())
    if chosen["region"]:
        names.append({"zh": chosen["region"], "en": chosen["region"]})
    return names


def _stretch(lines: Sequence[Line], after: str | None) -> tuple[Sequence[Line], str | None]:
    """Return the lines of a page, and the key that continues them."""
    start = 0
    if after:
        start = next((at + 1 for at, line in enumerate(lines) if line.key == after), len(lines))
    part = lines[start : start + PAGE_LENGTH]
    return part, part[-1].key if start + PAGE_LENGTH < len(lines) else None


def _today(site: Site) -> date:
    return shanghai_day(site.now())
