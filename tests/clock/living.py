"""A site whose time a test sets."""

from datetime import date, datetime, time

from sqlalchemy import select

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import SHANGHAI
from gongkai.models import Account, Role
from gongkai.models.draft import Step
from gongkai.models.obligation import Obligation
from gongkai.services.access import Actor, create_account, grant
from gongkai.services.catalog import get_dataset
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import mark_due, open_periods
from gongkai.services.obligations import Change, obligations_of, register_change
from gongkai.site import Site
from gongkai.testing import CHANNEL, actor


def at(text: str, hour: int = 12) -> datetime:
    """Return an hour of a day in Shanghai."""
    return datetime.combine(date.fromisoformat(text), time(hour), SHANGHAI)


class LivingSite(Site):
    """A site with a clock of its own: ``today`` is what ``now`` tells."""

    today: datetime = at("2026-03-02")

    def now(self) -> datetime:
        return self.today

    def night(self, text: str) -> int:
        """Do what the worker does in the first minutes of a day; return the newly overdue."""
        self.today = at(text, 0)
        with self.transaction() as session:
            clock = clock_of(session, self.plugins)
            open_periods(session, clock, now=self.now())
            late = mark_due(session, clock, now=self.now())
        self.today = at(text)
        return late

    def owed(self, address: str) -> dict[str, Obligation]:
        """Return what a dataset owes and owed, by occasion."""
        with self.reading() as session:
            found = obligations_of(session, DatasetId.parse(address))
            return {one.occasion: one for one in found}

    def state(self, address: str, occasion: str) -> str:
        return self.owed(address)[occasion].shown_state.value

    def change(self, address: str, on: str, **given: object) -> Obligation:
        """Register a change as the clerk does."""
        where = DatasetId.parse(address)
        with self.transaction() as session:
            clock = clock_of(session, self.plugins)
            return register_change(
                session,
                clock,
                get_dataset(session, where),
                Change(on=date.fromisoformat(on), **given),
                by=actor(self, Step.SUBMIT, where.institution),
                now=self.now(),
            )


def supervisor(site: Site) -> Actor:
    """Return an account of the health commission, made where it is not there."""
    with site.transaction() as session:
        account = session.scalars(select(Account).where(Account.login == "commission")).first()
        if account is None:
            account = create_account(session, "commission", "卫生健康委", now=site.now())
            grant(session, account, Role.SUPERVISOR, None)
            session.flush()
            session.refresh(account, ["memberships"])
        return Actor(account, CHANNEL)
