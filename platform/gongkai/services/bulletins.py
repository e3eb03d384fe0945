"""The monthly notice (通报): how duties were kept, as a draft for a person to sign."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from gongkai.domain.compliance import Counts, Grouping, Line, Rate, Window, sort_lines, total
from gongkai.errors import Rejected
from gongkai.models import Draft
from gongkai.models.obligation import Obligation, ObligationState
from gongkai.plugins import Plugins
from gongkai.services.access import Actor
from gongkai.services.compliance import Which, compliance, list_obligations
from gongkai.services.due_texts import due_text, occasion_title, rule_of
from gongkai.services.news import MAX_BODY, draft_notice
from gongkai.services.ports import SitePort

# A notice is read by people: the whole list is on the site.
LISTED_INSTITUTIONS, LISTED_OVERDUE = 120, 60
_BAR = 10
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~])")


def draft_bulletin(session: Session, site: SitePort, slug: str, month: str, by: Actor) -> Draft:
    """Write the notice of a month such as 2026-10 down as a news draft of ``slug``.

    It is signed and published like any other. Raises Forbidden, Rejected for a month that has
    not begun or in which nothing fell due. Does not commit.
    """
    now = site.now()
    body = write_bulletin(session, site.plugins, month, base_url=_base(site), now=now)
    year, number = month.split("-")
    title = f"{year}年{int(number)}月信息公开履责情况通报"
    return draft_notice(
        session, slug, title=title, body_markdown=body, language="zh", by=by, now=now
    )


def write_bulletin(
    session: Session, plugins: Plugins, month: str, *, base_url: str, now: datetime
) -> str:
    """Return the text of a month's notice in Markdown. Raises Rejected."""
    window = Window.of_month(month)
    which = Which(window=window)
    lines = compliance(session, plugins, Grouping.INSTITUTION, which, now=now)
    kinds = compliance(session, plugins, Grouping.TYPE, which, now=now)
    whole = total(lines)
    if not whole.due:
        raise Rejected(f"Nothing fell due in {month}, so there is nothing to tell.")
    late = list_obligations(
        session, which, now=now, state=ObligationState.OVERDUE, limit=LISTED_OVERDUE
    )
    named = [line for line in sort_lines(lines) if line.counts.due]
    year, number = month.split("-")
    parts = [
        _summary(f"{year}年{int(number)}月", whole, len(named), now),
        _board("各类机构", "机构类型", [one for one in sort_lines(kinds) if one.counts.due]),
        _board("各机构", "机构", named[:LISTED_INSTITUTIONS]),
    ]
    if len(named) > LISTED_INSTITUTIONS:
        parts.append(f"以上列出逾期最多的{LISTED_INSTITUTIONS}家，其余见文末网址。")
    if late.items:
        parts.append(_overdue(plugins, late.items, late.total))
    since, until = window.since, window.until
    parts.append(_notes(f"{base_url}/api/v1/compliance?since={since}&until={until}&window=all"))
    body = "\n\n".join(parts)
    if len(body) > MAX_BODY:  # very long names; the figures by institution are on the site
        body = "\n\n".join([parts[0], parts[1], parts[-1]])
    return body


def _base(site: SitePort) -> str:
    return site.settings.site.base_url.rstrip("/")


def _summary(month: str, whole: Counts, institutions: int, now: datetime) -> str:
    rates = whole.rates
    sentence = (
        f"{month}，{institutions}家机构共有{whole.due}项信息到期应公开：按时公开{whole.on_time}项，"
        f"按时率{_share(rates['on_time'])}；迟公开{whole.late}项，占{_share(rates['late'])}；"
        f"截至{_day(now.date())}仍逾期{whole.overdue}项，占{_share(rates['overdue'])}。"
    )
    left_out = [
        f"{word}{amount}项"
        for word, amount in (
            ("期限暂定", whole.provisional),
            ("中止", whole.suspended),
            ("豁免", whole.waived),
        )
        if amount
    ]
    if left_out:
        sentence += f"另有{'、'.join(left_out)}，不计入。"
    return f"## 总体情况\n\n{sentence}"


def _board(title: str, column: str, lines: Sequence[Line]) -> str:
    rows = [
        f"## {title}",
        "",
        f"| {column} | 应公开 | 按时 | 迟公开 | 逾期 | 按时率 | 图示 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for line in lines:
        counts, rate = line.counts, line.counts.rates["on_time"]
        figures = f"{counts.due} | {counts.on_time} | {counts.late} | {counts.overdue}"
        rows.append(f"| {_plain(line.title.zh)} | {figures} | {_share(rate)} | {_bar(rate)} |")
    return "\n".join(rows)


def _overdue(plugins: Plugins, late: Sequence[Obligation], count: int) -> str:
    rows = [
        "## 逾期未公开事项",
        "",
        "| 机构 | 事项 | 事由 | 公开期限 | 规则 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in late:
        item = plugins.items.get(one.item_key)
        rule = rule_of(plugins, one)
        label = "（产品默认期限）" if rule["is_default"] else ""
        cells = (
            one.dataset.institution.name_zh,
            item.title.zh if item else one.item_key,
            occasion_title(one).zh,
            due_text(one).zh,
            f"{rule['title']['zh']}{label}",
        )
        rows.append(f"| {' | '.join(_plain(cell) for cell in cells)} |")
    if count > len(late):
        rows += ["", f"以上列出期限最早的{len(late)}项，共{count}项。"]
    return "\n".join(rows)


def _notes(url: str) -> str:
    return (
        "## 说明\n\n"
        "- “应公开”指期限在本月内、至今应当公开的事项；按时率 = 按时公开 ÷ 应公开。\n"
        "- 期限暂定（次年节假日安排尚未录入）、中止和豁免的事项不计入。\n"
        "- 标注“产品默认期限”的，法律法规未规定具体天数。\n"
        f"- 数据：<{url}>"
    )


def _share(rate: Rate) -> str:
    """Return a share with what it is of; nothing is shared where that is 0."""
    if rate.value is None:
        return "无应公开事项"
    return f"{100 * rate.value:.1f}%（{rate.numerator}/{rate.denominator}）"


def _bar(rate: Rate) -> str:
    filled = round(_BAR * (rate.value or 0))
    return "█" * filled + "░" * (_BAR - filled)


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
