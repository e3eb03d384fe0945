"""What is owed: since when, until when, by which article, and what became of it."""

from typing import Any

from gongkai.api.blueprint import Blueprint
from gongkai.api.lists import listed
from gongkai.domain.compliance import Window
from gongkai.models.obligation import ObligationState
from gongkai.schemas.compliance import ObligationListSchema, ObligationQuerySchema
from gongkai.services.calendar import find_calendar
from gongkai.services.compliance import Which, list_obligations
from gongkai.web import current_site
from gongkai.web.describe import describe_obligation
from gongkai.web.language import marked

blueprint = Blueprint("obligations", __name__, description="What is due, and what became of it.")
MESSAGES = (marked("Write one of the states."),)


@blueprint.route("/obligations")
@blueprint.arguments(ObligationQuerySchema, location="query")
@blueprint.response(200, ObligationListSchema)
def obligations(asked: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List obligations by due date, each with its rule, its source and its state."""
    site = current_site()
    which = Which(
        institution=asked.get("institution"),
        type_key=asked.get("type"),
        item=asked.get("item"),
        region=asked.get("region"),
        window=Window(asked.get("due_from"), asked.get("due_to")),
    )
    state = ObligationState(asked["state"]) if "state" in asked else None
    with site.reading() as session:
        found = list_obligations(
            session,
            which,
            now=site.now(),
            state=state,
            limit=asked["limit"],
            after=asked["cursor"],
        )
        calendar = find_calendar(session)
        data = [
            describe_obligation(one, found.versions.get(one.met_release_id or 0), calendar, site)
            for one in found.items
        ]
    return listed(data, limit=asked["limit"], next_cursor=found.next, total=found.total)
