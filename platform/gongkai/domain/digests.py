"""What one person is told on one day: everything that waits for them, the urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from gongkai.domain.explaining import spoken
from gongkai.domain.items import DeadlineRule
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
    date it had before it was counted anew.
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


@dataclass(frozen=True)
class Digest:
    """One message's words; ``text`` and ``html`` say the same."""

    subject: str
    text: str
    html: str
    markdown: str


def compose(
    lines: Sequence[Line], *, site: Text, reader: str, today: date, language: str
) -> Digest:
    """Return the digest of ``lines`` for ``reader`` (no greeting where that is empty)."""
    english = language == "en"
    groups = [(stage, [one for one in lines if one.stage is stage]) for stage in _ORDER]
    groups = [(stage, _by_urgency(found)) for stage, found in groups if found]
    subject = _subject(groups, site, language)
    greeting = _greeting(reader, english)
    day = spoken(today)
    lead = (
        f"These publications wait for you (as of {day.en}):"
        if english
        else f"以下信息公开事项请及时办理（截至{day.zh}）："
    )
    footer = (
        f"Sent by {site.en}. Replies are not read."
        if english
        else f"本消息由{site.zh}自动发送，请勿直接回复。"
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
    if greeting:
        text.insert(0, f"{greeting}\n")
        html.insert(0, f"<p>{escape(greeting)}</p>")
    text += ["-- ", footer, ""]
    page = _page(subject, [*html, f"<p><small>{escape(footer)}</small></p>"], english)
    return Digest(subject, "\n".join(text), page, "\n".join(marked))


def _by_urgency(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda one: (one.due_on, one.institution.zh, one.item.zh))


def _subject(groups: Sequence[tuple[Stage, Sequence[Line]]], site: Text, language: str) -> str:
    counts = [_COUNTED[stage].in_language(language).format(len(found)) for stage, found in groups]
    if language == "en":
        return f"[{site.en}] Publications: {', '.join(counts)}"
    return f"【{site.zh}】信息公开提醒：{'，'.join(counts)}"


def _greeting(reader: str, english: bool) -> str:
    if not reader:
        return ""
    return f"Dear {reader}," if english else f"{reader}，您好："


def _heading(stage: Stage, count: int, language: str) -> str:
    heading = _HEADINGS[stage].in_language(language)
    return f"{heading} ({count})" if language == "en" else f"{heading}（{count}项）"


def _more(count: int, english: bool) -> str:
    return f"… and {count} more." if english else f"……另有{count}项。"


def _sentences(line: Line, language: str) -> list[str]:
    """Return which, until when, by which rule."""
    name = Text(f"{line.institution.zh}：{line.item.zh}", f"{line.institution.en}: {line.item.en}")
    return [one.in_language(language) for one in (name, _until_when(line), _by_which_rule(line))]


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


def _page(subject: str, parts: Sequence[str], english: bool) -> str:
    language = "en" if english else "zh-CN"
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head><body>{''.join(parts)}</body></html>"
    )
