"""The OpenAPI 3.1 description, made from the routes themselves."""

from copy import deepcopy
from functools import cached_property
from importlib import metadata
from typing import Any

import flask_smorest  # type: ignore[import-untyped]
from flask import Flask, current_app

from gongkai.api import idempotency
from gongkai.schemas.problem import ProblemSchema
from gongkai.web import current_site
from gongkai.web.converters import CONVERTERS, NumberConverter
from gongkai.web.problems import MEDIA_TYPE

EXTENSION = "gongkai-api"
OPENAPI_VERSION = "3.1.0"
DESCRIPTION = (
    "What health institutions of this site must make public, as data. Reading needs no key. "
    "Writing needs a bearer token and takes an Idempotency-Key. Errors are problem+json "
    "(RFC 9457) with a stable code."
)


class GongkaiApi(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest with our error shape and our path parameters."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        app.config.update(
            API_TITLE="Gongkai",
            API_VERSION=f"v1 ({metadata.version('gongkai')})",
            OPENAPI_VERSION=OPENAPI_VERSION,
        )
        super().__init__()
        for converter in CONVERTERS.values():
            self.register_converter(converter, _path_parameter)
        self.init_app(app)
        self.spec.components.security_scheme(
            "token",
            {"type": "http", "scheme": "bearer", "description": "A token of an account."},
        )
        self.spec.components.response(
            "Problem",
            {
                "description": "What went wrong",
                "content": {MEDIA_TYPE: {"schema": ProblemSchema}},
            },
        )

    def _register_error_handlers(self) -> None:
        """Leave errors to ``gongkai.web.problems``, which answers for the whole site."""

    @cached_property
    def description(self) -> dict[str, Any]:
        """The description as plain data, every operation with its errors."""
        found: dict[str, Any] = deepcopy(self.spec.to_dict())
        for operations in found["paths"].values():
            for method, operation in operations.items():
                if method != "parameters":
                    _complete(method, operation)
        unused = found["components"].get("responses", {})
        found["components"]["responses"] = {"Problem": unused["Problem"]}
        found["info"]["description"] = DESCRIPTION
        found["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        found["servers"] = [{"url": current_site().settings.site.base_url}]
        return found


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add what every operation has in common: its errors and, where it writes, the key."""
    answers = {code: one for code, one in operation["responses"].items() if code < "4"}
    operation["responses"] = answers | {"default": {"$ref": "#/components/responses/Problem"}}
    if method == "post":
        operation.setdefault("parameters", []).append(idempotency.PARAMETER)


def description() -> dict[str, Any]:
    """Return the description of the running application's API."""
    api: GongkaiApi = current_app.extensions[EXTENSION]
    return api.description


def _path_parameter(converter: Any) -> dict[str, Any]:
    if isinstance(converter, NumberConverter):
        return {"type": "integer", "minimum": 1}
    return {"type": "string", "pattern": f"^{converter.regex}$"}
