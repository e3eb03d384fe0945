"""The pages of the catalog: home, lists, institutions, types, items, news, problems."""

from typing import Any

from flask import Blueprint, Response, request

from gongkai.domain.identifiers import is_key, is_slug
from gongkai.errors import NotFound
from gongkai.services import catalog
from gongkai.web import current_site
from gongkai.web.describe import (
    Described,
    describe_datasets,
    describe_institution,
    describe_item,
    describe_notice,
    describe_release,
    describe_type,
)
from gongkai.web.pages import page
from gongkai.web.problem_texts import PROBLEMS

NEWEST = 10
PAGE_LENGTH = 50
# As many as a select can hold and a person can look through.
LISTED_INSTITUTIONS = 300
ALL_OF_ONE = 500

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/")
def home() -> Response:
    """Show what this is, what is new, and who publishes."""
    site = current_site()
    with site.reading() as session:
        releases = catalog.latest_releases(session, limit=NEWEST)
        newest = [
            describe_release(release, release.dataset.address, site)
            | {
                "title": release.item["title"],
                "institution": release.dataset.institution.name.as_json(),
            }
            for release in releases
        ]
        notices = catalog.list_notices(session, limit=NEWEST)
        told = [describe_notice(notice) for notice in notices.items]
        types = [
            kind.as_json()
            | {"count": catalog.list_institutions(session, type_key=kind.key, limit=1).total}
            for kind in site.plugins.institution_types.values()
        ]
        published = catalog.list_datasets(session, published=True, limit=1).total
    return page("portal/home.html", newest=newest, notices=told, types=types, published=published)


@blueprint.get("/datasets")
def datasets() -> Response:
    """List datasets by institution, type, item, and whether anything is published."""
    site = current_site()
    chosen = {
        "institution": _chosen("institution", is_slug(request.args.get("institution", ""))),
        "type": _chosen("type", request.args.get("type") in site.plugins.institution_types),
        "item": _chosen("item", is_key(request.args.get("item", ""))),
        "published": _chosen("published", request.args.get("published") == "1"),
    }
    with site.reading() as session:
        found = catalog.list_datasets(
            session,
            institution=chosen["institution"],
            item=chosen["item"],
            type_key=chosen["type"],
            published=True if chosen["published"] else None,
            limit=PAGE_LENGTH,
            after=request.args.get("after") or None,
        )
        described = describe_datasets(session, found.items, site)
        institutions = catalog.list_institutions(session, limit=LISTED_INSTITUTIONS)
        names = [{"slug": one.slug, "name": one.name.as_json()} for one in institutions.items]
    return page(
        "portal/datasets.html",
        datasets=described,
        total=found.total,
        next=found.next,
        is_first="after" not in request.args,
        chosen=chosen,
        kept={name: value for name, value in chosen.items() if value},
        institutions=names if institutions.next is None else [],
        types=[kind.as_json() for kind in site.plugins.institution_types.values()],
        items=_titles_by_theme(),
    )


@blueprint.get("/institutions")
def institutions() -> Response:
    """List institutions, of one type if asked for."""
    site = current_site()
    kind = _chosen("type", request.args.get("type") in site.plugins.institution_types)
    with site.reading() as session:
        found = catalog.list_institutions(
            session, type_key=kind, limit=PAGE_LENGTH, after=request.args.get("after") or None
        )
        described = [describe_institution(one, site) for one in found.items]
    return page(
        "portal/institutions.html",
        institutions=described,
        total=found.total,
        next=found.next,
        is_first="after" not in request.args,
        chosen_type=kind,
        types=[one.as_json() for one in site.plugins.institution_types.values()],
    )


@blueprint.get("/institutions/<slug:institution>")
def institution_page(institution: str) -> Response:
    """Show one institution with its datasets and its news."""
    site = current_site()
    with site.reading() as session:
        row = catalog.get_institution(session, institution)
        datasets = catalog.list_datasets(session, institution=institution, limit=ALL_OF_ONE)
        notices = catalog.list_notices(session, institution=institution, limit=NEWEST)
        values: dict[str, Any] = {
            "institution": describe_institution(row, site),
            "datasets": describe_datasets(session, datasets.items, site),
            "notices": [describe_notice(notice) for notice in notices.items],
        }
    return page("portal/institution.html", **values)


@blueprint.get("/types/<key:type_key>")
def type_page(type_key: str) -> Response:
    """Show one institution type: what such bodies owe, and which there are."""
    site = current_site()
    kind = site.plugins.get_institution_type(type_key)
    with site.reading() as session:
        found = catalog.list_institutions(session, type_key=type_key, limit=ALL_OF_ONE)
        described = [describe_institution(one, site) for one in found.items]
    return page(
        "portal/type.html",
        kind=describe_type(kind, site),
        items=[describe_item(one, site) for one in site.plugins.items_owed(kind.service_kinds)],
        institutions=described,
    )


@blueprint.get("/items/<key:item>")
def item_page(item: str) -> Response:
    """Show one item across all institutions, with its data dictionary."""
    site = current_site()
    defined = site.plugins.get_item(item)
    with site.reading() as session:
        found = catalog.list_datasets(
            session, item=item, limit=PAGE_LENGTH, after=request.args.get("after") or None
        )
        described = describe_datasets(session, found.items, site)
    return page(
        "portal/item.html",
        item=describe_item(defined, site),
        datasets=described,
        total=found.total,
        next=found.next,
        rules=[site.plugins.deadline_rules[key].as_json() for key in defined.deadline_rules],
    )


@blueprint.get("/news")
def news() -> Response:
    """List notices, newest first."""
    with current_site().reading() as session:
        found = catalog.list_notices(
            session, limit=PAGE_LENGTH, after=request.args.get("after") or None
        )
        described = [describe_notice(notice) for notice in found.items]
    return page(
        "portal/news.html",
        notices=described,
        next=found.next,
        is_first="after" not in request.args,
    )


@blueprint.get("/news/<number:notice_id>")
def notice_page(notice_id: int) -> Response:
    """Show one notice."""
    with current_site().reading() as session:
        described = describe_notice(catalog.get_notice(session, notice_id))
    return page("portal/notice.html", notice=described)


@blueprint.get("/problems")
def problems() -> Response:
    """List what errors there are."""
    return page("portal/problems.html", problems=PROBLEMS)


@blueprint.get("/problems/<string(maxlength=64):code>")
def problem_page(code: str) -> Response:
    """Tell what an error means."""
    if code not in PROBLEMS:
        raise NotFound(f"There is no problem {code!r}; /problems lists them.")
    return page("portal/problem_meaning.html", code=code, problem=PROBLEMS[code])


def _chosen(name: str, is_fine: bool) -> str | None:
    """Return a filter of the address, or None where it is empty or makes no sense."""
    return request.args.get(name) if is_fine else None


def _titles_by_theme() -> list[tuple[dict[str, str] | None, list[Described]]]:
    groups: dict[tuple[str, str] | None, list[Described]] = {}
    for item in current_site().plugins.items.values():
        theme = (item.theme.zh, item.theme.en) if item.theme else None
        groups.setdefault(theme, []).append({"key": item.key, "title": item.title.as_json()})
    return [
        ({"zh": theme[0], "en": theme[1]} if theme else None, items)
        for theme, items in groups.items()
    ]
