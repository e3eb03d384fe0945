"""Confirming that what is public still holds."""

from typing import Any

from flask import Response, jsonify

from gongkai.api.access import current_actor, writer
from gongkai.api.blueprint import Blueprint
from gongkai.api.idempotency import answered_once
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import shanghai_day
from gongkai.schemas.confirming import ConfirmedSchema, ConfirmSchema
from gongkai.services.catalog import get_dataset
from gongkai.services.settling import confirm
from gongkai.web import current_site

blueprint = Blueprint(
    "confirming", __name__, description="What is due is public already and still holds."
)


@blueprint.route("/datasets/<slug:institution>/<key:item>/confirm", methods=["POST"])
@blueprint.arguments(ConfirmSchema, location="json")
@blueprint.doc(security=[{"token": []}])
@blueprint.response(200, ConfirmedSchema)
def confirm_unchanged(said: dict[str, Any], institution: str, item: str) -> Response:
    """Settle what is due where nothing changed, by the release that is public.

    For whoever may publish. What was formed by `until` (today without) is settled.
    """
    site, by = current_site(), writer()

    def act() -> Response:
        now = site.now()
        with site.transaction() as session:
            dataset = get_dataset(session, DatasetId(institution, item))
            settled = confirm(
                session,
                dataset,
                until=said["until"] or shanghai_day(now),
                by=current_actor(session),
                now=now,
                note=said["note"],
            )
            body = {
                "dataset": f"{institution}/{item}",
                "settled": [
                    {
                        "occasion": one.occasion,
                        "due_on": one.due_on.isoformat(),
                        "state": one.state,
                    }
                    for one in settled
                ],
            }
        response: Response = jsonify(ConfirmedSchema().dump(body))
        return response

    return answered_once(by, repr(sorted(said.items())), act)
