"""The JSON API: load, one service call, dump; errors are ``gongkai.web.problems``' job."""

from flask import Flask

from gongkai.api import catalog, docs, drafts, news, records
from gongkai.api.openapi import EXTENSION, GongkaiApi


def install(app: Flask) -> None:
    """Put ``/api/v1`` on the application, with the OpenAPI description of every route."""
    api = GongkaiApi(app)
    for part in (catalog, records, news, drafts, docs):
        api.register_blueprint(part.blueprint)
    app.extensions[EXTENSION] = api
