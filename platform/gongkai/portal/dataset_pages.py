"""The pages of one dataset and of one release."""

import csv
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from gongkai.domain.identifiers import DatasetId
from gongkai.errors import NotFound
from gongkai.models import Release
from gongkai.services import catalog
from gongkai.services.comparing import find_release_before
from gongkai.services.obligations import next_due
from gongkai.site import Site
from gongkai.web import current_site
from gongkai.web.describe import (
    Described,
    describe_dataset,
    describe_institution,
    describe_release,
    known_item,
)
from gongkai.web.pages import page
from gongkai.web.urls import metadata_links

PREVIEW_ROWS = 10
PREVIEW_CHARS = 120
PREVIEWED = "data.csv"

blueprint = Blueprint("dataset_pages", __name__, template_folder="templates")


@blueprint.get("/datasets/<slug:institution>/<key:item>")
def dataset_page(institution: str, item: str) -> Response:
    """Show a dataset: its newest release, its columns, its history."""
    site = current_site()
    where = DatasetId(institution, item)
    with site.reading() as session:
        dataset = catalog.get_dataset(session, where)
        release = catalog.current_release(session, dataset)
        releases = catalog.list_releases(session, dataset)
        newest = release or next(iter(releases), None)
        due = next_due(session, [dataset.id]).get(dataset.id)
        defined = known_item(item, newest, site)
        values: dict[str, Any] = {
            "dataset": describe_dataset(dataset, release, site, due),
            "institution": describe_institution(dataset.institution, site),
            "releases": [describe_release(one, where, site) for one in releases],
            "item": release.item if release else defined.as_json() if defined else None,
            "preview": _preview(release, site),
            "rules": _rules(dataset.item_key, site),
        }
    response = page("portal/dataset.html", **values)
    if release is not None:
        response.headers["Link"] = metadata_links(where, None, release.license["url"])
    return response


@blueprint.get("/datasets/<slug:institution>/<key:item>/releases/<version:version>")
def release_page(institution: str, item: str, version: str) -> Response:
    """Show one release with its files, or that it was withdrawn and why (410)."""
    site = current_site()
    where = DatasetId(institution, item)
    with site.reading() as session:
        dataset = catalog.get_dataset(session, where)
        release = catalog.get_release(session, dataset, version)
        previous = find_release_before(session, dataset, release)
        values: dict[str, Any] = {
            "dataset": describe_dataset(dataset, catalog.current_release(session, dataset), site),
            "institution": describe_institution(dataset.institution, site),
            "release": describe_release(release, where, site),
            "previous": previous.version if previous else None,
            "item": release.item,
            "preview": _preview(release, site),
        }
    response = page("portal/release.html", **values)
    response.headers["Link"] = metadata_links(where, version, release.license["url"])
    return response


def _preview(release: Release | None, site: Site) -> Described | None:
    """Return the first rows as people read them: labels for codes, long texts cut."""
    if release is None:
        return None
    files = {file.name: file.sha256 for file in release.distributions}
    sha256 = files.get(PREVIEWED)
    if sha256 is None:
        return None
    fields = {field["name"]: field for field in release.item["table_schema"]["fields"]}
    names, rows = _first_rows(site.blobs.path(sha256))
    labels = {
        name: {one["value"]: one["label"] for one in field.get("categories", ())}
        for name, field in fields.items()
    }
    return {
        "fields": [fields[name] for name in names if name in fields],
        "rows": [
            [labels[name].get(cell, _cut(cell)) for name, cell in zip(names, row, strict=True)]
            for row in rows
        ],
    }


def _first_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8", newline="") as source:
        lines = csv.reader(source)
        header = next(lines, [])
        return header, list(islice(lines, PREVIEW_ROWS))


def _cut(cell: str) -> str:
    return cell if len(cell) <= PREVIEW_CHARS else cell[: PREVIEW_CHARS - 1] + "…"


def _rules(item_key: str, site: Site) -> list[Described]:
    """Return the deadline rules of an item; none where no loaded plugin defines it."""
    try:
        item = site.plugins.get_item(item_key)
    except NotFound:
        return []
    return [site.plugins.deadline_rules[key].as_json() for key in item.deadline_rules]
