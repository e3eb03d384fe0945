"""Shapes that many answers share."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from gongkai.domain.compliance import FIRST_DAY, LAST_DAY
from gongkai.domain.times import SHANGHAI

SHA256 = r"^[0-9a-f]{64}$"
_DIGITS = re.compile(r"[+-]?[0-9]{1,18}")
# Compared as they are: an instant near the ends of the calendar has no other time zone.
_FIRST_MOMENT = datetime.combine(FIRST_DAY, time(), SHANGHAI)
_END = datetime.combine(LAST_DAY + timedelta(days=1), time(), SHANGHAI)


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


def require_known_day(day: date | None) -> None:
    """Refuse a day that no clock can be counted from."""
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError("Write a day from 2000-01-01 to 2100-12-31.")


def require_known_moment(moment: datetime | None) -> None:
    """Refuse an instant outside the same days, as Shanghai has them."""
    if moment is not None and not _FIRST_MOMENT <= moment < _END:
        raise ValidationError("Write a time from 2000-01-01 to 2100-12-31.")


def text_field(**options: Any) -> fields.Nested:
    """Return a field that holds a text in both languages."""
    return fields.Nested(TextSchema, **options)
