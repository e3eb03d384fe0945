"""What one person is told on one day: everything that waits for them, the urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape

from gongkai.domain.explaining import spoken
from gongkai.domain.items import DeadlineRule
from gongkai.domain.letters import Letter, frame
from gongkai.domain.reminders import Stage
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI

# More than this is no longer read; the rest is counted.
LISTED = 50
_NO_BRACKETS = str.maketrans("[]", "()")
_ORDER = (Stage.ESCALATED, Stage.OVERDUE, Stage.DUE, Stage.DATE_CHANGED)
_HEADINGS = {
    Stage.ESCALATED: Text("长期逾期", "Long overdue"),
    Stage.OVERDUE: Text("已逾期", "Overdue"),
    Stage.DUE: Text("即将到期", "Due soon"),
    Stage.DATE_CHANGED: Text("期限有变", "Due date changed"),
}
_COUNTED = {
    Stage.ESCALATED: Text("{}项长期逾期", "{} long overdue"),
    Stage.OVERDUE: Text("{}项逾期", "{} overdue"),
    Stage.DUE: Text("{}项即将到期", "{} due soon"),
    Stage.DATE_CHANGED: Text("{}项期限有变", "{} with a new due date"),
}


@dataclass(frozen=True)
class Line:
    """One thing to publish, as a digest tells of it.

    ``days_left`` counts working days, below zero how many it is late; ``was_due_on`` is the
    date it had before it was counted anew. ``others`` counts further dates of the same dataset
    that the line stands for; ``mend_by`` is the term of the open rectification case.
    """

    stage: Stage
    institution: Text
    item: Text
    url: str
    rule: DeadlineRule | None
    trigger_on: date
    due_on: date
    due_at: datetime | None
    days_left: int
    is_late: bool
    is_today: bool
    was_due_on: date | None = None
    others: int = 0
    mend_by: date | None = None


def compose(
    lines: Sequence[Line], *, site: Text, reader: str, today: date, language: str
) -> Letter:
    """Return the digest of ``lines`` for ``reader`` (no greeting where that is empty)."""
    english = language == "en"
    lines = fold(lines)
    groups = [(stage, [one for one in lines if one.stage is stage]) for stage in _ORDER]
    groups = [(stage, _by_urgency(found)) for stage, found in groups if found]
    subject = _subject(groups, site, language)
    day = spoken(today)
    lead = (
        f"These publications wait for you (as of {day.en}):"
        if english
        else f"以下信息公开事项请及时办理（截至{day.zh}）："
    )
    text, html, marked = [lead, ""], [f"<p>{escape(lead)}</p>"], [lead]
    room = LISTED
    for stage, found in groups:
        heading = _heading(stage, len(found), language)
        text += [heading, ""]
        html.append(f"<h2>{escape(heading)}</h2><ol>")
        marked.append(f"\n**{heading}**")
        for number, line in enumerate(found[:room], 1):
            said = _sentences(line, language)
            text += [f"{number}. {said[0]}", *(f"   {one}" for one in said[1:])]
            text += [f"   {line.url}", ""]
            html.append(_as_html(line, said))
            marked.append(f"> [{said[0].translate(_NO_BRACKETS)}]({line.url})\n> {said[1]}")
        html.append("</ol>")
        if len(found) > room:
            more = _more(len(found) - room, english)
            text += [more, ""]
            html.append(f"<p>{escape(more)}</p>")
            marked.append(more)
        room = max(room - len(found), 0)
    return frame(
        subject,
        text=text,
        html=html,
        markdown=marked,
        reader=reader,
        site=site,
        language=language,
    )


def fold(lines: Sequence[Line]) -> list[Line]:
    """Return one line for what is late, and one for what is to come, of each dataset and rule.

    It is that of the first to be due, and says how many others there are: a daily dataset that
    stood still for a month is one thing to do, not twenty.
    """
    alike: dict[tuple[bool, bool, str, str], list[Line]] = {}
    for line in lines:
        is_news = line.stage is Stage.DATE_CHANGED
        key = (line.is_late, is_news, line.url, line.rule.key if line.rule else "")
        alike.setdefault(key, []).append(line)
    return [
        replace(min(found, key=lambda one: one.due_on), others=len(found) - 1)
        for found in alike.values()
    ]


def _by_urgency(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda one: (one.due_on, one.institution.zh, one.item.zh))


def _subject(groups: Sequence[tuple[Stage, Sequence[Line]]], site: Text, language: str) -> str:
    counts = [_COUNTED[stage].in_language(language).format(len(found)) for stage, found in groups]
    if language == "en":
        return f"[{site.en}] Publications: {', '.join(counts)}"
    return f"【{site.zh}】信息公开提醒：{'，'.join(counts)}"


def _heading(stage: Stage, count: int, language: str) -> str:
    heading = _HEADINGS[stage].in_language(language)
    return f"{heading} ({count})" if language == "en" else f"{heading}（{count}项）"


def _more(count: int, english: bool) -> str:
    return f"… and {count} more." if english else f"……另有{count}项。"


def _sentences(line: Line, language: str) -> list[str]:
    """Return which, until when with what else is known of it, by which rule."""
    name = Text(f"{line.institution.zh}：{line.item.zh}", f"{line.institution.en}: {line.item.en}")
    when = [one.in_language(language) for one in (_until_when(line), *_besides(line))]
    joined = " ".join(when) if language == "en" else "".join(when)
    return [name.in_language(language), joined, _by_which_rule(line).in_language(language)]


def _besides(line: Line) -> Iterator[Text]:
    if line.others:
        periods = "1 other period" if line.others == 1 else f"{line.others} other periods"
        verb = "is" if line.others == 1 else "are"
        late = Text("同样逾期", "overdue, too") if line.is_late else Text("待公开", "due, too")
        yield Text(f"另有{line.others}期{late.zh}。", f"{periods} of it {verb} {late.en}.")
    if line.mend_by is not None:
        day = spoken(line.mend_by)
        yield Text(
            f"已发整改通知，请于{day.zh}前整改。",
            f"A rectification notice was sent; mend it by {day.en}.",
        )


def _until_when(line: Line) -> Text:
    due = spoken(line.due_on)
    if line.due_at is not None:
        hour = f"{line.due_at.astimezone(SHANGHAI):%H:%M}"
        due = Text(f"{due.zh}{hour}", f"{due.en}, {hour}")
    if line.is_late:
        late = -line.days_left
        return Text(
            f"应不迟于{due.zh}公开，已逾期{f'{late}个工作日' if late else '，不足1个工作日'}。",
            f"It was due on {due.en} and is {_working_days(late)} late."
            if late
            else f"It was due on {due.en} and is late by less than a working day.",
        )
    moved = Text("", "")
    if line.was_due_on is not None and line.was_due_on != line.due_on:
        moved = Text(f"（原定{line.was_due_on}）", f" (before: {line.was_due_on})")
    elif line.was_due_on is not None:
        moved = Text("（此前为暂定，现已确定）", " (an estimate before, now certain)")
    if line.is_today:
        left = Text("，请在今日内公开。", ": publish it today.")
    elif line.days_left == 0:
        left = Text("，其间没有工作日。", ", with no working day until then.")
    else:
        left = Text(f"，还剩{line.days_left}个工作日。", f", {_working_days(line.days_left)} left.")
    return Text(f"截止{due.zh}{moved.zh}{left.zh}", f"Due on {due.en}{moved.en}{left.en}")


def _working_days(count: int) -> str:
    return f"{count} working day" if count == 1 else f"{count} working days"


def _by_which_rule(line: Line) -> Text:
    since = spoken(line.trigger_on)
    counted = Text(f"自{since.zh}起算。", f"counted from {since.en}.")
    if line.rule is None:
        return Text(f"期限{counted.zh}", f"Its term is {counted.en}")
    title, source = line.rule.title, line.rule.source
    if line.rule.is_default:
        return Text(
            f"期限：{title.zh}（产品默认值，非法定期限），{counted.zh}",
            f"Term: {title.en} (a product default, not a legal limit), {counted.en}",
        )
    return Text(
        f"依据：{title.zh}，{source.zh}；{counted.zh}",
        f"By: {title.en}, {source.en}; {counted.en}",
    )


def _as_html(line: Line, said: Sequence[str]) -> str:
    link = f'<a href="{escape(line.url)}">{escape(said[0])}</a>'
    return f"<li><p>{'<br>'.join([link, *map(escape, said[1:])])}</p></li>"
