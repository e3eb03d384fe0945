"""Real `gongkai` processes, and what they leave behind."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-c", "from gongkai.cli import main; main()"]


def environ_of(folder, **given):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAI_")}
    return {**kept, "GONGKAI_STORAGE_DATA_DIR": str(folder), **given}


def gongkai(folder, *arguments, prefix=(), **environ):
    """Run one command to its end."""
    return subprocess.run(
        [*prefix, *COMMAND, *arguments],
        env=environ_of(folder, **environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def running(folder, *arguments, log, **environ):
    """Run a server until the block ends, then end it with SIGTERM."""
    with Path(log).open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=environ_of(folder, **environ), stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)


def status_of(folder):
    """Return what `gongkai status --json` says, by job."""
    done = gongkai(folder, "status", "--json")
    assert done.returncode == 0, done.stderr
    return {one["job"]: one for one in json.loads(done.stdout)["jobs"]}


def wait_for(what, look, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None


def processes_of(folder):
    """Return the processes whose environment names the folder."""
    mark = f"GONGKAI_STORAGE_DATA_DIR={folder}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0") and _is_alive(path.parent):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _is_alive(folder):
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"


def workers_of(folder):
    """Return those of the processes that are `gongkai worker`."""
    return [
        one
        for one in processes_of(folder)
        if b"worker" in Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
    ]
