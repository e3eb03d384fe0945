"""The legal clock: until when, what started it, and what the supervising authority does to it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Response, jsonify

from gongkai.api.access import current_actor, writer
from gongkai.api.blueprint import Blueprint
from gongkai.api.idempotency import answered_once
from gongkai.domain.compliance import FIRST_DAY, LAST_DAY
from gongkai.domain.deadlines import Trigger
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.models.obligation import Obligation
from gongkai.schemas.clock import (
    AdjustmentSchema,
    DueAnswerSchema,
    DueQuerySchema,
    FormedInformationSchema,
    StartedClockSchema,
)
from gongkai.services import adjusting
from gongkai.services.access import require_role, require_scope
from gongkai.services.catalog import get_institution, get_or_open_dataset
from gongkai.services.clock import Clock, clock_of
from gongkai.services.due_dates import answer_due
from gongkai.services.obligations import REGISTRARS, Change, get_obligation, register_change
from gongkai.web import current_site
from gongkai.web.errors import InvalidParameter

blueprint = Blueprint("clock", __name__, description="The legal clock.")
TOKEN: list[dict[str, list[str]]] = [{"token": []}]


@blueprint.route("/calendar/due")
@blueprint.arguments(DueQuerySchema, location="query")
@blueprint.response(200, DueAnswerSchema)
def due(asked: dict[str, Any]) -> dict[str, Any]:
    """Say until when something formed on a day must be public, by which rule, and why."""
    site = current_site()
    on, at = _moment(asked["start"])
    trigger = Trigger(on, at, asked.get("effective_on"))
    with site.reading() as session:
        clock = clock_of(session, site.plugins)
        return answer_due(session, clock, asked["rule"], trigger).as_json()


@blueprint.route("/institutions/<slug:institution>/changes", methods=["POST"])
@blueprint.arguments(FormedInformationSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(202, StartedClockSchema)
def register(said: dict[str, Any], institution: str) -> Response:
    """Register that information was formed or changed on a day: starts the clock.

    No file need exist yet. Registering the same day again gives the clock that runs already.
    """
    site, by = current_site(), writer()
    with site.reading() as session:
        require_scope(by, "draft")
        require_role(by, get_institution(session, institution), *REGISTRARS)
    change = Change(
        on=said["formed_on"],
        at=said["formed_at"],
        event_on=said["effective_on"],
        rule_key=said["rule"],
        note=said["note"],
    )

    def act() -> Response:
        now = site.now()
        with site.transaction() as session:
            clock = clock_of(session, site.plugins)
            address = DatasetId(institution, said["item"])
            dataset = get_or_open_dataset(session, site.plugins, address, now=now)
            actor = current_actor(session)
            opened = register_change(session, clock, dataset, change, by=actor, now=now)
            return _dumped(clock, opened, 202)

    return answered_once(by, repr(sorted(said.items())), act)


@blueprint.route("/obligations/<number:obligation_id>/suspend", methods=["POST"])
@blueprint.arguments(AdjustmentSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, StartedClockSchema)
def suspend(said: dict[str, Any], obligation_id: int) -> Response:
    """Stop a clock for a reason; the working days until it is resumed do not count."""

    def verb(session: Any, _: Clock, found: Obligation, now: datetime) -> None:
        day = said["on"] or _today(now)
        by = current_actor(session)
        adjusting.suspend(session, found, reason=said["reason"], since=day, by=by, now=now)

    return _adjusted(obligation_id, said, verb)


@blueprint.route("/obligations/<number:obligation_id>/resume", methods=["POST"])
@blueprint.arguments(AdjustmentSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, StartedClockSchema)
def resume(said: dict[str, Any], obligation_id: int) -> Response:
    """Let a stopped clock run again; the days up to `on` did not count."""

    def verb(session: Any, clock: Clock, found: Obligation, now: datetime) -> None:
        day = said["on"] or _today(now)
        by = current_actor(session)
        adjusting.resume(session, clock, found, until=day, by=by, now=now)

    return _adjusted(obligation_id, said, verb)


@blueprint.route("/obligations/<number:obligation_id>/extend", methods=["POST"])
@blueprint.arguments(AdjustmentSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, StartedClockSchema)
def extend(said: dict[str, Any], obligation_id: int) -> Response:
    """Extend a term once, before its day, where its rule allows it."""

    def verb(session: Any, clock: Clock, found: Obligation, now: datetime) -> None:
        by = current_actor(session)
        adjusting.extend(session, clock, found, reason=said["reason"], by=by, now=now)

    return _adjusted(obligation_id, said, verb)


@blueprint.route("/obligations/<number:obligation_id>/waive", methods=["POST"])
@blueprint.arguments(AdjustmentSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, StartedClockSchema)
def waive(said: dict[str, Any], obligation_id: int) -> Response:
    """Lift an obligation for a reason that stays in the record."""

    def verb(session: Any, _: Clock, found: Obligation, now: datetime) -> None:
        by = current_actor(session)
        adjusting.waive(session, found, reason=said["reason"], by=by, now=now)

    return _adjusted(obligation_id, said, verb)


def _adjusted(
    obligation_id: int,
    said: dict[str, Any],
    verb: Callable[[Any, Clock, Obligation, datetime], None],
) -> Response:
    """Do one verb of the supervising authority and answer with the clock as it is then."""
    site, by = current_site(), writer()
    require_scope(by, "supervise")

    def act() -> Response:
        with site.transaction() as session:
            clock = clock_of(session, site.plugins)
            found = get_obligation(session, obligation_id, for_update=True)
            verb(session, clock, found, site.now())
            return _dumped(clock, found, 200)

    return answered_once(by, repr(sorted(said.items())), act)


def _dumped(clock: Clock, one: Obligation, status: int) -> Response:
    described = {
        "id": one.id,
        "dataset": str(one.dataset.address),
        "rule": one.rule_key,
        "source": clock.rule(one.rule_key).source.as_json(),
        "occasion": one.occasion,
        "formed_on": one.trigger_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "due_at": one.due_at.astimezone(SHANGHAI).isoformat() if one.due_at else None,
        "provisional": one.provisional_year is not None,
        "state": one.shown_state.value,
    }
    response: Response = jsonify(StartedClockSchema().dump(described))
    response.status_code = status
    return response


def _moment(text: str) -> tuple[date, datetime | None]:
    """Return the day, and the instant where one is given. Raises InvalidParameter."""
    try:
        found = datetime.fromisoformat(text)
        local = found.astimezone(SHANGHAI) if found.tzinfo else found.replace(tzinfo=SHANGHAI)
        if not FIRST_DAY <= local.date() <= LAST_DAY:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise InvalidParameter(
            f"from is {text[:40]!r}; write a day such as 2026-01-30, or 2026-01-30T14:30, "
            f"from {FIRST_DAY} to {LAST_DAY}.",
            errors=[{"parameter": "from", "code": "invalid-parameter", "message": text[:40]}],
        ) from error
    return local.date(), local if len(text) > len("2026-01-30") else None


def _today(now: datetime) -> date:
    return shanghai_day(now)
