"""What may stand in a path: anything else is no address of this site, and never a query."""

from flask import Flask
from werkzeug.routing import BaseConverter


class SlugConverter(BaseConverter):
    """An institution's slug."""

    regex = r"[a-z0-9](?:-?[a-z0-9]){0,63}"


class KeyConverter(BaseConverter):
    """A snake_case key of an item or an institution type."""

    regex = r"[a-z][a-z0-9]{0,63}(?:_[a-z0-9]{1,63}){0,31}"


class VersionConverter(BaseConverter):
    """A semantic version."""

    regex = r"(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}"


class FileNameConverter(BaseConverter):
    """The name of a file of a release."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


class NumberConverter(BaseConverter):
    """A row's number, small enough for the integers of every database."""

    regex = r"[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)


class DraftIdConverter(BaseConverter):
    """The id of a draft."""

    regex = r"[0-9a-f]{32}"


CONVERTERS: dict[str, type[BaseConverter]] = {
    "slug": SlugConverter,
    "key": KeyConverter,
    "version": VersionConverter,
    "filename": FileNameConverter,
    "number": NumberConverter,
    "draft_id": DraftIdConverter,
}


def install(app: Flask) -> None:
    """Make the converters known; do so before any blueprint is registered."""
    app.url_map.converters.update(CONVERTERS)
