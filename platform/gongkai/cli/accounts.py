"""`gongkai account` and `gongkai token`: who may act."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from gongkai.cli.console import channel
from gongkai.models import Account, Role
from gongkai.services.access import (
    SCOPES,
    Actor,
    create_account,
    create_token,
    get_account,
    grant,
    revoke_tokens,
    set_password,
)
from gongkai.services.audit import record_act
from gongkai.services.catalog import get_institution
from gongkai.services.mailing import check_mail_address
from gongkai.site import Site

_ROLES = click.Choice([role.value for role in Role])


@click.group()
def account() -> None:
    """Add accounts, give them roles and passwords."""


@account.command("add")
@click.argument("login")
@click.option("--name", default=None, help="The person's or post's name.")
@click.option("--role", type=_ROLES, default=None)
@click.option("--institution", default=None, help="Where the role is held; the whole site without.")
@click.option("--password", is_flag=True, help="Ask for a password.")
@click.pass_obj
def add(
    site: Site,
    login: str,
    name: str | None,
    role: str | None,
    institution: str | None,
    password: bool,
) -> None:
    """Add an account; with --role, give it that role."""
    secret = _ask() if password else None
    with site.transaction() as session:
        added = create_account(session, login, name or login, password=secret, now=site.now())
        if role is not None:
            where = get_institution(session, institution) if institution else None
            grant(session, added, Role(role), where)
        _record(site, session, added, "account.add", role=role, institution=institution)
    click.echo(f"{login} added.")


@account.command("grant")
@click.argument("login")
@click.option("--role", type=_ROLES, required=True)
@click.option("--institution", default=None, help="Where; the whole site without.")
@click.pass_obj
def give(site: Site, login: str, role: str, institution: str | None) -> None:
    """Give an account a role."""
    with site.transaction() as session:
        found = get_account(session, login)
        where = get_institution(session, institution) if institution else None
        grant(session, found, Role(role), where)
        _record(site, session, found, "account.grant", role=role, institution=institution)
    click.echo(f"{login}: {role}.")


@account.command("password")
@click.argument("login")
@click.pass_obj
def password(site: Site, login: str) -> None:
    """Ask for a new password of an account."""
    secret = _ask()
    with site.transaction() as session:
        found = get_account(session, login)
        set_password(found, secret)
        _record(site, session, found, "account.password")
    click.echo(f"{login}: password set.")


@account.command("email")
@click.argument("login")
@click.argument("address", required=False)
@click.option("--language", type=click.Choice(["zh", "en"]), default=None, help="Of the mail.")
@click.pass_obj
def email(site: Site, login: str, address: str | None, language: str | None) -> None:
    """Set where reminders for an account go; without an address it gets none."""
    checked = check_mail_address(address) if address else None
    with site.transaction() as session:
        found = get_account(session, login)
        found.email = checked
        found.language = language or found.language
        _record(site, session, found, "account.email", language=found.language)
    click.echo(f"{login}: {checked or 'no mail'}.")


@account.command("list")
@click.pass_obj
def list_all(site: Site) -> None:
    """List the accounts with their roles."""
    with site.reading() as session:
        for one in session.scalars(select(Account).order_by(Account.login)):
            roles = ", ".join(sorted({membership.role for membership in one.memberships}))
            mail = f" <{one.email}>" if one.email else ""
            click.echo(f"{one.login:40} {roles:20} {one.name}{mail}")


@click.group()
def token() -> None:
    """Make and revoke API tokens."""


@token.command("create")
@click.argument("login")
@click.option("--label", default="command line", help="What it is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=SCOPES)
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="How long it lives.")
@click.pass_obj
def create(site: Site, login: str, label: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Print a new token: this once."""
    with site.transaction() as session:
        found = get_account(session, login)
        secret = create_token(
            session,
            found,
            label=label,
            scopes=scopes,
            now=site.now(),
            days=days or site.settings.access.token_days,
        )
        _record(site, session, found, "token.create", label=label, scopes=list(scopes))
    click.echo(secret)


@token.command("revoke")
@click.argument("login")
@click.pass_obj
def revoke(site: Site, login: str) -> None:
    """Revoke every token of an account."""
    with site.transaction() as session:
        found = get_account(session, login)
        count = revoke_tokens(session, found, now=site.now())
        _record(site, session, found, "token.revoke", count=count)
    click.echo(f"{login}: {count} tokens revoked.")


def _ask() -> str:
    secret: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return secret


def _record(site: Site, session: Session, about: Account, action: str, **detail: object) -> None:
    """Write an act of whoever sits at the command line into the audit log."""
    record_act(
        session,
        Actor(about, channel()),
        action,
        about.login,
        now=site.now(),
        **detail,
    )
