"""The page on the scheduled work: what ran, what runs next, how far the calendar reaches."""

from flask import Blueprint, Response

from gongkai.jobs.standing import JobStanding, standing_of
from gongkai.web import current_site
from gongkai.web.describe import Described
from gongkai.web.language import marked
from gongkai.web.pages import page

blueprint = Blueprint("status_pages", __name__, template_folder="templates")

# Outcome → its word and the mark's class.
_OUTCOMES = {
    "running": (marked("Running"), ""),
    "done": (marked("Done"), "current"),
    "failed": (marked("Failed"), "withdrawn"),
}


@blueprint.get("/status")
def status() -> Response:
    """Show the scheduled work. Which host does it, and the words of an error, stay inside."""
    site = current_site()
    with site.reading() as session:
        standing = standing_of(session, now=site.now())
    return page(
        "portal/status.html",
        jobs=[_describe(one) for one in standing.jobs],
        checked_at=standing.checked_at,
        is_silent=standing.is_silent(),
        calendar=standing.calendar,
    )


def _describe(one: JobStanding) -> Described:
    last = one.last
    word, mark = _OUTCOMES[last.outcome] if last else ("", "")
    return {
        "key": one.job.key,
        "title": one.job.title,
        "last_at": (last.ended_at or last.started_at) if last else None,
        "outcome": word,
        "mark": mark,
        "seconds": f"{last.seconds:.2f}" if last and last.ended_at else "",
        "found": last.found if last and last.ended_at else None,
        "next_at": one.next_at,
        "waiting": one.waiting,
    }
