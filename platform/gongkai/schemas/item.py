"""Disclosure items and institution types as the API shows them."""

from marshmallow import Schema, fields

from gongkai.schemas.common import FeedLinksSchema, ListQuerySchema, PageSchema, text_field


class CategorySchema(Schema):
    """A code with its label."""

    value = fields.String(required=True)
    label = text_field(required=True)


class FieldSchema(Schema):
    """A column, in the words of Table Schema and a few of ours."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    title = text_field(required=True)
    description = text_field()
    constraints = fields.Dict(required=True)
    example = fields.String(required=True)
    unit = text_field()
    categories = fields.List(fields.Nested(CategorySchema))
    delimiter = fields.String()
    list_values = fields.List(fields.String())
    missingValues = fields.List(fields.String())
    decimals = fields.Integer()
    step = fields.String()
    required_when = fields.String()
    pattern_severity = fields.String()
    public_contact = fields.Boolean()
    public_official = fields.Boolean()
    personal_count = fields.Boolean()


class TableSchemaSchema(Schema):
    """The columns of an item and what must hold between them."""

    fields_ = fields.List(
        fields.Nested(FieldSchema), required=True, data_key="fields", attribute="fields"
    )
    primaryKey = fields.List(fields.String(), required=True)
    missingValues = fields.List(fields.String())
    nullableKey = fields.List(fields.String())
    foreignKeys = fields.List(fields.Dict())
    rules = fields.List(fields.Dict())
    totals = fields.List(fields.Dict())
    counts = fields.List(fields.Dict())


class ItemLinksSchema(Schema):
    """Where an item is."""

    page = fields.Url(required=True)
    self = fields.Url(required=True)
    datasets = fields.Url(required=True)
    template = fields.Url(
        required=True,
        metadata={"description": "The workbook to fill in; template.csv beside it."},
    )
    feeds = fields.Nested(FeedLinksSchema, required=True)


class ItemSchema(Schema):
    """What bodies with certain service kinds must make public."""

    key = fields.String(required=True)
    title = text_field(required=True)
    description = text_field(required=True)
    theme = text_field(allow_none=True)
    service_kinds = fields.List(fields.String(), required=True)
    legal_basis = fields.List(text_field(), required=True)
    frequency = fields.String(required=True)
    deadline_rule = fields.String(required=True)
    deadline_rules = fields.List(fields.String(), required=True)
    authority_required = fields.Boolean(required=True)
    public_bodies_only = fields.Boolean(required=True)
    tier = fields.Integer(required=True)
    notes = fields.List(text_field(), required=True)
    plugin = fields.String(required=True)
    table_schema = fields.Nested(TableSchemaSchema, required=True)
    links = fields.Nested(ItemLinksSchema, required=True)


class ItemListSchema(Schema):
    """A page of items."""

    data = fields.List(fields.Nested(ItemSchema), required=True)
    page = fields.Nested(PageSchema, required=True)


class ItemQuerySchema(ListQuerySchema):
    """Which items to list."""

    type = fields.String(metadata={"description": "Items that institutions of this type owe."})


class TypeLinksSchema(Schema):
    """Where an institution type is."""

    page = fields.Url(required=True)
    feeds = fields.Nested(FeedLinksSchema, required=True)


class InstitutionTypeSchema(Schema):
    """A kind of institution and what such a body owes."""

    key = fields.String(required=True)
    title = text_field(required=True)
    description = text_field(required=True)
    service_kinds = fields.List(fields.String(), required=True)
    legal_basis = fields.List(text_field(), required=True)
    plugin = fields.String(required=True)
    items = fields.List(fields.String(), required=True)
    links = fields.Nested(TypeLinksSchema, required=True)


class InstitutionTypeListSchema(Schema):
    """A page of institution types."""

    data = fields.List(fields.Nested(InstitutionTypeSchema), required=True)
    page = fields.Nested(PageSchema, required=True)
