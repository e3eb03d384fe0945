"""`gongkai validate`, `publish`, `withdraw`: the main job at the command line."""

import sys
from datetime import date, datetime
from pathlib import Path

import click

from gongkai.cli.console import (
    Address,
    channel,
    print_findings,
    print_report,
    progress_bar,
    say_json,
)
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.problems import Report
from gongkai.models import Draft, FindingDecision, Release
from gongkai.models.draft import Step
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.annotating import annotate_file
from gongkai.services.catalog import get_dataset, get_release
from gongkai.services.findings import current_findings
from gongkai.services.intake_drafts import validate_file
from gongkai.services.publishing import withdraw_release
from gongkai.services.recorded import NamedDecision, Sheet, publish_file
from gongkai.services.review import ROLE_OF_STEP
from gongkai.site import Site

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", help="Of the report."
)
_ENCODING = click.option(
    "--encoding",
    metavar="NAME",
    default=None,
    help="How a text file is encoded, where the report leaves the choice: gb18030, big5 …",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


class _Decision(click.ParamType[NamedDecision]):
    """A decision of the reviewer: CODE=REASON, or CODE:FIELD=REASON where there are several."""

    name = 'code[:field]="reason"'

    def __init__(self, decision: FindingDecision) -> None:
        self._decision = decision

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> NamedDecision:
        place, equals, reason = str(value).partition("=")
        code, colon, field = place.strip().partition(":")
        if not code or (self._decision is FindingDecision.OVERRIDE and not (equals and reason)):
            self.fail(f'{value!r} is not CODE="reason"; name the finding and say why.', param, ctx)
        return NamedDecision(code, field if colon else None, self._decision, reason)


@click.command()
@_FILE
@click.option("--item", required=True, help="The disclosure item's key.")
@click.option("--institution", default=None, help="Check references to its other datasets too.")
@click.option(
    "--annotated",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default=None,
    metavar="OUT.xlsx",
    help="Also write FILE as a workbook with the wrong cells marked and commented.",
)
@_ENCODING
@_LANGUAGE
@_JSON
@click.pass_obj
def validate(
    site: Site,
    /,
    *,
    file: Path,
    item: str,
    institution: str | None,
    encoding: str | None,
    annotated: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Check FILE against an item; exit 0 when it could be published."""
    site.migrate()
    with progress_bar(quiet=as_json) as progress:
        intake = validate_file(
            site,
            item,
            file,
            filename=file.name,
            institution=institution,
            encoding=encoding,
            progress=progress,
        )
    _show(intake.report, language, as_json)
    if annotated is not None:
        described = site.plugins.get_item(item)
        annotate_file(site, file, described, intake.report, annotated, language=language)
        click.echo(f"→ {annotated}", err=True)
    sys.exit(1 if intake.report.blocks else 0)


@click.command()
@_FILE
@click.option("--dataset", "address", type=Address(), required=True, help="institution/item")
@click.option("--submitted-by", default=None, help="Login; else the holder of the post.")
@click.option("--signed-by", default=None, help="Head of the department, as above.")
@click.option("--reviewed-by", default=None, help="Confidentiality reviewer, as above.")
@click.option("--approved-by", default=None, help="Authorised leader, as above.")
@click.option("--attested-by", default=None, help="First responsible person, as above.")
@click.option("--sheet", default="", help="Number of the signed review sheet (保密审查单).")
@click.option("--why", default="", help="The submitter’s: why what the gate found may be public.")
@click.option(
    "--override",
    "overrides",
    type=_Decision(FindingDecision.OVERRIDE),
    multiple=True,
    help="The reviewer’s: sets aside what the gate found, with the reason. Once a finding.",
)
@click.option(
    "--accept",
    "accepted",
    type=_Decision(FindingDecision.ACCEPT),
    multiple=True,
    help="The reviewer’s: accepts what is for review; the reason may be left out.",
)
@click.option("--note", "change_note", default="", help="What changed and why.")
@click.option("--correction", "is_correction", is_flag=True, help="It corrects the last release.")
@click.option(
    "--formed-on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="When the information was formed or changed.",
)
@click.option("--authorised-doc", default="", help="Number of the authorising document.")
@_ENCODING
@_LANGUAGE
@_JSON
@click.pass_obj
def publish(
    site: Site,
    /,
    *,
    file: Path,
    address: DatasetId,
    sheet: str,
    why: str,
    overrides: tuple[NamedDecision, ...],
    accepted: tuple[NamedDecision, ...],
    change_note: str,
    is_correction: bool,
    formed_on: datetime | None,
    authorised_doc: str,
    encoding: str | None,
    language: str,
    as_json: bool,
    **signers: str | None,
) -> None:
    """Check FILE and publish it as the next release of a dataset.

    The signatures that were given on paper are recorded for the accounts named, or for the
    holder of each post; the audit log says that they were entered here, and by whom. What the
    confidentiality gate found is overridden by nobody but the reviewer: give what the sheet
    says of each finding with --override and --accept.
    """
    site.migrate()
    words = zip(Step, _SIGNING_WORDS, strict=True)
    named = {step: login for step, word in words if (login := signers[f"{word}_by"])}
    decisions = (*overrides, *accepted)

    def show(draft: Draft) -> None:
        report = Report.of(draft.report)
        if not as_json:
            print_report(report, language)
            print_findings(current_findings(draft), language)
        elif report.is_fatal or (report.blocks and not decisions):
            say_json(report.as_json())

    with progress_bar(quiet=as_json) as progress:
        release = publish_file(
            site,
            address,
            file,
            filename=file.name,
            channel=channel(),
            named=named,
            sheet=Sheet(sheet, why, decisions),
            change_note=change_note,
            is_correction=is_correction,
            authorised_doc=authorised_doc,
            encoding=encoding,
            formed_on=_day(formed_on),
            progress=progress,
            on_draft=show,
        )
    _tell(site, release, as_json)


_SIGNING_WORDS = ("submitted", "signed", "reviewed", "approved", "attested")


@click.command()
@click.option("--dataset", "address", type=Address(), required=True, help="institution/item")
@click.option("--version", default="latest", help="The release; the current one without.")
@click.option("--reason", required=True, help="Shown wherever the release was.")
@click.option("--by", "login", default=None, help="Login; else the holder of the post.")
@click.pass_obj
def withdraw(site: Site, address: DatasetId, version: str, reason: str, login: str | None) -> None:
    """Withdraw a release; its addresses answer 410 with the reason."""
    with site.transaction() as session:
        dataset = get_dataset(session, address)
        role = ROLE_OF_STEP[Step.APPROVE]
        who = (
            get_account(session, login)
            if login
            else next(iter(holders(session, dataset.institution, role)), None)
        )
        if who is None:
            raise click.ClickException(f"{address.institution} has no {role}; name one with --by.")
        release = withdraw_release(
            session,
            site.plugins,
            get_release(session, dataset, version),
            by=Actor(who, channel()),
            reason=reason,
            now=site.now(),
        )
    click.echo(f"{address} {release.version} withdrawn.")


def _show(report: Report, language: str, as_json: bool) -> None:
    if as_json:
        say_json(report.as_json())
    else:
        print_report(report, language)


def _tell(site: Site, release: Release, as_json: bool) -> None:
    address = release.dataset.address
    url = f"{site.settings.site.base_url}/datasets/{address}/releases/{release.version}"
    files = [file for file in release.distributions if file.sha256]
    if as_json:
        say_json(
            {
                "dataset": str(address),
                "version": release.version,
                "rows": release.row_count,
                "issued": release.issued.isoformat(),
                "sha256": release.content_sha256,
                "changes": release.changes,
                "url": url,
                "files": [
                    {"name": file.name, "bytes": file.byte_size, "sha256": file.sha256}
                    for file in files
                ],
                "notes": {file.name: file.note for file in release.distributions if file.note},
            }
        )
        return
    click.echo(f"{address} {release.version}: {release.row_count:,} rows, {len(files)} files")
    for file in release.distributions:
        note = file.note["zh"] if file.note else f"{file.byte_size:>14,} bytes"
        click.echo(f"  {file.name:22} {note}")
    click.echo(url)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
