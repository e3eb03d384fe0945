"""`gongkai source`: addresses of an institution's own systems that are watched for changes."""

from datetime import datetime

import click
from sqlalchemy.orm import Session

from gongkai.cli.console import NUMBER, Address, channel, say_json
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.models import Institution, Role, WatchedSource
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.catalog import get_institution
from gongkai.services.source_registry import (
    SourceStatus,
    get_source,
    list_sources,
    register_source,
    remove_source,
    status_of,
)
from gongkai.services.sources import Seen, check_source
from gongkai.site import Site

LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)
BY = click.option("--by", "login", default=None, help="Login; else the clerk's post.")
STATUSES = {
    SourceStatus.NEW: Text("尚未检查", "not looked at yet"),
    SourceStatus.FINE: Text("正常", "fine"),
    SourceStatus.FAILING: Text("读取失败", "failing"),
    SourceStatus.FAILING_LONG: Text("连续失败七天以上", "failing for seven days or more"),
    SourceStatus.REMOVED: Text("已停用", "removed"),
}
SEEN = {
    Seen.UNCHANGED: Text("内容没有变化。", "Nothing changed."),
    Seen.FIRST: Text(
        "已首次读取，以此为基准。",
        "Fetched for the first time; later content is compared with this.",
    ),
    Seen.CHANGED: Text(
        "内容有变化：已起算期限，并准备了草稿。",
        "It changed: the clock started, and a draft is waiting.",
    ),
    Seen.FAILED: Text("读取失败", "It could not be fetched"),
}


@click.group()
def source() -> None:
    """Files and addresses that are looked at: a change starts the clock and becomes a draft."""


@source.command("add")
@click.argument("dataset", type=Address())
@click.argument("address")
@click.option("--every", "every_minutes", type=int, default=60, show_default=True, help="Minutes.")
@BY
@click.pass_obj
def add(
    site: Site, dataset: DatasetId, address: str, every_minutes: int, login: str | None
) -> None:
    """Watch ADDRESS (https://… or the whole path of a file) for changes of DATASET."""
    with site.reading() as session:
        by = _actor(session, get_institution(session, dataset.institution), login)
    added = register_source(
        site, dataset, address, every_minutes=every_minutes, by=by, now=site.now()
    )
    click.echo(f"#{added.id}  {dataset}  {added.address}  {added.every_minutes} min")


@source.command("list")
@click.option("--institution", default=None, help="Slug; all without.")
@click.option("--all", "with_removed", is_flag=True, help="The removed ones, too.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@LANGUAGE
@click.pass_obj
def list_all(
    site: Site, institution: str | None, with_removed: bool, as_json: bool, language: str
) -> None:
    """List the sources and how they do."""
    now = site.now()
    with site.reading() as session:
        found = list_sources(session, institution=institution, with_removed=with_removed)
        if as_json:
            say_json([_as_json(one, status_of(one, now)) for one in found])
            return
        for one in found:
            status = status_of(one, now)
            told = STATUSES[status].in_language(language)
            error = f"  {one.last_error}" if one.last_error else ""
            click.echo(
                f"#{one.id}  {one.dataset.address}  {one.address}  {one.every_minutes} min  "
                f"{told}{error}"
            )


@source.command("check")
@click.argument("source_id", type=NUMBER)
@BY
@LANGUAGE
@click.pass_obj
def check(site: Site, source_id: int, login: str | None, language: str) -> None:
    """Look at a source now."""
    with site.reading() as session:
        by = _actor(session, get_source(session, source_id).dataset.institution, login)
    seen = check_source(site, source_id, by=by, now=site.now())
    told = SEEN[seen].in_language(language)
    if seen is not Seen.FAILED:
        click.echo(told)
        return
    with site.reading() as session:
        raise click.ClickException(f"{told}: {get_source(session, source_id).last_error}")


@source.command("remove")
@click.argument("source_id", type=NUMBER)
@BY
@click.pass_obj
def remove(site: Site, source_id: int, login: str | None) -> None:
    """Look at a source no more; what it led to stays."""
    with site.transaction() as session:
        found = get_source(session, source_id)
        by = _actor(session, found.dataset.institution, login)
        remove_source(session, found, by=by, now=site.now())
    click.echo(f"#{source_id} removed.")


def _actor(session: Session, institution: Institution, login: str | None) -> Actor:
    """Return the account named, or the clerk of the institution."""
    who = (
        get_account(session, login)
        if login
        else next(iter(holders(session, institution, Role.SUBMITTER)), None)
    )
    if who is None:
        raise click.ClickException(f"{institution.slug} has no clerk; use --by.")
    return Actor(who, channel())


def _as_json(one: WatchedSource, status: SourceStatus) -> dict[str, object]:
    def told(moment: datetime | None) -> str | None:
        return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else None

    return {
        "id": one.id,
        "dataset": str(one.dataset.address),
        "address": one.address,
        "every_minutes": one.every_minutes,
        "status": status.value,
        "checked_at": told(one.checked_at),
        "next_check_at": told(one.next_check_at),
        "changed_at": told(one.changed_at),
        "failures": one.failures,
        "last_error": one.last_error,
        "draft": one.draft_id,
    }
