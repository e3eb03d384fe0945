"""Rectification: how many cases are open and closed, and for those concerned the cases."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from gongkai.api.access import current_actor, writer
from gongkai.api.blueprint import Blueprint
from gongkai.api.idempotency import answered_once
from gongkai.api.lists import listed
from gongkai.models import RectificationCase
from gongkai.schemas.rectification import (
    CommentActSchema,
    RecheckActSchema,
    RectificationDetailsSchema,
    RectificationListSchema,
    RectificationQuerySchema,
    WordsActSchema,
)
from gongkai.services import rectification_acts as acts
from gongkai.services.access import Actor
from gongkai.services.case_notices import tell
from gongkai.services.clock import Clock, clock_of
from gongkai.web import current_site
from gongkai.web.describe import Described, instant

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
Verb = Callable[[Session, Clock, RectificationCase, Actor], RectificationCase]

blueprint = Blueprint(
    "rectifications", __name__, description="Findings, and what institutions do about them."
)


@blueprint.route("/rectifications")
@blueprint.arguments(RectificationQuerySchema, location="query")
@blueprint.response(200, RectificationListSchema)
def list_rectifications(
    asked: dict[str, Any],
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Count the open and the closed cases of each institution.

    With a token, the cases of the institutions that it acts for or supervises come along.
    """
    site = current_site()
    with site.reading() as session:
        by = current_actor(session) if "Authorization" in request.headers else None
        found = acts.count_cases(
            session,
            institution=asked.get("institution"),
            limit=asked["limit"],
            after=asked["cursor"],
        )
        seen = {
            one.institution.id
            for one in found.items
            if by is not None and by.has_role(one.institution.id, *acts.READERS)
        }
        cases: dict[int, list[Described]] = {one: [] for one in seen}
        if seen:
            clock = clock_of(session, site.plugins)
            for case in acts.list_cases(session, sorted(seen)):
                cases[case.institution_id].append(_described(clock, case))
        data = [
            {
                "institution": _named(one.institution),
                "open": one.open,
                "closed": one.closed,
                **({"cases": cases[one.institution.id]} if one.institution.id in seen else {}),
            }
            for one in found.items
        ]
    body, status, headers = listed(
        data, limit=asked["limit"], next_cursor=found.next, total=found.total
    )
    return body, status, {**headers, "Vary": "Authorization"}


@blueprint.route("/rectifications/<number:case_id>")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, RectificationDetailsSchema)
def get_rectification(case_id: int) -> Described:
    """Return a case with everything that happened, for those concerned."""
    site = current_site()
    with site.reading() as session:
        case = acts.get_case(session, case_id, current_actor(session))
        return _detailed(clock_of(session, site.plugins), case)


@blueprint.route("/rectifications/<number:case_id>/acknowledge", methods=["POST"])
@blueprint.arguments(CommentActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, RectificationDetailsSchema)
def acknowledge(said: dict[str, Any], case_id: int) -> Response:
    """Say that the finding has arrived; any post of the institution may."""

    def verb(session: Session, _: Clock, case: RectificationCase, by: Actor) -> RectificationCase:
        return acts.acknowledge(session, case, by=by, now=current_site().now(), **said)

    return _acted(case_id, said, verb)


@blueprint.route("/rectifications/<number:case_id>/start", methods=["POST"])
@blueprint.arguments(CommentActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, RectificationDetailsSchema)
def start(said: dict[str, Any], case_id: int) -> Response:
    """Say that the mending has begun; any post of the institution may."""

    def verb(session: Session, _: Clock, case: RectificationCase, by: Actor) -> RectificationCase:
        return acts.start(session, case, by=by, now=current_site().now(), **said)

    return _acted(case_id, said, verb)


@blueprint.route("/rectifications/<number:case_id>/report", methods=["POST"])
@blueprint.arguments(WordsActSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, RectificationDetailsSchema)
def report(said: dict[str, Any], case_id: int) -> Response:
    """Report what was mended; any post of the institution may.

    What is overdue needs no report: publishing it closes the case.
    """

    def verb(session: Session, _: Clock, case: RectificationCase, by: Actor) -> RectificationCase:
        return acts.report(session, case, by=by, now=current_site().now(), **said)

    return _acted(case_id, said, verb)


@blueprint.route("/rectifications/<number:case_id>/recheck", methods=["POST"])
@blueprint.arguments(RecheckActSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, RectificationDetailsSchema)
def recheck(said: dict[str, Any], case_id: int) -> Response:
    """Close a reported case, or send it back with a new term; for the supervising authority."""

    def verb(
        session: Session, clock: Clock, case: RectificationCase, by: Actor
    ) -> RectificationCase:
        return acts.recheck(session, clock, case, by=by, now=current_site().now(), **said)

    return _acted(case_id, said, verb)


@blueprint.route("/rectifications/<number:case_id>/extend", methods=["POST"])
@blueprint.arguments(WordsActSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, RectificationDetailsSchema)
def extend(said: dict[str, Any], case_id: int) -> Response:
    """Extend the term of this round, once and before its day; for the supervising authority."""

    def verb(
        session: Session, clock: Clock, case: RectificationCase, by: Actor
    ) -> RectificationCase:
        return acts.extend(session, clock, case, by=by, now=current_site().now(), **said)

    return _acted(case_id, said, verb)


def _acted(case_id: int, said: dict[str, Any], verb: Verb) -> Response:
    """Do one step of a case and answer with it as it is then."""
    site, by = current_site(), writer()

    def act() -> Response:
        with site.transaction() as session:
            actor = current_actor(session)
            case = acts.get_case(session, case_id, actor, for_update=True)
            clock = clock_of(session, site.plugins)
            verb(session, clock, case, actor)
            session.flush()
            comment = said.get("comment", "")
            tell(session, clock, site.settings.site, case, comment=comment, now=site.now())
            described = _detailed(clock, case)
        response: Response = jsonify(RectificationDetailsSchema().dump(described))
        return response

    return answered_once(by, repr(sorted(said.items())), act)


def _detailed(clock: Clock, case: RectificationCase) -> Described:
    events = [
        {
            "at": instant(one.at),
            "kind": one.kind,
            "actor": one.actor,
            "comment": one.comment,
            "detail": one.detail,
        }
        for one in case.events
    ]
    return {**_described(clock, case), "events": events}


def _described(clock: Clock, case: RectificationCase) -> Described:
    return {
        "id": case.id,
        "institution": _named(case.institution),
        "dataset": str(case.dataset.address) if case.dataset else None,
        "source": case.source,
        "finding": acts.finding_of(clock, case).as_json(),
        "overdue": case.overdue_count,
        "state": case.state,
        "round": case.round,
        "opened_at": instant(case.opened_at),
        "due_on": case.due_on.isoformat(),
        "provisional": case.provisional_year is not None,
        "is_extended": case.is_extended,
        "is_late": case.is_late,
        "closed_at": instant(case.closed_at),
        "outcome": case.outcome,
        "release": case.release.version if case.release else None,
    }


def _named(institution: Any) -> Described:
    return {"slug": institution.slug, "name": institution.name.as_json()}
