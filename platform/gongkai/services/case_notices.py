"""What is told of a rectification case when a person has taken a step: to whom it concerns.

What the clock does needs none of these: the daily reminders tell of what is overdue, and that
a case is open (``digesting``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from gongkai.domain.explaining import spoken
from gongkai.domain.letters import Letter, frame
from gongkai.domain.reminders import Stage
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.models import Account, Channel, Membership, Message, Role
from gongkai.models.message import MessageKind
from gongkai.models.rectification import RectificationCase, RectificationEvent
from gongkai.services.clock import Clock
from gongkai.services.digesting import HEADS, new_message_id
from gongkai.services.rectification_acts import finding_of
from gongkai.settings import SiteSettings

WEBHOOK_TYPE = "rectification.changed"
_SUBJECTS = {
    "opened": Text("整改通知", "To be mended"),
    "extended": Text("整改期限已延长", "Term extended"),
    "again": Text("复查未通过，须再次整改", "Recheck failed, to be mended again"),
    "reported": Text("整改报告待复查", "Mended, to be rechecked"),
    "closed": Text("整改已办结", "Rectification closed"),
}


@dataclass(frozen=True)
class _Notice:
    """One step of a case as it is told; ``event`` is the last one in its record."""

    clock: Clock
    site: SiteSettings
    case: RectificationCase
    event: RectificationEvent
    comment: str


def tell(
    session: Session,
    clock: Clock,
    site: SiteSettings,
    case: RectificationCase,
    *,
    comment: str = "",
    now: datetime,
) -> int:
    """Write the messages about the last step of ``case``; return how many.

    The institution hears of a finding, its term and its recheck, the supervising authority of a
    report; other steps concern nobody else. Sends nothing. Does not commit.
    """
    event = session.scalars(
        select(RectificationEvent)
        .where(RectificationEvent.case_id == case.id)
        .order_by(RectificationEvent.id.desc())
        .limit(1)
    ).one()
    if event.kind not in _SUBJECTS:
        return 0
    notice = _Notice(clock, site, case, event, comment)
    messages = [*_mails(session, notice), *_calls(session, notice, now)]
    for message in messages:
        message.update(id=new_message_id(), created_at=now, send_after=now, attempts=0, fencing=0)
    if messages:
        session.execute(insert(Message), messages)
    return len(messages)


def _mails(session: Session, notice: _Notice) -> Iterator[dict[str, Any]]:
    for account in _readers(session, notice):
        letter = _letter(notice, account.name, account.language)
        yield {
            "kind": MessageKind.MAIL.value,
            "channel_id": None,
            "account_id": account.id,
            "recipient": account.email,
            "dedup": f"rectification:{notice.event.id}:account:{account.id}",
            "subject": letter.subject,
            "body": {"text": letter.text, "html": letter.html, "language": account.language},
        }


def _readers(session: Session, notice: _Notice) -> Sequence[Account]:
    concerned = (
        Membership.institution_id.is_(None) & (Membership.role == Role.SUPERVISOR)
        if notice.event.kind == "reported"
        else (Membership.institution_id == notice.case.institution_id) & Membership.role.in_(HEADS)
    )
    return session.scalars(
        select(Account)
        .where(
            Account.id.in_(select(Membership.account_id).where(concerned)),
            Account.email.is_not(None),
            Account.disabled_at.is_(None),
        )
        .order_by(Account.id)
    ).all()


def _calls(session: Session, notice: _Notice, now: datetime) -> Iterator[dict[str, Any]]:
    where = notice.case.institution_id
    channels = session.scalars(
        select(Channel).where(
            Channel.disabled_at.is_(None),
            or_(Channel.institution_id.is_(None), Channel.institution_id == where),
        )
    )
    for channel in channels.unique():
        if channel.events and Stage.OVERDUE not in channel.events:
            continue
        letter = _letter(notice, "", channel.language)
        is_webhook = channel.kind == MessageKind.WEBHOOK
        body: dict[str, Any] = {
            "title": letter.subject,
            "markdown": letter.markdown,
            "text": letter.text,
        }
        if is_webhook:
            body = {
                "type": WEBHOOK_TYPE,
                "timestamp": now.astimezone(SHANGHAI).isoformat(),
                "data": _as_json(notice),
            }
        yield {
            "kind": (MessageKind.WEBHOOK if is_webhook else MessageKind.ROBOT).value,
            "channel_id": channel.id,
            "account_id": None,
            "recipient": f"{channel.kind} {channel.id}",
            "dedup": f"rectification:{notice.event.id}:channel:{channel.id}",
            "subject": WEBHOOK_TYPE if is_webhook else letter.subject,
            "body": body,
        }


def _letter(notice: _Notice, reader: str, language: str) -> Letter:
    name = Text(notice.site.name_zh, notice.site.name_en)
    step = _SUBJECTS[notice.event.kind]
    about = notice.case.institution.name
    title = Text(
        f"【{name.zh}】{step.zh}：{about.zh}", f"[{name.en}] {step.en}: {about.en}"
    ).in_language(language)
    url = _url(notice)
    lines = [one.in_language(language) for one in _facts(notice)]
    return frame(
        title,
        text=[*lines, "", url, ""],
        html=[
            f"<p>{'<br>'.join(map(escape, lines))}</p>",
            f'<p><a href="{escape(url)}">{url}</a></p>',
        ],
        markdown=[f"**{title}**", *(f"> {line}" for line in lines), f"> [{url}]({url})"],
        reader=reader,
        site=name,
        language=language,
    )


def _facts(notice: _Notice) -> Iterator[Text]:
    case, finding = notice.case, finding_of(notice.clock, notice.case)
    yield Text(f"编号：{case.id}", f"Case: {case.id}")
    yield Text(f"单位：{case.institution.name.zh}", f"Institution: {case.institution.name.en}")
    yield Text(f"问题：{finding.zh}", f"Finding: {finding.en}")
    if notice.event.kind in ("opened", "extended", "again"):
        due = spoken(case.due_on)
        if case.provisional_year is None:
            yield Text(f"整改期限：{due.zh}", f"To be mended by: {due.en}")
        else:
            yield Text(
                f"整改期限：{due.zh}（暂定，{case.provisional_year}年放假安排尚未载入）",
                f"To be mended by: {due.en} (an estimate: the holidays of "
                f"{case.provisional_year} are not loaded yet)",
            )
    if notice.comment:
        yield Text(f"说明：{notice.comment}", f"Comment: {notice.comment}")


def _as_json(notice: _Notice) -> dict[str, Any]:
    case = notice.case
    return {
        "id": case.id,
        "institution": {"slug": case.institution.slug, "name": case.institution.name.as_json()},
        "dataset": str(case.dataset.address) if case.dataset else None,
        "finding": finding_of(notice.clock, case).as_json(),
        "event": notice.event.kind,
        "state": case.state,
        "round": case.round,
        "due_on": case.due_on.isoformat(),
        "provisional": case.provisional_year is not None,
        "comment": notice.comment,
        "url": _url(notice),
    }


def _url(notice: _Notice) -> str:
    case = notice.case
    compliance = f"compliance/{case.institution.slug}"
    where = f"datasets/{case.dataset.address}" if case.dataset else compliance
    return f"{notice.site.base_url.rstrip('/')}/{where}"
