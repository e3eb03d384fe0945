"""`gongkai confirm`: what is due is public already and still holds."""

from datetime import datetime

import click

from gongkai.cli.console import Address, channel
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import shanghai_day
from gongkai.models.draft import Step
from gongkai.services.access import Actor, get_account, holders
from gongkai.services.catalog import get_dataset
from gongkai.services.review import ROLE_OF_STEP
from gongkai.services.settling import confirm as confirm_dataset
from gongkai.site import Site


@click.command()
@click.argument("where", type=Address(), metavar="INSTITUTION/ITEM")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Everything formed by this day; today without.",
)
@click.option("--note", default="", help="Kept in the record.")
@click.option("--by", "login", default=None, help="Login; else the holder of the post.")
@click.pass_obj
def confirm(
    site: Site, where: DatasetId, until: datetime | None, note: str, login: str | None
) -> None:
    """Settle what is due where nothing changed: the release that is public still holds."""
    now = site.now()
    with site.transaction() as session:
        dataset = get_dataset(session, where)
        role = ROLE_OF_STEP[Step.APPROVE]
        who = (
            get_account(session, login)
            if login
            else next(iter(holders(session, dataset.institution, role)), None)
        )
        if who is None:
            raise click.ClickException(f"{where.institution} has no {role}; name one with --by.")
        settled = confirm_dataset(
            session,
            dataset,
            until=until.date() if until else shanghai_day(now),
            by=Actor(who, channel()),
            now=now,
            note=note,
        )
        for one in settled:
            click.echo(f"{where}  {one.occasion}  {one.due_on}  {one.state}")
