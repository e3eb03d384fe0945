"""Writing: a file becomes a draft, signatures make it a release."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from gongkai.api.access import current_actor, writer
from gongkai.api.blueprint import Blueprint, messages_of, refused
from gongkai.api.describe_drafts import blocked_answer, describe_draft, describe_findings
from gongkai.api.idempotency import answered_once
from gongkai.domain.identifiers import DatasetId
from gongkai.errors import Conflict
from gongkai.models import Draft, FindingDecision, Notice, Release, Role
from gongkai.models.draft import DraftState
from gongkai.schemas.draft import (
    ContentQuerySchema,
    DraftDetailsSchema,
    DraftSchema,
    EmptyActSchema,
    FindingListSchema,
    ReasonActSchema,
    ReportSchema,
    ReviewActSchema,
    SignatureActSchema,
    ValidationQuerySchema,
)
from gongkai.services import review
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.catalog import get_institution
from gongkai.services.findings import Verdict
from gongkai.services.intake_drafts import receive_file, validate_file
from gongkai.services.publishing import (
    find_published,
    publish_draft,
    withdraw_notice,
    withdraw_release,
)
from gongkai.web import current_site
from gongkai.web.errors import InvalidParameter
from gongkai.web.uploads import Upload, received_file

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
_FORM_FIELDS = {
    "file": {"type": "string", "format": "binary"},
    "change_note": {"type": "string"},
    "formed_on": {"type": "string", "format": "date"},
    "correction": {"type": "boolean"},
    "authorised_doc": {"type": "string"},
    "encoding": {"type": "string"},
}
FILE_BODY: dict[str, Any] = {
    "required": True,
    "description": "The file itself with its own Content-Type, or a form with a part `file`.",
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": _FORM_FIELDS}
        },
    },
}
Sign = Callable[..., Draft]

blueprint = Blueprint("drafts", __name__, description="From a file to a release, with a token.")


@blueprint.route("/datasets/<slug:institution>/<key:item>/drafts", methods=["POST"])
@blueprint.arguments(DraftDetailsSchema, location="query")
@blueprint.doc(security=TOKEN, requestBody=FILE_BODY)
@blueprint.response(202, DraftSchema)
def create_draft(_: dict[str, Any], institution: str, item: str) -> Response:
    """Send a file: it is read and checked, and kept as a draft with its report.

    A file with problems that block it is answered with 422 and every place. It is kept too:
    `Location` leads to the draft, whose file can be replaced. Where it is only the
    confidentiality gate that blocks (`report.overridable`), the draft can be submitted with a
    comment that says why, and the reviewer decides.
    """
    by = writer()
    with current_site().reading() as session:
        require_scope(by, "draft")
        require_role(by, get_institution(session, institution), Role.SUBMITTER)
    with received_file() as upload:
        said = _details()

        def act() -> Response:
            return _received(by, DatasetId(institution, item), upload, said, None)

        content = repr((upload.sha256, upload.filename, sorted(map(repr, said.items()))))
        return answered_once(by, content, act)


@blueprint.route("/drafts/<draft_id:draft_id>/file", methods=["PUT"])
@blueprint.arguments(ContentQuerySchema, location="query")
@blueprint.doc(security=TOKEN, requestBody=FILE_BODY)
@blueprint.response(202, DraftSchema)
def replace_content(asked: dict[str, Any], draft_id: str) -> Response:
    """Replace the file of a draft; every signature on the old one is void."""
    by = writer()
    require_scope(by, "draft")
    with current_site().reading() as session:
        draft = review.get_draft(session, draft_id, by)
        if draft.dataset is None:
            raise Conflict("This draft is a notice; it has no file.")
        where = draft.dataset.address
        said = {
            "change_note": draft.change_note,
            "formed_on": draft.formed_on,
            "correction": draft.is_correction,
            "authorised_doc": draft.authorised_doc,
            "encoding": asked.get("encoding"),
        }
    with received_file() as upload:
        return _received(by, where, upload, said, draft_id)


@blueprint.route("/drafts/<draft_id:draft_id>")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def get_draft(draft_id: str) -> dict[str, Any]:
    """Return a draft with its report and its signatures."""
    with current_site().reading() as session:
        by = current_actor(session)
        return describe_draft(session, review.get_draft(session, draft_id, by))


@blueprint.route("/drafts/<draft_id:draft_id>/report")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, ReportSchema)
def get_report(draft_id: str) -> dict[str, Any]:
    """Return what the checks found in a draft's file."""
    with current_site().reading() as session:
        by = current_actor(session)
        return review.get_draft(session, draft_id, by).report


@blueprint.route("/drafts/<draft_id:draft_id>/findings")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, FindingListSchema)
def list_findings(draft_id: str) -> dict[str, Any]:
    """List what the checks put to the reviewer, and every decision on it.

    It is for those who sign and for the supervisor, and is never published.
    """
    with current_site().reading() as session:
        by = current_actor(session)
        return describe_findings(review.get_draft(session, draft_id, by))


