"""`gongkai doctor`: what is wrong with this site, or soon will be, and what to do about it."""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import make_url, select
from sqlalchemy.exc import DBAPIError

from gongkai.cli.console import say_json
from gongkai.cli.doctor_messages import check_messages
from gongkai.cli.findings import Finding, Level
from gongkai.domain.text import Text
from gongkai.errors import GongkaiError
from gongkai.jobs.leases import database_time
from gongkai.jobs.standing import SILENT_AFTER, Standing, standing_of
from gongkai.migrations import is_current
from gongkai.settings import load_settings
from gongkai.site import Site

_LITTLE_ROOM, _NO_ROOM = 5 * 10**9, 5 * 10**8  # bytes
_CLOCKS_DIFFER = timedelta(seconds=60)
_MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)
@click.pass_context
def doctor(context: click.Context, as_json: bool, language: str) -> None:
    """Check settings, database, store, calendar and scheduled work; exit 1 on an error."""
    config = context.find_root().params.get("config") or os.environ.get("GONGKAI_CONFIG")
    found = list(diagnose(context.obj, Path(config) if config else None))
    if as_json:
        say_json([_facts(one) for one in found])
    else:
        for one in found:
            click.echo(f"{_MARKS[one.level]} {one.check}: {one.message.in_language(language)}")
            if one.advice:
                click.echo(f"  → {one.advice.in_language(language)}")
    sys.exit(1 if any(one.level is Level.ERROR for one in found) else 0)


def _facts(one: Finding) -> dict[str, object]:
    advice = one.advice and {"zh": one.advice.zh, "en": one.advice.en}
    message = {"zh": one.message.zh, "en": one.message.en}
    return {"check": one.check, "level": one.level.value, "message": message, "advice": advice}


def diagnose(site: Site, config: Path | None = None) -> Iterator[Finding]:
    """Yield what each check found. Changes nothing; what cannot be reached is a finding, too."""
    yield from _check_address(site)
    yield from _check_secrets(site, config)
    yield _check_plugins(site)
    yield from _check_store(site)
    database = _check_database(site)
    yield database
    if database.level is not Level.ERROR:
        yield _check_clocks(site)
        with site.reading() as session:
            standing = standing_of(session, now=site.now())
            yield from check_messages(session, site.settings.mail)
        yield check_calendar(standing)
        yield from check_jobs(standing, is_expected=site.settings.runs_worker_inside)


def _check_address(site: Site) -> Iterator[Finding]:
    chosen, default = site.settings.site, load_settings(environ={}).site
    address = urlsplit(chosen.base_url)
    if address.hostname in ("127.0.0.1", "localhost", "::1"):
        yield Finding(
            "site.base_url",
            Level.WARNING,
            Text(f"公开网址是本机地址 {chosen.base_url}", f"The address is {chosen.base_url}"),
            Text(
                "对外服务前请改为公众访问的网址", "Name the public address before you serve others"
            ),
        )
    elif address.scheme != "https":
        yield Finding(
            "site.base_url",
            Level.WARNING,
            Text(f"{chosen.base_url} 不是 HTTPS", f"{chosen.base_url} is not HTTPS"),
            Text("请使用 https:// 网址", "Serve the site under https://"),
        )
    else:
        yield Finding("site.base_url", Level.OK, Text(chosen.base_url, chosen.base_url))
    if not chosen.trusted_hosts:
        yield Finding(
            "site.trusted_hosts",
            Level.WARNING,
            Text("接受发往任何主机名的请求", "Requests for any host name are taken"),
            Text("请列出本站的主机名，除非前置代理已核对", "List them unless a proxy checks them"),
        )
    if chosen.tag_authority == default.tag_authority:
        yield Finding(
            "site.tag_authority",
            Level.WARNING,
            Text(f"仍是示例域名 {chosen.tag_authority}", f"It is still {chosen.tag_authority}"),
            Text(
                "请在首次发布前改为本单位域名，之后不可再改",
                "Set it to a domain of yours before the first release; never change it later",
            ),
        )


def _check_secrets(site: Site, config: Path | None) -> Iterator[Finding]:
    if site.settings.logging.level == "DEBUG":
        yield Finding(
            "logging.level",
            Level.WARNING,
            Text("日志级别为 DEBUG", "The log level is DEBUG"),
            Text("正式运行请用 INFO", "Use INFO where the site is real"),
        )
    has_secret = bool(make_url(site.settings.database_url).password or site.settings.mail.password)
    if has_secret and config is not None and config.stat().st_mode & stat.S_IROTH:
        yield Finding(
            "settings file",
            Level.WARNING,
            Text(f"{config} 含有口令，而系统所有用户可读", f"Everybody here may read {config}"),
            Text(f"chmod 640 {config}", f"It may hold a password: chmod 640 {config}"),
        )


def _check_plugins(site: Site) -> Finding:
    try:
        count = len(site.plugins.loaded)
    except GongkaiError as error:
        return Finding("plugins", Level.ERROR, Text(error.message, error.message))
    return Finding("plugins", Level.OK, Text(f"已加载 {count} 个", f"{count} loaded"))


def _check_store(site: Site) -> Iterator[Finding]:
    storage = site.settings.storage
    for name, folder in (
        ("data_dir", storage.data),
        ("blobs_dir", storage.blobs),
        ("work_dir", storage.work),
    ):
        yield _check_folder(f"storage.{name}", folder)
    if storage.data.is_dir():
        yield _check_room(storage.blobs if storage.blobs.is_dir() else storage.data)


