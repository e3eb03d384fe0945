"""A year of many institutions, lived day by day; every night's overdue list is the oracle's.

    python -m tests.clock.year --url sqlite:////tmp/year.db --institutions 300 --days 365

People register changes, publish, withdraw, stop clocks and lift them at random (seeded), some
under a shorter local rule; the notice for 2027 comes late. Prints one JSON object; ends with 1
at the first night that differs.
"""

import argparse
import json
import random
import sys
import time
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, text, update

from gongkai.domain.holiday_notices import notice_of
from gongkai.domain.times import SHANGHAI
from gongkai.models import Dataset, Draft, Institution, Release
from gongkai.models.obligation import Obligation, ObligationState, OpenedBy
from gongkai.services import adjusting, settling
from gongkai.services.calendar import load_notice
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import recompute
from gongkai.services.obligations import Change, open_obligation
from gongkai.testing import make_institution, make_settings, publish_rows
from tests.clock.living import LivingSite, at, supervisor
from tests.clock.oracle import DAY, Days, Duty, Issue, Ledger

FIRST = date(2026, 3, 2)
NOTICE_COMES = date(2027, 1, 20)
SPRING_2027 = [date(2027, 2, 5) + n * DAY for n in range(8)]
NOTICE = {
    "year": 2027,
    "papers": ["https://www.gov.cn/a-test"],
    "days": [
        *({"name": "元旦", "date": f"2027-01-0{n}", "isOffDay": True} for n in (1, 2, 3)),
        {"name": "元旦", "date": "2026-12-27", "isOffDay": False},
        *({"name": "春节", "date": day.isoformat(), "isOffDay": True} for day in SPRING_2027),
        {"name": "春节", "date": "2027-02-14", "isOffDay": False},
    ],
}
NAMED_2027 = {date.fromisoformat(one["date"]): not one["isOffDay"] for one in NOTICE["days"]}
TYPES = ("blood_station", "disease_control", "hospital", "primary_care")
SHORTER_REGION = "450403"
ON_CHANGE = {"proactive_20wd", "procurement_award_2wd", "price_before_effective", "emergency_5h"}
MONTHS = {"monthly": 1, "quarterly": 3, "annual_2": 6, "annual": 12}


