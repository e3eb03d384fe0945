"""Small addresses for programs: health, robots, favicon."""

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text

from gongkai.errors import Unavailable
from gongkai.web import current_site

blueprint = Blueprint("service", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that the process answers."""
    return _uncached(jsonify({"status": "ok"}))


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell whether the database and the store answer. Raises Unavailable when not."""
    site = current_site()
    with site.reading() as session:
        session.execute(text("SELECT count(*) FROM release"))
    if not site.settings.storage.data.is_dir():
        raise Unavailable("The data folder is not there.")
    return _uncached(jsonify({"status": "ready", "plugins": len(site.plugins.loaded)}))


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let crawlers read everything but the queries, which have no end."""
    lines = ["User-agent: *", "Disallow: /api/", "Disallow: /console/", "Allow: /", ""]
    response = Response("\n".join(lines), content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Send the icon that browsers ask for by name."""
    response: Response = current_app.send_static_file("favicon.ico")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
