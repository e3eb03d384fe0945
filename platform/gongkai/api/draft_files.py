"""What goes back to who sent a file: the workbook with everything that is wrong marked."""

import os
import tempfile
from pathlib import Path
from typing import Any

from flask import Response, send_file

from gongkai.api.access import current_actor
from gongkai.api.blueprint import Blueprint
from gongkai.schemas.draft import WorkbookQuerySchema
from gongkai.services.annotating import annotate_sent_file, get_sent_file
from gongkai.web import current_site
from gongkai.web.language import current_language
from gongkai.web.uploads import work_folder

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOKEN: list[dict[str, list[str]]] = [{"token": []}]
_SUFFIXES = {"zh": "校验结果", "en": "findings"}

blueprint = Blueprint("draft_files", __name__, description="Files about drafts, with a token.")


@blueprint.route("/drafts/<draft_id:draft_id>/report.xlsx")
@blueprint.arguments(WorkbookQuerySchema, location="query")
@blueprint.doc(security=_TOKEN)
@blueprint.response(
    200, {"type": "string", "format": "binary"}, content_type=XLSX, description="The workbook."
)
def get_annotated_workbook(_: dict[str, Any], draft_id: str) -> Response:
    """Return a draft's file as a workbook with the wrong cells marked and commented.

    Correct it and send it again as it is: colours, comments and the second sheet are ignored.
    """
    site = current_site()
    with site.reading() as session:
        sent = get_sent_file(session, draft_id, current_actor(session))
    language = current_language()
    with tempfile.TemporaryDirectory(dir=work_folder(site.settings), prefix="report-") as folder:
        target = Path(folder) / "report.xlsx"
        annotate_sent_file(site, sent, target, language=language)
        # The open file outlives its name.
        stream = target.open("rb")
    name = f"{Path(sent.name).stem or 'report'}-{_SUFFIXES[language]}.xlsx"
    response = send_file(stream, XLSX, as_attachment=True, download_name=name, etag=False)
    response.content_length = os.fstat(stream.fileno()).st_size
    response.call_on_close(stream.close)
    return response
