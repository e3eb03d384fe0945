"""The facts of scores, counted for all institutions at once, and frozen month by month."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, not_, or_, select
from sqlalchemy.orm import Session

from gongkai.domain.compliance import Window
from gongkai.domain.score import FACTS, FORMULA, Score, score_of
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.errors import Rejected
from gongkai.models import Dataset, Distribution, Draft, DraftStep, Institution, Release, Signature
from gongkai.models.draft import Decision
from gongkai.models.obligation import RUNNING, Obligation, ObligationState
from gongkai.models.rectification import RectificationCase, RectificationOutcome
from gongkai.models.score import ScoreSnapshot
from gongkai.services.clock import overdue_condition

ANNUAL_REPORT = "annual_report_stats"
# Further back, what is counted today says too little of how it was.
_MONTHS_BACK = 12
_CHUNK = 1000
_CLOSED_WELL = (RectificationOutcome.PASSED, RectificationOutcome.PUBLISHED)

Facts = dict[str, int]


def score(session: Session, institution: Institution, window: Window, *, now: datetime) -> Score:
    """Return the score of what fell due, and was published, in ``window``, as of ``now``."""
    return score_of(facts_of(session, window, now=now, only=institution)[institution.id])


def facts_of(
    session: Session, window: Window, *, now: datetime, only: Institution | None = None
) -> dict[int, Facts]:
    """Return the facts of every institution by its id, or of one: a statement for each kind."""
    ids = select(Institution.id)
    if only is not None:
        ids = ids.where(Institution.id == only.id)
    found = {one: dict.fromkeys(FACTS, 0) for one in session.scalars(ids)}
    queries = (
        _datasets(now),
        _duties(window, now),
        _signed(window),
        _readable(),
        _rectified(window),
    )
    for query in queries:
        if only is not None:
            query = query.where(query.selected_columns[0] == only.id)  # noqa: PLW2901 - narrowed
        for row in session.execute(query).mappings():
            counted = {name: int(row[name] or 0) for name in row if name != "institution_id"}
            found[row["institution_id"]].update(counted)
    for institution_id, rows, flagged in _checked_rows(session, window, only):
        facts = found[institution_id]
        facts["rows"] += rows
        facts["sound_rows"] += max(rows - flagged, 0)
    return found


def freeze_finished_months(session: Session, *, now: datetime) -> int:
    """Freeze every month that is over since the newest frozen one; return how many are new.

    A month without a worker is made up for, at most a year back; where nothing is frozen yet,
    it begins with last month. Safe to run twice. Does not commit.
    """
    newest = session.scalar(select(func.max(ScoreSnapshot.period)))
    first = shanghai_day(now).replace(day=1)
    months: list[str] = []
    while len(months) < _MONTHS_BACK:
        first = (first - timedelta(days=1)).replace(day=1)
        month = f"{first:%Y-%m}"
        # Last month is always asked for: an institution may have been entered since.
        if months and (newest is None or month <= newest):
            break
        months.append(month)
    return sum(freeze_scores(session, month, now=now) for month in reversed(months))


def freeze_scores(session: Session, month: str, *, now: datetime) -> int:
    """Freeze the scores of a month that is over, such as 2026-10; return how many are new.

    What is frozen stays: safe to run twice. Raises Rejected for a month that still runs. Does
    not commit.
    """
    window = Window.of_month(month)
    if window.until is None or window.until >= shanghai_day(now):
        raise Rejected(f"{month} is not over; its scores can be frozen from the next month on.")
    done = select(ScoreSnapshot.institution_id).where(ScoreSnapshot.period == month)
    missing = session.execute(
        select(Institution.id, Institution.slug).where(
            Institution.id.not_in(done), Institution.created_at < _ends(window)
        )
    ).all()
    if not missing:
        return 0
    facts = facts_of(session, window, now=now)
    rows = []
    for institution_id, slug in missing:
        data = {"formula": FORMULA, "facts": facts[institution_id]}
        rows.append(
            {
                "institution_id": institution_id,
                "period": month,
                "frozen_at": now,
                "data": data,
                "sha256": digest_of(slug, month, data),
            }
        )
    for at in range(0, len(rows), _CHUNK):
        session.execute(insert(ScoreSnapshot), rows[at : at + _CHUNK])
    return len(rows)


def recompute_score(snapshot: ScoreSnapshot) -> Score:
    """Return a frozen score, computed from the frozen facts alone.

    Raises Rejected where these are not what was frozen, or the formula is another one.
    """
    data = snapshot.data
    if digest_of(snapshot.institution.slug, snapshot.period, data) != snapshot.sha256:
        raise Rejected(
            f"The facts of {snapshot.institution.slug} for {snapshot.period} are not those that "
            "were frozen; restore them from a backup."
        )
    if data["formula"] != FORMULA:
        raise Rejected(f"This Gongkai computes {FORMULA}, not {data['formula']}.")
    return score_of(data["facts"])


def digest_of(slug: str, period: str, data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is frozen, over canonical JSON."""
    whole = {"institution": slug, "period": period, **data}
    canonical = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def list_snapshots(session: Session, institution: Institution) -> Sequence[ScoreSnapshot]:
    """Return the frozen scores of an institution, newest month first."""
    return session.scalars(
        select(ScoreSnapshot)
        .where(ScoreSnapshot.institution_id == institution.id)
        .order_by(ScoreSnapshot.period.desc())
    ).all()


