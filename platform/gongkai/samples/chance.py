"""Chance that repeats: a draw follows from its names alone, never from the order of calls."""

import hashlib
import math
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

EPOCH = date(2021, 1, 1)


def stable_number(*names: object) -> int:
    """Return 64 bits that follow from ``names``; unlike ``hash()``, the same in every process."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def draw(*names: object) -> Random:
    """Return a generator of its own for ``names``."""
    return Random(stable_number(*names))  # noqa: S311 - sample data, no secret depends on it


def share(*names: object) -> float:
    """Return one number in [0, 1) for ``names``."""
    return stable_number(*names) / 2**64


def pick(choices: Sequence[T], *names: object) -> T:
    """Return one of ``choices`` for ``names``."""
    return choices[stable_number(*names) % len(choices)]


def poisson(random: Random, mean: float) -> int:
    """Return a count with this mean; large means by the normal approximation."""
    if mean <= 0:
        return 0
    if mean > 50:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count


def split(total: int, weights: Sequence[float]) -> list[int]:
    """Divide ``total`` by ``weights`` into whole numbers that add up to it."""
    whole = sum(weights)
    parts = [int(total * weight / whole) for weight in weights]
    parts[0] += total - sum(parts)
    return parts


def months_until(period: date) -> list[date]:
    """Return the first days of the months of ``period``'s year up to its own."""
    return [date(period.year, month, 1) for month in range(1, period.month + 1)]


def quarters_until(period: date) -> list[tuple[int, int]]:
    """Return (year, quarter) for the quarters of ``period``'s year up to its own."""
    return [(period.year, quarter) for quarter in range(1, (period.month + 2) // 3 + 1)]


def month_before(month: date, count: int = 1) -> date:
    """Return the first day of the month ``count`` months earlier."""
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def month_end(month: date) -> date:
    """Return the last day of a month."""
    return month_before(month, -1) - timedelta(days=1)


def monday_of(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def changes_until(
    period: date, random: Random, *, each_month: float, since: date = EPOCH
) -> list[date]:
    """Return the month beginnings up to ``period`` at which something changed.

    One draw a month from ``since`` on, so that a later ``period`` only adds to the list.
    """
    found = []
    month = since.replace(day=1)
    while month <= period:
        if random.random() < each_month:
            found.append(month)
        month = month_before(month, -1)
    return found
