"""`gongkai institution`: who publishes on this site."""

import click

from gongkai.cli.console import channel, say_json
from gongkai.domain.disclosure_control import ControlProfile, Level, Method
from gongkai.domain.items import ServiceKind
from gongkai.models import Role
from gongkai.services.access import Actor, get_account, holders, open_role_accounts
from gongkai.services.catalog import (
    NewInstitution,
    add_institution,
    get_institution,
    list_datasets,
    list_institutions,
    open_datasets,
)
from gongkai.services.clock import clock_of
from gongkai.services.control import choose_control
from gongkai.services.obligations import open_for_institution
from gongkai.site import Site


@click.group()
def institution() -> None:
    """Add and list institutions."""


@institution.command("add")
@click.argument("slug")
@click.option("--type", "type_key", required=True, help="Its type; see `gongkai plugin list`.")
@click.option("--name-zh", required=True, help="Its name in Chinese.")
@click.option("--name-en", default=None, help="Its name in English; the Chinese one without.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in ServiceKind]),
    help="What it does, where that differs from its type; may be repeated.",
)
@click.option("--uscc", default=None, help="Its unified social credit code.")
@click.option("--region-code", default=None, help="Its administrative division code.")
@click.option("--region-zh", default="", help="The division's name in Chinese.")
@click.option("--region-en", default="", help="The division's name in English.")
@click.option("--private", is_flag=True, help="It is not a public body.")
@click.option("--no-accounts", is_flag=True, help="Open no account for each post of the chain.")
@click.pass_obj
def add(site: Site, /, slug: str, kinds: tuple[str, ...], private: bool, **given: object) -> None:
    """Add an institution with the datasets it owes and an account for each post."""
    site.migrate()
    name_zh = str(given["name_zh"])
    new = NewInstitution(
        slug=slug,
        type_key=str(given["type_key"]),
        name_zh=name_zh,
        name_en=str(given["name_en"] or name_zh),
        service_kinds=frozenset(ServiceKind(kind) for kind in kinds) or None,
        uscc=_text(given["uscc"]),
        region_code=_text(given["region_code"]),
        region_zh=str(given["region_zh"]),
        region_en=str(given["region_en"]),
        is_public=not private,
    )
    with site.transaction() as session:
        added = add_institution(session, site.plugins, new, now=site.now())
        if not given["no_accounts"]:
            open_role_accounts(session, added, now=site.now())
        owed = list_datasets(session, institution=slug, limit=1).total
    click.echo(f"{slug}: {owed} datasets owed. ({channel()})")


@institution.command("control")
@click.argument("slug")
@click.option(
    "--method",
    type=click.Choice([method.value for method in Method]),
    required=True,
    help="review: the reviewer decides; suppress: hide them; round: to the nearest 5.",
)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    default=Level.INSTITUTION.value,
    show_default=True,
    help="Of whom figures without a division code speak.",
)
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="KIND:LEVEL=N",
    help="Another threshold, such as plain:county=10; none for “nothing may be told”.",
)
@click.option("--by", "login", default=None, help="Login; else the reviewer's post.")
@click.pass_obj
def control(
    site: Site,
    /,
    slug: str,
    method: str,
    level: str,
    thresholds: tuple[str, ...],
    login: str | None,
) -> None:
    """Choose what is done with small counts of persons in files sent from now on."""
    given: dict[str, dict[str, int | None]] = {}
    for one in thresholds:
        place, _, number = one.partition("=")
        kind, _, of_level = place.partition(":")
        given.setdefault(kind, {})[of_level] = None if number == "none" else _whole(number, one)
    try:
        profile = ControlProfile.of({"method": method, "level": level, "thresholds": given})
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with site.transaction() as session:
        found = get_institution(session, slug)
        who = (
            get_account(session, login)
            if login
            else next(iter(holders(session, found, Role.REVIEWER)), None)
        )
        if who is None:
            raise click.ClickException(f"{slug} has no reviewer; name an account with --by.")
        choose_control(session, found, profile, by=Actor(who, channel()), now=site.now())
    click.echo(f"{slug}: {method}, {level}. ({channel()})")


def _whole(number: str, given: str) -> int:
    try:
        return int(number)
    except ValueError as error:
        raise click.UsageError(f"{given!r} has no number; write plain:county=10.") from error


@institution.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_all(site: Site, as_json: bool) -> None:
    """List the institutions with what they owe and have published."""
    rows = []
    with site.reading() as session:
        for one in list_institutions(session, limit=100_000).items:
            owed = list_datasets(session, institution=one.slug, limit=1).total
            public = list_datasets(session, institution=one.slug, published=True, limit=1).total
            rows.append(
                {
                    "slug": one.slug,
                    "type": one.type_key,
                    "name": one.name.as_json(),
                    "datasets": owed,
                    "published": public,
                }
            )
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['slug']:32} {row['type']:16} {row['published']}/{row['datasets']}  "
            f"{row['name']['zh']}"  # type: ignore[index]
        )


@institution.command("sync")
@click.argument("slug")
@click.pass_obj
def sync(site: Site, slug: str) -> None:
    """Open the datasets that a new or newer plugin asks of an institution, and their clocks."""
    with site.transaction() as session:
        found = get_institution(session, slug)
        opened = open_datasets(session, site.plugins, found, now=site.now())
        clock = clock_of(session, site.plugins)
        owed = open_for_institution(session, clock, found, now=site.now())
    click.echo(f"{slug}: {opened} datasets opened, {owed} obligations.")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
