import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from gongkai import db
from gongkai.app import create_app
from gongkai.cli.doctor import Level, diagnose
from gongkai.jobs import leases
from gongkai.jobs.runner import Runner
from gongkai.jobs.schedule import SCHEDULE
from gongkai.jobs.standing import standing_of
from gongkai.jobs.work import Chore, Effect
from gongkai.models.job import JobRun
from gongkai.testing import make_settings, make_site
from tests.jobs.frozen import FrozenSite, make_job
from tests.jobs.servers import gongkai, status_of

HOUR = timedelta(hours=1)


def fail(*_):
    raise RuntimeError("no route to host 10.1.2.3")


@pytest.fixture
def checked(frozen):
    """A site whose worker has just run everything."""
    frozen.at = datetime.now(UTC)
    frozen.migrate()
    Runner(frozen, SCHEDULE).run_all()
    return frozen


@pytest.fixture
def checked_sqlite(tmp_path):
    made = make_site(tmp_path / "data")
    made.close()
    site = FrozenSite(made.settings, at=datetime.now(UTC))
    Runner(site, SCHEDULE).run_all()
    yield site
    site.close()


def fail_job(site, key="mark-due"):
    site.at += HOUR
    Runner(site, [make_job(key, work=Effect(fail))]).run_all()


def finding(site, check):
    return next((one for one in diagnose(site) if one.check == check), None)


def test_standing_tells_the_last_run_and_the_next(checked):
    with checked.reading() as session:
        standing = standing_of(session, now=checked.at)

    by_key = {one.job.key: one for one in standing.jobs}
    assert all(one.last.outcome == "done" and one.lease is None for one in standing.jobs)
    assert standing.checked_at == checked.at
    assert timedelta(0) < by_key["mark-due"].next_at - checked.at <= timedelta(minutes=10)
    assert standing.failed == []
    assert not standing.is_silent()


def test_standing_tells_what_fails_what_waits_and_who_is_at_it(checked):
    fail_job(checked)
    period = make_job().rhythm.current(checked.at)
    with db.transaction(checked.engine) as session:
        leases.take(session, "open-periods", period, holder="me", seconds=60, now=checked.at)
    with checked.reading() as session:
        standing = standing_of(session, now=checked.at + 2 * HOUR)

    by_key = {one.job.key: one for one in standing.jobs}
    assert standing.failed == ["mark-due"]
    assert by_key["mark-due"].waiting == 1
    assert by_key["mark-due"].done_at < checked.at
    assert by_key["open-periods"].lease.holder == "me"
    assert by_key["open-periods"].last.outcome == "running"
    assert standing.is_silent()


def test_the_status_command_tells_every_job_in_both_languages_and_for_programs(tmp_path):
    folder = tmp_path / "data"
    assert gongkai(folder, "worker", "--once").returncode == 0

    chinese = gongkai(folder, "status")
    english = gongkai(folder, "status", "--lang", "en")

    assert chinese.stdout.count("完成") == english.stdout.count("done") == len(SCHEDULE)
    assert "工作日历：已知至" in chinese.stdout
    assert set(status_of(folder)) == {job.key for job in SCHEDULE}


def test_once_exits_1_where_a_job_failed(tmp_path):
    folder = tmp_path / "data"
    site = make_site(folder)
    with db.transaction(site.engine) as session:
        session.connection().exec_driver_sql("DROP TABLE clock_mark")
    site.close()

    done = gongkai(folder, "worker", "--once")

    assert done.returncode == 1
    assert "open-periods" in done.stdout
    assert "FAILED: OperationalError: no such table: clock_mark" in done.stdout
    assert status_of(folder)["open-periods"]["last"]["outcome"] == "failed"
    assert status_of(folder)["mark-due"]["last"]["outcome"] == "done"


def test_the_page_tells_the_same_without_hosts_and_errors(checked):
    fail_job(checked)
    client = create_app(checked).test_client()

    chinese, english = (client.get(f"/status?lang={lang}").text for lang in ("zh", "en"))

    assert all(job.title.zh in chinese and job.title.en in english for job in SCHEDULE)
    assert "失败" in chinese
    assert "Failed" in english
    assert "10.1.2.3" not in chinese + english
    assert os.uname().nodename + ":" not in chinese + english


def test_readyz_warns_of_what_needs_somebody(checked):
    client = create_app(checked).test_client()
    known = client.get("/readyz").json
    assert known["scheduler"]["failed"] == []
    assert known["scheduler"]["age_seconds"] == 0

    fail_job(checked)

    told = client.get("/readyz").json
    assert told["status"] == "ready"
    assert "job-failed" in told["warnings"]
    assert told["calendar"]["known_until"] == "2026-12-31"


