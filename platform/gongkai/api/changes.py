"""What changed between two releases of a dataset, as JSON by pages and as CSV."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request

from gongkai.api.blueprint import Blueprint
from gongkai.api.lists import next_link
from gongkai.api.records import CACHED_LATEST, CACHED_PINNED
from gongkai.domain.identifiers import DatasetId, Version
from gongkai.domain.records import BadCursor
from gongkai.models import Release
from gongkai.schemas.changes import ChangeListSchema, ChangesQuerySchema
from gongkai.services import catalog
from gongkai.services.comparing import Pair, get_pair, open_pair, paths_of
from gongkai.services.ports import SitePort
from gongkai.web import current_site
from gongkai.web.compared import summary_of
from gongkai.web.describe import instant
from gongkai.web.errors import NotAcceptable

MEDIA_TYPES = {"json": "application/json", "csv": "text/csv"}
DEFAULT_LIMIT = 100
# A newer Gongkai may write the same changes otherwise, so its answers have other ETags.
ANSWER_SHAPE = "changes-1"

blueprint = Blueprint(
    "changes", __name__, description="What changed between two releases, row by row."
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with its defaults filled in; ``limit`` None is everything."""

    form: str
    limit: int | None
    cursor: str | None


@blueprint.route("/datasets/<slug:institution>/<key:item>/changes")
@blueprint.arguments(ChangesQuerySchema, location="query")
@blueprint.response(200, ChangeListSchema)
@blueprint.alt_response(
    200,
    schema={"type": "string"},
    content_type="text/csv",
    description="A line for each value that changed: `_change`, the key fields, `_field`, "
    "`_before`, `_after`.",
    success=True,
)
def list_changes(asked: dict[str, Any], institution: str, item: str) -> Response:
    """List the rows that were added, removed or changed between two releases, by key."""
    site = current_site()
    old, new, cursor = asked["from_version"], asked["to_version"], asked["cursor"]
    if cursor is not None:
        old, new, cursor = _opened(cursor, old, new)
    with site.reading() as session:
        dataset = catalog.get_dataset(session, DatasetId(institution, item))
        pair = get_pair(session, dataset, old, new)
    form = _form(asked["format"])
    limit = asked["limit"] or (DEFAULT_LIMIT if form == "json" or cursor else None)
    question = _Asked(form, limit, cursor)
    etag = _etag(pair, question)
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        response = _answer(site, pair, question)
    response.headers.update(CACHED_PINNED if old and new else CACHED_LATEST)
    response.set_etag(etag)
    return response


def _answer(site: SitePort, pair: Pair, asked: _Asked) -> Response:
    if asked.form == "json":
        return _json(site, pair, asked)
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    name = f"{pair.dataset.institution}-{pair.dataset.item}-{pair.old.version}-{pair.new.version}"
    headers["Content-Disposition"] = f'attachment; filename="{name}-changes.csv"'
    if asked.limit is None:
        paths_of(site, pair)  # what is wrong with the files is said before the first byte
        return Response(_all_lines(site, pair), headers=headers)
    with open_pair(site, pair) as changes:
        page = changes.csv_page(limit=asked.limit, cursor=asked.cursor)
    return Response(page.body, headers=headers | next_link(_sealed(pair, page.next_cursor)))


def _json(site: SitePort, pair: Pair, asked: _Asked) -> Response:
    assert asked.limit is not None  # noqa: S101 - JSON comes by pages
    summary = summary_of(pair)
    with open_pair(site, pair) as changes:
        page = changes.json_page(limit=asked.limit, cursor=asked.cursor)
    following = _sealed(pair, page.next_cursor)
    columns = pair.schema_changes
    about = {
        "from": _release(pair.old),
        "to": _release(pair.new),
        "counts": summary.counts,
        "fields": summary.fields,
        "schema": {
            "fields": pair.new_schema.names,
            "primaryKey": pair.new_schema.primary_key,
            "added": columns.added,
            "removed": columns.removed,
            "retyped": columns.retyped,
            "key_changed": columns.key_changed,
        },
    }
    end = {"page": {"limit": asked.limit, "next": following, "total": summary.total}}
    # The changes are JSON already: nothing is decoded to be encoded again.
    body = orjson.dumps(about)[:-1] + b',"data":' + page.body + b"," + orjson.dumps(end)[1:]
    headers = {"Content-Type": MEDIA_TYPES["json"], "X-Total-Count": str(summary.total)}
    return Response(body + b"\n", headers=headers | next_link(following))


def _all_lines(site: SitePort, pair: Pair) -> Iterator[bytes]:
    with open_pair(site, pair) as changes:
        yield from changes.csv_chunks()


def _release(release: Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "issued": instant(release.issued),
        "sha256": release.content_sha256,
    }


def _form(named: str | None) -> str:
    """Return the format that was asked for, by ``format=`` or else by Accept."""
    if named is not None:
        return named
    form_of_type = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    best = request.accept_mimetypes.best_match(form_of_type)
    if best is None and request.accept_mimetypes:
        raise NotAcceptable(f"Changes come as: {', '.join(MEDIA_TYPES.values())}.")
    return form_of_type[best] if best else "json"


def _etag(pair: Pair, asked: _Asked) -> str:
    """Return a strong ETag: two releases and a question determine every byte of the answer."""
    whole = f"{pair.mark}\n{(ANSWER_SHAPE, asked.form, asked.limit, asked.cursor)!r}"
    return hashlib.sha256(whole.encode(errors="replace")).hexdigest()[:40]


def _sealed(pair: Pair, cursor: str | None) -> str | None:
    """Return a cursor that remembers its releases, so that it stays on them."""
    if cursor is None:
        return None
    text = f"{pair.old.version} {pair.new.version} {cursor}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(sealed: str, old: str | None, new: str | None) -> tuple[str, str, str]:
    """Return the releases and the inner cursor. Raises BadCursor for anything not ours."""
    try:
        text = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        first, second, cursor = text.decode("ascii").split(" ")
        begun = str(Version.parse(first)), str(Version.parse(second))
    except (ValueError, binascii.Error) as error:
        raise BadCursor(
            "The cursor is not one of this site; ask again without it, from the first page."
        ) from error
    if old not in (None, begun[0]) or new not in (None, begun[1]):
        raise BadCursor(
            f"The cursor belongs to releases {begun[0]} and {begun[1]}; ask again without it."
        )
    return *begun, cursor
