"""One effect and one answer for a request that is sent twice with one Idempotency-Key."""

import hashlib
from collections.abc import Callable

from flask import Response, request

from gongkai.services import idempotency
from gongkai.services.access import Actor
from gongkai.web import current_site

HEADER = "Idempotency-Key"
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "description": "Chosen by you; the same request with the same key has one effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def answered_once(by: Actor, content: str, act: Callable[[], Response]) -> Response:
    """Return what ``act`` answers, or what it answered to this key before.

    ``content`` stands for the body, such as its SHA-256. A failure that is raised had no
    effect and frees the key; an answer is kept, whatever its status.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    site = current_site()
    whole = f"{request.method}\n{request.full_path}\n{content}"
    digest = hashlib.sha256(whole.encode(errors="replace")).hexdigest()
    with site.transaction() as session:
        earlier = idempotency.begin(session, by, key, digest, now=site.now())
    if earlier is not None:
        return _again(earlier)
    try:
        response = act()
    except BaseException:
        with site.transaction() as session:
            idempotency.abandon(session, by, key)
        raise
    with site.transaction() as session:
        idempotency.finish(
            session,
            by,
            key,
            status=response.status_code,
            body=response.get_data(),
            location=response.headers.get("Location"),
        )
    return response


def _again(earlier: idempotency.StoredAnswer) -> Response:
    form = "application/json" if earlier.status < 400 else "application/problem+json"
    response = Response(earlier.body, earlier.status, content_type=form)
    response.headers["Idempotent-Replayed"] = "true"
    if earlier.location:
        response.headers["Location"] = earlier.location
    return response
