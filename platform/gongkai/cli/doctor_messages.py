"""What `gongkai doctor` says of reminders and watched sources: whether they reach anybody."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gongkai.cli.findings import Finding, Level
from gongkai.domain.text import Text
from gongkai.models import Channel, WatchedSource
from gongkai.services.channels import count_messages, find_unreachable
from gongkai.settings import MailSettings

_NAMED = 5


def check_messages(session: Session, mail: MailSettings) -> Iterator[Finding]:
    """Judge whether what the clock has to say arrives. Sends nothing."""
    if mail.is_on:
        server = f"{mail.host}:{mail.port}"
        yield Finding("mail", Level.OK, Text(f"经 {server} 发送", f"Sent through {server}"))
    else:
        yield Finding(
            "mail",
            Level.WARNING,
            Text("未设置邮件服务器，提醒邮件积压不发", "No mail server; reminders wait unsent"),
            Text(
                "请在设置的 [mail] 中填写 host 和 sender",
                "Set host and sender under [mail] in the settings",
            ),
        )
    yield from _check_readers(session)
    dead = count_messages(session)["dead"]
    if dead:
        yield Finding(
            "messages",
            Level.WARNING,
            Text(f"{dead} 条消息多次发送失败，已放弃", f"Messages given up: {dead}"),
            Text(
                "请用 gongkai messages list --dead 查看原因，用 gongkai messages retry 重发",
                "`gongkai messages list --dead` says why; `gongkai messages retry` sends one again",
            ),
        )
    for channel in session.scalars(select(Channel).where(Channel.disabled_at.is_not(None))):
        yield Finding(
            f"channel {channel.id}",
            Level.WARNING,
            Text(f"已停用：{channel.disabled_reason}", f"Switched off: {channel.disabled_reason}"),
            Text(
                f"修好后运行 gongkai channel enable {channel.id}",
                f"When mended, run `gongkai channel enable {channel.id}`",
            ),
        )
    yield from _check_sources(session)


def _check_readers(session: Session) -> Iterator[Finding]:
    silent = find_unreachable(session)
    if silent:
        named = "、".join(silent[:_NAMED])
        listed = ", ".join(silent[:_NAMED])
        more = len(silent) - _NAMED
        yield Finding(
            "reminders",
            Level.WARNING,
            Text(
                f"{len(silent)} 家机构没有任何人能收到提醒：{named}"
                + (f" 等（另有 {more} 家）" if more > 0 else ""),
                f"Institutions that no reminder reaches: {len(silent)} ({listed}"
                + (f" and {more} more)" if more > 0 else ")"),
            ),
            Text(
                "请为其账号填写邮箱（gongkai account email），或添加通道（gongkai channel add）",
                "Give an account a mail address (`gongkai account email`) or add a channel "
                "(`gongkai channel add`)",
            ),
        )


def _check_sources(session: Session) -> Iterator[Finding]:
    failing = session.scalar(
        select(func.count())
        .select_from(WatchedSource)
        .where(WatchedSource.failing_since.is_not(None), WatchedSource.disabled_at.is_(None))
    )
    if failing:
        yield Finding(
            "sources",
            Level.WARNING,
            Text(
                f"{failing} 个监测来源无法读取", f"Watched sources that cannot be read: {failing}"
            ),
            Text("请用 gongkai source list 查看原因", "`gongkai source list` says why"),
        )
