"""``python -m tests.corpus.fuzz``: random files through the reader, counted by what came of them."""

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from gongkai.domain.problems import Report
from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.services.intake import read_file
from gongkai.testing import make_field
from tests.corpus.case import ITEM as EVERY_KIND
from tests.corpus.mutants import Mutant, mutant
from tests.rows.tables import item_of_fields

ITEM = item_of_fields(
    make_field("x"),
    make_field("y", type="number"),
    *(field.as_json() for field in EVERY_KIND.table_schema if field.name != "code"),
)
LIMITS = IntakeLimits(memory_bytes=1024 * MIB, cpu_seconds=30, wall_seconds=120)
# What no file may cause: our own code failed, or the process died.
FAILURES = ("exception",)


def of_report(report: Report) -> tuple[str, str]:
    """Return the class of a report, and its codes."""
    codes = sorted({group.code for group in report.groups})
    if {"reader-crashed", "plugin-failed", "rule-unusable"} & set(codes):
        return "exception", " ".join(group.first[0].message.en for group in report.groups)
    if not report.is_fatal:
        return "accepted", " ".join(codes)
    has_place = any(p.row or p.field for group in report.groups for p in group.first)
    return ("reported" if has_place else "refused"), " ".join(codes)


def outcome_of(one: Mutant, folder: Path) -> tuple[str, str]:
    """Read one mutant; return its class and what was said."""
    path = folder / "upload"
    path.write_bytes(one.content)
    work_dir = folder / "work"
    work_dir.mkdir()
    intake = read_file(path, ITEM, filename=one.kind, work_dir=work_dir, limits=LIMITS)
    errors = (work_dir / "stderr.txt").read_text(encoding="utf-8", errors="replace")
    shutil.rmtree(work_dir)
    found, said = of_report(intake.report)
    return found, f"{said}\n{errors}" if found in FAILURES else said


def run(seed: int, first: int, last: int, step: int, seconds: float, keep: str) -> dict[str, Any]:
    """Read mutants ``first``, ``first + step`` … below ``last``, for so long; return the counts."""
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    failures: list[list[str]] = []
    until = time.monotonic() + seconds
    number, read = first, 0
    with tempfile.TemporaryDirectory() as name:
        while number < last and time.monotonic() < until:
            one = mutant(seed, number)
            found, said = outcome_of(one, Path(name))
            counts[found] += 1
            kinds[one.kind] += 1
            codes.update(said.split() if found in ("accepted", "reported", "refused") else ())
            if found in FAILURES:
                failures.append([str(number), one.kind, " ".join(one.ways), found, said[-2000:]])
                if keep:
                    (Path(keep) / f"{seed}-{number}").write_bytes(one.content)
            number += step
            read += 1
    return {
        "read": read,
        "outcomes": dict(counts),
        "kinds": dict(kinds),
        "codes": dict(codes),
        "failures": failures,
    }


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the counts of several workers as one."""
    found: dict[str, Any] = {
        "failures": [failure for part in parts for failure in part["failures"]]
    }
    found["read"] = sum(part["read"] for part in parts)
    for key in ("outcomes", "kinds", "codes"):
        counts: Counter[str] = Counter()
        for part in parts:
            counts.update(part[key])
        found[key] = dict(counts.most_common())
    return found


def main(arguments: list[str]) -> int:
    """Read mutants for a while and print the counts; 1 when a reader failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--count", type=int, default=10**9, help="how many, if time allows")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", default="", help="a folder for the mutants that failed")
    given = parser.parse_args(arguments)
    if given.keep:
        Path(given.keep).mkdir(parents=True, exist_ok=True)
    jobs = [
        (
            given.seed,
            given.first + worker,
            given.first + given.count,
            given.workers,
            given.seconds,
            given.keep,
        )
        for worker in range(given.workers)
    ]
    with multiprocessing.get_context("spawn").Pool(given.workers) as pool:
        found = merged(pool.starmap(run, jobs))
    print(json.dumps({"seed": given.seed, **found}, ensure_ascii=False, indent=1))
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
