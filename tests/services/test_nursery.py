"""The warm process that forks the readers: quick, replaceable, and gone when its parent is."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gongkai.services import nursery
from gongkai.services.intake import Intake, read_file
from gongkai.testing import make_field
from tests.rows.tables import item_of_fields
from tests.services.child_processes import nurseries, readers

ITEM = item_of_fields(make_field("x", type="number"))
TEXT = "code,x\nA,1\nB,2\n"


def receive(folder: Path) -> Intake:
    folder.mkdir()
    (folder / "upload.csv").write_text(TEXT)
    (folder / "work").mkdir()
    intake = read_file(folder / "upload.csv", ITEM, filename="a.csv", work_dir=folder / "work")
    assert intake.report.groups == ()
    return intake


def count_of(folder: str) -> int:
    return len(list(Path(folder).iterdir()))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition) -> bool:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_the_second_file_needs_no_new_imports(tmp_path):
    first = receive(tmp_path / "first")
    known = nurseries()

    second = receive(tmp_path / "second")

    assert second.content_sha256 == first.content_sha256
    assert nurseries() == known
    assert len(known) == 1
    assert readers() == []


def test_many_files_at_once_have_each_its_own_reader(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(receive, [tmp_path / f"{n}" for n in range(24)]))

    assert {intake.row_count for intake in found} == {2}
    assert len({intake.content_sha256 for intake in found}) == 1
    assert readers() == []


def test_no_descriptor_is_left_behind(tmp_path):
    receive(tmp_path / "first")
    before = count_of("/proc/self/fd")
    there = count_of(f"/proc/{nurseries()[0]}/fd")

    for number in range(20):
        receive(tmp_path / f"{number}")

    assert count_of("/proc/self/fd") <= before
    # It tells of an end first and then closes the line, so that one line may stand in each count.
    assert wait_for(lambda: count_of(f"/proc/{nurseries()[0]}/fd") <= there)


def test_a_nursery_that_was_killed_is_replaced(tmp_path):
    receive(tmp_path / "first")
    (old,) = nurseries()
    os.kill(old, signal.SIGKILL)

    assert receive(tmp_path / "second").row_count == 2

    assert old not in nurseries()


def test_without_a_nursery_a_reader_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(nursery.sys, "platform", "darwin")

    assert receive(tmp_path / "first").row_count == 2


def test_a_nursery_that_cannot_fork_safely_is_not_asked_again(tmp_path, monkeypatch):
    unfit = nursery._Nursery()
    monkeypatch.setattr(nursery, "_nursery", unfit)
    monkeypatch.setattr(nursery, "NURSERY", "gongkai.no_such_module")

    assert receive(tmp_path / "first").row_count == 2
    assert receive(tmp_path / "second").row_count == 2

    with pytest.raises(OSError, match="fork"):
        unfit.wake()


def test_the_nursery_ends_with_its_parent_however_that_ends(tmp_path):
    script = """if True:
        import sys, time
        from gongkai.services import nursery
        nursery.warm_up()
        print(nursery._nursery._process.pid, flush=True)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()

    assert wait_for(lambda: not is_alive(pid))


def test_a_reader_has_no_descriptor_but_its_own_three(tmp_path):
    seen = {}

    def look(stage: str, _done: int, _total: int | None) -> None:
        for reader in readers():
            for entry in Path(f"/proc/{reader}/fd").iterdir():
                if int(entry.name) < 10:
                    seen.setdefault(int(entry.name), str(entry.readlink()))

    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "upload.csv").write_text(TEXT)
    (folder / "work").mkdir()
    read_file(
        folder / "upload.csv", ITEM, filename="x.csv", work_dir=folder / "work", progress=look
    )

    assert not [where for where in seen.values() if where.startswith("socket:")]
