"""Datasets as the API shows them."""

from marshmallow import Schema, fields

from gongkai.schemas.common import FeedLinksSchema, ListQuerySchema, PageSchema, text_field
from gongkai.schemas.compliance import DueSchema
from gongkai.schemas.institution import InstitutionNameSchema
from gongkai.schemas.release import ReleaseSchema


class DatasetLinksSchema(Schema):
    """Where a dataset's things are."""

    page = fields.Url(required=True)
    self = fields.Url(required=True)
    releases = fields.Url(required=True)
    records = fields.Url(required=True)
    item = fields.Url(required=True)
    template = fields.Url(
        required=True,
        allow_none=True,
        metadata={
            "description": "The workbook to fill in; template.csv beside it. Null where no loaded "
            "plugin defines the item any more."
        },
    )
    feeds = fields.Nested(FeedLinksSchema, required=True)


class DatasetSchema(Schema):
    """One institution's promise of one item."""

    id = fields.String(required=True, metadata={"example": "jinan-blood/blood_inventory"})
    institution = fields.Nested(InstitutionNameSchema, required=True)
    item = fields.String(required=True)
    title = text_field(required=True)
    description = text_field(required=True)
    legal_basis = fields.List(text_field(), required=True)
    frequency = fields.String(required=True, allow_none=True)
    deadline_rule = fields.String(required=True, allow_none=True)
    is_owed = fields.Boolean(
        required=True, metadata={"description": "False for what is published beyond duty."}
    )
    next_due = fields.Nested(DueSchema, required=True, allow_none=True)
    latest_release = fields.Nested(ReleaseSchema, required=True, allow_none=True)
    links = fields.Nested(DatasetLinksSchema, required=True)


class DatasetListSchema(Schema):
    """A page of datasets."""

    data = fields.List(fields.Nested(DatasetSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class DatasetQuerySchema(ListQuerySchema):
    """Which datasets to list."""

    institution = fields.String(metadata={"description": "Slug of an institution."})
    item = fields.String(metadata={"description": "Key of an item."})
    type = fields.String(metadata={"description": "Key of an institution type."})
    published = fields.Boolean(
        metadata={"description": "Only those that have (true) or lack (false) a release."}
    )
