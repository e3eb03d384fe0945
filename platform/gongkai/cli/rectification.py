"""`gongkai rectification`: findings, and what institutions do about them."""

from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.cli.console import NUMBER, Address, channel, say_json
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.models import Account, Membership, RectificationCase, RectificationSource, Role
from gongkai.services import rectification_acts as acts
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.case_notices import tell
from gongkai.services.catalog import get_dataset, get_institution
from gongkai.services.clock import Clock, clock_of
from gongkai.site import Site

LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)
BY_POST = click.option("--by", "login", default=None, help="Login; else the clerk's post.")
BY_AUTHORITY = click.option(
    "--by", "login", default=None, help="Login; else the supervising authority's account."
)
STATES = {
    "finding_sent": Text("已通知", "finding sent"),
    "acknowledged": Text("已签收", "acknowledged"),
    "rectifying": Text("整改中", "being mended"),
    "reported": Text("已报告", "reported"),
    "again": Text("须再次整改", "to be mended again"),
    "closed": Text("已办结", "closed"),
}
EVENTS = {
    "opened": Text("发出整改通知", "finding sent"),
    "acknowledged": Text("签收", "acknowledged"),
    "started": Text("开始整改", "mending begun"),
    "reported": Text("报告整改情况", "reported"),
    "rechecked": Text("复查", "rechecked"),
    "closed": Text("办结", "closed"),
    "again": Text("退回再次整改", "to be mended again"),
    "extended": Text("延长期限", "term extended"),
    "recounted": Text("重新计算期限", "term counted anew"),
    "late": Text("超过整改期限", "past its term"),
}
_LATE = Text("（已超期）", " (past its term)")
_PROVISIONAL = Text("（暂定）", " (provisional)")
_SOURCES = [one.value for one in RectificationSource if one is not RectificationSource.OVERDUE]
_BY_SUPERVISOR = (acts.recheck, acts.extend)


@click.group()
def rectification() -> None:
    """Findings that institutions are to mend: what is overdue, and what inspections found."""


