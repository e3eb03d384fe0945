"""Writing: a file becomes a draft, signatures make it a release."""

from datetime import date
from typing import Any

import orjson
from flask import Response, jsonify, request
from marshmallow import ValidationError

from gongkai.api.access import current_actor, require_actor
from gongkai.api.blueprint import Blueprint, refused
from gongkai.api.describe_drafts import blocked_answer, describe_draft, find_published
from gongkai.api.idempotency import PARAMETER, answered_once
from gongkai.domain.identifiers import DatasetId
from gongkai.errors import Conflict
from gongkai.models import Draft, Notice, Release
from gongkai.models.draft import DraftState
from gongkai.schemas.draft import (
    ContentQuerySchema,
    DraftDetailsSchema,
    DraftSchema,
    EmptyActSchema,
    ReasonActSchema,
    ReportSchema,
    SignatureActSchema,
    ValidationQuerySchema,
)
from gongkai.services import review
from gongkai.services.access import require_role, require_scope
from gongkai.services.catalog import get_institution
from gongkai.services.intake_drafts import receive_file, validate_file
from gongkai.services.publishing import publish_draft, withdraw_notice, withdraw_release
from gongkai.models.account import Role
from gongkai.web import current_site
from gongkai.web.uploads import received_file
from gongkai.web.urls import API, address

TOKEN = [{"token": []}]
FILE_BODY: dict[str, Any] = {
    "required": True,
    "description": "The file itself with its own Content-Type, or a form with a part `file`.",
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "text/csv": {"schema": {"type": "string"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "change_note": {"type": "string"},
                    "formed_on": {"type": "string", "format": "date"},
                    "correction": {"type": "boolean"},
                    "authorised_doc": {"type": "string"},
                },
            }
        },
    },
}

blueprint = Blueprint("drafts", __name__, description="From a file to a release, with a token.")


@blueprint.route("/datasets/<slug:institution>/<key:item>/drafts", methods=["POST"])
@blueprint.arguments(DraftDetailsSchema, location="query")
@blueprint.doc(security=TOKEN, parameters=[PARAMETER], requestBody=FILE_BODY)
@blueprint.response(202, DraftSchema)
def create_draft(details: dict[str, Any], institution: str, item: str) -> Response:
    """Send a file: it is read and checked, and kept as a draft with its report.

    A file that has problems is kept too, so that its report can be read; the answer is then
    422 with every place.
    """
    by = require_actor()
    where = DatasetId(institution, item)
    with current_site().reading() as session:
        require_scope(by, "draft")
        require_role(by, get_institution(session, institution), Role.SUBMITTER)
    with received_file() as upload:
        said = details | _form_details()

        def act() -> Response:
            draft = receive_file(
                current_site(),
                where,
                upload.path,
                filename=upload.filename,
                by=by,
                change_note=said["change_note"],
                formed_on=said["formed_on"],
                is_correction=said["correction"],
                authorised_doc=said["authorised_doc"],
            )
            return _received(draft.id)

        content = repr((upload.sha256, upload.filename, sorted(map(repr, said.items()))))
        return answered_once(by, content, act)
