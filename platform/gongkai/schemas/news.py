"""Notices: in and out."""

from marshmallow import RAISE, Schema, fields, validate

from gongkai.schemas.common import ListQuerySchema, PageSchema
from gongkai.schemas.institution import InstitutionNameSchema


class NoticeLinksSchema(Schema):
    """Where a notice is."""

    page = fields.Url(required=True)
    self = fields.Url(required=True)


class NoticeSchema(Schema):
    """A short piece of news."""

    id = fields.Integer(required=True)
    institution = fields.Nested(InstitutionNameSchema, required=True)
    title = fields.String(required=True)
    language = fields.String(required=True)
    body_markdown = fields.String(required=True)
    body_html = fields.String(required=True, metadata={"description": "Sanitised."})
    published = fields.String(required=True, metadata={"format": "date-time"})
    links = fields.Nested(NoticeLinksSchema, required=True)


class NoticeListSchema(Schema):
    """A page of notices, newest first."""

    data = fields.List(fields.Nested(NoticeSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class NoticeQuerySchema(ListQuerySchema):
    """Which notices to list."""

    institution = fields.String(metadata={"description": "Slug of an institution."})


class NoticeDraftSchema(Schema):
    """A notice that somebody wants to publish; an unknown key is a typo and is refused."""

    class Meta:
        unknown = RAISE

    institution = fields.String(required=True)
    title = fields.String(
        required=True, validate=validate.Length(1, 200, error="Write 1 to 200 characters.")
    )
    body_markdown = fields.String(
        required=True, validate=validate.Length(1, 20_000, error="Write 1 to 20,000 characters.")
    )
    language = fields.String(
        load_default="zh", validate=validate.OneOf(("zh", "en"), error="Write zh or en.")
    )
