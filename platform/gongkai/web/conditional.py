"""Answers that need not be sent twice: strong ETags, Last-Modified, 304."""

import hashlib
from datetime import datetime

from flask import Response, request

PUBLIC_SECONDS = 60


def etag_of(body: bytes) -> str:
    """Return the strong ETag of exactly these bytes."""
    return hashlib.sha256(body).hexdigest()[:40]


def answer_conditionally(
    response: Response,
    *,
    etag: str | None = None,
    last_modified: datetime | None = None,
    max_age: int = PUBLIC_SECONDS,
) -> Response:
    """Give a public answer its validators and turn it into a 304 where the asker has it.

    Without an ``etag`` the body is hashed. An answer to somebody signed in, or one that
    already says how it may be kept, keeps what it says.
    """
    if response.status_code != 200 or request.method not in ("GET", "HEAD"):
        return response
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = f"public, max-age={max_age}"
    if not response.headers.get("ETag"):
        response.set_etag(etag or etag_of(response.get_data()))
    if last_modified is not None:
        response.last_modified = last_modified
    response.make_conditional(request)
    return response
