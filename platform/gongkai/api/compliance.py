"""The scoreboard: how duties are kept, by institution, type, item and region."""

from typing import Any

from flask import Response, jsonify

from gongkai.api.blueprint import Blueprint
from gongkai.api.lists import listed, stretch
from gongkai.domain.compliance import Grouping, Window, sort_lines, total
from gongkai.domain.times import shanghai_day
from gongkai.schemas.compliance import ComplianceQuerySchema, ComplianceSchema
from gongkai.services.compliance import Which
from gongkai.services.compliance import compliance as count
from gongkai.web import current_site
from gongkai.web.compliance import describe_counts, describe_line, write_csv
from gongkai.web.language import marked

blueprint = Blueprint("compliance", __name__, description="How duties are kept.")
MESSAGES = (
    marked("Write institution, type, item or region."),
    marked("Write year or all."),
    marked("Write a figure to sort by; - puts the most first."),
)


@blueprint.route("/compliance")
@blueprint.arguments(ComplianceQuerySchema, location="query")
@blueprint.response(200, ComplianceSchema)
@blueprint.alt_response(
    200,
    schema={"type": "string"},
    content_type="text/csv",
    description="The same lines, all at once; an empty rate where nothing was due.",
    success=True,
)
def compliance(asked: dict[str, Any]) -> Response:
    """Count what was due, on time, late, overdue and provisional; rates with denominators."""
    site = current_site()
    by, window = Grouping(asked["by"]), _window(asked)
    which = Which(
        institution=asked.get("institution"),
        type_key=asked.get("type"),
        item=asked.get("item"),
        region=asked.get("region"),
        window=window,
    )
    with site.reading() as session:
        found = count(session, site.plugins, by, which, now=site.now())
    lines = sort_lines(found, asked["sort"])
    if asked["format"] == "csv":
        headers = {"Content-Disposition": f'attachment; filename="compliance-by-{by}.csv"'}
        return Response(write_csv(lines), headers=headers, content_type="text/csv; charset=utf-8")
    data = [describe_line(line) for line in lines]
    part, following = stretch(data, "key", limit=asked["limit"], cursor=asked["cursor"])
    body, status, headers = listed(
        part, limit=asked["limit"], next_cursor=following, total=len(data)
    )
    about = {
        "by": by.value,
        "window": {
            "since": window.since.isoformat() if window.since else None,
            "until": window.until.isoformat() if window.until else None,
        },
        "total": describe_counts(total(found)),
    }
    response: Response = jsonify(ComplianceSchema().dump(about | body))
    response.status_code = status
    response.headers.update(headers)
    return response


def _window(asked: dict[str, Any]) -> Window:
    since, until = asked.get("since"), asked.get("until")
    if since is None and until is None and asked["window"] == "year":
        return Window.last_year(shanghai_day(current_site().now()))
    return Window(since, until)
