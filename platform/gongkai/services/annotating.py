"""The workbook that goes back to who sent a file: its cells with what is wrong beside them."""

import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import Report
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.errors import Conflict, Forbidden, StoreFull, Unavailable
from gongkai.rows.limits import IntakeLimits
from gongkai.services.access import Actor
from gongkai.services.annotating_child import WORKBOOK
from gongkai.services.child_process import run_child
from gongkai.services.intake_drafts import limits_of
from gongkai.services.ports import SitePort
from gongkai.services.review import MEMBERS, get_draft

CHILD = "gongkai.services.annotating_child"


@dataclass(frozen=True)
class SentFile:
    """A draft's file as it was sent, and what was found in it."""

    name: str
    sha256: str
    report: Report
    table_schema: TableSchema
    item_key: str


def get_sent_file(session: Session, draft_id: str, by: Actor) -> SentFile:
    """Return the file of a draft for one of the institution that sent it.

    Who only supervises sees the report, which masks what must not be read; the file does not.
    Raises NotFound, Forbidden, and Conflict where the draft has no file.
    """
    draft = get_draft(session, draft_id, by)
    if not by.has_role(draft.institution_id, *MEMBERS):
        raise Forbidden("The file goes back to the institution that sent it, and nobody else.")
    if draft.dataset is None or draft.upload_sha256 is None:
        raise Conflict("This draft is a notice; it has no file.")
    return SentFile(
        name=draft.file_name,
        sha256=draft.upload_sha256,
        report=Report.of(draft.report),
        table_schema=TableSchema.of(draft.table_schema or {}),
        item_key=draft.dataset.item_key,
    )


def annotate_sent_file(site: SitePort, sent: SentFile, target: Path, *, language: str) -> None:
    """Write the annotated workbook of a draft's file to ``target``."""
    known = site.plugins.items.get(sent.item_key)
    title = known.title if known else Text(sent.item_key, sent.item_key)
    path = site.blobs.path(sent.sha256)
    _annotate(site, path, sent.report, sent.table_schema, target, title=title, language=language)


def annotate_file(
    site: SitePort,
    path: Path,
    item: DisclosureItem,
    report: Report,
    target: Path,
    *,
    language: str,
) -> None:
    """Write the annotated workbook of a file that was just checked to ``target``."""
    schema = item.table_schema
    _annotate(site, path, report, schema, target, title=item.title, language=language)


def _annotate(
    site: SitePort,
    path: Path,
    report: Report,
    schema: TableSchema,
    target: Path,
    *,
    title: Text,
    language: str,
) -> None:
    site.settings.storage.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.settings.storage.work, prefix="annotate-") as name:
        make_workbook(
            path,
            report,
            schema,
            target,
            title=title,
            language=language,
            work_dir=Path(name),
            limits=limits_of(site),
            max_rows=site.settings.intake.annotated_rows,
        )


def make_workbook(
    path: Path,
    report: Report,
    schema: TableSchema,
    target: Path,
    *,
    title: Text,
    language: str,
    work_dir: Path,
    limits: IntakeLimits,
    max_rows: int,
) -> None:
    """Write the annotated workbook in a child with ``limits``; what kills it costs the data sheet.

    Raises StoreFull when the disk is, and Unavailable if not even the findings could be written.
    """
    job: dict[str, Any] = {
        "path": str(path.resolve()),
        "work_dir": str(work_dir.resolve()),
        "report": report.as_json(),
        "table_schema": schema.as_json(),
        "title": title.as_json(),
        "language": language,
        "limits": limits.as_json(),
        "max_rows": max_rows,
    }
    for source in (job["path"], None):
        run = run_child(CHILD, {**job, "path": source}, work_dir, limits, time.monotonic(), None)
        if run.result.get("failure") == "store-full":
            raise StoreFull("There is no room for the workbook; free some disk space, try again.")
        if run.result.get("written"):
            # Copied, for the target may be on another disk than the work folder.
            shutil.copyfile(work_dir / WORKBOOK, target)
            return
    raise Unavailable("The annotated workbook could not be made; the report says all of it too.")
