"""The page on what changed between two releases."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.records import QueryTooExpensive
from gongkai.portal.dataset_pages import PREVIEW_CHARS
from gongkai.rows.change_lists import ChangeSummary
from gongkai.services import catalog
from gongkai.services.comparing import Pair, find_release_before, get_pair
from gongkai.web import current_site
from gongkai.web.compared import summary_of
from gongkai.web.describe import (
    Described,
    describe_dataset,
    describe_institution,
    describe_release,
)
from gongkai.web.pages import page
from gongkai.web.urls import API

blueprint = Blueprint("change_pages", __name__, template_folder="templates")


@blueprint.get("/datasets/<slug:institution>/<key:item>/changes")
def changes_page(institution: str, item: str) -> Response:
    """Show what changed between two releases: in words, by column, and the first rows."""
    site = current_site()
    where = DatasetId(institution, item)
    chosen = request.args.get("from") or None, request.args.get("to") or None
    with site.reading() as session:
        dataset = catalog.get_dataset(session, where)
        newest = catalog.get_release(session, dataset, chosen[1] or "latest")
        is_only = chosen[0] is None and find_release_before(session, dataset, newest) is None
        pair = None if is_only else get_pair(session, dataset, *chosen)
        releases = catalog.list_releases(session, dataset)
        values: dict[str, Any] = {
            "dataset": describe_dataset(dataset, catalog.current_release(session, dataset), site),
            "institution": describe_institution(dataset.institution, site),
            "title": newest.item["title"],
            "standing": [
                describe_release(one, where, site) for one in releases if one.withdrawn_at is None
            ],
            "new": describe_release(newest, where, site),
            "old": describe_release(pair.old, where, site) if pair else None,
        }
    return page("portal/changes.html", **values, **(_compared(pair) if pair else {}))


def _compared(pair: Pair) -> Described:
    query = f"?from={pair.old.version}&to={pair.new.version}"
    found: Described = {"api": f"{API}/datasets/{pair.dataset}/changes{query}"}
    try:
        summary = summary_of(pair)
    except QueryTooExpensive:
        return found
    old, new = _fields(pair.old.item), _fields(pair.new.item)
    columns = pair.schema_changes
    return found | {
        "summary": summary,
        "columns": columns,
        "by_field": [(new[name], count) for name, count in summary.fields.items()],
        "old_titles": old,
        "new_titles": new,
        "values": [
            (kind, _values(summary, kind, old, new))
            for kind in ("changed", "extended")
            if summary.counts[kind]
        ],
        "rows": [
            (kind, list(fields.values()), _rows(summary, kind, fields))
            for kind, fields in (("added", new), ("removed", old))
            if summary.counts[kind]
        ],
    }


def _fields(item: Mapping[str, Any]) -> dict[str, Described]:
    return {field["name"]: field for field in item["table_schema"]["fields"]}


def _values(
    summary: ChangeSummary, kind: str, old: Mapping[str, Described], new: Mapping[str, Described]
) -> list[Described]:
    """Return the first rows of a kind: what names each, and its values before and after."""
    return [
        {
            "key": [_shown(new[name], value) for name, value in entry["key"].items()],
            "values": [
                {
                    "field": new[name],
                    "before": _shown(old[name], entry["before"].get(name)) if name in old else "",
                    "after": _shown(new[name], value),
                }
                for name, value in entry["after"].items()
            ],
        }
        for entry in summary.samples[kind]
    ]


def _rows(
    summary: ChangeSummary, kind: str, fields: Mapping[str, Described]
) -> Sequence[Sequence[Any]]:
    return [
        [_shown(field, entry["row"][name]) for name, field in fields.items()]
        for entry in summary.samples[kind]
    ]


def _shown(field: Described, value: Any) -> Any:
    """Return a value as people read it: the label of a code, a long text cut, empty as ``""``."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    labels = {one["value"]: one["label"] for one in field.get("categories", ())}
    if text in labels:
        return labels[text]
    return text if len(text) <= PREVIEW_CHARS else text[: PREVIEW_CHARS - 1] + "…"
