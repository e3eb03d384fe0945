"""Errors as RFC 9457 has them."""

from marshmallow import Schema, fields


class ProblemPlaceSchema(Schema):
    """One place that an error is about."""

    parameter = fields.String(metadata={"description": "A query parameter."})
    pointer = fields.String(metadata={"description": "A JSON Pointer into the body."})
    row = fields.Integer(
        allow_none=True, metadata={"description": "A row, counted as a spreadsheet does."}
    )
    field = fields.String(allow_none=True, metadata={"description": "A field's name."})
    value = fields.String(allow_none=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """What went wrong, for programs and for people."""

    type = fields.String(
        required=True, metadata={"description": "A page of this site that explains the code."}
    )
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; decide by it."})
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(ProblemPlaceSchema), required=True)
    instance = fields.String(
        required=True, metadata={"description": "The request id, as in X-Request-Id."}
    )
    reason = fields.String(metadata={"description": "Why something was withdrawn."})
