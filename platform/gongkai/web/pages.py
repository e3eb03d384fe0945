"""What every HTML page has: layout values, filters, validators."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, render_template, request
from flask_babel import (  # type: ignore[import-untyped]
    format_date,
    format_datetime,
    format_decimal,
)

from gongkai.domain.text import Text
from gongkai.domain.times import shanghai_day
from gongkai.web.conditional import answer_conditionally
from gongkai.web.current import current_site
from gongkai.web.language import HTML_LANG, PARAMETER, current_language, marked, translate
from gongkai.web.urls import address, feed_path

_DATE = {"zh": "y年M月d日", "en": "d MMMM y"}
_MOMENT = {"zh": "y年M月d日 HH:mm", "en": "d MMMM y, HH:mm"}
_UNITS = ("B", "KB", "MB", "GB", "TB")
WORDS: dict[str, str] = {
    "as_needed": marked("When it changes"),
    "daily": marked("Daily"),
    "weekly": marked("Weekly"),
    "monthly": marked("Monthly"),
    "quarterly": marked("Quarterly"),
    "annual_2": marked("Twice a year"),
    "annual": marked("Yearly"),
    "string": marked("text"),
    "integer": marked("whole number"),
    "number": marked("number"),
    "boolean": marked("yes or no"),
    "date": marked("date"),
    "datetime": marked("date and time"),
    "list": marked("list"),
    "current": marked("Current"),
    "superseded": marked("Superseded"),
    "withdrawn": marked("Withdrawn"),
    "public_health": marked("Public health"),
    "clinical": marked("Clinical care"),
    "blood": marked("Blood services"),
    "primary": marked("Primary care"),
}


def install(app: Flask) -> None:
    """Give templates their filters and the values of the layout."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        local=local, day=day, moment=moment, size=size, amount=amount, word=word
    )
    app.jinja_env.globals["static_path"] = lambda name: _static_path(app.static_folder or "", name)
    app.context_processor(_layout_values)


def page(template: str, **values: Any) -> Response:
    """Return a public page in the reader's language, with validators, or 304."""
    response = Response(render_template(template, **values), mimetype="text/html")
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Content-Language"] = HTML_LANG[current_language()]
    # Not Last-Modified: a page changes with the code and with what it links to, too.
    return answer_conditionally(response)


def local(value: Text | Mapping[str, str] | None) -> str:
    """Return a text of both languages in the reader's."""
    if value is None:
        return ""
    text = value if isinstance(value, Text) else Text.of(value)
    return text.in_language(current_language()) or text.zh or text.en


def day(value: str | date | datetime | None) -> str:
    """Return a date as people write it; an instant's date is Shanghai's."""
    if value is None:
        return ""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(parsed, datetime) and parsed.tzinfo is not None:
        parsed = shanghai_day(parsed)
    return str(format_date(parsed, _DATE[current_language()]))


def moment(value: str | datetime | None) -> str:
    """Return an instant in Shanghai to the minute."""
    if value is None:
        return ""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return str(format_datetime(parsed, _MOMENT[current_language()]))


def size(byte_size: int | None) -> str:
    """Return a number of bytes for people, in units of 1,000."""
    if byte_size is None:
        return ""
    amount_left, unit = float(byte_size), 0
    while amount_left >= 1000 and unit < len(_UNITS) - 1:
        amount_left, unit = amount_left / 1000, unit + 1
    shown = f"{amount_left:.0f}" if unit == 0 or amount_left >= 100 else f"{amount_left:.1f}"
    return f"{shown} {_UNITS[unit]}"


def amount(number: int | None) -> str:
    """Return a count with its thousands set apart."""
    return "" if number is None else str(format_decimal(number))


def word(key: str | None) -> str:
    """Return the word for a key of a closed list, such as a frequency or a field type."""
    return translate(WORDS[key]) if key in WORDS else key or ""


def feed_links(scopes: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return (scope, title) pairs as one link for each feed format."""
    language = current_language()
    return [
        {
            "scope": scope,
            "title": f"{title} ({chosen.title.in_language(language)})",
            "format": chosen.title.in_language(language),
            "media_type": chosen.media_type,
            "path": feed_path(scope, extension, language),
        }
        for scope, title in scopes
        for extension, chosen in current_site().plugins.feed_formats.items()
    ]


def _layout_values() -> dict[str, Any]:
    chosen = current_site().settings.site
    language = current_language()
    return {
        "language": language,
        "html_lang": HTML_LANG[language],
        "site_name": Text(chosen.name_zh, chosen.name_en).in_language(language),
        "publisher": Text(chosen.publisher_zh, chosen.publisher_en).in_language(language),
        "canonical": address(request.path),
        "in_other_language": _path_in({"zh": "en", "en": "zh"}[language]),
        "alternates": {lang: address(_path_in(lang)) for lang in HTML_LANG},
        "feed_links": feed_links,
    }


def _path_in(language: str) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    return f"{request.path}?{urlencode([*kept, (PARAMETER, language)])}"


@lru_cache
def _static_path(folder: str, name: str) -> str:
    """Return a path that changes with the file, so that browsers may keep it for long."""
    digest = hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"
