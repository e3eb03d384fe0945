"""The blueprint of every part of the API: strict input, validators on public answers."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, cast

import flask_smorest  # type: ignore[import-untyped]
from flask import Response, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser

from gongkai.api.access import authenticate_writer
from gongkai.errors import GongkaiError
from gongkai.web.conditional import answer_conditionally
from gongkai.web.errors import InvalidParameter, UnknownParameter
from gongkai.web.json_body import read_json_object
from gongkai.web.language import marked, translate
from gongkai.web.urls import API

View = TypeVar("View", bound=Callable[..., Any])

_UNKNOWN = "Unknown field."
# What marshmallow says; the rest is said by our own schemas.
MESSAGES = (
    marked("Unknown field."),
    marked("Missing data for required field."),
    marked("Not a valid integer."),
    marked("Not a valid string."),
    marked("Not a valid boolean."),
    marked("Not a valid date."),
    marked("Not a valid list."),
    marked("Invalid input type."),
    marked("Field may not be null."),
    marked("Write zh or en."),
    marked("Write override or accept."),
    marked("Write a whole number from 1 to 1000."),
    marked("Write a whole number from 1 to 10000."),
    marked("Write a version such as 1.2.0."),
    marked("Write json or csv."),
    marked("Write a day from 2000-01-01 to 2100-12-31."),
    marked("Write a time from 2000-01-01 to 2100-12-31."),
    marked("Not a valid aware datetime."),
    marked("Write 1 to 200 characters."),
    marked("Write 1 to 255 characters."),
    marked("Write 1 to 2,000 characters."),
    marked("Write 1 to 20,000 characters."),
    marked("Write at most 100 characters."),
    marked("Write at most 2,000 characters."),
    marked("Write the 64 hexadecimal digits of a SHA-256."),
    marked("Follow `next` of the page before."),
)


class StrictParser(FlaskParser):
    """Reads parameters and bodies so that nothing unknown goes unseen."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE, "json": RAISE}  # noqa: RUF012 - webargs' own

    def load_json(self, req: Any, schema: Schema) -> Any:  # noqa: ARG002 - webargs' signature
        """Read the body as strict JSON."""
        return read_json_object()

    def handle_error(  # webargs' signature, too
        self,
        error: ValidationError,
        req: Any,  # noqa: ARG002
        schema: Schema,
        **_: Any,
    ) -> NoReturn:
        """Raise what was wrong as an error of ours, naming every place."""
        where, messages = next(iter(messages_of(error).items()))
        raise refused(messages, schema, in_body=where == "json") from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A part of ``/api/v1``; flask-smorest's decorators with types."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, *, description: str) -> None:
        super().__init__(
            name,
            import_name,
            url_prefix=API,
            description=description,
            template_folder="templates",
        )
        self.before_request(authenticate_writer)
        self.after_request(_with_validators)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().route(rule, **options))

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().arguments(schema, **options))

    def response(
        self, status_code: int, schema: Any = None, **options: Any
    ) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().response(status_code, schema, **options))

    def alt_response(self, status_code: int, **options: Any) -> Callable[[View], View]:
        return cast("Callable[[View], View]", super().alt_response(status_code, **options))

    @staticmethod
    def doc(**described: Any) -> Callable[[View], View]:
        return cast("Callable[[View], View]", flask_smorest.Blueprint.doc(**described))


def messages_of(error: ValidationError) -> dict[str, Any]:
    """Return what marshmallow says, by name."""
    found: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    return found


def refused(messages: Mapping[str, Any], schema: Schema, *, in_body: bool) -> GongkaiError:
    """Return the error for what marshmallow found: unknown names first, then bad values."""
    place = "pointer" if in_body else "parameter"
    errors = [
        {
            place: f"/{name}" if in_body else name,
            "code": "unknown-parameter" if _UNKNOWN in found else "invalid-parameter",
            "message": " ".join(translate(message) for message in found),
        }
        for name, found in sorted(_flat(messages))
    ]
    unknown = [name for name, found in sorted(_flat(messages)) if _UNKNOWN in found]
    if unknown:
        known = _schema_of(schema, unknown[0]).fields
        allowed = ", ".join(sorted(field.data_key or name for name, field in known.items()))
        return UnknownParameter(
            f"{', '.join(unknown)[:200]} does not exist here; what does: {allowed}.",
            errors=errors,
        )
    first = errors[0]
    name = first[place].lstrip("/")
    return InvalidParameter(f"{name} does not fit: {first['message']}", errors=errors)


def _flat(messages: Mapping[str, Any], above: str = "") -> list[tuple[str, list[str]]]:
    """Return (name, messages); what is inside a list or an object is named by its path."""
    found: list[tuple[str, list[str]]] = []
    for name, value in messages.items():
        # marshmallow files what is wrong with an object as a whole under a name of its own.
        path = above if name == "_schema" and above else f"{above}/{name}".lstrip("/")[:64]
        if isinstance(value, Mapping):
            found += _flat(value, path)
        else:
            found.append((path, [str(message) for message in value]))
    return found


def _schema_of(schema: Schema, path: str) -> Schema:
    """Return the schema of the object that the last name of ``path`` stands in."""
    for name in path.split("/")[:-1]:
        field: Any = schema.fields.get(name)
        inner = getattr(field, "inner", field)
        schema = getattr(inner, "schema", schema)
    return schema


def _with_validators(response: Response) -> Response:
    """Let public answers be kept and asked for again; what needs a token is nobody else's."""
    if request.method not in ("GET", "HEAD") or "Authorization" in request.headers:
        response.headers["Cache-Control"] = "private, no-store"
        return response
    return answer_conditionally(response)
