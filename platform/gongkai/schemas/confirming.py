"""Confirming over HTTP that what is public still holds."""

from marshmallow import Schema, fields, validate

from gongkai.schemas.common import require_known_day
from gongkai.schemas.draft import ActSchema


class ConfirmSchema(ActSchema):
    """Up to which day it holds."""

    until = fields.Date(
        load_default=None,
        validate=require_known_day,
        metadata={"description": "What was formed by this day is settled; today without."},
    )
    note = fields.String(
        load_default="", validate=validate.Length(max=2000, error="Write at most 2,000 characters.")
    )


class ConfirmedObligationSchema(Schema):
    """One duty that the confirmation settled."""

    occasion = fields.String(required=True)
    due_on = fields.String(required=True, metadata={"format": "date"})
    state = fields.String(required=True, metadata={"enum": ["met", "met_late"]})


class ConfirmedSchema(Schema):
    """What a confirmation settled."""

    dataset = fields.String(required=True)
    settled = fields.List(fields.Nested(ConfirmedObligationSchema), required=True)
