"""Rectification over HTTP: counts for the public, cases for those concerned."""

from marshmallow import Schema, fields, validate

from gongkai.schemas.common import ListQuerySchema, PageSchema, TextSchema
from gongkai.schemas.draft import ActSchema
from gongkai.schemas.institution import InstitutionNameSchema

_NOTE = validate.Length(max=2000, error="Write at most 2,000 characters.")
_WORDS = validate.Length(1, 2000, error="Write 1 to 2,000 characters.")


class RectificationQuerySchema(ListQuerySchema):
    """Whose cases to list."""

    institution = fields.String(metadata={"description": "Slug of an institution."})


class CommentActSchema(ActSchema):
    """What is said beside a step."""

    comment = fields.String(load_default="", validate=_NOTE)


class WordsActSchema(ActSchema):
    """What must be said with a step."""

    comment = fields.String(required=True, validate=_WORDS)


class RecheckActSchema(ActSchema):
    """What the recheck found; failing needs a comment."""

    passed = fields.Boolean(required=True)
    comment = fields.String(load_default="", validate=_NOTE)


class RectificationEventSchema(Schema):
    """One thing that happened to a case; `actor` is empty for what the clock did."""

    at = fields.String(required=True, metadata={"format": "date-time"})
    kind = fields.String(required=True)
    actor = fields.String(required=True)
    comment = fields.String(required=True)
    detail = fields.Dict(required=True)


class RectificationSchema(Schema):
    """A finding, its present round, and everything that happened."""

    id = fields.Integer(required=True)
    institution = fields.Nested(InstitutionNameSchema, required=True)
    dataset = fields.String(required=True, allow_none=True)
    source = fields.String(
        required=True,
        metadata={"enum": ["overdue", "check", "inspection", "complaint", "assessment", "audit"]},
    )
    finding = fields.Nested(TextSchema, required=True)
    overdue = fields.Integer(
        required=True,
        metadata={"description": "How many of the dataset's periods and changes are overdue now."},
    )
    state = fields.String(
        required=True,
        metadata={
            "enum": ["finding_sent", "acknowledged", "rectifying", "reported", "again", "closed"]
        },
    )
    round = fields.Integer(required=True)
    opened_at = fields.String(required=True, metadata={"format": "date-time"})
    due_on = fields.String(required=True, metadata={"format": "date"})
    provisional = fields.Boolean(
        required=True, metadata={"description": "An estimate: a year's notice is not loaded."}
    )
    is_extended = fields.Boolean(required=True)
    is_late = fields.Boolean(required=True)
    closed_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    outcome = fields.String(
        required=True,
        allow_none=True,
        metadata={"enum": ["passed", "published", "waived", "moved", None]},
    )
    release = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The version of the dataset that settled it."},
    )


class RectificationDetailsSchema(RectificationSchema):
    """A case with its history, oldest first."""

    events = fields.List(fields.Nested(RectificationEventSchema), required=True)


class RectificationCountsSchema(Schema):
    """How many cases an institution has; the cases themselves are for those concerned."""

    institution = fields.Nested(InstitutionNameSchema, required=True)
    open = fields.Integer(required=True)
    closed = fields.Integer(required=True)
    cases = fields.List(
        fields.Nested(RectificationSchema),
        metadata={
            "description": "With a token of this institution or of the supervising authority: "
            "the cases, the open ones that end first first; at most 1000 on a page."
        },
    )


class RectificationListSchema(Schema):
    """A page of institutions that have had a case, by slug."""

    data = fields.List(fields.Nested(RectificationCountsSchema), required=True)
    page = fields.Nested(PageSchema, required=True)