def _check_folder(check: str, folder: Path) -> Finding:
    # A folder that is made on first use counts as the one it will be made in.
    present = next(one for one in (folder, *folder.parents) if one.is_dir())
    try:
        with tempfile.TemporaryFile(dir=present) as probe:
            probe.write(b"gongkai")
    except OSError as error:
        return Finding(
            check,
            Level.ERROR,
            Text(f"{folder} 不可写：{error.strerror}", f"{folder}: {error.strerror}"),
            Text("请为运行本系统的用户授权", "Give the user that runs Gongkai the right to write"),
        )
    return Finding(check, Level.OK, Text(f"{folder} 可写", f"{folder} can be written"))


def _check_room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    shown = f"{free / 1e9:.1f} GB"
    level = Level.ERROR if free < _NO_ROOM else Level.WARNING if free < _LITTLE_ROOM else Level.OK
    advice = Text("请扩容或清理磁盘", "Make room") if level is not Level.OK else None
    return Finding("disk", level, Text(f"剩余 {shown}", f"{shown} free"), advice)


def _check_database(site: Site) -> Finding:
    url = make_url(site.settings.database_url)
    shown = url.render_as_string(hide_password=True)
    advice = Text("请运行 gongkai init", "Run `gongkai init`")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        message = Text(f"{shown} 尚未建立", f"{shown} is not there")
        return Finding("database", Level.ERROR, message, advice)
    try:
        if not is_current(site.engine):
            message = Text(f"{shown} 的结构不是当前版本", f"{shown} has another version's tables")
            return Finding("database", Level.ERROR, message, advice)
    except DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        return Finding(
            "database",
            Level.ERROR,
            Text(f"{shown} 无法连接：{reason}", f"{shown} does not answer: {reason}"),
            Text("请检查 database.url 和数据库服务", "Check database.url and the server"),
        )
    return Finding("database", Level.OK, Text(shown, shown))


def _check_clocks(site: Site) -> Finding:
    with site.reading() as session:
        there = session.execute(select(database_time(session))).scalar_one()
    difference = abs(site.now() - there)
    if difference > _CLOCKS_DIFFER:
        seconds = int(difference.total_seconds())
        return Finding(
            "clocks",
            Level.WARNING,
            Text(
                f"本机与数据库的时钟相差 {seconds} 秒", f"Host and database differ by {seconds} s"
            ),
            Text("请启用 NTP 对时", "Set both by NTP"),
        )
    return Finding("clocks", Level.OK, Text("本机与数据库时钟一致", "Host and database agree"))


def check_calendar(standing: Standing) -> Finding:
    """Judge how far the working-day calendar reaches: an error once it has ended."""
    known = standing.calendar
    if known.known_until is None:
        return Finding(
            "calendar",
            Level.ERROR,
            Text("没有工作日历", "There is no calendar"),
            Text("请运行 gongkai init", "Run `gongkai init`"),
        )
    message = Text(
        f"已知至 {known.known_until}，还有 {known.days_left} 天",
        f"Known until {known.known_until}, {known.days_left} days ahead",
    )
    if not known.is_short:
        return Finding("calendar", Level.OK, message)
    advice = Text(
        f"请用 gongkai calendar load 载入国务院办公厅{known.missing_year}年放假通知；"
        "在此之前，到期日落入该年的时限只是暂定",
        f"Load the State Council's notice for {known.missing_year} with `gongkai calendar load`; "
        "until then, what falls due in that year is provisional",
    )
    return Finding(
        "calendar", Level.ERROR if known.days_left < 0 else Level.WARNING, message, advice
    )


def check_jobs(standing: Standing, *, is_expected: bool) -> Iterator[Finding]:
    """Judge the scheduled work: whether it goes on, and what fails."""
    hours = int(SILENT_AFTER.total_seconds() // 3600)
    advice = Text("请运行 gongkai worker（或 gongkai serve）", "Run `gongkai worker` or `serve`")
    if standing.checked_at is None:
        message = Text("到期检查从未运行", "Due dates have never been checked")
        yield Finding("worker", Level.WARNING, message, advice)
    elif standing.is_silent():
        level = Level.ERROR if is_expected else Level.WARNING
        message = Text(
            f"到期检查已超过 {hours} 小时没有运行",
            f"Due dates have not been checked for more than {hours} hours",
        )
        yield Finding("worker", level, message, advice)
    else:
        yield Finding("worker", Level.OK, Text("到期检查正常运行", "Due dates are being checked"))
    for one in standing.jobs:
        if one.has_failed and one.last is not None:
            yield Finding(
                f"job {one.job.key}",
                Level.ERROR,
                Text(f"运行失败：{one.last.error}", f"It fails: {one.last.error}"),
                Text(
                    "原因见日志；排除后运行 gongkai worker --once",
                    "The log says why; when mended, run `gongkai worker --once`",
                ),
            )
        if one.is_ahead:
            yield Finding(
                f"job {one.job.key}",
                Level.WARNING,
                Text("上次运行的时间晚于现在", "It last ran in the future"),
                Text("时钟曾被调回，请核对对时", "The clock was set back; check the time service"),
            )
