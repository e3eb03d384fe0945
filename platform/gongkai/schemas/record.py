"""The envelope around records; their own columns follow from the dataset's item."""

from marshmallow import Schema, fields

from gongkai.schemas.common import PageSchema


class AnsweringReleaseSchema(Schema):
    """The release that an answer was read from."""

    version = fields.String(required=True)
    issued = fields.String(required=True, metadata={"format": "date-time"})
    sha256 = fields.String(required=True)


class RecordListSchema(Schema):
    """A page of records."""

    data = fields.List(fields.Dict(), required=True)
    page = fields.Nested(PageSchema, required=True)
    release = fields.Nested(AnsweringReleaseSchema, required=True)
