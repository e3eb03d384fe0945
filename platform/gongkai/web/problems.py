"""Every error as RFC 9457 ``application/problem+json``, or as a page for a browser."""

import errno
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from gongkai.domain.records import QueryTooExpensive
from gongkai.domain.text import Text
from gongkai.errors import (
    Conflict,
    Forbidden,
    Gone,
    GongkaiError,
    KeyReused,
    NotFound,
    Rejected,
    ReleaseRejected,
    StillRunning,
    StoreFull,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from gongkai.web.errors import InvalidParameter, NotAcceptable, UnsupportedMediaType
from gongkai.web.language import HTML_LANG, current_language
from gongkai.web.problem_texts import CODE_OF_STATUS, PROBLEMS, ProblemText

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# The nearest kind above an error in the tree of errors.py decides.
STATUS: dict[type[GongkaiError], int] = {
    NotFound: 404,
    Gone: 410,
    Forbidden: 403,
    Unauthenticated: 401,
    Conflict: 409,
    KeyReused: 422,
    Rejected: 400,
    ReleaseRejected: 422,
    TooLarge: 413,
    QueryTooExpensive: 422,
    UnsupportedMediaType: 415,
    NotAcceptable: 406,
    Unavailable: 503,
    StoreFull: 507,
    GongkaiError: 400,
}
STILL_RUNNING_SECONDS = 2
_FULL = {errno.ENOSPC, errno.EDQUOT}
_MACHINE_PATHS = ("/api/", "/feeds/", "/static/")


def install(app: Flask) -> None:
    """Answer every error of the application in one shape."""
    app.register_error_handler(GongkaiError, _gongkai_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: GongkaiError) -> int:
    """Return the HTTP status of the error's kind."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def request_id() -> str:
    """Return the id of this request, made here and sent as ``X-Request-Id``."""
    return str(g.get("request_id", ""))


def problem(
    code: str,
    detail: str,
    *,
    status: int | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return the answer for ``code``: problem+json, or a page where a browser asks."""
    text = PROBLEMS.get(code, PROBLEMS["failure"])
    status = status or text.status
    if wants_page():
        answer = Response(_page(code, text, status, detail, more), status, mimetype="text/html")
    else:
        body = {
            "type": f"/problems/{code}",
            "title": text.title.in_language(current_language()),
            "status": status,
            "code": code,
            "detail": detail,
            "errors": [_localised(error) for error in errors],
            "instance": request_id(),
        }
        answer = Response(orjson.dumps(body | more), status, mimetype=MEDIA_TYPE)
        answer.headers["Content-Language"] = HTML_LANG[current_language()]
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.update(headers or {})
    return answer


def problem_of(error: GongkaiError, **more: Any) -> Response:
    """Return the answer for an error of ours; ``more`` are extension members."""
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        sent = "Authorization" in request.headers
        headers["WWW-Authenticate"] = 'Bearer realm="gongkai"' + (
            ', error="invalid_token"' if sent else ""
        )
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, StillRunning):
        headers["Retry-After"] = str(STILL_RUNNING_SECONDS)
    if isinstance(error, Gone) and "reason" in error.params:
        more = {"reason": error.params["reason"]} | more
    return problem(
        error.code,
        error.message,
        status=status_of(error),
        errors=error.errors,
        headers=headers,
        **more,
    )


def wants_page() -> bool:
    """Tell whether a person reads this in a browser, rather than a program."""
    if request.path.startswith(_MACHINE_PATHS):
        return False
    accepted = request.accept_mimetypes
    return "text/html" in accepted.values() and accepted["text/html"] >= accepted[MEDIA_TYPE]


def _gongkai_error(error: GongkaiError) -> Response:
    if isinstance(error, Unavailable):
        log.error("%s: %s (request %s)", error.code, error.message, request_id())
    return problem_of(error)


def _http_error(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        redirect = Response.force_type(error.get_response(), request.environ)
        return cast("Response", redirect)
    status = error.code or 500
    code = CODE_OF_STATUS.get(status, "bad-request" if status < 500 else "internal-error")
    kept = {"Allow", "Content-Range", "Retry-After"}
    headers = {name: value for name, value in error.get_headers() if name in kept}
    errors = getattr(error, "data", {}).get("errors", ())
    # werkzeug's own sentences are for nobody in particular, and in English only.
    is_own = error.description not in (None, type(error).description)
    meaning = PROBLEMS[code].meaning.in_language(current_language())
    detail = str(error.description) if is_own else meaning
    return problem(code, detail, status=status, errors=errors, headers=headers)


def _unexpected(error: Exception) -> Response:
    if isinstance(error, OperationalError | InterfaceError | PoolTimeoutError):
        log.error("database: %s (request %s)", error, request_id())
        return problem_of(Unavailable("The database did not answer; try again in a moment."))
    if isinstance(error, IntegrityError):
        # Services say what clashed; this is for a race, where the database had the last word.
        log.warning("a constraint held: %s (%s)", error, request_id())
        return problem_of(Conflict("Somebody else was faster; look again, then decide anew."))
    if isinstance(error, DataError):
        # Every value is checked before; this is for one that a check forgot.
        log.warning("a value that the database does not take: %s (%s)", error, request_id())
        return problem_of(InvalidParameter("A value is one that the database does not take."))
    if isinstance(error, OSError) and error.errno in _FULL:
        log.error("storage: %s (request %s)", error, request_id())
        return problem_of(
            StoreFull("There is no room on the server; what was published stays as it was.")
        )
    log.error("request %s failed", request_id(), exc_info=error)
    return _http_error(
        InternalServerError("Something unforeseen went wrong; it was recorded with this id.")
    )


def _page(code: str, text: ProblemText, status: int, detail: str, more: Mapping[str, Any]) -> str:
    return render_template(
        "problem.html",
        code=code,
        text=text,
        status=status,
        detail=detail,
        reason=more.get("reason"),
        request_id=request_id(),
        site=current_app.extensions["gongkai"],
    )


def _localised(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of ``errors`` with its texts in the language of the answer."""
    return {
        key: Text.of(value).in_language(current_language())
        if isinstance(value, Mapping) and value.keys() == {"zh", "en"}
        else value
        for key, value in error.items()
    }
