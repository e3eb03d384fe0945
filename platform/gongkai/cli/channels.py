"""`gongkai channel`: webhooks and group robots that hear of reminders."""

import click
from sqlalchemy.orm import Session

from gongkai.cli.console import NUMBER
from gongkai.cli.console import channel as entered_through
from gongkai.domain.reminders import Stage
from gongkai.models import Account
from gongkai.services.access import Actor
from gongkai.services.audit import record_act
from gongkai.services.catalog import get_institution
from gongkai.services.channels import (
    LANGUAGES,
    add_channel,
    enable_channel,
    get_channel,
    list_channels,
    list_kinds,
    make_test,
    remove_channel,
)
from gongkai.services.webhooks import call_channel
from gongkai.site import Site


@click.group()
def channel() -> None:
    """Tell programs and group robots of what is due."""


@channel.command("add")
@click.argument("url")
@click.option("--kind", default="webhook", help="webhook, or what a plugin offers; see `list`.")
@click.option("--institution", default=None, help="Whose reminders; the whole site's without.")
@click.option("--secret", default="", help="What to sign with; a webhook gets a new one without.")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", help="Of a robot's words.")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice([stage.value for stage in Stage]),
    help="What to tell of; everything without. May be repeated.",
)
@click.pass_obj
def add(
    site: Site,
    url: str,
    kind: str,
    institution: str | None,
    secret: str,
    language: str,
    events: tuple[str, ...],
) -> None:
    """Add a channel and print its number, and the secret of a webhook."""
    with site.transaction() as session:
        where = get_institution(session, institution) if institution else None
        added = add_channel(
            session,
            site.plugins,
            site.settings.outgoing,
            kind=kind,
            url=url,
            institution=where,
            secret=secret,
            language=language,
            events=events,
            now=site.now(),
        )
        _record(site, session, "channel.add", added.id, kind=kind, institution=institution)
        click.echo(f"channel {added.id}" + (f" {added.secret}" if kind == "webhook" else ""))


@channel.command("list")
@click.pass_obj
def list_all(site: Site) -> None:
    """List the channels; a robot's address holds its key, so only the host is shown."""
    with site.reading() as session:
        for one in list_channels(session):
            where = one.institution.slug if one.institution else "(site)"
            host = one.url.split("/")[2] if one.url.count("/") > 1 else one.url
            state = f"off: {one.disabled_reason}" if one.disabled_at else "on"
            if one.failing_since and not one.disabled_at:
                state = f"failing since {one.failing_since:%Y-%m-%d %H:%M} UTC"
            events = ",".join(one.events) or "all"
            click.echo(f"{one.id:4} {one.kind:10} {where:30} {host:30} {events:12} {state}")
    click.echo(f"kinds: {', '.join(list_kinds(site.plugins))}", err=True)


@channel.command("remove")
@click.argument("number", type=NUMBER)
@click.pass_obj
def remove(site: Site, number: int) -> None:
    """Forget a channel and its messages."""
    with site.transaction() as session:
        remove_channel(session, get_channel(session, number))
        _record(site, session, "channel.remove", number)
    click.echo(f"channel {number} removed.")


@channel.command("enable")
@click.argument("number", type=NUMBER)
@click.pass_obj
def enable(site: Site, number: int) -> None:
    """Switch a channel on again."""
    with site.transaction() as session:
        enable_channel(get_channel(session, number))
        _record(site, session, "channel.enable", number)
    click.echo(f"channel {number} is on.")


@channel.command("test")
@click.argument("number", type=NUMBER)
@click.pass_obj
def test(site: Site, number: int) -> None:
    """Send a test message now; exit 1 with the reason if it is not taken."""
    with site.reading() as session:
        found = get_channel(session, number)
    message = make_test(found, site.settings.site, now=site.now())
    call_channel(found, message, site.plugins, site.settings.outgoing, now=site.now())
    click.echo(f"channel {number} took it.")


def _record(site: Site, session: Session, action: str, number: int, **detail: object) -> None:
    """Write an act into the audit log: whoever sits at the command line runs the site."""
    by = Actor(Account(login="operator"), entered_through())
    record_act(session, by, action, f"channel {number}", now=site.now(), **detail)
