"""The scoreboard as plain data and as CSV, the same for the API, the pages and the console."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from gongkai.domain.compliance import COUNTED, Counts, Line

FIGURES = ("due", *COUNTED)


def describe_counts(counts: Counts) -> dict[str, Any]:
    """Return counts with their rates, each with its denominator."""
    figures: dict[str, Any] = {name: getattr(counts, name) for name in FIGURES}
    figures["rates"] = {
        name: {
            "numerator": rate.numerator,
            "denominator": rate.denominator,
            "value": rate.value,
        }
        for name, rate in counts.rates.items()
    }
    return figures


def describe_line(line: Line) -> dict[str, Any]:
    """Return a line of the scoreboard."""
    return {"key": line.key, "title": line.title.as_json()} | describe_counts(line.counts)


def write_csv(lines: Iterable[Line]) -> bytes:
    """Return lines as UTF-8 CSV (RFC 4180); a rate is empty where nothing was due."""
    written = io.StringIO()
    out = csv.writer(written)
    rates = ("on_time", "late", "overdue")
    out.writerow(["key", "name_zh", "name_en", *FIGURES, *(f"{name}_rate" for name in rates)])
    for line in lines:
        values = [line.counts.rates[name].value for name in rates]
        out.writerow(
            [
                line.key,
                line.title.zh,
                line.title.en,
                *(getattr(line.counts, name) for name in FIGURES),
                *("" if value is None else value for value in values),
            ]
        )
    return written.getvalue().encode()
