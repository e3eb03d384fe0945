"""A served site does its own work: real processes on a free port."""

import json
import os
import signal

from gongkai.testing import make_site
from tests.databases import free_port
from tests.jobs.servers import answers, processes_of, running, status_of, wait_for, workers_of


def checked(base):
    body = answers(f"{base}/readyz")
    return body and json.loads(body)["scheduler"]["age_seconds"] is not None


def test_a_served_site_runs_its_worker_and_ends_it(tmp_path):
    folder, port = tmp_path / "data", free_port()
    base = f"http://127.0.0.1:{port}"
    with running(folder, "serve", "--port", str(port), log=tmp_path / "log") as server:
        wait_for("a check of due dates", lambda: checked(base))
        assert len(workers_of(folder)) == 1
        assert "mark-due" in answers(f"{base}/status")
        assert status_of(folder)["mark-due"]["last"]["outcome"] == "done"

        first = workers_of(folder)[0]
        os.kill(first, signal.SIGKILL)
        wait_for("another worker", lambda: workers_of(folder) not in ([], [first]))
        server.terminate()
        assert server.wait(timeout=60) == 0
    assert processes_of(folder) == []


def test_the_worker_ends_even_when_its_server_is_killed(tmp_path):
    folder, port = tmp_path / "data", free_port()
    with running(folder, "serve", "--port", str(port), log=tmp_path / "log") as server:
        wait_for("a worker", lambda: workers_of(folder))
        wait_for("its work", lambda: checked(f"http://127.0.0.1:{port}"))
        others = [one for one in processes_of(folder) if one != server.pid]
        server.kill()
        server.wait()
        wait_for("the worker's end", lambda: not workers_of(folder))
    # Granian's web workers outlive a killed supervisor; they are not what this is about.
    for one in set(others) & set(processes_of(folder)):
        os.kill(one, signal.SIGKILL)


def test_a_site_may_leave_the_work_to_others(tmp_path):
    folder, port = tmp_path / "data", free_port()
    make_site(folder).close()
    setting = {"GONGKAI_SERVER_WORKER_INSIDE": "never"}
    with running(folder, "serve", "--port", str(port), log=tmp_path / "log", **setting):
        body = wait_for("an answer", lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        assert json.loads(body)["scheduler"]["age_seconds"] is None
        assert workers_of(folder) == []


def test_a_worker_alone_ends_at_once_and_finishes_what_it_does(tmp_path):
    folder = tmp_path / "data"
    make_site(folder).close()
    with running(folder, "worker", log=tmp_path / "log") as worker:
        wait_for("its work", lambda: status_of(folder)["mark-due"]["done_at"])
        worker.send_signal(signal.SIGINT)
        assert worker.wait(timeout=30) == 0
    assert "worker ended" in (tmp_path / "log").read_text()
    assert all(one["lease"] is None for one in status_of(folder).values())


def test_the_demo_does_its_own_work_too(tmp_path):
    folder, port = tmp_path / "data", free_port()
    demo = folder / "demo"
    # What filling it would leave; a year of releases is not what this is about.
    make_site(demo).close()
    (demo / "sign-ins.tsv").write_text("yunhe-blood\tclerk\tpassword\ttoken\n", encoding="utf-8")
    (demo / "demo-complete").touch()
    with running(folder, "demo", "--port", str(port), log=tmp_path / "log") as server:
        wait_for("a check of due dates", lambda: checked(f"http://127.0.0.1:{port}"))
        assert len(workers_of(demo)) == 1
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0
    assert processes_of(folder) == processes_of(demo) == []
    assert status_of(demo)["mark-due"]["last"]["outcome"] == "done"
