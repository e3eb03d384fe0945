"""The worker inside a single-node server: one child process of the supervisor, ended with it.

Never one for each web worker, and never a thread of one: a web worker that is restarted, or that
a hostile file brings down, takes no scheduled work with it. The child watches its parent, so that
it ends even when the server is killed.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

_END_SECONDS = 15
_FIRST_WAIT, _LAST_WAIT = 1.0, 60.0
_COMMAND = "from gongkai.cli import main; main()"


def is_child_of(parent: int) -> Callable[[], bool]:
    """Return what tells whether ``parent`` is still the process that started this one."""
    return lambda: os.getppid() == parent


@contextmanager
def worker_inside() -> Iterator[None]:
    """Run `gongkai worker` as a child, with this process's environment, until the block ends.

    A child that ends by itself is started again, ever more slowly.
    """
    ending = threading.Event()
    children: list[subprocess.Popen[bytes]] = [_start()]
    keeper = threading.Thread(
        target=_keep, args=(children, ending), name="worker inside", daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        _end(children[-1])
        keeper.join(_END_SECONDS)


def _start() -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches the server, and the server ends the worker.
    return subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-c", _COMMAND, "worker", "--child-of", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


def _keep(children: list[subprocess.Popen[bytes]], ending: threading.Event) -> None:
    wait = _FIRST_WAIT
    while True:
        code = children[-1].wait()
        if ending.wait(wait):
            return
        log.error("the worker inside ended with %d; starting another", code)
        wait = min(wait * 2, _LAST_WAIT)
        children.append(_start())
        if ending.is_set():
            _end(children[-1])
            return


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        # Safe at any point: what it was at is taken over when its lease runs out.
        child.kill()
        child.wait()
