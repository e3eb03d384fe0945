"""Playing the demo's story: every event through the real verbs, at its own time."""

import csv
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.times import SHANGHAI
from gongkai.errors import GongkaiError
from gongkai.models import Institution
from gongkai.models.draft import Step
from gongkai.samples.institutions import INSTITUTIONS
from gongkai.samples.story import (
    PublishRelease,
    StoryEvent,
    WithdrawRelease,
    demo_story,
)
from gongkai.services.access import Actor, create_token, holders, open_role_accounts, set_password
from gongkai.services.catalog import (
    NewInstitution,
    add_institution,
    get_dataset,
    get_institution,
    get_release,
)
from gongkai.services.clock import clock_of
from gongkai.services.clock_checks import mark_due, open_periods
from gongkai.services.obligations import open_for_institution
from gongkai.services.ports import Progress
from gongkai.services.publishing import withdraw_release
from gongkai.services.recorded import (
    Prepared,
    Sheet,
    accept_all,
    prepare_file,
    publish_notice,
    publish_prepared,
)
from gongkai.services.review import ROLE_OF_STEP
from gongkai.site import Site

CHANNEL = "demo"
SEED = 75
_AHEAD = 3
# The clock was switched on five weeks ago: a picture with some of everything, no wall of red.
_CLOCK_RUNS = timedelta(weeks=5)


@dataclass(frozen=True)
class DemoSignIn:
    """One account of the demo, with what opens it."""

    institution: str
    login: str
    password: str
    token: str


@dataclass
class DemoSite(Site):
    """A site whose clock stands where the story is."""

    moment: datetime | None = field(default=None)

    def now(self) -> datetime:
        """Return the story's instant, moving on a second with each look."""
        if self.moment is None:
            return super().now()
        self.moment += timedelta(seconds=1)
        return self.moment

    def at(self, moment: datetime) -> "DemoSite":
        """Return the same site with its clock elsewhere."""
        other = DemoSite(self.settings, moment)
        shared = {"engine": self.engine, "plugins": self.plugins, "blobs": self.blobs}
        other.__dict__.update(shared)
        return other


@dataclass
class _Nights:
    """The nightly checks of the story's days, from the day on which the clock was switched on."""

    site: DemoSite
    day: date
    is_on: bool = False

    def until(self, day: date) -> None:
        """Live through the nights up to the one that begins ``day``."""
        while self.day <= day:
            moment = datetime.combine(self.day, time(0, 5), SHANGHAI)
            with self.site.at(moment).transaction() as session:
                clock = clock_of(session, self.site.plugins)
                if not self.is_on:
                    for one in session.scalars(select(Institution)).all():
                        open_for_institution(session, clock, one, now=moment)
                    self.is_on = True
                open_periods(session, clock, now=moment)
                mark_due(session, clock, now=moment)
            self.day += timedelta(days=1)


def fill_demo(site: DemoSite, *, today: date, progress: Progress) -> list[DemoSignIn]:
    """Play the whole story into an empty site; return how to sign in."""
    events = demo_story(site.plugins.items, seed=SEED, today=today)
    begin = min(event.at for event in events) - timedelta(days=1)
    site.moment = begin
    with site.transaction() as session:
        for one in INSTITUTIONS:
            new = NewInstitution(
                slug=one.slug,
                type_key=one.type_key,
                name_zh=one.name.zh,
                name_en=one.name.en,
                service_kinds=one.service_kinds,
                uscc=one.uscc,
                region_code=one.region_code,
                region_zh=one.region.zh,
                region_en=one.region.en,
                is_public=one.ownership == "public",
            )
            added = add_institution(session, site.plugins, new, now=begin, starts_clock=False)
            open_role_accounts(session, added, now=begin)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AHEAD) as readers:
        nights = _Nights(site, today - _CLOCK_RUNS)
        _play_all(site, events, Path(folder), readers, nights, progress)
        nights.until(today)
    site.moment = None
    return _open_doors(site)


def _play_all(
    site: DemoSite,
    events: Sequence[StoryEvent],
    folder: Path,
    readers: ThreadPoolExecutor,
    nights: "_Nights",
    progress: Progress,
) -> None:
    """Play the events in order, reading the files of the next ones meanwhile."""
    coming: dict[int, Future[Prepared]] = {}
    for number, event in enumerate(events):
        progress("发布 releases", number, len(events))
        for ahead in range(number, min(number + _AHEAD, len(events))):
            later = events[ahead]
            if ahead not in coming and isinstance(later, PublishRelease):
                if ahead > number and site.plugins.get_item(later.item_key).refers:
                    continue  # its rows are checked against what is published by then
                path = folder / f"{ahead}.csv"
                coming[ahead] = readers.submit(_prepare, site.at(later.at), later, path)
        nights.until(event.at.date())
        _play(site.at(event.at), event, coming.pop(number, None))
    progress("发布 releases", len(events), len(events))


def _play(site: DemoSite, event: StoryEvent, prepared: Future[Prepared] | None) -> None:
    if isinstance(event, PublishRelease):
        assert prepared is not None  # noqa: S101 - every release was sent to a reader
        try:
            ready = prepared.result()
            publish_prepared(site, ready, sheet=Sheet(decisions=accept_all(ready.draft)))
        except GongkaiError as error:
            found = f"{event.institution}/{event.item_key} at {event.at:%Y-%m-%d}: {error}"
            raise RuntimeError(f"{found} {error.errors[:2]}") from error
    elif isinstance(event, WithdrawRelease):
        _withdraw(site, event)
    else:
        publish_notice(
            site,
            event.institution,
            title=event.title,
            body_markdown=event.body_markdown,
            channel=CHANNEL,
        )


def _prepare(site: DemoSite, event: PublishRelease, path: Path) -> Prepared:
    address = DatasetId(event.institution, event.item_key)
    write_csv(path, site.plugins.get_item(event.item_key).table_schema.names, event.rows)
    return prepare_file(
        site,
        address,
        path,
        filename=f"{event.item_key}.csv",
        channel=CHANNEL,
        change_note=event.change_note,
        formed_on=event.formed_on,
        is_correction=event.correction,
    )


def write_csv(path: Path, fields: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write sample rows as a clerk's UTF-8 CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fields, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _withdraw(site: DemoSite, event: WithdrawRelease) -> None:
    with site.transaction() as session:
        dataset = get_dataset(session, DatasetId(event.institution, event.item_key))
        leader = holders(session, dataset.institution, ROLE_OF_STEP[Step.APPROVE])[0]
        withdraw_release(
            session,
            site.plugins,
            get_release(session, dataset, "latest"),
            by=Actor(leader, CHANNEL),
            reason=event.reason,
            now=site.now(),
        )


def _open_doors(site: DemoSite) -> list[DemoSignIn]:
    """Give every post of one institution of each type a password and a token."""
    shown: dict[str, str] = {}
    for one in INSTITUTIONS:
        shown.setdefault(one.type_key, one.slug)
    found = []
    with site.transaction() as session:
        for slug in shown.values():
            institution = get_institution(session, slug)
            for role in ROLE_OF_STEP.values():
                account = holders(session, institution, role)[0]
                password = secrets.token_urlsafe(9)
                set_password(account, password)
                token = create_token(session, account, label="demo", days=30, now=site.now())
                found.append(DemoSignIn(slug, account.login, password, token))
    return found
