"""The outbox: what happened is told to plugins after the commit, at least once."""

from datetime import datetime

from sqlalchemy import Engine, select, update

from gongkai import db
from gongkai.db import Outbox
from gongkai.domain.events import event_of
from gongkai.plugins import Plugins


def announce_pending(engine: Engine, plugins: Plugins, *, now: datetime, at_most: int = 100) -> int:
    """Tell the plugins what is in the outbox and mark it told; return how many events.

    Safe to run twice and to be killed: an event is told again if the mark was not written.
    A plugin that fails is logged; the event counts as told. Commits on its own.
    """
    with db.reading(engine) as session:
        waiting = session.scalars(
            select(Outbox)
            .where(Outbox.announced_at.is_(None))
            .order_by(Outbox.recorded_at, Outbox.id)
            .limit(at_most)
        ).all()
    for entry in waiting:
        plugins.announce(event_of(entry.name, entry.payload))
    if waiting:
        with db.transaction(engine) as session:
            session.execute(
                update(Outbox)
                .where(Outbox.id.in_([entry.id for entry in waiting]))
                .values(announced_at=now)
            )
    return len(waiting)
