"""The rows of a release: filtered, sorted, paged, in four formats."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import Response, current_app, request

from gongkai.api.blueprint import Blueprint
from gongkai.api.lists import next_link
from gongkai.domain.identifiers import DatasetId, Version
from gongkai.domain.records import BadCursor, RecordQuery, parse_query
from gongkai.domain.table_schema import TableSchema
from gongkai.models import Release
from gongkai.rows.query import QueryLimits, RecordPage, run_query
from gongkai.schemas.record import RecordListSchema
from gongkai.services import catalog
from gongkai.web import current_site
from gongkai.web.describe import instant
from gongkai.web.errors import InvalidParameter, NotAcceptable
from gongkai.web.kept import Answer, KeptAnswers
from gongkai.web.urls import address, release_path

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
# A newer Gongkai may write the same rows otherwise, so its answers have other ETags.
ANSWER_SHAPE = "records-1"
CACHED_PINNED = {"Cache-Control": "public, max-age=86400", "Vary": "Accept"}
CACHED_LATEST = {"Cache-Control": "public, max-age=60", "Vary": "Accept"}
_KEPT = "gongkai-records"

blueprint = Blueprint("records", __name__, description="The rows of a dataset’s releases.")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the web layer reads of a question; the rest is the query language's."""

    form: str
    version: str | None
    cursor: str | None
    pairs: tuple[tuple[str, str], ...]


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    described = {"type": "string"} | schema
    return {"in": "query", "name": name, "description": description, "schema": described}