@rectification.command("list")
@click.option("--institution", default=None, help="Slug; all without.")
@click.option("--all", "with_closed", is_flag=True, help="The closed ones, too.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@LANGUAGE
@click.pass_obj
def list_all(
    site: Site, institution: str | None, with_closed: bool, as_json: bool, language: str
) -> None:
    """List the open cases, those that end first first."""
    with site.reading() as session:
        wanted = [get_institution(session, institution).id] if institution else None
        clock = clock_of(session, site.plugins)
        is_open = None if with_closed else True
        found = acts.list_cases(session, wanted, is_open=is_open, limit=10_000)
        if as_json:
            say_json([_as_json(clock, one) for one in found])
            return
        for one in found:
            _print(clock, one, language)


@rectification.command("show")
@click.argument("case_id", type=NUMBER)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@LANGUAGE
@click.pass_obj
def show(site: Site, case_id: int, as_json: bool, language: str) -> None:
    """Show a case with everything that happened."""
    with site.reading() as session:
        clock = clock_of(session, site.plugins)
        case = acts.get_any_case(session, case_id)
        events = [
            {
                "at": one.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                "kind": one.kind,
                "actor": one.actor,
                "comment": one.comment,
                "detail": one.detail,
            }
            for one in case.events
        ]
        if as_json:
            say_json({**_as_json(clock, case), "events": events})
            return
        _print(clock, case, language)
        for one in case.events:
            told = EVENTS[one.kind].in_language(language)
            facts = ", ".join(f"{key}={value}" for key, value in one.detail.items())
            said = "  ".join(filter(None, (told, one.actor, one.comment, facts)))
            click.echo(f"  {one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}  {said}")


@rectification.command("open")
@click.argument("where", metavar="INSTITUTION[/ITEM]")
@click.option("--source", type=click.Choice(_SOURCES), default="inspection", show_default=True)
@click.option("--finding", required=True, help="What was found, and what to mend.")
@BY_AUTHORITY
@LANGUAGE
@click.pass_obj
def open_one(
    site: Site, where: str, source: str, finding: str, login: str | None, language: str
) -> None:
    """Send a finding to an institution; its term counts from today."""
    slug, _, item = where.partition("/")
    address = Address().convert(where, None, None) if item else None
    with site.transaction() as session:
        clock = clock_of(session, site.plugins)
        dataset = get_dataset(session, address) if address else None
        opened = acts.open_case(
            session,
            clock,
            get_institution(session, slug),
            source=RectificationSource(source),
            finding=finding,
            dataset=dataset,
            by=_authority(session, login),
            now=site.now(),
        )
        tell(session, clock, site.settings.site, opened, now=site.now())
        _print(clock, opened, language)


@rectification.command("acknowledge")
@click.argument("case_id", type=NUMBER)
@click.option("--comment", default="", help="What is said with it.")
@BY_POST
@LANGUAGE
@click.pass_obj
def acknowledge(site: Site, case_id: int, comment: str, login: str | None, language: str) -> None:
    """Say that the finding has arrived."""
    _act(site, acts.acknowledge, case_id, login, language, comment=comment)


@rectification.command("start")
@click.argument("case_id", type=NUMBER)
@click.option("--comment", default="", help="What is said with it.")
@BY_POST
@LANGUAGE
@click.pass_obj
def start(site: Site, case_id: int, comment: str, login: str | None, language: str) -> None:
    """Say that the mending has begun."""
    _act(site, acts.start, case_id, login, language, comment=comment)


@rectification.command("report")
@click.argument("case_id", type=NUMBER)
@click.option("--comment", required=True, help="What was mended.")
@BY_POST
@LANGUAGE
@click.pass_obj
def report(site: Site, case_id: int, comment: str, login: str | None, language: str) -> None:
    """Report what was mended. What is overdue needs none: publishing it closes the case."""
    _act(site, acts.report, case_id, login, language, comment=comment)


@rectification.command("recheck")
@click.argument("case_id", type=NUMBER)
@click.option("--passed/--failed", required=True, help="What the recheck found.")
@click.option("--comment", default="", help="What is still to be mended, where it failed.")
@BY_AUTHORITY
@LANGUAGE
@click.pass_obj
def recheck(
    site: Site, case_id: int, passed: bool, comment: str, login: str | None, language: str
) -> None:
    """Close a reported case, or send it back with a new term."""
    _act(site, acts.recheck, case_id, login, language, passed=passed, comment=comment)


@rectification.command("extend")
@click.argument("case_id", type=NUMBER)
@click.option("--reason", required=True, help="Why; it stays in the record.")
@BY_AUTHORITY
@LANGUAGE
@click.pass_obj
def extend(site: Site, case_id: int, reason: str, login: str | None, language: str) -> None:
    """Extend the term of this round, once and before its day."""
    _act(site, acts.extend, case_id, login, language, comment=reason)


def _act(
    site: Site, verb: Any, case_id: int, login: str | None, language: str, **given: Any
) -> None:
    now: datetime = site.now()
    with site.transaction() as session:
        clock = clock_of(session, site.plugins)
        case = acts.get_any_case(session, case_id, for_update=True)
        if verb in _BY_SUPERVISOR:
            verb(session, clock, case, by=_authority(session, login), now=now, **given)
        else:
            verb(session, case, by=_post(session, case, login), now=now, **given)
        session.flush()
        comment = given.get("comment", "")
        tell(session, clock, site.settings.site, case, comment=comment, now=now)
        _print(clock, case, language)


def _post(session: Session, case: RectificationCase, login: str | None) -> Actor:
    """Return the account named, or the clerk of the case's institution."""
    who = (
        get_account(session, login)
        if login
        else next(iter(holders(session, case.institution, Role.SUBMITTER)), None)
    )
    if who is None:
        raise click.ClickException(f"{case.institution.slug} has no clerk; use --by.")
    return Actor(who, channel())


def _authority(session: Session, login: str | None) -> Actor:
    """Return the account named, or the supervisor of the site where there is just one."""
    if login:
        return Actor(get_account(session, login), channel())
    found = session.scalars(
        select(Account)
        .join(Membership)
        .where(
            Membership.role == Role.SUPERVISOR,
            Membership.institution_id.is_(None),
            Account.disabled_at.is_(None),
        )
        .order_by(Account.login)
    ).all()
    if len(found) != 1:
        raise click.ClickException(
            f"There are {len(found)} supervisors on this site; name an account with --by."
        )
    return Actor(found[0], channel())


def _print(clock: Clock, one: RectificationCase, language: str) -> None:
    marks = (_LATE if one.is_late else None, _PROVISIONAL if one.provisional_year else None)
    about = str(one.dataset.address) if one.dataset else one.institution.slug
    state = STATES[one.state].in_language(language)
    after = "".join(mark.in_language(language) for mark in marks if mark)
    finding = acts.finding_of(clock, one).in_language(language)
    release = f"  {one.release.version}" if one.release else ""
    click.echo(f"#{one.id}  {about}  {state}{release}  {one.due_on}{after}  {finding}")


def _as_json(clock: Clock, one: RectificationCase) -> dict[str, Any]:
    return {
        "id": one.id,
        "institution": one.institution.slug,
        "dataset": str(one.dataset.address) if one.dataset else None,
        "source": one.source,
        "finding": acts.finding_of(clock, one).as_json(),
        "overdue": one.overdue_count,
        "state": one.state,
        "round": one.round,
        "due_on": one.due_on.isoformat(),
        "provisional": one.provisional_year is not None,
        "is_late": one.is_late,
        "outcome": one.outcome,
        "release": one.release.version if one.release else None,
    }
