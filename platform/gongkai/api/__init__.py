"""The JSON API: load, one service call, dump; errors are ``gongkai.web.problems``' job."""

from flask import Flask

from gongkai.api import (
    catalog,
    changes,
    clock,
    compliance,
    confirming,
    docs,
    draft_files,
    drafts,
    news,
    obligations,
    records,
    rectifications,
)
from gongkai.api.openapi import EXTENSION, GongkaiApi


def install(app: Flask) -> None:
    """Put ``/api/v1`` on the application, with the OpenAPI description of every route."""
    api = GongkaiApi(app)
    parts = (
        catalog,
        records,
        changes,
        clock,
        obligations,
        compliance,
        confirming,
        rectifications,
        news,
        drafts,
        draft_files,
        docs,
    )
    for part in parts:
        api.register_blueprint(part.blueprint)
    app.extensions[EXTENSION] = api
