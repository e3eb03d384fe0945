"""The lists in ``data/``: what exists in the field, read once."""

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_DATA = files("gongkai.samples") / "data"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``data/{name}.csv``; a missing cell at the end of a line is ``""``."""
    text = (_DATA / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines(), restval=""))


@cache
def texts(name: str) -> dict[str, Any]:
    """Return the TOML document ``data/{name}.toml``."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def listed_items() -> frozenset[str]:
    """Return the keys of the items whose rows are written out in ``data/lists``."""
    names = (path.name for path in (_DATA / "lists").iterdir())
    return frozenset(name.removesuffix(".csv") for name in names if name.endswith(".csv"))