class Year:
    """The product and the oracle side by side."""

    def __init__(self, site, institutions, seed, first=FIRST):
        self.site, self.chance, self.first = site, random.Random(seed), first
        site.today = at(first.isoformat())
        self.ledger = Ledger(Days())
        self.acts = dict.fromkeys(("changes", "releases", "withdrawn", "stopped", "lifted"), 0)
        self.by = supervisor(site)
        self._templates()
        for number in range(institutions):
            more = {"region_code": SHORTER_REGION} if number % 10 == 0 else {}
            make_institution(
                site, f"body-{number}", TYPES[number % len(TYPES)], now=site.now(), **more
            )
        self._know_datasets()
        self._know_plan()

    def _templates(self):
        """Publish once as people do; the year's other releases are copies of its row."""
        make_institution(self.site, "copied", "blood_station")
        rows = [{"year": 2025, "cost_item": "test", "amount_wan": "1.00", "note_text": ""}]
        publish_rows(self.site, "copied/blood_costs", rows)
        with self.site.transaction() as session:
            self.release = dict(session.execute(select(Release.__table__)).mappings().one())
            self.draft = dict(session.execute(select(Draft.__table__)).mappings().one())
            for statement in unguarded(session):
                session.execute(text(statement))
            session.execute(update(Dataset).values(is_owed=False))
            session.execute(update(Obligation).values(state="met"))

    def _know_datasets(self):
        items = self.site.plugins.items
        with self.site.reading() as session:
            found = session.execute(
                select(Dataset.id, Dataset.item_key, Institution.id, Institution.region_code)
                .join(Institution)
                .where(Institution.slug != "copied", Dataset.is_owed)
            ).all()
        self.datasets = {row[0]: items[row[1]] for row in found}
        self.where = {row[0]: row[2] for row in found}
        self.short = {row[0] for row in found if row[3] == SHORTER_REGION}
        self.on_change = [
            one for one, item in self.datasets.items() if item.deadline_rules[0] in ON_CHANGE
        ]

    def _know_plan(self):
        """The plan's lengths are the product's choice; its days are counted here."""
        with self.site.reading() as session:
            found = session.execute(
                select(Obligation.dataset_id, Obligation.length).where(
                    Obligation.opened_by == OpenedBy.START,
                    Obligation.dataset_id.in_(list(self.datasets)),
                )
            ).all()
        for dataset, length in found:
            key = (dataset, "start")
            self.ledger.open(Duty(key, "starting_plan", self.first, "start", length=length))
        for dataset, item in self.datasets.items():
            self._open_period(dataset, item, self.first, is_joining=True)

    def _open_period(self, dataset, item, day, *, is_joining=False):
        """Open what begins on ``day`` (or runs on it, on joining)."""
        frequency, rule = item.frequency.value, item.deadline_rules[0]
        if frequency == "as_needed" or rule == "budget_20d":
            # A budget's clock runs from its approval, not from the end of a year.
            return
        start, end, key = period_at(frequency, day)
        if not is_joining and start != day:
            return
        trigger, event_on = end, None
        if rule == "schedule_before_start":
            # It is announced before it begins, so the one after is opened.
            trigger, event_on = start, end + DAY
            *_, key = period_at(frequency, end + DAY)
        duty = Duty((dataset, f"period:{key}"), rule, trigger, "period", event_on=event_on)
        duty.is_short = dataset in self.short
        self.ledger.open(duty)

    def live(self, days):
        """Live so many days; return the first night that differs, or None."""
        self.seen = 0
        for number in range(1, days + 1):
            day = self.first + number * DAY
            for dataset, item in self.datasets.items():
                self._open_period(dataset, item, day)
            self.site.night(day.isoformat())
            if day == NOTICE_COMES:
                self._load_notice()
            wanted = self.ledger.overdue(at(day.isoformat(), 0))
            found = self._found()
            self.seen += len(wanted)
            if found != wanted:
                return day, sorted(found - wanted)[:5], sorted(wanted - found)[:5]
            self._people(day)
        return None

    def _found(self):
        with self.site.reading() as session:
            late = select(Obligation.dataset_id, Obligation.occasion).where(
                Obligation.state == ObligationState.OVERDUE
            )
            return {(dataset, occasion) for dataset, occasion in session.execute(late)}

    def _load_notice(self):
        with self.site.transaction() as session:
            load_notice(session, notice_of(NOTICE), loaded_by="test", now=self.site.now())
            clock = clock_of(session, self.site.plugins)
            now = at(self.site.now().date().isoformat(), 0)
            recompute(session, clock, now=now, actor="test", since=date(2026, 12, 1))
        self.ledger.days = Days(2027, NAMED_2027)

    def _people(self, day):
        many = max(len(self.datasets) // 60, 3)
        with self.site.transaction() as session:
            clock = clock_of(session, self.site.plugins)
            for _ in range(many):
                self._change(session, clock, day)
            for _ in range(many * 2):
                self._publish(session, day)
            for _ in range(many // 8 + 1):
                self._withdraw(session, clock, day)
                self._stop_or_go_on(session, clock, day)
            self._lift(session)

    def _change(self, session, clock, day):
        dataset = self.chance.choice(self.on_change)
        on = max(day - self.chance.randrange(12) * DAY, self.first)
        rule = self.datasets[dataset].deadline_rules[0]
        moment = None
        if rule == "emergency_5h":
            on = day
            moment = datetime.combine(day, datetime.min.time(), SHANGHAI)
            moment += timedelta(hours=self.chance.randrange(12))
        change = Change(on=on, at=moment)
        row = session.get_one(Dataset, dataset)
        now = self.site.now()
        made = open_obligation(session, clock, row, change, opened_by=OpenedBy.CHANGE, now=now)
        duty = Duty((dataset, made.occasion), rule, on, "change", at=moment)
        duty.is_short = dataset in self.short
        self.ledger.open(duty)
        self.acts["changes"] += 1

    def _publish(self, session, day):
        dataset = self.chance.choice(list(self.datasets))
        formed = self.chance.choice([None, day, day - DAY, day - 9 * DAY, day - 25 * DAY])
        self.acts["releases"] += 1
        number, draft_id = 1_000 + self.acts["releases"], uuid.uuid4().hex
        issue = Issue(number, day, formed, is_correction=self.chance.random() < 0.2)
        common = {"dataset_id": dataset, "formed_on": formed, "is_correction": issue.is_correction}
        common["change_note"] = "更正" if issue.is_correction else ""
        draft = {"id": draft_id, "institution_id": self.where[dataset], **common}
        session.execute(insert(Draft.__table__), [self.draft | draft])
        release = {
            "id": number,
            "draft_id": draft_id,
            "version": f"{number}.0.0",
            "issued": self.site.now(),
            **common,
        }
        session.execute(insert(Release.__table__), [self.release | release])
        row = session.get_one(Dataset, dataset)
        settling.meet(session, row, session.get_one(Release, number), now=self.site.now())
        session.flush()
        self.ledger.publish(dataset, issue)

    def _withdraw(self, session, clock, day):
        standing = [
            (dataset, one)
            for dataset, found in self.ledger.issues.items()
            for one in found[-3:]
            if not one.is_withdrawn and (day - one.issued).days < 30
        ]
        if not standing:
            return
        dataset, issue = self.chance.choice(standing)
        release = session.get_one(Release, issue.number)
        release.withdrawn_at, release.withdrawn_reason = self.site.now(), "数据有误"
        release.withdrawn_by_id = self.by.account.id
        session.flush()
        settling.reopen(session, clock, release, now=self.site.now())
        self.ledger.withdraw(dataset, issue)
        self.acts["withdrawn"] += 1

    def _stop_or_go_on(self, session, clock, day):
        now, given = self.site.now(), {"by": self.by}
        stopped = [one for one in self.ledger.duties.values() if one.state == "stopped"]
        if stopped and self.chance.random() < 0.5:
            duty = self.chance.choice(stopped)
            row = self._row(session, duty)
            adjusting.resume(session, clock, row, until=day, now=now, **given)
            duty.stops[-1][1], duty.state = day, "runs"
            return
        running = [
            one
            for one in self.ledger.duties.values()
            if one.state == "runs" and one.trigger <= day and one.opened_by != "start"
        ]
        if running:
            duty = self.chance.choice(running)
            since = max(day - self.chance.randrange(4) * DAY, duty.trigger)
            # What was stopped before is stopped again only later.
            since = max([since, *(until for _, until in duty.stops if until)])
            row = self._row(session, duty)
            adjusting.suspend(session, row, reason="征求意见", since=since, now=now, **given)
            duty.stops.append([since, None])
            duty.state = "stopped"
            self.acts["stopped"] += 1

    def _lift(self, session):
        waiting = [one for one in self.ledger.duties.values() if one.state == "runs"]
        duty = self.chance.choice(waiting)
        row = self._row(session, duty)
        adjusting.waive(session, row, reason="机构已撤并", by=self.by, now=self.site.now())
        duty.state = "lifted"
        self.acts["lifted"] += 1

    def _row(self, session, duty):
        dataset, occasion = duty.key
        return session.scalars(
            select(Obligation).where(
                Obligation.dataset_id == dataset, Obligation.occasion == occasion
            )
        ).one()


def unguarded(session):
    """Return statements that let releases be written whose drafts nobody signed."""
    if session.get_bind().dialect.name == "postgresql":
        return ["ALTER TABLE release DISABLE TRIGGER USER"]
    named = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'release'")
    return [f"DROP TRIGGER {name}" for name in session.scalars(named)]


def period_at(frequency, day):
    """Return (first day, last day, key) of the period that ``day`` lies in."""
    if frequency == "daily":
        return day, day, day.isoformat()
    if frequency == "weekly":
        start = day - day.weekday() * DAY
        year, week, _ = day.isocalendar()
        return start, start + 6 * DAY, f"{year}-W{week:02}"
    start = day.replace(day=1)
    length = MONTHS[frequency]
    while (start.month - 1) % length:
        start = (start - DAY).replace(day=1)
    after = start
    for _ in range(length):
        after = (after + 31 * DAY).replace(day=1)
    part = (start.month - 1) // length + 1
    names = {1: f"-{start.month:02}", 3: f"-Q{part}", 6: f"-H{part}", 12: ""}
    return start, after - DAY, f"{start.year}{names[length]}"


def run(url, folder, institutions, days, *, first=FIRST, seed=20261122):
    """Live so long on an empty, migrated database; return the figures."""
    site = LivingSite(make_settings(folder, database={"url": url}))
    site.migrate()
    begun = time.perf_counter()
    year = Year(site, institutions, seed, first)
    differs = year.live(days)
    site.close()
    return {
        "institutions": institutions,
        "days": days,
        "obligations": len(year.ledger.duties),
        **year.acts,
        "overdue_seen": year.seen,
        "differs": differs and [str(part) for part in differs],
        "seconds": round(time.perf_counter() - begun),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--institutions", type=int, default=300)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    figures = run(asked.url, asked.folder, asked.institutions, asked.days)
    print(json.dumps(figures, ensure_ascii=False))
    sys.exit(1 if figures["differs"] else 0)


if __name__ == "__main__":
    main()
