"""The files of releases: pinned and latest addresses, ranges, precompressed twins, 410."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header
from werkzeug.wsgi import wrap_file

from gongkai.domain.identifiers import DatasetId
from gongkai.models import Distribution, Release
from gongkai.services.catalog import get_dataset, get_distribution, get_release
from gongkai.web import current_site
from gongkai.web.headers import DOWNLOAD_POLICY
from gongkai.web.negotiation import best_encoding
from gongkai.web.urls import address, file_path, metadata_links

PINNED_CACHE = "public, max-age=31536000, immutable"
LATEST_CACHE = "public, max-age=60"
BUFFER_BYTES = 256 * 1024
_UNSAFE = '"<>|:*?\\/%;'

blueprint = Blueprint("files", __name__)


@dataclass(frozen=True, slots=True)
class _Representation:
    """The bytes that are sent: the file itself or a compressed twin of it."""

    sha256: str
    encoding: str | None
    path: Path


@blueprint.get("/datasets/<slug:institution>/<key:item>/latest/<filename:name>")
def latest_file(institution: str, item: str, name: str) -> Response:
    """Send a file of the newest release; it changes, so it is asked for again each minute."""
    response, where, release = _answer(DatasetId(institution, item), "latest", name)
    response.headers["Cache-Control"] = LATEST_CACHE
    response.headers["Content-Location"] = file_path(where, release.version, name)
    return response


@blueprint.get("/datasets/<slug:institution>/<key:item>/releases/<version:version>/<filename:name>")
def pinned_file(institution: str, item: str, version: str, name: str) -> Response:
    """Send a file of one release; it never changes."""
    response, _, _ = _answer(DatasetId(institution, item), version, name)
    response.headers["Cache-Control"] = PINNED_CACHE
    return response


def _answer(where: DatasetId, version: str, name: str) -> tuple[Response, DatasetId, Release]:
    site = current_site()
    with site.reading() as session:
        dataset = get_dataset(session, where)
        release = get_release(session, dataset, version)
        file = get_distribution(session, release, name)
        readable = readable_name(
            dataset.institution.name_zh, release.item["title"]["zh"], release.version, name
        )
    chosen = _representation(file)
    response = _sent(chosen, release.issued)
    headers = response.headers
    headers["Content-Type"] = _with_charset(file.media_type)
    headers["Content-Disposition"] = disposition(
        readable, f"{where.institution}-{where.item}-{release.version}-{name}"
    )
    headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    headers["Vary"] = "Accept-Encoding"
    canonical = address(file_path(where, release.version, name))
    described = metadata_links(where, release.version, release.license["url"])
    headers["Link"] = f'<{canonical}>; rel="canonical", {described}'
    if chosen.encoding:
        headers["Content-Encoding"] = chosen.encoding
    return response, where, release


def _representation(file: Distribution) -> _Representation:
    """Choose among the file and its twins by Accept-Encoding."""
    twins = {"zstd": file.zstd_sha256, "gzip": file.gzip_sha256}
    offered = [encoding for encoding, sha256 in twins.items() if sha256]
    encoding = best_encoding(request.headers.get("Accept-Encoding"), offered)
    sha256 = (twins[encoding] if encoding else None) or file.sha256 or ""
    return _Representation(sha256, encoding, current_site().blobs.path(sha256))


def _sent(chosen: _Representation, issued: datetime) -> Response:
    """Return the bytes, or the part of them that was asked for, or 304."""
    byte_size = chosen.path.stat().st_size
    environ: dict[str, Any] = dict(request.environ)
    if not _takes_part(environ):
        environ.pop("HTTP_RANGE", None)
    stream: IO[bytes] = chosen.path.open("rb")
    response = Response(wrap_file(request.environ, stream, BUFFER_BYTES), direct_passthrough=True)
    response.call_on_close(stream.close)
    response.content_length = byte_size
    response.set_etag(chosen.sha256)
    response.last_modified = issued
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=byte_size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return response


def _takes_part(environ: dict[str, Any]) -> bool:
    """Tell whether a Range header is one that we honour; others are ignored (RFC 9110 §14.2)."""
    wanted = parse_range_header(environ.get("HTTP_RANGE"))
    return (
        wanted is not None
        and wanted.units == "bytes"
        and len(wanted.ranges) == 1
        and environ["REQUEST_METHOD"] == "GET"
    )


def readable_name(institution: str, title: str, version: str, name: str) -> str:
    """Return what a downloaded file is called, such as 市血站-血液库存-1.2.0.csv."""
    tail = name.removeprefix("data") if name.startswith("data.") else f"-{name}"
    return safe_name(f"{institution}-{title}-{version}{tail}")


def safe_name(name: str) -> str:
    """Return ``name`` without what no file system or header takes."""
    return "".join("_" if c in _UNSAFE or not c.isprintable() else c for c in name)


def disposition(readable: str, plain: str) -> str:
    """Return Content-Disposition by RFC 6266, with an ASCII name for old programs."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(readable, safe='')}"


def _with_charset(media_type: str) -> str:
    if media_type.startswith("text/") and "charset" not in media_type:
        return f"{media_type}; charset=utf-8"
    return media_type
