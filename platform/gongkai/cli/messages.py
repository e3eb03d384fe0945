"""`gongkai messages`: what waits to be sent, and what was given up."""

import click

from gongkai.domain.times import SHANGHAI
from gongkai.services.channels import (
    count_messages,
    list_messages,
    retry_message,
    retry_messages,
)
from gongkai.site import Site


@click.group()
def messages() -> None:
    """Look at reminders on their way."""


@messages.command("list")
@click.option("--dead", is_flag=True, help="Those that were given up.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100)
@click.pass_obj
def list_all(site: Site, dead: bool, limit: int) -> None:
    """List the messages that wait, the newest first, with what last went wrong."""
    with site.reading() as session:
        for one in list_messages(session, dead=dead, limit=limit):
            at = (one.dead_at or one.send_after).astimezone(SHANGHAI)
            click.echo(
                f"{one.id} {at:%Y-%m-%d %H:%M} {one.kind:8} {one.recipient:30} "
                f"{one.attempts:3} {one.last_error or ''}"
            )
        counts = count_messages(session)
    said = f"{counts['waiting']} waiting, {counts['dead']} given up, {counts['sent']} sent"
    click.echo(said, err=True)
    if counts["waiting"] and not site.settings.mail.is_on:
        click.echo("No mail server is set (mail.host, mail.sender): mail waits.", err=True)


@messages.command("retry")
@click.argument("message_id", required=False)
@click.option("--all", "everything", is_flag=True, help="All but those of channels that are off.")
@click.pass_obj
def retry(site: Site, message_id: str | None, everything: bool) -> None:
    """Send again what was given up, with the same id: one message, or all of them."""
    if (message_id is None) is not everything:
        raise click.UsageError("Name one message, or write --all for all that were given up.")
    with site.transaction() as session:
        if message_id is not None:
            retry_message(session, message_id, now=site.now())
            said = f"{message_id} waits again."
        else:
            count = retry_messages(session, now=site.now())
            said = f"{count} {'message waits' if count == 1 else 'messages wait'} again."
    click.echo(said)
