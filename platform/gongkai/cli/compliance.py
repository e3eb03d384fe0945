"""`gongkai compliance`: how duties are kept, frozen scores, the monthly notice."""

from datetime import datetime

import click

from gongkai.cli.console import channel, say_json
from gongkai.domain.compliance import (
    DEFAULT_SORT,
    Grouping,
    Line,
    Rate,
    Window,
    sort_lines,
    total,
)
from gongkai.domain.times import shanghai_day
from gongkai.models import Role
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.bulletins import draft_bulletin
from gongkai.services.catalog import get_institution, list_institutions
from gongkai.services.compliance import Which
from gongkai.services.compliance import compliance as count
from gongkai.services.score import freeze_scores
from gongkai.site import Site
from gongkai.web.compliance import describe_counts, describe_line, write_csv

_HEADS = ("due", "on time", "late", "overdue", "soon", "open", "provisional", "rate")


@click.group(invoke_without_command=True)
@click.option(
    "--by",
    type=click.Choice([one.value for one in Grouping]),
    default=Grouping.INSTITUTION.value,
    show_default=True,
    help="What there is a line for.",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Due on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Due on this day or earlier.")
@click.option("--all", "is_all", is_flag=True, help="All time, not the last twelve months.")
@click.option("--sort", default=DEFAULT_SORT, show_default=True, help="A figure; - most first.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--csv", "as_csv", is_flag=True, help="For spreadsheets.")
@click.pass_context
def compliance(
    context: click.Context,
    by: str,
    since: datetime | None,
    until: datetime | None,
    is_all: bool,
    sort: str,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Count what was due, on time, late and overdue."""
    if context.invoked_subcommand is not None:
        return
    site: Site = context.obj
    window = Window(since.date() if since else None, until.date() if until else None)
    if window == Window() and not is_all:
        window = Window.last_year(shanghai_day(site.now()))
    which = Which(window=window)
    with site.reading() as session:
        found = count(session, site.plugins, Grouping(by), which, now=site.now())
    lines = sort_lines(found, sort)
    if as_csv:
        click.echo(write_csv(lines).decode(), nl=False)
    elif as_json:
        whole = describe_counts(total(lines))
        say_json({"by": by, "total": whole, "data": [describe_line(line) for line in lines]})
    else:
        _print(lines)


@compliance.command()
@click.argument("month")
@click.option("--institution", "slug", default=None, help="Who issues it; needed with several.")
@click.option("--by", "login", default=None, help="Login; else the institution's submitter.")
@click.pass_obj
def bulletin(site: Site, /, month: str, slug: str | None, login: str | None) -> None:
    """Write the notice (通报) of a MONTH such as 2026-10 down as a news draft."""
    with site.transaction() as session:
        if slug is None:
            there = list_institutions(session, limit=2).items
            if len(there) != 1:
                raise click.UsageError("Say who issues the notice: --institution SLUG.")
            slug = there[0].slug
        institution = get_institution(session, slug)
        who = (
            get_account(session, login)
            if login
            else next(iter(holders(session, institution, Role.SUBMITTER)), None)
        )
        if who is None:
            raise click.ClickException(f"{slug} has no submitter; name an account with --by.")
        draft = draft_bulletin(session, site, slug, month, Actor(who, channel()))
        title = (draft.body or {})["title"]
    click.echo(f"{draft.id}: {title} ({slug}, to be submitted and signed)")


@compliance.command()
@click.argument("month")
@click.pass_obj
def freeze(site: Site, /, month: str) -> None:
    """Freeze the scores of a MONTH that is over; what is frozen already stays."""
    with site.transaction() as session:
        frozen = freeze_scores(session, month, now=site.now())
    click.echo(f"{month}: {frozen} scores frozen.")


def _print(lines: list[Line]) -> None:
    width = max([len(line.key) for line in lines] + [5])
    click.echo(f"{'':{width}}" + "".join(f"{head:>13}" for head in _HEADS))
    for key, counts in [*((line.key, line.counts) for line in lines), ("total", total(lines))]:
        figures = (
            counts.due,
            counts.on_time,
            counts.late,
            counts.overdue,
            counts.due_soon,
            counts.open,
            counts.provisional,
        )
        shown = "".join(f"{figure:>13,}" for figure in figures)
        click.echo(f"{key:{width}}{shown}{_percent(counts.rates['on_time']):>13}")


def _percent(rate: Rate) -> str:
    return "nothing due" if rate.value is None else f"{100 * rate.value:.1f}%"
