"""Institutions as the API shows them."""

from marshmallow import Schema, fields

from gongkai.schemas.common import FeedLinksSchema, ListQuerySchema, PageSchema, text_field


class RegionSchema(Schema):
    """Where an institution is; the code is the statistical one of six digits."""

    code = fields.String(required=True, allow_none=True)
    name = text_field(required=True)


class InstitutionLinksSchema(Schema):
    """Where an institution's things are."""

    page = fields.Url(required=True)
    self = fields.Url(required=True)
    datasets = fields.Url(required=True)
    feeds = fields.Nested(FeedLinksSchema, required=True)


class InstitutionSchema(Schema):
    """A body that discloses."""

    slug = fields.String(required=True)
    name = text_field(required=True)
    type = fields.String(required=True)
    type_title = text_field(required=True)
    service_kinds = fields.List(fields.String(), required=True)
    uscc = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Unified social credit code (统一社会信用代码)."},
    )
    region = fields.Nested(RegionSchema, required=True)
    is_public = fields.Boolean(required=True)
    links = fields.Nested(InstitutionLinksSchema, required=True)


class InstitutionListSchema(Schema):
    """A page of institutions."""

    data = fields.List(fields.Nested(InstitutionSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class InstitutionQuerySchema(ListQuerySchema):
    """Which institutions to list."""

    type = fields.String(metadata={"description": "Key of an institution type."})


class InstitutionNameSchema(Schema):
    """An institution where only its name matters."""

    slug = fields.String(required=True)
    name = text_field(required=True)
