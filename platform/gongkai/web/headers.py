"""Headers of every answer: request id, security, cross-origin reading."""

import uuid

from flask import Flask, Response, g, request

from gongkai.web.errors import InvalidParameter

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"
)
# For files: even if a browser showed one, nothing in it could run or load.
DOWNLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
EXPOSED = (
    "Accept-Ranges, Content-Disposition, Content-Encoding, Content-Language, Content-Length, "
    "Content-Location, Content-Range, ETag, Last-Modified, Link, Location, Retry-After, "
    "X-Request-Id"
)
PREFLIGHT_SECONDS = 24 * 3600
_OPEN_PATHS = ("/api/", "/feeds/", "/datasets/")


def install(app: Flask, *, https: bool) -> None:
    """Set the headers on every answer, errors included."""

    def begin() -> None:
        g.request_id = str(uuid.uuid4())
        # No value here holds NUL, and PostgreSQL takes none in a text.
        for name, value in request.args.items(multi=True):
            if "\x00" in name + value:
                place = {"parameter": name, "code": "bad-value", "message": "NUL"}
                raise InvalidParameter("A parameter holds the character NUL.", errors=[place])

    def finish(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-Id"] = g.get("request_id", "")
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.path.startswith(_OPEN_PATHS):
            _open_to_all_origins(response)
        return response

    app.before_request(begin)
    app.after_request(finish)


def _open_to_all_origins(response: Response) -> None:
    """Let pages of any origin read what is public; no credentials ever cross."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        headers["Access-Control-Allow-Headers"] = (
            "Accept, Accept-Language, If-Match, If-Modified-Since, If-None-Match, If-Range, Range"
        )
        headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
