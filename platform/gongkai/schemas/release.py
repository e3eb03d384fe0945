"""Releases and their files as the API shows them."""

from marshmallow import Schema, fields

from gongkai.schemas.common import FeedLinksSchema, ListQuerySchema, PageSchema, text_field


class FileSchema(Schema):
    """One file of a release; without ``url``, the note says why it is not there."""

    name = fields.String(required=True)
    title = text_field(required=True)
    media_type = fields.String(required=True)
    byte_size = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    url = fields.Url(required=True, allow_none=True)
    latest_url = fields.Url(required=True, allow_none=True)
    note = text_field(required=True, allow_none=True)


class WithdrawalSchema(Schema):
    """When and why a release was withdrawn."""

    at = fields.String(required=True)
    reason = fields.String(required=True)


class ReleaseLinksSchema(Schema):
    """Where a release is."""

    page = fields.Url(required=True)
    self = fields.Url(required=True)
    records = fields.Url(required=True)
    feeds = fields.Nested(FeedLinksSchema, required=True)


class ReleaseSchema(Schema):
    """One immutable version of a dataset."""

    dataset = fields.String(required=True)
    version = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": ["current", "superseded", "withdrawn"]})
    issued = fields.String(required=True, metadata={"format": "date-time"})
    sha256 = fields.String(
        required=True, metadata={"description": "SHA-256 of data.csv: what was signed."}
    )
    row_count = fields.Integer(required=True)
    is_correction = fields.Boolean(required=True)
    change_note = fields.String(required=True)
    formed_on = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    authorised_doc = fields.String(required=True, allow_none=True)
    changes = fields.Dict(
        required=True, metadata={"description": "Rows added, removed and changed, and columns."}
    )
    control = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "Small counts of persons that are not told: how many, and why."},
    )
    license = fields.Dict(required=True)
    withdrawn = fields.Nested(WithdrawalSchema, required=True, allow_none=True)
    files = fields.List(fields.Nested(FileSchema), required=True)
    links = fields.Nested(ReleaseLinksSchema, required=True)


class ReleaseListSchema(Schema):
    """A page of releases, newest version first."""

    data = fields.List(fields.Nested(ReleaseSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class ReleaseQuerySchema(ListQuerySchema):
    """Which stretch of the releases to list."""