def test_a_silent_worker_makes_only_that_site_unready_whose_own_it_is(checked):
    client = create_app(checked).test_client()
    checked.at += 3 * HOUR

    answer = client.get("/readyz")

    if checked.settings.runs_worker_inside:
        assert answer.status_code == 503
        assert "gongkai worker" in answer.json["detail"]
    else:
        assert "scheduler-silent" in answer.json["warnings"]


def test_a_calendar_that_soon_ends_and_a_clock_set_back_are_warnings(checked):
    client = create_app(checked).test_client()
    checked.at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    with db.transaction(checked.engine) as session:
        session.execute(update(JobRun).values(started_at=checked.at + HOUR, ended_at=checked.at))

    assert set(client.get("/readyz").json["warnings"]) == {"calendar-short", "clock-set-back"}


@pytest.mark.parametrize(
    ("section", "values", "inside"),
    [
        ("server", {"worker_inside": "auto"}, True),
        ("server", {"worker_inside": "never"}, False),
        ("database", {"url": "postgresql+psycopg://x/y"}, False),
    ],
)
def test_the_worker_is_inside_on_sqlite_unless_told_otherwise(tmp_path, section, values, inside):
    assert make_settings(tmp_path, **{section: values}).runs_worker_inside is inside


def test_doctor_finds_a_healthy_site_without_errors(checked):
    found = list(diagnose(checked))

    assert [one for one in found if one.level is Level.ERROR] == []
    assert finding(checked, "worker").level is Level.OK
    assert finding(checked, "database").level is Level.OK
    assert all(one.advice for one in found if one.level is not Level.OK)


def test_doctor_finds_what_fails_and_what_has_stopped(checked_sqlite):
    site = checked_sqlite
    fail_job(site, "open-periods")
    site.at += 3 * HOUR

    assert finding(site, "worker").level is Level.ERROR
    assert "10.1.2.3" in finding(site, "job open-periods").message.en


def test_doctor_warns_weeks_before_the_calendar_ends_and_fails_after(checked_sqlite):
    levels = {}
    for month, day in ((6, 1), (11, 22), (12, 31)):
        checked_sqlite.at = datetime(2026, month, day, 4, 0, tzinfo=UTC)
        levels[month] = finding(checked_sqlite, "calendar").level
    checked_sqlite.at = datetime(2027, 1, 1, 4, 0, tzinfo=UTC)

    assert levels == {6: Level.OK, 11: Level.WARNING, 12: Level.WARNING}
    assert finding(checked_sqlite, "calendar").level is Level.ERROR


def test_doctor_names_settings_that_are_not_for_the_public(tmp_path):
    site = make_site(
        tmp_path,
        logging={"level": "DEBUG"},
        site={
            "base_url": "http://open.example.cn",
            "trusted_hosts": ["open.example.cn"],
            "tag_authority": "example.cn",
        },
    )

    found = {one.check: one.level for one in diagnose(site)}
    site.close()

    assert found["site.base_url"] is Level.WARNING
    assert found["logging.level"] is Level.WARNING
    assert "site.trusted_hosts" not in found
    assert "site.tag_authority" not in found


def test_doctor_names_a_password_that_everybody_may_read(tmp_path):
    settings = make_settings(tmp_path, database={"url": "postgresql+psycopg://a:b@127.0.0.1:1/c"})
    config = tmp_path / "site.toml"
    config.write_text("", encoding="utf-8")
    levels = {}
    for mode in (0o644, 0o640):
        config.chmod(mode)
        site = FrozenSite(settings)
        levels[mode] = {one.check: one.level for one in diagnose(site, config)}
        site.close()

    assert levels[0o644]["settings file"] is Level.WARNING
    assert "settings file" not in levels[0o640]
    assert levels[0o640]["database"] is Level.ERROR


def test_doctor_of_a_site_that_is_not_there_exits_1_and_makes_nothing(tmp_path):
    folder = tmp_path / "none"

    done = gongkai(folder, "doctor", "--json")

    assert done.returncode == 1
    levels = {one["check"]: one["level"] for one in json.loads(done.stdout)}
    assert levels["database"] == "error"
    assert not folder.exists()


def test_a_chore_that_fails_shows_in_status(checked_sqlite):
    site = checked_sqlite
    Runner(site, [make_job("announce-pending", work=Chore(fail))]).run_all()

    with site.reading() as session:
        assert standing_of(session, now=site.at).failed == ["announce-pending"]
