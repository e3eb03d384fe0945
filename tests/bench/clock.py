"""The nightly clock over many obligations, on SQLite and (where one runs) on PostgreSQL.

`./dev bench clock`. The rows are made by one INSERT … SELECT; what is measured is the product's
own statements. Sizes a factor of ten apart show whether cost is linear.
"""

import time
from datetime import date, datetime, timedelta

from sqlalchemy import insert, text

from gongkai.db import transaction
from gongkai.domain.times import SHANGHAI
from gongkai.models import ClockMark, Dataset, Institution
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import PERIODS_MARK, mark_due, open_periods
from gongkai.site import Site
from gongkai.testing import make_settings
from tests.databases import PostgresqlTemplate, running_postgresql

NIGHT = datetime(2026, 9, 1, 0, 5, tzinfo=SHANGHAI)
SIZES = (100_000, 1_000_000)
INSTITUTIONS, ITEMS = 30_000, 20
_CHUNK = 20_000
# Due dates fall on the 190 days from here: about four in ten have passed.
FIRST_DAY = date(2026, 6, 20)


def run(folder, measure, report):
    del measure  # each statement changes what it works on, so it is timed once
    for name, site in sites(folder):
        print(f"  {name}")
        for size in SIZES:
            nights(site, size, report)
        year(site, report)
        site.close()


def sites(folder):
    """Yield an empty site on each database that is there."""
    made = Site(make_settings(folder / "sqlite"))
    made.migrate()
    yield "SQLite", made
    address = running_postgresql()
    if address is None:
        print("  (no PostgreSQL on loopback)")
        return
    template = PostgresqlTemplate(address)
    try:
        with template.database(folder) as url:
            yield "PostgreSQL", Site(make_settings(folder / "pg", database={"url": url}))
    finally:
        template.close()


def nights(site, size, report):
    """Time a backlog, then a usual night, over ``size`` open obligations."""
    people(site, 1_000, ["blood_costs"])
    with transaction(site.engine) as session:
        if site.engine.dialect.name == "postgresql":
            # The making is not what is measured: no foreign keys, no time limit.
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM outbox"))
        session.execute(text("DELETE FROM obligation"))
        session.execute(text(_MANY), {"many": size, "per": 1_000, "first": FIRST_DAY})
    if site.engine.dialect.name == "postgresql":
        with site.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE obligation"))
    seconds, late = timed(site, NIGHT)
    report(f"first night, {late:,} of them late", size, seconds, 0.0)
    seconds, late = timed(site, NIGHT + timedelta(days=1))
    report(f"a usual night, {late:,} newly late", size, seconds, 0.0)


def timed(site, now):
    begun = time.perf_counter()
    with transaction(site.engine) as session:
        late = mark_due(session, clock_of(session, site.plugins), now=now)
    return time.perf_counter() - begun, late


def people(site, count, items):
    """Add institutions with a dataset for each item, where there are none."""
    with transaction(site.engine) as session:
        present = session.execute(text("SELECT count(*) FROM institution")).scalar_one()
        if present >= count:
            return
        ids = range(present + 1, count + 1)
        for at in range(0, len(ids), _CHUNK):
            part = ids[at : at + _CHUNK]
            session.execute(
                insert(Institution),
                [
                    {
                        "id": n,
                        "slug": f"i{n}",
                        "type_key": "blood_station",
                        "service_kinds": ["blood"],
                        "name_zh": f"血站{n}",
                        "name_en": f"Station {n}",
                        "local_rules": [],
                        "created_at": NIGHT,
                    }
                    for n in part
                ],
            )
            session.execute(
                insert(Dataset),
                [
                    {"institution_id": n, "item_key": item, "created_at": NIGHT}
                    for n in part
                    for item in items
                ],
            )


def year(site, report):
    """Time opening a year of periods, night by night, for all institutions."""
    with transaction(site.engine) as session:
        for table in ("outbox", "obligation", "clock_mark", "dataset", "institution"):
            session.execute(text(f"DELETE FROM {table}"))
    periodic = [
        item.key
        for item in site.plugins.items.values()
        if item.frequency.value in ("monthly", "quarterly", "annual", "annual_2")
    ]
    people(site, INSTITUTIONS, periodic[:ITEMS])
    with transaction(site.engine) as session:
        # Nobody joins in this story.
        session.add(ClockMark(name=PERIODS_MARK, day=date(2025, 12, 30)))
    opened, begun = 0, time.perf_counter()
    day = datetime(2025, 12, 31, 0, 5, tzinfo=SHANGHAI)
    while day.year < 2027:
        with transaction(site.engine) as session:
            opened += open_periods(session, clock_of(session, site.plugins), now=day)
        day += timedelta(days=1)
    seconds = time.perf_counter() - begun
    report(f"a year of {PERIODS_MARK} for 30,000 institutions", opened, seconds, 0.0)


_MANY = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
INSERT INTO obligation (dataset_id, institution_id, item_key, rule_key, occasion, opened_by,
    opened_at, trigger_on, due_on, state, is_extended, note)
SELECT d.id, d.institution_id, d.item_key, 'proactive_20wd', 'change:' || n.i, 'change',
    '2026-01-01 00:00:00', '2026-01-01', due.day, 'open', false, ''
FROM n
JOIN dataset d ON d.id = (SELECT min(id) FROM dataset) + n.i % :per
JOIN (SELECT day, row_number() OVER (ORDER BY day) - 1 AS place FROM calendar_day
      WHERE day >= :first AND day <= '2026-12-31') due ON due.place = n.i % 190
"""