def _datasets(now: datetime) -> Any:
    """A1 and A3: what is owed, published, and has nothing overdue."""
    late = exists().where(
        Obligation.dataset_id == Dataset.id,
        Obligation.state.in_(RUNNING),
        Obligation.provisional_year.is_(None),
        or_(Obligation.state == ObligationState.OVERDUE, overdue_condition(now)),
    )
    is_public = Dataset.current_release_id.is_not(None)
    return (
        select(
            Dataset.institution_id,
            func.count().label("owed"),
            func.count().filter(is_public).label("published"),
            func.count().filter(or_(is_public, late)).label("running"),
            func.count().filter(and_(is_public, not_(late))).label("fresh"),
        )
        .where(Dataset.is_owed)
        .group_by(Dataset.institution_id)
    )


def _duties(window: Window, now: datetime) -> Any:
    """A2 and D1: what fell due, and what was published in time."""
    met = Obligation.state == ObligationState.MET
    late = and_(
        Obligation.state.in_(RUNNING),
        Obligation.provisional_year.is_(None),
        or_(Obligation.state == ObligationState.OVERDUE, overdue_condition(now)),
    )
    due = or_(met, Obligation.state == ObligationState.MET_LATE, late)
    is_report = Obligation.item_key == ANNUAL_REPORT
    query = select(
        Obligation.institution_id,
        func.count().filter(due).label("due"),
        func.count().filter(met).label("on_time"),
        func.count().filter(and_(due, is_report)).label("reports"),
        func.count().filter(and_(met, is_report)).label("reported"),
    )
    return _between(query, Obligation.due_on, window).group_by(Obligation.institution_id)


def _signed(window: Window) -> Any:
    """C1: releases, and those of which no step lacks its signature."""
    signature = exists().where(
        Signature.draft_id == DraftStep.draft_id,
        Signature.step == DraftStep.step,
        Signature.decision == Decision.APPROVE,
        Signature.round == Draft.round,
        Signature.content_sha256 == Release.content_sha256,
    )
    lacking = exists().where(DraftStep.draft_id == Release.draft_id, not_(signature))
    query = (
        select(
            Dataset.institution_id,
            func.count().label("released"),
            func.sum(case((lacking, 0), else_=1)).label("signed"),
        )
        .select_from(Release)
        .join(Dataset, Dataset.id == Release.dataset_id)
        .join(Draft, Draft.id == Release.draft_id)
        .group_by(Dataset.institution_id)
    )
    return _issued(query, window)


def _readable() -> Any:
    """A5: current releases, and those that come as CSV and as JSON."""

    def has(name: str) -> Any:
        return exists().where(
            Distribution.release_id == Dataset.current_release_id,
            Distribution.name == name,
            Distribution.sha256.is_not(None),
        )

    both = and_(has("data.csv"), has("data.json"))
    return (
        select(
            Dataset.institution_id,
            func.count().label("current"),
            func.sum(case((both, 1), else_=0)).label("readable"),
        )
        .where(Dataset.current_release_id.is_not(None))
        .group_by(Dataset.institution_id)
    )


def _rectified(window: Window) -> Any:
    """C2: rectifications whose term ended, and those that were mended within it."""
    mended = RectificationCase.outcome.in_(_CLOSED_WELL)
    ended = or_(mended, and_(RectificationCase.closed_at.is_(None), RectificationCase.is_late))
    query = select(
        RectificationCase.institution_id,
        func.count().filter(ended).label("rectifications"),
        func.count().filter(and_(mended, not_(RectificationCase.is_late))).label("rectified"),
    )
    return _between(query, RectificationCase.due_on, window).group_by(
        RectificationCase.institution_id
    )


def _checked_rows(
    session: Session, window: Window, only: Institution | None
) -> Iterable[tuple[int, int, int]]:
    """A4: yield (institution, rows, places that the checks named) for each release."""
    query = _issued(
        select(Dataset.institution_id, Release.row_count, Draft.report)
        .select_from(Release)
        .join(Dataset, Dataset.id == Release.dataset_id)
        .join(Draft, Draft.id == Release.draft_id),
        window,
    )
    if only is not None:
        query = query.where(Dataset.institution_id == only.id)
    flagged: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for institution_id, rows, report in session.execute(query.execution_options(yield_per=200)):
        places = sum(group["total"] for group in report.get("groups", ()))
        flagged[institution_id][0] += rows
        flagged[institution_id][1] += min(places, rows)
    return [(one, rows, places) for one, (rows, places) in flagged.items()]


def _between(query: Any, column: Any, window: Window) -> Any:
    if window.since is not None:
        query = query.where(column >= window.since)
    if window.until is not None:
        query = query.where(column <= window.until)
    return query


def _issued(query: Any, window: Window) -> Any:
    """Narrow to releases issued on the days of ``window``, Shanghai's."""
    if window.since is not None:
        begins = datetime.combine(window.since, time(), SHANGHAI)
        query = query.where(Release.issued >= begins)
    if window.until is not None:
        query = query.where(Release.issued < _ends(window))
    return query


def _ends(window: Window) -> datetime:
    assert window.until is not None  # noqa: S101 - asked of closed windows only
    return datetime.combine(window.until + timedelta(days=1), time(), SHANGHAI)
