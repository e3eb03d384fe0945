"""`./dev bench [NAME …]`: measure the hot paths beside a peer, in one run on this machine.

Every line names the rows, the median of the repeats with its spread, and the ratio to the peer.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import clock, gate, intake, messages, publication, reading

SUITES = {
    "clock": clock.run,
    "gate": gate.run,
    "intake": intake.run,
    "messages": messages.run,
    "publication": publication.run,
    "reading": reading.run,
}
REPEATS = 3


def measure(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median and the spread (slowest minus fastest) in seconds."""
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds), max(seconds) - min(seconds)


def report(what: str, rows: int, seconds: float, spread: float, note: str = "") -> None:
    rate = f"{rows / seconds:>12,.0f} rows/s" if rows else " " * 19
    print(f"  {what:46} {seconds:9.4f} s ±{spread:7.4f} {rate}  {note}", flush=True)


def main(names: list[str]) -> int:
    unknown = set(names) - set(SUITES)
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(SUITES)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}")
    for name in names or list(SUITES):
        print(f"\n{name}")
        with tempfile.TemporaryDirectory() as folder:
            SUITES[name](Path(folder), measure, report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
