"""Notices: read by all, written with a token."""

from typing import Any

from flask import Response, jsonify

from gongkai.api.access import current_actor, writer
from gongkai.api.blueprint import Blueprint
from gongkai.api.describe_drafts import describe_draft
from gongkai.api.idempotency import answered_once
from gongkai.api.lists import listed
from gongkai.schemas.draft import DraftSchema
from gongkai.schemas.news import (
    NoticeDraftSchema,
    NoticeListSchema,
    NoticeQuerySchema,
    NoticeSchema,
)
from gongkai.services import catalog
from gongkai.services.news import draft_notice
from gongkai.web import current_site
from gongkai.web.describe import Described, describe_notice

blueprint = Blueprint("news", __name__, description="Short notices of institutions.")


@blueprint.route("/news")
@blueprint.arguments(NoticeQuerySchema, location="query")
@blueprint.response(200, NoticeListSchema)
def list_notices(asked: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List notices, newest first."""
    with current_site().reading() as session:
        found = catalog.list_notices(
            session,
            institution=asked.get("institution"),
            limit=asked["limit"],
            after=asked["cursor"],
        )
        data = [describe_notice(notice) for notice in found.items]
    return listed(data, limit=asked["limit"], next_cursor=found.next, total=found.total)


@blueprint.route("/news/<number:notice_id>")
@blueprint.response(200, NoticeSchema)
def get_notice(notice_id: int) -> Described:
    """Return one notice; 410 with the reason for a withdrawn one."""
    with current_site().reading() as session:
        return describe_notice(catalog.get_notice(session, notice_id))


@blueprint.route("/news", methods=["POST"])
@blueprint.arguments(NoticeDraftSchema, location="json")
@blueprint.doc(security=[{"token": []}])
@blueprint.response(202, DraftSchema)
def create_notice(said: dict[str, Any]) -> Response:
    """Write a notice down as a draft, to be signed like any other."""
    site, by = current_site(), writer()

    def act() -> Response:
        with site.transaction() as session:
            draft = draft_notice(
                session,
                said["institution"],
                title=said["title"],
                body_markdown=said["body_markdown"],
                language=said["language"],
                by=current_actor(session),
                now=site.now(),
            )
            described = describe_draft(session, draft)
        response: Response = jsonify(DraftSchema().dump(described))
        response.status_code = 202
        response.headers["Location"] = described["links"]["self"]
        return response

    return answered_once(by, repr(sorted(said.items())), act)
