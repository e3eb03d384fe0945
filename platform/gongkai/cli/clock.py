"""`gongkai due`, `calendar`, `change`, `obligation`: the legal clock by hand."""

import json
from datetime import date, datetime
from pathlib import Path

import click

from gongkai.cli.console import NUMBER, Address, channel, say_json
from gongkai.domain.compliance import FIRST_DAY, LAST_DAY
from gongkai.domain.deadlines import Trigger
from gongkai.domain.explaining import spoken
from gongkai.domain.holiday_notices import NotANotice, notice_of
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.errors import Rejected
from gongkai.models import Role
from gongkai.models.obligation import Obligation
from gongkai.services import adjusting
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.calendar import coverage, find_calendar, load_notice
from gongkai.services.catalog import get_or_open_dataset
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import recompute
from gongkai.services.due_dates import answer_due
from gongkai.services.obligations import Change, get_obligation, obligations_of, register_change
from gongkai.site import Site

LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)


class Moment(click.ParamType[datetime]):
    """A day from 2000 to 2100, or one with a time; without a zone it is Shanghai's."""

    name = "day"

    def convert(
        self,
        value: str | datetime,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-03-02, or 2026-03-02T14:30.", param, ctx)
        try:
            local = found.astimezone(SHANGHAI) if found.tzinfo else found.replace(tzinfo=SHANGHAI)
        except OverflowError:
            local = None
        if local is None or not FIRST_DAY <= local.date() <= LAST_DAY:
            self.fail(f"{value!r} is no day from {FIRST_DAY} to {LAST_DAY}.", param, ctx)
        return local


def _day(moment: datetime) -> date:
    return shanghai_day(moment)


def _instant(given: datetime) -> datetime | None:
    """Return the instant where a time was given, not only a day."""
    local = given.astimezone(SHANGHAI)
    return local if (local.hour, local.minute) != (0, 0) else None


@click.command()
@click.option(
    "--from", "start", type=Moment(), required=True, help="When it was formed or changed."
)
@click.option("--rule", "rule_key", default="proactive_20wd", show_default=True)
@click.option("--effective", type=Moment(), default=None, help="When a price takes effect, …")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@LANGUAGE
@click.pass_obj
def due(
    site: Site,
    start: datetime,
    rule_key: str,
    effective: datetime | None,
    as_json: bool,
    language: str,
) -> None:
    """Say until when something must be public, by which rule, and why."""
    site.migrate()
    trigger = Trigger(_day(start), _instant(start), _day(effective) if effective else None)
    with site.reading() as session:
        answer = answer_due(session, clock_of(session, site.plugins), rule_key, trigger)
    if as_json:
        say_json(answer.as_json())
        return
    at = f" {answer.due.at:%H:%M}" if answer.due.at else ""
    mark = {"zh": "（暂定）", "en": " (provisional)"}[language] if answer.due.is_provisional else ""
    click.echo(f"{answer.due.on}{at}{mark}")
    for sentence in answer.why:
        click.echo(f"  {sentence.in_language(language)}")
    click.echo(f"  {answer.rule.source.in_language(language)}")


@click.group()
def calendar() -> None:
    """The State Council's working days: which years are known, and loading one."""


@calendar.command("load")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def load(site: Site, file: Path) -> None:
    """Load a year from a holiday-cn JSON file, and count every open clock anew."""
    try:
        notice = notice_of(json.loads(file.read_text(encoding="utf-8")))
    except UnicodeDecodeError as error:
        raise Rejected(f"{file} is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise Rejected(f"{file} is not JSON: {error.msg} in line {error.lineno}.") from error
    except RecursionError as error:
        raise Rejected(f"{file} is no notice of a year: it is nested too deeply.") from error
    except NotANotice as error:
        raise Rejected(f"{file} is no notice of a year: {error}.") from error
    site.migrate()
    now = site.now()
    with site.transaction() as session:
        load_notice(session, notice, loaded_by=channel(), now=now)
        clock = clock_of(session, site.plugins)
        since = min([date(notice.year, 1, 1), *(one.day for one in notice.days)])
        moved = recompute(session, clock, now=now, actor=channel(), since=since)
        left = coverage(clock.calendar, shanghai_day(now))
    click.echo(
        f"{notice.year}: {len(notice.days)} days named. {moved.moved} due dates moved, "
        f"{moved.settled} are certain now. Known until {left.known_until}."
    )


@calendar.command("show")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def show(site: Site, as_json: bool) -> None:
    """List the known years with the notice that each follows."""
    site.migrate()
    with site.reading() as session:
        found = find_calendar(session)
    left = coverage(found, shanghai_day(site.now()))
    if as_json:
        until = left.known_until.isoformat() if left.known_until else None
        years = {str(year): source for year, source in sorted(found.sources.items())}
        say_json({"years": years, "known_until": until, "days_left": left.days_left})
        return
    for year, source in sorted(found.sources.items()):
        click.echo(f"{year}  {source}")
    click.echo(f"Known until {left.known_until}: {left.days_left} days.")
    if left.is_short:
        click.echo(
            f"Load {left.missing_year} as soon as the State Council's notice is out: "
            "gongkai calendar load FILE",
            err=True,
        )


@click.command()
@click.argument("dataset", type=Address())
@click.option("--on", "formed", type=Moment(), required=True, help="When it was formed or changed.")
@click.option("--effective", type=Moment(), default=None, help="When it takes effect.")
@click.option("--rule", "rule_key", default=None, help="Which of the item's rules, if several.")
@click.option("--note", default="", help="What changed.")
@click.option("--by", "login", default=None, help="Login; else the clerk's post.")
@LANGUAGE
@click.pass_obj
def change(
    site: Site,
    dataset: DatasetId,
    formed: datetime,
    effective: datetime | None,
    rule_key: str | None,
    note: str,
    login: str | None,
    language: str,
) -> None:
    """Register that information was formed or changed, before there is a file: starts the clock."""
    now = site.now()
    said = Change(
        on=_day(formed),
        at=_instant(formed),
        event_on=_day(effective) if effective else None,
        rule_key=rule_key,
        note=note,
    )
    with site.transaction() as session:
        clock = clock_of(session, site.plugins)
        found = get_or_open_dataset(session, site.plugins, dataset, now=now)
        who = (
            get_account(session, login)
            if login
            else next(iter(holders(session, found.institution, Role.SUBMITTER)), None)
        )
        if who is None:
            raise click.ClickException(f"{dataset.institution} has no clerk; use --by.")
        opened = register_change(session, clock, found, said, by=Actor(who, channel()), now=now)
        _print(opened, language)


@click.group()
def obligation() -> None:
    """What a dataset owes; and for the supervising authority: stop, resume, extend, lift."""


@obligation.command("list")
@click.argument("dataset", type=Address())
@LANGUAGE
@click.pass_obj
def list_all(site: Site, dataset: DatasetId, language: str) -> None:
    """List what a dataset owes and owed, by due date."""
    with site.reading() as session:
        for one in obligations_of(session, dataset):
            _print(one, language)


def _adjust(name: str, help_text: str) -> None:
    """Add a command of the supervising authority."""

    @obligation.command(name, help=help_text)
    @click.argument("obligation_id", type=NUMBER)
    @click.option("--reason", default="", help="Why; it stays in the record.")
    @click.option("--on", "on", type=Moment(), default=None, help="From or until when.")
    @click.option("--by", "login", required=True, help="Login of a supervisor.")
    @LANGUAGE
    @click.pass_obj
    def adjust(
        site: Site,
        obligation_id: int,
        reason: str,
        on: datetime | None,
        login: str,
        language: str,
    ) -> None:
        now = site.now()
        day = _day(on or now)
        with site.transaction() as session:
            by = Actor(get_account(session, login), channel())
            found = get_obligation(session, obligation_id, for_update=True)
            clock = clock_of(session, site.plugins)
            match name:
                case "suspend":
                    adjusting.suspend(session, found, reason=reason, since=day, by=by, now=now)
                case "resume":
                    adjusting.resume(session, clock, found, until=day, by=by, now=now)
                case "extend":
                    adjusting.extend(session, clock, found, reason=reason, by=by, now=now)
                case _:
                    adjusting.waive(session, found, reason=reason, by=by, now=now)
            _print(found, language)


_adjust("suspend", "Stop a clock for a reason; the working days until it is resumed do not count.")
_adjust("resume", "Let a stopped clock run again.")
_adjust("extend", "Extend a term once, where its rule allows it.")
_adjust("waive", "Lift an obligation for a reason.")

STATES = {
    "open": ("进行中", "open"),
    "due_soon": ("即将到期", "due soon"),
    "overdue": ("逾期", "overdue"),
    "suspended": ("中止", "suspended"),
    "provisional": ("暂定", "provisional"),
    "met": ("按时公开", "on time"),
    "met_late": ("逾期公开", "late"),
    "waived": ("免除", "lifted"),
}


def _print(one: Obligation, language: str) -> None:
    zh, en = STATES[one.shown_state.value]
    day = spoken(one.due_on).in_language(language)
    click.echo(
        f"#{one.id}  {one.dataset.address}  {one.occasion}  {one.rule_key}  {day}  "
        f"{en if language == 'en' else zh}"
    )
