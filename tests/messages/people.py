"""An institution with people who can be written to, and time that a test sets."""

from datetime import datetime, timedelta

from sqlalchemy import select

from gongkai.models import Account, Message, Reminder, Role
from gongkai.services.access import create_account, get_account, grant
from gongkai.services.clock import clock_of
from gongkai.services.digesting import new_message_id, remind
from gongkai.testing import make_institution, make_settings
from tests.clock.living import LivingSite

POSTS = ("clerk", "head", "reviewer", "leader", "principal")


def make_living(database_url, folder, slug="yunhe-blood", **sections):
    """Return a site with one institution whose posts have mail addresses."""
    site = LivingSite(make_settings(folder, database={"url": database_url}, **sections))
    if slug:
        make_institution(site, slug)
        give_mail(site, slug)
    return site


def give_mail(site, slug, **languages):
    with site.transaction() as session:
        for post in POSTS:
            account = get_account(session, f"{slug}.{post}")
            account.email = f"{post}@{slug}.example"
            account.language = languages.get(post, "zh")


def give_site_role(site, login, role=Role.SUPERVISOR, language="zh"):
    with site.transaction() as session:
        account = create_account(session, login, "市卫生健康委", now=site.now())
        account.email, account.language = f"{login}@health.example", language
        grant(session, account, role, None)


def run_remind(site):
    with site.transaction() as session:
        clock = clock_of(session, site.plugins)
        return remind(session, clock, site.settings.site, now=site.now())


def live(site, day):
    """Do a night's work on a day, reminders included; return how many messages."""
    site.night(day.isoformat() if hasattr(day, "isoformat") else day)
    return run_remind(site)


def messages(site, **given):
    with site.reading() as session:
        found = session.scalars(select(Message).order_by(Message.created_at, Message.recipient))
        return [one for one in found if all(getattr(one, k) == v for k, v in given.items())]


def reminders(site, obligation_id):
    """Return (day it was made, kind) of each reminder, in order."""
    with site.reading() as session:
        rows = session.execute(
            select(Reminder.made_on, Reminder.kind)
            .where(Reminder.obligation_id == obligation_id)
            .order_by(Reminder.made_on, Reminder.id)
        )
        return [tuple(row) for row in rows]


def write_mail(site, recipient="a@b.example", **given):
    """Put one mail into the queue; return its id."""
    message_id = new_message_id()
    values = {
        "id": message_id,
        "kind": "mail",
        "recipient": recipient,
        "dedup": message_id,
        "subject": "【公开】提醒",
        "body": {"text": "正文\n", "html": "<p>正文</p>", "language": "zh"},
        "created_at": site.now(),
        "send_after": site.now(),
        **given,
    }
    with site.transaction() as session:
        session.add(Message(**values))
    return message_id


def later(site, **given):
    """Let time pass."""
    site.today = site.today + timedelta(**given)
    assert isinstance(site.today, datetime)


def accounts(site):
    with site.reading() as session:
        return session.scalars(select(Account)).all()
