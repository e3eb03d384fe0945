"""The Flask application: one site, served as files, feeds, pages and an API."""

from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from gongkai import api, portal
from gongkai.settings import load_settings
from gongkai.site import Site
from gongkai.web import converters, headers, language, pages, problems, uploads
from gongkai.web.current import EXTENSION

# A body that no route asks for by name is a small form or a small piece of JSON.
SMALL_BODY_BYTES = 256 * 1024


class FastJSONProvider(JSONProvider):
    """JSON as UTF-8 text, keys in the order they were written."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj, option=orjson.OPT_APPEND_NEWLINE).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)


class Application(Flask):
    """Flask with our JSON and with uploads that wait in the site's work folder."""

    json_provider_class = FastJSONProvider
    request_class = uploads.Request


def create_app(site: Site | None = None) -> Flask:
    """Return the application for ``site``, or for the site that the settings describe."""
    site = site or Site(load_settings())
    chosen = site.settings.site
    app = Application(
        "gongkai",
        template_folder="web/templates",
        static_folder="web/static",
        static_url_path="/static",
    )
    app.extensions[EXTENSION] = site
    app.config.update(
        MAX_CONTENT_LENGTH=SMALL_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=SMALL_BODY_BYTES,
        MAX_FORM_PARTS=20,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        TRUSTED_HOSTS=chosen.trusted_hosts or None,
    )
    converters.install(app)
    problems.install(app)
    language.install(app)
    pages.install(app)
    headers.install(app, https=chosen.base_url.startswith("https:"))
    portal.install(app)
    api.install(app)
    if chosen.proxy_hops:
        hops = chosen.proxy_hops
        proxied: Any = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign]
    return app