@blueprint.route("/drafts/<draft_id:draft_id>/submit", methods=["POST"])
@blueprint.arguments(SignatureActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def submit_draft(said: dict[str, Any], draft_id: str) -> Response:
    """Send a draft into review.

    What the confidentiality gate blocks needs a comment that says why it may be public.
    """
    return _signed(draft_id, said, review.submit_draft)


@blueprint.route("/drafts/<draft_id:draft_id>/sign", methods=["POST"])
@blueprint.arguments(SignatureActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def sign_draft(said: dict[str, Any], draft_id: str) -> Response:
    """Sign as head of the department that supplies the information."""
    return _signed(draft_id, said, review.sign_draft)


@blueprint.route("/drafts/<draft_id:draft_id>/review", methods=["POST"])
@blueprint.arguments(ReviewActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def review_draft(said: dict[str, Any], draft_id: str) -> Response:
    """Pass the confidentiality review (保密审查), deciding on every finding.

    What blocks is overridden with a reason, what is for review is accepted; the answer to
    anything less is 422 with what is still open. The other way out is to return the draft.
    """
    findings = [
        Verdict(one["code"], one["field"], FindingDecision(one["decision"]), one["reason"])
        for one in said["findings"]
    ]
    return _signed(draft_id, {**said, "findings": findings}, review.review_draft)


@blueprint.route("/drafts/<draft_id:draft_id>/approve", methods=["POST"])
@blueprint.arguments(SignatureActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def approve_draft(said: dict[str, Any], draft_id: str) -> Response:
    """Approve as the authorised leader or, where that is done, attest as the principal."""
    return _signed(draft_id, said, review.approve_draft)


@blueprint.route("/drafts/<draft_id:draft_id>/return", methods=["POST"])
@blueprint.arguments(ReasonActSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def return_draft(said: dict[str, Any], draft_id: str) -> Response:
    """Send a draft back with a reason; every signature of this round is void."""
    return _signed(draft_id, said, review.return_draft)


@blueprint.route("/drafts/<draft_id:draft_id>/publish", methods=["POST"])
@blueprint.arguments(EmptyActSchema, location="json", required=False)
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def publish(_: dict[str, Any], draft_id: str) -> Response:
    """Publish an approved draft; `links.published` and `Location` say where it is."""
    site, by = current_site(), writer()
    with site.reading() as session:
        review.get_draft(session, draft_id, by)

    def act() -> Response:
        publish_draft(site, draft_id, by=by)
        with site.reading() as session:
            described = describe_draft(session, review.get_draft(session, draft_id, by))
        response = _dumped(described)
        response.headers["Location"] = described["links"]["published"]
        return response

    return answered_once(by, "", act)


@blueprint.route("/drafts/<draft_id:draft_id>/withdraw", methods=["POST"])
@blueprint.arguments(ReasonActSchema, location="json")
@blueprint.doc(security=TOKEN)
@blueprint.response(200, DraftSchema)
def withdraw(said: dict[str, Any], draft_id: str) -> Response:
    """Withdraw what a draft became, or give up one that is not published, with a reason."""
    return _signed(draft_id, said, _withdraw)


@blueprint.route("/validate", methods=["POST"])
@blueprint.arguments(ValidationQuerySchema, location="query")
@blueprint.doc(security=TOKEN, requestBody=FILE_BODY)
@blueprint.response(200, ReportSchema)
def validate(asked: dict[str, Any]) -> dict[str, Any]:
    """Read and check a file as a draft's would be, keeping nothing."""
    site = current_site()
    site.plugins.get_item(asked["item"])
    with received_file() as upload:
        intake = validate_file(
            site,
            asked["item"],
            upload.path,
            filename=upload.filename,
            institution=asked["institution"],
            encoding=asked.get("encoding"),
        )
    return intake.report.as_json()


def _details() -> dict[str, Any]:
    """Return what is said about the file, in the query and (first) in the form."""
    schema = DraftDetailsSchema()
    given = request.args.to_dict() | request.form.to_dict()
    if any("\x00" in text for text in given.values()):
        raise InvalidParameter("A part of the form holds the character NUL.")
    try:
        said: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        raise refused(messages_of(error), schema, in_body=False) from error
    return said


def _received(
    by: Actor, where: DatasetId, upload: Upload, said: dict[str, Any], draft_id: str | None
) -> Response:
    """Read the file into a draft; answer 202, or 422 with every place where it blocks."""
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
        encoding=said.get("encoding"),
        draft_id=draft_id,
    )
    with current_site().reading() as session:
        described = describe_draft(session, review.get_draft(session, draft.id, by))
    if described["report"]["blocks"]:
        return blocked_answer(described)
    response = _dumped(described, 202)
    response.headers["Location"] = described["links"]["self"]
    return response


def _signed(draft_id: str, said: dict[str, Any], verb: Sign) -> Response:
    """Do one verb of the chain and answer with the draft as it is then."""
    site, by = current_site(), writer()

    def act() -> Response:
        with site.transaction() as session:
            signer = current_actor(session)
            review.get_draft(session, draft_id, signer)
            draft = verb(session, draft_id, by=signer, now=site.now(), **said)
            described = describe_draft(session, draft)
        return _dumped(described)

    return answered_once(by, repr(sorted(said.items())), act)


def _withdraw(session: Session, draft_id: str, *, by: Actor, reason: str, now: Any) -> Draft:
    draft = review.get_draft(session, draft_id, by)
    if draft.state != DraftState.PUBLISHED:
        return review.discard_draft(session, draft_id, by=by, reason=reason, now=now)
    match find_published(session, draft_id):
        case Release() as release:
            withdraw_release(
                session, current_site().plugins, release, by=by, reason=reason, now=now
            )
        case Notice() as notice:
            withdraw_notice(session, notice, by=by, reason=reason, now=now)
    return draft


def _dumped(described: dict[str, Any], status: int = 200) -> Response:
    response: Response = jsonify(DraftSchema().dump(described))
    response.status_code = status
    return response
