"""Small addresses for programs: health, robots, favicon."""

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text

from gongkai.errors import Unavailable
from gongkai.jobs.standing import Standing, standing_of
from gongkai.web import current_site

blueprint = Blueprint("service", __name__)
# A site whose worker has never run is given as long as one whose worker fell silent.
_STARTED = datetime.now(UTC)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that the process answers."""
    return _uncached(jsonify({"status": "ok"}))


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell whether the database, the store and the scheduled work answer.

    ``warnings`` are what will need somebody: scheduled work that fails or that nobody is known
    to do, a calendar that soon ends. Raises Unavailable when the site cannot serve, or when
    the worker that belongs to it has been silent for hours.
    """
    site = current_site()
    if not site.settings.storage.data.is_dir():
        raise Unavailable("The data folder is not there.")
    with site.reading() as session:
        session.execute(text("SELECT count(*) FROM release"))
        standing = standing_of(session, now=site.now())
    if standing.is_silent(since=_STARTED) and site.settings.runs_worker_inside:
        raise Unavailable(
            "Due dates have not been checked for more than two hours; run `gongkai worker`."
        )
    checked, known = standing.checked_at, standing.calendar
    age = int((standing.at - checked).total_seconds()) if checked else None
    return _uncached(
        jsonify(
            {
                "status": "ready",
                "plugins": len(site.plugins.loaded),
                "scheduler": {"age_seconds": age, "failed": standing.failed},
                "calendar": {
                    "known_until": known.known_until.isoformat() if known.known_until else None,
                    "days_left": known.days_left,
                },
                "warnings": list(_warnings(standing)),
            }
        )
    )


def _warnings(standing: Standing) -> Iterator[str]:
    if standing.checked_at is None:
        yield "scheduler-never-ran"
    elif standing.is_silent():
        yield "scheduler-silent"
    if standing.failed:
        yield "job-failed"
    if any(one.is_ahead for one in standing.jobs):
        yield "clock-set-back"
    if standing.calendar.is_short:
        yield "calendar-short"


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
