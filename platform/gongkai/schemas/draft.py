"""Drafts: what comes with a file, what a signer says, and what a draft looks like."""

from marshmallow import RAISE, Schema, fields, validate

from gongkai.schemas.common import SHA256, QuerySchema
from gongkai.schemas.institution import InstitutionNameSchema

_NOTE = validate.Length(max=2000, error="Write at most 2,000 characters.")
_DIGEST = validate.Regexp(SHA256, error="Write the 64 hexadecimal digits of a SHA-256.")


class DraftDetailsSchema(QuerySchema):
    """What is said about a file, in the query or as fields of the form."""

    filename = fields.String(
        validate=validate.Length(1, 255, error="Write 1 to 255 characters."),
        metadata={"description": "What the file is called; its ending is a hint."},
    )
    change_note = fields.String(
        load_default="", validate=_NOTE, metadata={"description": "What changed, and why."}
    )
    formed_on = fields.Date(
        load_default=None,
        metadata={"description": "The day the information was formed or changed."},
    )
    correction = fields.Boolean(
        load_default=False, metadata={"description": "Whether it corrects what was published."}
    )
    authorised_doc = fields.String(
        load_default="",
        validate=validate.Length(max=100, error="Write at most 100 characters."),
        metadata={"description": "Number of the authorising document, where one is needed."},
    )


class ValidationQuerySchema(QuerySchema):
    """Which item a file is checked against."""

    item = fields.String(required=True, metadata={"description": "Key of an item."})
    institution = fields.String(
        load_default=None,
        metadata={"description": "Whose other datasets references are looked up in."},
    )
    filename = fields.String(
        validate=validate.Length(1, 255, error="Write 1 to 255 characters."),
        metadata={"description": "What the file is called; its ending is a hint."},
    )


class ContentQuerySchema(QuerySchema):
    """What is said about replaced content."""

    filename = fields.String(
        validate=validate.Length(1, 255, error="Write 1 to 255 characters."),
        metadata={"description": "What the file is called; its ending is a hint."},
    )


class ActSchema(Schema):
    """A body; an unknown key is a typo and is refused."""

    class Meta:
        unknown = RAISE


class SignatureActSchema(ActSchema):
    """What a signer says, and about exactly which content."""

    comment = fields.String(load_default="", validate=_NOTE)
    content_sha256 = fields.String(
        load_default=None,
        validate=_DIGEST,
        metadata={"description": "The content you looked at; refused if it changed since."},
    )


class ReasonActSchema(ActSchema):
    """Why something is sent back or withdrawn."""

    reason = fields.String(
        required=True, validate=validate.Length(1, 2000, error="Write 1 to 2,000 characters.")
    )


class EmptyActSchema(ActSchema):
    """A verb that needs nothing said."""


class SignatureSchema(Schema):
    """One decision on exact content."""

    step = fields.String(required=True)
    by = fields.String(required=True)
    decision = fields.String(required=True)
    round = fields.Integer(required=True)
    content_sha256 = fields.String(required=True)
    comment = fields.String(required=True)
    signed_at = fields.String(required=True, metadata={"format": "date-time"})


class ReportSchema(Schema):
    """What the checks found: true totals, the first places of each kind."""

    item = fields.String()
    row_count = fields.Integer()
    blocks = fields.Boolean()
    totals = fields.Dict()
    file = fields.Dict()
    normalized = fields.Dict()
    groups = fields.List(fields.Dict())


class DraftLinksSchema(Schema):
    """Where a draft is and, once published, what it became."""

    self = fields.Url(required=True)
    report = fields.Url(required=True)
    published = fields.Url(allow_none=True)


class DraftSchema(Schema):
    """Content on its way to the public, who must sign it, and who has."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["data", "news"]})
    state = fields.String(required=True)
    institution = fields.Nested(InstitutionNameSchema, required=True)
    dataset = fields.String(required=True, allow_none=True)
    round = fields.Integer(required=True)
    tier = fields.Integer(required=True)
    content_sha256 = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What is signed; null while the report blocks."},
    )
    file_name = fields.String(required=True)
    row_count = fields.Integer(required=True)
    change_note = fields.String(required=True)
    is_correction = fields.Boolean(required=True)
    formed_on = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    authorised_doc = fields.String(required=True, allow_none=True)
    created_at = fields.String(required=True, metadata={"format": "date-time"})
    created_by = fields.String(required=True)
    steps = fields.List(fields.String(), required=True)
    pending = fields.List(fields.String(), required=True)
    signatures = fields.List(fields.Nested(SignatureSchema), required=True)
    notice = fields.Dict(required=True, allow_none=True)
    report = fields.Nested(ReportSchema, required=True)
    links = fields.Nested(DraftLinksSchema, required=True)
