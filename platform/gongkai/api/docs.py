"""The description of the API: for programs as OpenAPI, for people as a page."""

from typing import Any

from flask import Response, jsonify

from gongkai.api.blueprint import Blueprint
from gongkai.api.openapi import description
from gongkai.web.pages import page

METHODS = ("get", "post", "put", "delete")

blueprint = Blueprint("docs", __name__, description="This description itself.")


@blueprint.route("/openapi.json")
@blueprint.response(200, {"type": "object"})
def openapi() -> Response:
    """Return the OpenAPI 3.1 description of every route."""
    response: Response = jsonify(description())
    return response


@blueprint.route("/docs")
@blueprint.response(200, {"type": "string"}, content_type="text/html")
def read_docs() -> Response:
    """Show the description to people, with nothing loaded from elsewhere."""
    found = description()
    return page(
        "api/docs.html",
        described=found,
        groups=[
            {"tag": tag, "operations": _operations(found, tag["name"])} for tag in found["tags"]
        ],
        shapes=sorted(found["components"]["schemas"].items()),
    )


def _operations(found: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    """Return the operations of a tag in the order of their routes."""
    return [
        operation
        | {
            "method": method.upper(),
            "path": path,
            "parameters": [*operations.get("parameters", ()), *operation.get("parameters", ())],
            "anchor": f"{method}{path.replace('{', '').replace('}', '').replace('/', '-')}",
        }
        for path, operations in found["paths"].items()
        for method in METHODS
        if (operation := operations.get(method)) and tag in operation["tags"]
    ]
