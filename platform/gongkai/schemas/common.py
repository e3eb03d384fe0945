"""Shapes that many answers share."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

SHA256 = r"^[0-9a-f]{64}$"
_DIGITS = re.compile(r"[+-]?[0-9]{1,18}")


class TextSchema(Schema):
    """One text in both languages."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


class PageSchema(Schema):
    """Where a list goes on."""

    limit = fields.Integer(required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `cursor` for the next page; null on the last."},
    )
    total = fields.Integer(
        required=True, metadata={"description": "How many there are on all pages together."}
    )


class FeedLinksSchema(Schema):
    """Feed addresses by format."""

    rss = fields.Url()
    atom = fields.Url()
    json = fields.Url()


class QuerySchema(Schema):
    """Query parameters; one that is not declared is a typo and is refused."""

    class Meta:
        unknown = RAISE

    lang = fields.String(
        validate=validate.OneOf(("zh", "en"), error="Write zh or en."),
        metadata={"description": "Language of error messages."},
    )


class WholeNumber(fields.Integer):
    """A number in plain ASCII digits: ``int`` alone takes ``٣``, ``1_0`` and `` 1 ``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any
    ) -> int:
        if not isinstance(value, str) or _DIGITS.fullmatch(value) is None:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class ListQuerySchema(QuerySchema):
    """What every list takes."""

    limit = WholeNumber(
        load_default=100,
        validate=validate.Range(1, 1000, error="Write a whole number from 1 to 1000."),
        metadata={"description": "Entries a page."},
    )
    cursor = fields.String(
        load_default=None,
        validate=validate.Length(1, 200, error="Follow `next` of the page before."),
        metadata={"description": "`next` of the page before."},
    )


def text_field(**options: Any) -> fields.Nested:
    """Return a field that holds a text in both languages."""
    return fields.Nested(TextSchema, **options)
