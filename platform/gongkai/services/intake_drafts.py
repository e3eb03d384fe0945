"""From a file to a draft: read, checked, stored, recorded."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from gongkai.blobs import Blob
from gongkai.domain.disclosure_control import ControlProfile
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import Problem, ProblemGroup, Report, Severity
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.errors import Conflict, NotFound, WrongState
from gongkai.models import Account, Draft, Release, Role
from gongkai.models.draft import DraftKind, DraftState
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.catalog import (
    current_release,
    get_dataset,
    get_institution,
    get_or_open_dataset,
)
from gongkai.services.clock import clock_of
from gongkai.services.findings import keep_findings, tier_of
from gongkai.services.intake import Intake, IntakeLimits, read_file
from gongkai.services.obligations import open_for_draft
from gongkai.services.ports import Progress, SitePort, no_progress
from gongkai.services.review import find_draft, open_chain


@dataclass(frozen=True)
class _Surroundings:
    """What a file is checked against beside its item: other releases, and a choice."""

    references: dict[str, Path] = field(default_factory=dict)
    previous: tuple[Path, TableSchema] | None = None
    control: ControlProfile = field(default_factory=ControlProfile)


def validate_file(
    site: SitePort,
    item_key: str,
    path: Path,
    *,
    filename: str,
    institution: str | None = None,
    encoding: str | None = None,
    progress: Progress = no_progress,
) -> Intake:
    """Read and check a file against an item, keeping nothing.

    With an ``institution`` the file is compared with its last release and its small counts
    are guarded as it chose, and references to its other datasets are checked. ``encoding`` is
    a person's choice where the report leaves one. Raises NotFound for an unknown item;
    whatever is wrong with the file is in the report.
    """
    item = site.plugins.get_item(item_key)
    with site.reading() as session:
        surroundings = _surroundings(site, session, item, institution)
    with _work_folder(site) as folder:
        intake = _read(site, item, path, filename, folder, surroundings, encoding, progress)
        return replace(intake, rows_path=None)


def receive_file(
    site: SitePort,
    address: DatasetId,
    path: Path,
    *,
    filename: str,
    by: Actor,
    change_note: str = "",
    formed_on: date | None = None,
    is_correction: bool = False,
    authorised_doc: str = "",
    draft_id: str | None = None,
    encoding: str | None = None,
    progress: Progress = no_progress,
) -> Draft:
    """Read and check a file and keep it as a draft, or as the new content of ``draft_id``.

    Commits on its own. The draft exists whatever the report says; it can be submitted unless
    the report is fatal. New content voids every signature and decision. Raises NotFound,
    Forbidden, WrongState.
    """
    item = site.plugins.get_item(address.item)
    with site.transaction() as session:
        dataset = get_or_open_dataset(session, site.plugins, address, now=site.now())
        require_scope(by, "draft")
        require_role(by, dataset.institution, Role.SUBMITTER)
        if draft_id is not None:
            _replaceable(session, draft_id, address)
        surroundings = _surroundings(site, session, item, address.institution)
    with _work_folder(site) as folder:
        intake = _read(site, item, path, filename, folder, surroundings, encoding, progress)
        upload = site.blobs.put(path)
        report = _with_authority(intake.report, item, authorised_doc)
        rows = None
        if intake.rows_path is not None and not report.is_fatal:
            rows = site.blobs.put(intake.rows_path)
    now = site.now()
    with site.transaction() as session:
        draft = _draft_row(session, address, by, draft_id, now)
        _take_content(draft, intake, report, upload, rows)
        draft.file_name = Path(filename).name[:255]
        draft.change_note, draft.formed_on = change_note, formed_on
        draft.is_correction, draft.authorised_doc = is_correction, authorised_doc
        _begin(draft, item, report, now)
        session.flush()
        if formed_on is not None and not is_correction:
            open_for_draft(session, clock_of(session, site.plugins), draft, now=now)
        record_act(
            session,
            by,
            "draft.content",
            draft.id,
            now=now,
            dataset=str(address),
            file=draft.file_name,
            upload_sha256=upload.sha256,
            content_sha256=draft.content_sha256,
            errors=report.error_count,
        )
        return draft


def _begin(draft: Draft, item: DisclosureItem, report: Report, now: datetime) -> None:
    """Put new content at the beginning of its chain."""
    keep_findings(draft, report, now=now)
    open_chain(draft, tier_of(draft, item.tier))
    draft.table_schema = item.table_schema.as_json()


def _take_content(
    draft: Draft, intake: Intake, report: Report, upload: Blob, rows: Blob | None
) -> None:
    """Put what was read into the draft; without rows there is nothing that can be signed."""
    draft.state = DraftState.DRAFT
    draft.edition += 1
    draft.report = report.as_json()
    draft.upload_sha256 = upload.sha256
    draft.rows_sha256 = rows.sha256 if rows else None
    draft.content_sha256 = intake.content_sha256 if rows else None
    draft.row_count = intake.row_count


def limits_of(site: SitePort) -> IntakeLimits:
    """Return the limits of the process that reads one file."""
    chosen = site.settings.intake
    return IntakeLimits(
        memory_bytes=chosen.memory_bytes,
        cpu_seconds=chosen.cpu_seconds,
        wall_seconds=chosen.wall_seconds,
        output_bytes=chosen.output_bytes,
        plugin_seconds=chosen.plugin_seconds,
        file_bytes=chosen.file_bytes,
        columns=chosen.columns,
        cell_chars=chosen.cell_chars,
        listed=chosen.listed,
    )


@contextmanager
def _work_folder(site: SitePort) -> Iterator[Path]:
    site.settings.storage.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=site.settings.storage.work, prefix="intake-") as folder:
        yield Path(folder)


def _read(
    site: SitePort,
    item: DisclosureItem,
    path: Path,
    filename: str,
    folder: Path,
    surroundings: _Surroundings,
    encoding: str | None,
    progress: Progress,
) -> Intake:
    silent = {plugin.name for plugin in site.plugins.loaded if not plugin.checks}
    return read_file(
        path,
        item,
        filename=filename,
        work_dir=folder,
        limits=limits_of(site),
        references=surroundings.references,
        previous=surroundings.previous,
        control=surroundings.control,
        encoding=encoding,
        plugin_modules=[name for name in site.settings.plugins.modules if name not in silent],
        disabled_plugins=[*site.settings.plugins.disabled, *sorted(silent)],
        progress=progress,
    )


def _surroundings(
    site: SitePort, session: Session, item: DisclosureItem, institution: str | None
) -> _Surroundings:
    """Return what a file of ``institution`` is checked against."""
    if institution is None:
        return _Surroundings()
    references: dict[str, Path] = {}
    for key in item.table_schema.foreign_keys:
        release = _standing(session, DatasetId(institution, key.item))
        if release is not None:
            references[key.item] = site.blobs.path(release.rows_sha256)
    previous = None
    last = _standing(session, DatasetId(institution, item.key))
    if last is not None:
        rows = site.blobs.path(last.rows_sha256)
        previous = rows, TableSchema.of(last.item["table_schema"])
    control = get_institution(session, institution).control
    return _Surroundings(references, previous, control)


def _standing(session: Session, address: DatasetId) -> Release | None:
    """Return the current release of a dataset, if there is one."""
    try:
        return current_release(session, get_dataset(session, address))
    except NotFound:
        return None


def _replaceable(session: Session, draft_id: str, address: DatasetId) -> Draft:
    draft = find_draft(session, draft_id)
    if draft.dataset is None or draft.dataset.address != address:
        raise Conflict(f"The draft {draft_id} is not one of {address}.")
    if draft.state in (DraftState.PUBLISHED, DraftState.DISCARDED):
        raise WrongState(f"The draft is {draft.state}; start a new one.")
    return draft


def _draft_row(
    session: Session,
    address: DatasetId,
    by: Actor,
    draft_id: str | None,
    now: datetime,
) -> Draft:
    if draft_id is not None:
        return _replaceable(session, draft_id, address)
    dataset = get_dataset(session, address)
    draft = Draft(
        id=uuid.uuid4().hex,
        kind=DraftKind.DATA,
        institution=dataset.institution,
        dataset=dataset,
        created_at=now,
        created_by=session.get_one(Account, by.account.id),
        signatures=[],
        steps=[],
        findings=[],
        round=0,
        edition=0,
        report={},
        body=None,
    )
    session.add(draft)
    return draft


def _with_authority(report: Report, item: DisclosureItem, authorised_doc: str) -> Report:
    """Block a dataset outside the institution's own authority that names no authorisation.

    传染病防治法 art. 38 and Order 75 art. 14(5): the figures are not its own to publish.
    """
    named = authorised_doc.strip() or "authorised_doc" in item.table_schema.names
    if not item.authority_required or named:
        return report
    message = Text(
        zh="该事项须经授权发布：请填写授权发布文号",
        en="This item needs authorisation: give the number of the authorising document",
    )
    problem = Problem(code="authority", message=message)
    group = ProblemGroup("authority", None, None, Severity.ERROR, 1, (problem,))
    return report.with_groups(group)
