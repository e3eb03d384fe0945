"""The legal clock over HTTP: what is asked, what is registered, what is answered."""

from marshmallow import RAISE, Schema, fields, validate

from gongkai.schemas.common import (
    TextSchema,
    require_known_day,
    require_known_moment,
    text_field,
)

_NOTE = validate.Length(0, 2000, error="Write at most 2,000 characters.")
_REASON = validate.Length(1, 2000, error="Write 1 to 2,000 characters.")


class RuleSchema(Schema):
    """A deadline rule with its source; `is_default` marks the product's own figures."""

    key = fields.String(required=True)
    title = text_field()
    actor = fields.Nested(TextSchema, required=True, allow_none=True)
    trigger = text_field()
    length = fields.Integer(required=True, allow_none=True)
    unit = fields.String(required=True)
    extension_length = fields.Integer(required=True, allow_none=True)
    fixed_month_day = fields.String(required=True, allow_none=True)
    time_of_day = fields.String(required=True, allow_none=True)
    days_before = fields.Integer(required=True)
    source = text_field()
    article = fields.String(required=True)
    level = fields.String(
        required=True, metadata={"description": "law, regulation, rule, local or default."}
    )
    grade = fields.String(
        required=True, metadata={"description": "How well the source is known: S, V, E, M."}
    )
    is_default = fields.Boolean(required=True)
    overrides = fields.List(fields.String(), required=True)
    regions = fields.List(fields.String(), required=True)
    overridable_by_local = fields.Boolean(required=True)
    effective_from = fields.String(required=True, allow_none=True)
    effective_to = fields.String(required=True, allow_none=True)
    remind_before = fields.List(fields.Integer(), required=True)
    description = text_field()


class DueQuerySchema(Schema):
    """A day, or an instant for rules that count hours, and the rule to count by."""

    start = fields.String(
        required=True,
        data_key="from",
        metadata={"description": "A day such as 2026-01-30, or 2026-01-30T14:30 in Shanghai."},
    )
    rule = fields.String(load_default="proactive_20wd")
    effective_on = fields.Date(
        validate=require_known_day,
        metadata={"description": "The day a price takes effect, …"},
    )


class DueAnswerSchema(Schema):
    """Until when, by which rule, and how it was counted."""

    start = fields.String(required=True, data_key="from", attribute="from")
    due_on = fields.String(required=True, metadata={"format": "date"})
    due_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    provisional = fields.Boolean(
        required=True, metadata={"description": "An estimate: a year's notice is not loaded."}
    )
    missing_year = fields.Integer(required=True, allow_none=True)
    rule = fields.Nested(RuleSchema, required=True)
    source = text_field()
    why = fields.List(fields.Nested(TextSchema), required=True)


class FormedInformationSchema(Schema):
    """Information that was formed or changed on a day; an unknown key is refused."""

    class Meta:
        unknown = RAISE

    item = fields.String(required=True)
    formed_on = fields.Date(required=True, validate=require_known_day)
    formed_at = fields.AwareDateTime(
        load_default=None,
        validate=require_known_moment,
        metadata={"description": "For rules that count hours."},
    )
    effective_on = fields.Date(load_default=None, validate=require_known_day)
    rule = fields.String(load_default=None)
    note = fields.String(load_default="", validate=_NOTE)


class StartedClockSchema(Schema):
    """An obligation as the one who touched it sees it."""

    id = fields.Integer(required=True)
    dataset = fields.String(required=True)
    rule = fields.String(required=True)
    source = text_field()
    occasion = fields.String(required=True)
    formed_on = fields.String(required=True, metadata={"format": "date"})
    due_on = fields.String(required=True, metadata={"format": "date"})
    due_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    provisional = fields.Boolean(required=True)
    state = fields.String(required=True)


class AdjustmentSchema(Schema):
    """Why a clock is touched, and from or until when."""

    class Meta:
        unknown = RAISE

    reason = fields.String(required=True, validate=_REASON)
    on = fields.Date(load_default=None, validate=require_known_day)
