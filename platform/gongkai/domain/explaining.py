"""Why a date is the date: the counting, told to people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gongkai.domain.deadlines import Due, Trigger
from gongkai.domain.items import DeadlineRule, RuleLevel, TermUnit
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.domain.working_days import WorkCalendar

_DAY = timedelta(days=1)
_ZH_DAYS = "一二三四五六日"


@dataclass(frozen=True)
class NamedDay:
    """A day that differs from Monday to Friday, with the name of its holiday."""

    day: date
    is_workday: bool
    name: str


def explain(
    rule: DeadlineRule,
    trigger: Trigger,
    due: Due,
    calendar: WorkCalendar,
    named: Sequence[NamedDay],
) -> list[Text]:
    """Return sentences that say how ``due`` was counted; ``named`` are the days between."""
    said = [_said_rule(rule, trigger), *_said_days(rule, trigger, due, calendar, named)]
    if due.missing_year is not None:
        said.append(reason_provisional(due.missing_year))
    if rule.is_default:
        said.append(
            Text(
                "法律未规定具体天数，本期限为产品默认值，可以调整。",
                "No law sets this figure; it is a product default and can be changed.",
            )
        )
    elif rule.level is RuleLevel.LOCAL:
        said.append(
            Text(
                "地方规定短于国家规定，从短计算。", "A local rule; it holds because it is shorter."
            )
        )
    return said


def reason_provisional(year: int) -> Text:
    """Return why a date is an estimate."""
    return Text(
        f"暂定：{year}年放假安排尚未载入，待国务院办公厅通知公布后重算，在此之前不计逾期。",
        f"Provisional: the State Council's notice for {year} is not loaded. The date is counted "
        "anew when it is, and nothing is overdue before.",
    )


def spoken(day: date) -> Text:
    """Return a date with its weekday."""
    return Text(f"{day}（周{_ZH_DAYS[day.weekday()]}）", f"{day} ({day:%a})")


def _said_rule(rule: DeadlineRule, trigger: Trigger) -> Text:
    start = spoken(trigger.on)
    title = rule.title
    match rule.unit:
        case TermUnit.WORKING_DAY:
            return Text(
                f"{title.zh}：自{start.zh}起{rule.length}个工作日，当日不计入。",
                f"{title.en}: {rule.length} working days from {start.en}, not counting that day.",
            )
        case TermUnit.NATURAL_DAY:
            return Text(
                f"{title.zh}：自{start.zh}起{rule.length}日，当日不计入，末日遇休息日顺延。",
                f"{title.en}: {rule.length} days from {start.en}, not counting that day; a last "
                "day of rest moves to the next working day.",
            )
        case TermUnit.HOUR:
            at = trigger.at.astimezone(SHANGHAI) if trigger.at else None
            since = f"{at:%Y-%m-%d %H:%M}" if at else f"{trigger.on} 24:00"
            return Text(
                f"{title.zh}：自{since}起{rule.length}小时，节假日不停。",
                f"{title.en}: {rule.length} hours from {since}, through weekends and holidays.",
            )
        case TermUnit.FIXED_DATE:
            return Text(
                f"{title.zh}：{trigger.on}之后的第一个{rule.fixed_month_day}，含当日，不顺延。",
                f"{title.en}: the first {rule.fixed_month_day} after {trigger.on}, that day "
                "included; it does not move.",
            )
        case TermUnit.BEFORE_EVENT:
            event = spoken(trigger.event_on) if trigger.event_on else Text("未注明", "not given")
            ceiling = (
                Text(
                    f"，且不迟于{start.zh}之后第{rule.length}个工作日",
                    f", and no later than {rule.length} working days after {start.en}",
                )
                if rule.length is not None
                else Text("", "")
            )
            before = (
                Text(f"之前{rule.days_before}日", f"{rule.days_before} day(s) before")
                if rule.days_before
                else Text("当日或之前", "on or before")
            )
            if trigger.event_on is None:
                return Text(
                    f"{title.zh}：未注明生效（开始）日{ceiling.zh}。",
                    f"{title.en}: the day it takes effect is not given{ceiling.en}.",
                )
            return Text(
                f"{title.zh}：生效（开始）日{event.zh}{before.zh}{ceiling.zh}。",
                f"{title.en}: {before.en} the day it takes effect ({event.en}){ceiling.en}.",
            )


def _counts_working_days(rule: DeadlineRule, trigger: Trigger, due: Due) -> bool:
    """Tell whether a date comes from counting working days, and not from an event's day."""
    if rule.unit is not TermUnit.BEFORE_EVENT:
        return rule.unit is TermUnit.WORKING_DAY
    return trigger.event_on is None or due.on != trigger.event_on - timedelta(rule.days_before)


def _said_days(
    rule: DeadlineRule,
    trigger: Trigger,
    due: Due,
    calendar: WorkCalendar,
    named: Sequence[NamedDay],
) -> list[Text]:
    """Name the holidays that were left out and the weekend days that were counted."""
    if not _counts_working_days(rule, trigger, due):
        return []
    between = [one for one in named if trigger.on < one.day <= due.on]
    off = [one for one in between if not one.is_workday]
    worked = [one for one in between if one.is_workday]
    said = []
    if off:
        spans = _spans(one.day for one in off)
        zh = "、".join(f"{_span(since, until, '至')}" for since, until in spans)
        en = ", ".join(_span(since, until, " to ") for since, until in spans)
        said.append(
            Text(f"放假不计：{zh}（周末除外）。", f"Holidays left out: {en} (beside weekends).")
        )
    if worked:
        days = [spoken(one.day) for one in worked]
        said.append(
            Text(
                f"调休上班计入：{'、'.join(day.zh for day in days)}。",
                f"Make-up working days counted: {', '.join(day.en for day in days)}.",
            )
        )
    for one in trigger.suspensions:
        if one.until is not None:
            count = calendar.between(one.since, one.until)
            said.append(
                Text(
                    f"{one.since}至{one.until}中止，{count}个工作日不计。",
                    f"Stopped from {one.since} to {one.until}: {count} working days left out.",
                )
            )
    return said


def _spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Join days that follow each other, over weekends too."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and all(
            (spans[-1][1] + n * _DAY).weekday() >= 5 for n in range(1, (day - spans[-1][1]).days)
        ):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def _span(since: date, until: date, to: str) -> str:
    return str(since) if since == until else f"{since}{to}{until}"