PARAMETERS = [
    {
        "in": "query",
        "name": "filters",
        "description": "`field=value` or `field__op=value` for the fields of the item, with op "
        "one of ne, lt, lte, gt, gte, in (values with commas between), contains, startswith, "
        "isnull (true or false). All must hold.",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    _parameter("q", "Words that must all occur in text fields; case does not matter."),
    _parameter("sort", "Fields to sort by, `-` before one to reverse it, such as -price,code."),
    _parameter("fields", "Fields to return, with commas between."),
    _parameter("limit", "Rows a page.", type="integer", minimum=1, maximum=10000, default=100),
    _parameter("cursor", "`next` of the page before; it stays on the release it began with."),
    _parameter("group_by", "Fields to group by, with commas between."),
    _parameter("aggregate", "count, or avg, sum, min, max of a field, such as avg(price)."),
    _parameter("release", "A version, such as 1.2.0; the newest if left out."),
    _parameter("format", "Instead of Accept.", enum=list(MEDIA_TYPES)),
    _parameter("lang", "Language of error messages.", enum=["zh", "en"]),
]


@blueprint.route("/datasets/<slug:institution>/<key:item>/records")
@blueprint.doc(parameters=PARAMETERS)
@blueprint.response(200, RecordListSchema)
@blueprint.alt_response(
    200, schema={"type": "string"}, content_type="text/csv", description="OK", success=True
)
@blueprint.alt_response(
    200,
    schema={"type": "string"},
    content_type="application/x-ndjson",
    description="OK",
    success=True,
)
@blueprint.alt_response(
    200,
    schema={"type": "string", "format": "binary"},
    description="OK",
    success=True,
    content_type="application/vnd.apache.parquet",
)
def list_records(institution: str, item: str) -> Response:
    """Return rows of a release, filtered, sorted and paged."""
    asked = _asked()
    site = current_site()
    with site.reading() as session:
        dataset = catalog.get_dataset(session, DatasetId(institution, item))
        release = catalog.get_release(session, dataset, asked.version or "latest")
    where = dataset.address
    schema = TableSchema.of(release.item["table_schema"])
    query = replace(parse_query(asked.pairs, schema), cursor=asked.cursor)
    etag = _etag(release, asked)
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        answer = _answer(where, release, schema, query, asked.form, etag)
        response = Response(answer.body, headers=answer.headers)
    response.headers.update(CACHED_PINNED if asked.version else CACHED_LATEST)
    response.set_etag(etag)
    return response


def _answer(
    where: DatasetId,
    release: Release,
    schema: TableSchema,
    query: RecordQuery,
    form: str,
    etag: str,
) -> Answer:
    """Return what this question was answered before, or answer it: a release never changes."""
    kept: KeptAnswers = current_app.extensions.setdefault(_KEPT, KeptAnswers())
    key = f"{where} {etag}"
    found = kept.find(key)
    if found is None:
        found = _written(where, release, query, _page(release, schema, query, form), form)
        kept.keep(key, found)
    return found


def _page(release: Release, schema: TableSchema, query: RecordQuery, form: str) -> RecordPage:
    site = current_site()
    limits = site.settings.records
    return run_query(
        site.blobs.path(release.rows_sha256),
        schema,
        query,
        release=release.content_sha256,
        form=form,
        limits=QueryLimits(
            timeout_seconds=limits.timeout_seconds,
            memory_limit=f"{limits.memory_bytes // (1 << 20)}MiB",
        ),
    )


def _asked() -> _Asked:
    """Read format, release and cursor. Raises InvalidParameter, NotAcceptable, BadCursor."""
    for name in ("format", "release", "cursor"):
        if len(request.args.getlist(name)) > 1:
            raise InvalidParameter(
                f"{name} is given more than once.",
                errors=[
                    {"parameter": name, "code": "repeated-parameter", "message": "Give it once."}
                ],
            )
    version, cursor = request.args.get("release") or None, request.args.get("cursor") or None
    if version is not None:
        _check_version(version)
    if cursor is not None:
        begun_on, cursor = _opened(cursor)
        if version not in (None, begun_on):
            raise BadCursor(
                f"The cursor belongs to release {begun_on}, not {version}; ask again without it."
            )
        version = begun_on
    return _Asked(_form(), version, cursor, tuple(_pairs()))


def _pairs() -> Iterator[tuple[str, str]]:
    for name, value in request.args.items(multi=True):
        if name not in ("format", "release", "cursor", "lang"):
            yield name, value


def _check_version(version: str) -> None:
    try:
        Version.parse(version)
    except ValueError as error:
        raise InvalidParameter(
            f"release is {version[:40]!r}; write a version such as 1.2.0.",
            errors=[{"parameter": "release", "code": "bad-value", "message": "Write it as 1.2.0."}],
        ) from error


def _form() -> str:
    """Return the format that was asked for, by ``format=`` or else by Accept."""
    named = request.args.get("format")
    if named is not None:
        if named not in MEDIA_TYPES:
            offered = ", ".join(MEDIA_TYPES)
            raise InvalidParameter(
                f"There is no format {named[:40]!r}; there are: {offered}.",
                errors=[
                    {"parameter": "format", "code": "bad-value", "message": f"One of: {offered}."}
                ],
            )
        return named
    form_of_type = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    form_of_type |= {"application/jsonl": "jsonl", "application/jsonlines": "jsonl"}
    best = request.accept_mimetypes.best_match(form_of_type)
    if best is None and request.accept_mimetypes:
        raise NotAcceptable(f"Records come as: {', '.join(MEDIA_TYPES.values())}.")
    return form_of_type[best] if best else "json"


def _etag(release: Release, asked: _Asked) -> str:
    """Return a strong ETag: a release and a question determine every byte of the answer."""
    question = repr((ANSWER_SHAPE, release.version, asked.form, asked.cursor, asked.pairs))
    whole = f"{release.content_sha256}\n{question}".encode(errors="replace")
    return hashlib.sha256(whole).hexdigest()[:40]


def _written(
    where: DatasetId, release: Release, query: RecordQuery, page: RecordPage, form: str
) -> Answer:
    following = _sealed(release.version, page.next_cursor) if page.next_cursor else None
    if form == "json":
        about = {
            "page": {"limit": query.limit, "next": following, "total": page.total},
            "release": {
                "version": release.version,
                "issued": instant(release.issued),
                "sha256": release.content_sha256,
            },
        }
        # The rows are JSON already: nothing is decoded to be encoded again.
        body = b'{"data":' + page.body + b"," + orjson.dumps(about)[1:] + b"\n"
    else:
        body = page.body
    charset = "; charset=utf-8" if form in ("csv", "jsonl") else ""
    pinned = address(release_path(where, release.version))
    headers = {
        "Content-Type": MEDIA_TYPES[form] + charset,
        "X-Total-Count": str(page.total),
    }
    if form != "json":
        name = f"{where.institution}-{where.item}-{release.version}-records.{form}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    links = (("Link", link) for link in (*next_link(following).values(), _described(pinned)))
    return Answer(body, (*headers.items(), *links))


def _described(pinned: str) -> str:
    return f'<{pinned}>; rel="describedby"'


def _sealed(version: str, cursor: str) -> str:
    """Return a cursor that remembers its release, so that it stays on it."""
    return base64.urlsafe_b64encode(f"{version} {cursor}".encode()).decode().rstrip("=")


def _opened(sealed: str) -> tuple[str, str]:
    """Return the release and the inner cursor. Raises BadCursor for anything not ours."""
    try:
        text = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        version, _, cursor = text.decode("ascii").partition(" ")
        return str(Version.parse(version)), cursor
    except (ValueError, binascii.Error) as error:
        raise BadCursor(
            "The cursor is not one of this site; ask again without it, from the first page."
        ) from error
