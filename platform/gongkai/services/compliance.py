"""How duties are kept: counts by institution, type, item and region, and the obligations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from gongkai.domain.compliance import Counts, Grouping, Line, Window
from gongkai.domain.records import BadCursor
from gongkai.domain.text import Text
from gongkai.domain.times import shanghai_day
from gongkai.models import Institution, Release
from gongkai.models.obligation import RUNNING, Obligation, ObligationState
from gongkai.plugins import Plugins
from gongkai.services.clock import overdue_condition

NO_REGION = "none"


ALL_TIME = Window()


@dataclass(frozen=True)
class Which:
    """The obligations that are asked for; ``region`` is a code or the beginning of one."""

    institution: str | None = None
    type_key: str | None = None
    item: str | None = None
    region: str | None = None
    window: Window = ALL_TIME


def standing(obligation: Obligation, now: datetime) -> ObligationState:
    """Return where an obligation stands at ``now``, even where the nightly check is behind."""
    state = obligation.shown_state
    if state not in RUNNING:
        return state
    is_late = (
        now > obligation.due_at
        if obligation.due_at is not None
        else obligation.due_on < shanghai_day(now)
    )
    return ObligationState.OVERDUE if is_late else state


def compliance(
    session: Session, plugins: Plugins, by: Grouping, which: Which, *, now: datetime
) -> list[Line]:
    """Return the scoreboard in no order: one statement, whatever the number of obligations."""
    # Each of the two keys has an index that begins with it and the state and holds all else that
    # is counted by; what follows is over the few lines that are left.
    key: Any = Obligation.item_key if by is Grouping.ITEM else Obligation.institution_id
    late = and_(Obligation.provisional_year.is_(None), overdue_condition(now))
    standings = (
        func.count().label("all"),
        func.count(Obligation.provisional_year).label("estimates"),
        func.count().filter(late).label("late"),
    )
    counted = _within(select(key.label("key"), Obligation.state, *standings), which)
    found = counted.group_by(key, Obligation.state).subquery()
    figures = _figures(found.c)
    if by is Grouping.ITEM:
        rows = session.execute(select(found.c.key, *figures).group_by(found.c.key))
        return [Line(row[0], _item_title(plugins, row[0]), _counts(row[1:])) for row in rows]
    if by is Grouping.INSTITUTION:
        column: Any = Institution.slug
        names = func.max(Institution.name_zh), func.max(Institution.name_en)
    else:
        column = Institution.type_key if by is Grouping.TYPE else Institution.region_code
        names = func.max(Institution.region_zh), func.max(Institution.region_en)
    query = (
        select(column, *names, *figures).join(found, found.c.key == Institution.id).group_by(column)
    )
    return [_line(plugins, by, row) for row in session.execute(query)]


@dataclass(frozen=True)
class Listed:
    """A stretch of obligations; ``next`` continues it, ``versions`` are by release id."""

    items: Sequence[Obligation]
    next: str | None
    total: int
    versions: dict[int, str]


def list_obligations(
    session: Session,
    which: Which,
    *,
    now: datetime,
    state: ObligationState | None = None,
    limit: int,
    after: str | None = None,
) -> Listed:
    """Return obligations by due date. Raises BadCursor for a cursor that is none of ours."""
    query = _within(select(Obligation), which)
    if state is not None:
        query = query.where(_is_in(state, now))
    count = session.scalar(query.with_only_columns(func.count(Obligation.id))) or 0
    if after is not None:
        on, number = _opened(after)
        later = and_(Obligation.due_on == on, Obligation.id > number)
        query = query.where(or_(Obligation.due_on > on, later))
    query = query.order_by(Obligation.due_on, Obligation.id).limit(limit + 1)
    found = session.scalars(query).unique().all()
    page = found[:limit]
    following = f"{page[-1].due_on}.{page[-1].id}" if len(found) > limit else None
    return Listed(page, following, count, versions_of(session, page))


def versions_of(session: Session, obligations: Iterable[Obligation]) -> dict[int, str]:
    """Return the versions of the releases that settled ``obligations``, by release id."""
    ids = {one.met_release_id for one in obligations if one.met_release_id is not None}
    rows = session.execute(select(Release.id, Release.version).where(Release.id.in_(ids)))
    return {row.id: row.version for row in rows}


def _opened(cursor: str) -> tuple[date, int]:
    day, _, number = cursor.partition(".")
    try:
        if not number.isascii() or not number.isdigit() or len(number) > 9:
            raise ValueError(number)
        return date.fromisoformat(day), int(number)
    except ValueError as error:
        raise BadCursor(
            "The cursor is not one of this list; ask again without it, from the first page."
        ) from error


def _within(query: Select[Any], which: Which) -> Select[Any]:
    of: list[Any] = []
    if which.institution is not None:
        of.append(Institution.slug == which.institution)
    if which.type_key is not None:
        of.append(Institution.type_key == which.type_key)
    if which.region == NO_REGION:
        of.append(Institution.region_code.is_(None))
    elif which.region is not None:
        of.append(Institution.region_code.startswith(which.region, autoescape=True))
    if of:
        query = query.where(Obligation.institution_id.in_(select(Institution.id).where(*of)))
    if which.item is not None:
        query = query.where(Obligation.item_key == which.item)
    if which.window.since is not None:
        query = query.where(Obligation.due_on >= which.window.since)
    if which.window.until is not None:
        query = query.where(Obligation.due_on <= which.window.until)
    return query


def _is_in(state: ObligationState, now: datetime) -> Any:
    """Return the condition of obligations that stand at ``state``, as ``standing`` says."""
    is_certain = Obligation.provisional_year.is_(None)
    is_late = or_(Obligation.state == ObligationState.OVERDUE, overdue_condition(now))
    match state:
        case ObligationState.PROVISIONAL:
            return and_(Obligation.state.in_(RUNNING), not_(is_certain))
        case ObligationState.OVERDUE:
            return and_(Obligation.state.in_(RUNNING), is_certain, is_late)
        case ObligationState.OPEN | ObligationState.DUE_SOON:
            return and_(Obligation.state == state, is_certain, not_(is_late))
    return Obligation.state == state


def _figures(group: Any) -> list[Any]:
    """Return the columns of ``Counts`` in its order, from how many stand in each state."""
    state, certain = group.state, group["all"] - group.estimates
    overdue = case(
        (state == ObligationState.OVERDUE, certain), (state.in_(RUNNING), group.late), else_=0
    )
    return [
        _sum(state == ObligationState.MET, group["all"]),
        _sum(state == ObligationState.MET_LATE, group["all"]),
        func.sum(overdue),
        _sum(state == ObligationState.DUE_SOON, certain - group.late),
        _sum(state == ObligationState.OPEN, certain - group.late),
        _sum(state.in_(RUNNING), group.estimates),
        _sum(state == ObligationState.SUSPENDED, group["all"]),
        _sum(state == ObligationState.WAIVED, group["all"]),
    ]


def _sum(condition: Any, amount: Any) -> Any:
    return func.sum(case((condition, amount), else_=0))


def _line(plugins: Plugins, by: Grouping, row: Any) -> Line:
    key, zh, en, *figures = row
    if by is Grouping.TYPE:
        kind = plugins.institution_types.get(key)
        return Line(key, kind.title if kind else Text(key, key), _counts(figures))
    if key is None:
        return Line(NO_REGION, Text("未注明地区", "No region given"), _counts(figures))
    return Line(key, Text(zh or key, en or key), _counts(figures))


def _counts(figures: Iterable[Any]) -> Counts:
    """Return sums as counts: PostgreSQL's are decimals."""
    return Counts(*(int(figure) for figure in figures))


def _item_title(plugins: Plugins, key: str) -> Text:
    return plugins.items[key].title if key in plugins.items else Text(key, key)
