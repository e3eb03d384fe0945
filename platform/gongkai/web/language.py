"""Which language an answer is in, and the translations, compiled from the .po at start."""

import gettext as standard_gettext
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel  # type: ignore[import-untyped]

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
PARAMETER = COOKIE = "lang"
HTML_LANG = {"zh": "zh-CN", "en": "en"}
TIME_ZONE = "Asia/Shanghai"
LOCALE_FOLDER = Path(__file__).parents[1] / "locale"
_COOKIE_SECONDS = 365 * 24 * 3600

Translations = standard_gettext.NullTranslations


def install(app: Flask) -> None:
    """Give the application its languages: templates, dates, the cookie and ``Vary``."""
    catalogs = load_catalogs()
    app.extensions["gongkai-translations"] = catalogs
    Babel(
        app,
        default_locale=DEFAULT,
        default_timezone=TIME_ZONE,
        locale_selector=current_language,
    )
    jinja: Any = app.jinja_env
    jinja.install_gettext_callables(
        gettext=lambda text: _catalog(catalogs).gettext(text),
        ngettext=lambda one, many, n: _catalog(catalogs).ngettext(one, many, n),
        newstyle=True,
    )
    app.after_request(_remember_choice)


def load_catalogs(folder: Path = LOCALE_FOLDER) -> dict[str, Translations]:
    """Return the translations by language. English is what the sources say."""
    catalogs: dict[str, Translations] = {"en": Translations()}
    with (folder / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalog = read_po(source, locale="zh", abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    catalogs["zh"] = standard_gettext.GNUTranslations(compiled)
    return catalogs


def current_language() -> str:
    """Return ``zh`` or ``en``: ``?lang=``, then the cookie, then Accept-Language, then zh."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = _asked_for() or _remembered() or _preferred()
    language: str = g.language
    return language


def translate(text: str, **values: Any) -> str:
    """Return ``text``, an English message of the sources, in the language of the answer."""
    catalogs: dict[str, Translations] = current_app.extensions["gongkai-translations"]
    translated = _catalog(catalogs).gettext(text)
    return translated % values if values else translated


def marked(text: str) -> str:
    """Mark a message for extraction where it is written; it is translated where it is shown."""
    return text


def _catalog(catalogs: dict[str, Translations]) -> Translations:
    return catalogs[current_language()]


def _asked_for() -> str | None:
    asked = request.args.get(PARAMETER, "")
    return asked if asked in LANGUAGES else None


def _remembered() -> str | None:
    kept = request.cookies.get(COOKIE, "")
    return kept if kept in LANGUAGES else None


def _preferred() -> str:
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT


def _remember_choice(response: Response) -> Response:
    """Keep a language that was chosen on a page; nothing else sets a cookie.

    An answer that sets one belongs to one reader, so no shared cache may keep it.
    """
    asked = _asked_for()
    is_page = response.mimetype == "text/html" and response.status_code < 400
    if asked is None or not is_page or asked == _remembered():
        return response
    response.set_cookie(
        COOKIE,
        asked,
        max_age=_COOKIE_SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response
