"""Drafts: what comes with a file, what a signer says, and what a draft looks like."""

from marshmallow import RAISE, Schema, fields, validate

from gongkai.rows.encodings import ENCODING_CHOICES
from gongkai.schemas.common import SHA256, QuerySchema, TextSchema, require_known_day
from gongkai.schemas.institution import InstitutionNameSchema

_NOTE = validate.Length(max=2000, error="Write at most 2,000 characters.")
_DIGEST = validate.Regexp(SHA256, error="Write the 64 hexadecimal digits of a SHA-256.")


def _encoding() -> fields.String:
    known = ", ".join(ENCODING_CHOICES)
    return fields.String(
        validate=validate.OneOf(ENCODING_CHOICES, error=f"Write one of {known}."),
        metadata={"description": "How the text is encoded, chosen from the report's previews."},
    )


class DraftDetailsSchema(QuerySchema):
    """What is said about a file, in the query or as fields of the form."""

    encoding = _encoding()
    filename = fields.String(
        validate=validate.Length(1, 255, error="Write 1 to 255 characters."),
        metadata={"description": "What the file is called; its ending is a hint."},
    )
    change_note = fields.String(
        load_default="", validate=_NOTE, metadata={"description": "What changed, and why."}
    )
    formed_on = fields.Date(
        load_default=None,
        validate=require_known_day,
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
        metadata={"description": "Whose datasets the file is compared with and refers to."},
    )
    encoding = _encoding()
    filename = fields.String(
        validate=validate.Length(1, 255, error="Write 1 to 255 characters."),
        metadata={"description": "What the file is called; its ending is a hint."},
    )


class ContentQuerySchema(QuerySchema):
    """What is said about replaced content."""

    encoding = _encoding()
    filename = fields.String(
        validate=validate.Length(1, 255, error="Write 1 to 255 characters."),
        metadata={"description": "What the file is called; its ending is a hint."},
    )


class WorkbookQuerySchema(QuerySchema):
    """Which language a workbook speaks."""

    lang = fields.String(
        validate=validate.OneOf(("zh", "en"), error="Write zh or en."),
        metadata={"description": "Language of the workbook."},
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


class VerdictSchema(ActSchema):
    """What the reviewer decides on one finding."""

    code = fields.String(
        required=True,
        validate=validate.Length(1, 200, error="Write 1 to 200 characters."),
        metadata={"description": "The finding's code."},
    )
    field = fields.String(
        required=True,
        allow_none=True,
        validate=validate.Length(1, 200, error="Write 1 to 200 characters."),
        metadata={"description": "The finding's field; null where the whole file is meant."},
    )
    decision = fields.String(
        required=True,
        validate=validate.OneOf(("override", "accept"), error="Write override or accept."),
        metadata={
            "enum": ["override", "accept"],
            "description": "`override` what blocks, with a reason; `accept` what is for review.",
        },
    )
    reason = fields.String(
        load_default="",
        validate=_NOTE,
        metadata={"description": "Why it may be public. It stays in the record, unpublished."},
    )


class ReviewActSchema(SignatureActSchema):
    """What the reviewer says, and their decision on every finding of the content."""

    findings = fields.List(
        fields.Nested(VerdictSchema),
        load_default=list,
        metadata={"description": "One entry for each finding; with it goes `content_sha256`."},
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


class DecidedFindingSchema(Schema):
    """One decision on a finding, by the reviewer."""

    decision = fields.String(required=True, metadata={"enum": ["override", "accept"]})
    reason = fields.String(required=True)
    by = fields.String(required=True)
    round = fields.Integer(required=True)
    content_sha256 = fields.String(required=True)
    decided_at = fields.String(required=True, metadata={"format": "date-time"})
    is_in_force = fields.Boolean(
        required=True,
        metadata={"description": "False once the draft was returned or has other content."},
    )


class FindingSchema(Schema):
    """What the checks put to the reviewer: one kind of problem in one field."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    field = fields.String(required=True, allow_none=True)
    label = fields.Nested(TextSchema, required=True, allow_none=True)
    message = fields.Nested(TextSchema, required=True)
    severity = fields.String(
        required=True,
        metadata={
            "enum": ["error", "review"],
            "description": "`error` blocks until it is overridden; `review` is to be accepted.",
        },
    )
    total = fields.Integer(required=True)
    rows = fields.List(
        fields.Integer(), required=True, metadata={"description": "The first of the rows."}
    )
    source = fields.String(required=True)
    content_sha256 = fields.String(required=True)
    found_at = fields.String(required=True, metadata={"format": "date-time"})
    is_current = fields.Boolean(
        required=True, metadata={"description": "Whether it is of the draft's present content."}
    )
    is_decided = fields.Boolean(
        required=True, metadata={"description": "Whether a decision on it is in force."}
    )
    decisions = fields.List(fields.Nested(DecidedFindingSchema), required=True)


class FindingListSchema(Schema):
    """Every finding of a draft, of earlier content too, with every decision."""

    data = fields.List(fields.Nested(FindingSchema), required=True)


class ReportSchema(Schema):
    """What the checks found: true totals, the first places of each kind."""

    item = fields.String()
    row_count = fields.Integer()
    blocks = fields.Boolean()
    overridable = fields.Boolean(
        metadata={
            "description": "Whether it is only the confidentiality gate that blocks, so that the "
            "reviewer may override each finding with a reason."
        }
    )
    totals = fields.Dict()
    file = fields.Dict()
    normalized = fields.Dict()
    comparison = fields.Dict(
        allow_none=True, metadata={"description": "What differs from the last release."}
    )
    control = fields.Dict(
        allow_none=True,
        metadata={"description": "Small counts of persons that were hidden or rounded."},
    )
    kinds = fields.List(
        fields.Dict(),
        metadata={"description": "For people: each kind with its title, advice and first places."},
    )
    groups = fields.List(fields.Dict())


class DraftLinksSchema(Schema):
    """Where a draft is and, once published, what it became."""

    self = fields.Url(required=True)
    report = fields.Url(required=True)
    findings = fields.Url(required=True)
    workbook = fields.Url(
        allow_none=True, metadata={"description": "The file with the wrong cells marked."}
    )
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
        metadata={"description": "What is signed; null while there is nothing that may be."},
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
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata={"description": "What the reviewer must decide about the present content."},
    )
    notice = fields.Dict(required=True, allow_none=True)
    report = fields.Nested(ReportSchema, required=True)
    links = fields.Nested(DraftLinksSchema, required=True)
