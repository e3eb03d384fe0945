"""`gongkai status`: every job with its last and next run, and how far the calendar reaches."""

from datetime import datetime
from typing import Any

import click

from gongkai.cli.console import say_json
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.jobs.standing import JobStanding, Standing, standing_of
from gongkai.site import Site

_WORDS = {
    "never": Text("尚未运行", "has not run"),
    "running": Text("运行中", "running"),
    "done": Text("完成", "done"),
    "failed": Text("失败", "FAILED"),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)
@click.pass_obj
def status(site: Site, as_json: bool, language: str) -> None:
    """Show the scheduled work: last run, outcome, next run; `gongkai doctor` judges it."""
    with site.reading() as session:
        standing = standing_of(session, now=site.now())
    if as_json:
        say_json(_facts(standing))
        return
    for one in standing.jobs:
        click.echo(f"{one.job.title.in_language(language)} [{one.job.key}]")
        for line in _lines(one):
            click.echo(f"  {line.in_language(language)}")
    click.echo(_calendar_line(standing).in_language(language))


def _lines(one: JobStanding) -> list[Text]:
    lines = [_last_line(one)]
    if one.last is not None and one.last.error:
        lines.append(Text(f"错误：{one.last.error}", f"error: {one.last.error}"))
    if one.is_ahead:
        lines.append(
            Text(
                "上次运行的时间晚于现在：时钟曾被调回", "ran in the future: the clock was set back"
            )
        )
    if one.lease is not None:
        until = _moment(one.lease.until)
        lines.append(
            Text(f"由 {one.lease.holder} 运行，至 {until}", f"at {one.lease.holder} until {until}")
        )
    waiting = f"（{one.waiting} 个周期待运行）", f" ({one.waiting} waiting)"
    zh, en = waiting if one.waiting else ("", "")
    at = _moment(one.next_at)
    lines.append(Text(f"下次 {at}{zh}", f"next {at}{en}"))
    return lines


def _last_line(one: JobStanding) -> Text:
    if one.last is None:
        return _WORDS["never"]
    last, word = one.last, _WORDS[one.last.outcome]
    at = _moment(last.ended_at or last.started_at)
    if last.ended_at is None:
        return Text(f"{at} 起{word.zh}", f"{word.en} since {at}")
    facts = (
        f"，{last.seconds:.2f} 秒，处理 {last.found} 项",
        f", {last.seconds:.2f} s, {last.found} found",
    )
    times = (
        (f"，第 {last.attempts} 次", f", attempt {last.attempts}")
        if last.attempts > 1
        else ("", "")
    )
    return Text(f"{at} {word.zh}{facts[0]}{times[0]}", f"{at} {word.en}{facts[1]}{times[1]}")


def _calendar_line(standing: Standing) -> Text:
    known = standing.calendar
    if known.known_until is None:
        return Text("工作日历：无", "calendar: none")
    return Text(
        f"工作日历：已知至 {known.known_until}（还有 {known.days_left} 天）",
        f"calendar: known until {known.known_until} ({known.days_left} days ahead)",
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _facts(standing: Standing) -> dict[str, Any]:
    known = standing.calendar
    return {
        "at": standing.at.isoformat(),
        "jobs": [_job_facts(one) for one in standing.jobs],
        "calendar": {
            "known_until": known.known_until.isoformat() if known.known_until else None,
            "days_left": known.days_left,
            "is_short": known.is_short,
        },
    }


def _job_facts(one: JobStanding) -> dict[str, Any]:
    last, lease = one.last, one.lease
    return {
        "job": one.job.key,
        "title": {"zh": one.job.title.zh, "en": one.job.title.en},
        "last": last
        and {
            "period": last.period,
            "outcome": last.outcome,
            "started_at": _iso(last.started_at),
            "ended_at": _iso(last.ended_at),
            "seconds": round(last.seconds, 3),
            "found": last.found,
            "attempts": last.attempts,
            "error": last.error,
        },
        "done_at": _iso(one.done_at),
        "next_at": _iso(one.next_at),
        "waiting": one.waiting,
        "lease": lease and {"holder": lease.holder, "until": _iso(lease.until)},
        "clock_set_back": one.is_ahead,
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat() if at else None
