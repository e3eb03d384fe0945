"""What changed between two releases, as the API shows it."""

from marshmallow import Schema, fields, validate

from gongkai.schemas.common import PageSchema, QuerySchema, WholeNumber
from gongkai.schemas.record import AnsweringReleaseSchema

KINDS = ("added", "removed", "changed", "extended")
_VERSION = validate.Regexp(
    r"(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}\Z", error="Write a version such as 1.2.0."
)


class ChangesQuerySchema(QuerySchema):
    """Which releases to compare, and which stretch of the changes to list."""

    from_version = fields.String(
        data_key="from",
        load_default=None,
        validate=_VERSION,
        metadata={"description": "The older version; the one before `to` if left out."},
    )
    to_version = fields.String(
        data_key="to",
        load_default=None,
        validate=_VERSION,
        metadata={"description": "The newer version; the newest release if left out."},
    )
    format = fields.String(
        load_default=None,
        validate=validate.OneOf(("json", "csv"), error="Write json or csv."),
        metadata={
            "description": "Instead of Accept. CSV has all changes, unless `limit` is given."
        },
    )
    limit = WholeNumber(
        load_default=None,
        validate=validate.Range(1, 10_000, error="Write a whole number from 1 to 10000."),
        metadata={"description": "Changes a page; 100 in JSON if left out."},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 200, error="Follow `next` of the page before."),
        metadata={"description": "`next` of the page before; it stays on its two releases."},
    )


class ChangeCountsSchema(Schema):
    """Rows by what became of them."""

    added = fields.Integer(required=True)
    removed = fields.Integer(required=True)
    changed = fields.Integer(
        required=True,
        metadata={"description": "Rows in which a field that both releases hold alike changed."},
    )
    extended = fields.Integer(
        required=True,
        metadata={"description": "Other rows with a value in a column that came or was retyped."},
    )


class ColumnChangesSchema(Schema):
    """What became of the columns; ``fields`` and ``primaryKey`` are those of ``to``."""

    fields_ = fields.List(fields.String(), required=True, data_key="fields")
    primaryKey = fields.List(fields.String(), required=True)
    added = fields.List(fields.String(), required=True)
    removed = fields.List(fields.String(), required=True)
    retyped = fields.List(fields.String(), required=True)
    key_changed = fields.Boolean(
        required=True,
        metadata={"description": "With another key no row is the same: all went and all came."},
    )


class ChangeSchema(Schema):
    """One row: ``row`` where it came or went, else the fields that differ, before and after."""

    change = fields.String(required=True, metadata={"enum": list(KINDS)})
    key = fields.Dict(required=True)
    row = fields.Dict()
    before = fields.Dict()
    after = fields.Dict()


class ChangeListSchema(Schema):
    """A page of the changes that lead from one release to another, by key."""

    from_ = fields.Nested(AnsweringReleaseSchema, required=True, data_key="from")
    to = fields.Nested(AnsweringReleaseSchema, required=True)
    counts = fields.Nested(ChangeCountsSchema, required=True)
    fields_ = fields.Dict(
        required=True,
        data_key="fields",
        metadata={"description": "In how many rows each field changed."},
    )
    schema = fields.Nested(ColumnChangesSchema, required=True)
    data = fields.List(fields.Nested(ChangeSchema), required=True)
    page = fields.Nested(PageSchema, required=True)
