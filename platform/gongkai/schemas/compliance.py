"""Due dates, obligations and the scoreboard as the API shows them."""

from marshmallow import Schema, fields, validate

from gongkai.domain.compliance import DEFAULT_SORT, SORTS, Grouping
from gongkai.domain.items import RuleLevel, SourceGrade
from gongkai.models.obligation import ObligationState
from gongkai.schemas.common import ListQuerySchema, PageSchema, text_field
from gongkai.schemas.institution import InstitutionNameSchema

STATES = [state.value for state in ObligationState]
GROUPINGS = [by.value for by in Grouping]
SORTED = [f"{sign}{name}" for name in SORTS for sign in ("", "-")]
_STATE = {"enum": STATES}
_DAY = {"format": "date"}
_MOMENT = {"format": "date-time"}


class DueRuleSchema(Schema):
    """By which rule something is due, and how well its source is known."""

    key = fields.String(required=True)
    title = text_field(required=True)
    source = text_field(required=True)
    article = fields.String(required=True)
    grade = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "enum": [*(grade.value for grade in SourceGrade), None],
            "description": "S and V: read in the source; E: seen in an excerpt; M: unconfirmed; "
            "default: the product's own.",
        },
    )
    level = fields.String(
        required=True,
        allow_none=True,
        metadata={"enum": [*(level.value for level in RuleLevel), None]},
    )
    is_default = fields.Boolean(
        required=True,
        metadata={"description": "The length is the product's own, not settled law."},
    )


class OccasionSchema(Schema):
    """What an obligation comes from: a period, a change on a day, the starting plan."""

    key = fields.String(required=True, metadata={"example": "period:2026-Q1"})
    title = text_field(required=True)


class DueSchema(Schema):
    """When something is due, by which rule, from which source."""

    due_on = fields.String(required=True, metadata=_DAY)
    due_at = fields.String(required=True, allow_none=True, metadata=_MOMENT)
    provisional = fields.Boolean(
        required=True,
        metadata={"description": "An estimate; it never makes anything overdue."},
    )
    missing_year = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The year whose public holidays are not known yet."},
    )
    reason = text_field(required=True, allow_none=True)
    rule = fields.Nested(DueRuleSchema, required=True)
    state = fields.String(required=True, metadata=_STATE)
    occasion = fields.Nested(OccasionSchema, required=True)


class ObligationLinksSchema(Schema):
    """Where the things of an obligation are."""

    dataset = fields.Url(required=True)
    release = fields.Url(required=True, allow_none=True)


class ObligationSchema(DueSchema):
    """One thing to publish by one day."""

    id = fields.Integer(required=True)
    dataset = fields.String(required=True)
    institution = fields.Nested(InstitutionNameSchema, required=True)
    item = fields.String(required=True)
    title = text_field(required=True)
    trigger_on = fields.String(
        required=True,
        metadata=_DAY | {"description": "The day the clock is counted from; it does not count."},
    )
    working_days_left = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Negative when the day has passed; null when no clock runs."},
    )
    overdue_on = fields.String(required=True, allow_none=True, metadata=_DAY)
    met_at = fields.String(required=True, allow_none=True, metadata=_MOMENT)
    release = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Version of the release that settled it."},
    )
    waived_reason = fields.String(required=True, allow_none=True)
    links = fields.Nested(ObligationLinksSchema, required=True)


class ObligationListSchema(Schema):
    """A page of obligations, by due date."""

    data = fields.List(fields.Nested(ObligationSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class WhichQuerySchema(ListQuerySchema):
    """Whose obligations, of what."""

    institution = fields.String(metadata={"description": "Slug of an institution."})
    type = fields.String(metadata={"description": "Key of an institution type."})
    item = fields.String(metadata={"description": "Key of an item."})
    region = fields.String(
        metadata={
            "description": "Code of a region or its beginning, such as 37; `none` for none given."
        }
    )


class ObligationQuerySchema(WhichQuerySchema):
    """Which obligations to list."""

    state = fields.String(
        validate=validate.OneOf(STATES, error="Write one of the states."),
        metadata={"description": "As shown: an estimate is `provisional` whatever its date."},
    )
    due_from = fields.Date(metadata={"description": "Due on this day or later."})
    due_to = fields.Date(metadata={"description": "Due on this day or earlier."})


class RateSchema(Schema):
    """A share with what it is a share of; `value` is null where that is 0."""

    numerator = fields.Integer(required=True)
    denominator = fields.Integer(required=True)
    value = fields.Float(required=True, allow_none=True)


class RatesSchema(Schema):
    """Shares of what was due."""

    on_time = fields.Nested(RateSchema, required=True)
    late = fields.Nested(RateSchema, required=True)
    overdue = fields.Nested(RateSchema, required=True)


class CountsSchema(Schema):
    """How many obligations stand where; each is counted once."""

    due = fields.Integer(
        required=True, metadata={"description": "on_time + late + overdue: what the rates are of."}
    )
    on_time = fields.Integer(required=True)
    late = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    due_soon = fields.Integer(required=True)
    open = fields.Integer(required=True)
    provisional = fields.Integer(required=True)
    suspended = fields.Integer(required=True)
    waived = fields.Integer(required=True)
    rates = fields.Nested(RatesSchema, required=True)


class ComplianceLineSchema(CountsSchema):
    """One institution, type, item or region."""

    key = fields.String(required=True)
    title = text_field(required=True)


class WindowSchema(Schema):
    """Which due dates are counted; null leaves an end open."""

    since = fields.String(required=True, allow_none=True, metadata=_DAY)
    until = fields.String(required=True, allow_none=True, metadata=_DAY)


class ComplianceSchema(Schema):
    """The scoreboard."""

    by = fields.String(required=True, metadata={"enum": GROUPINGS})
    window = fields.Nested(WindowSchema, required=True)
    total = fields.Nested(CountsSchema, required=True)
    data = fields.List(fields.Nested(ComplianceLineSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class ComplianceQuerySchema(WhichQuerySchema):
    """What the scoreboard is about."""

    by = fields.String(
        load_default=Grouping.INSTITUTION.value,
        validate=validate.OneOf(GROUPINGS, error="Write institution, type, item or region."),
    )
    since = fields.Date(metadata={"description": "Due on this day or later."})
    until = fields.Date(metadata={"description": "Due on this day or earlier."})
    window = fields.String(
        load_default="year",
        validate=validate.OneOf(("year", "all"), error="Write year or all."),
        metadata={
            "description": "Without since and until: what fell due in the last twelve months and "
            "what is still ahead, or all."
        },
    )
    sort = fields.String(
        load_default=DEFAULT_SORT,
        validate=validate.OneOf(SORTED, error="Write a figure to sort by; - puts the most first."),
        metadata={"description": "A figure, `name`, `key` or `rate`; `-` puts the most first."},
    )
    format = fields.String(
        load_default="json",
        validate=validate.OneOf(("json", "csv"), error="Write json or csv."),
        metadata={"description": "CSV has every line at once."},
    )
