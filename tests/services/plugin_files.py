"""Plugins written for one test, as modules that the child can import."""

import textwrap
from pathlib import Path

import pytest

HEAD = "from gongkai import hookimpl\nGONGKAI_API = 1\n"


def plugin_file(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> str:
    """Write a plugin module and return its name."""
    unique = f"plugin_{name}_{abs(hash(str(folder)))}"
    (folder / f"{unique}.py").write_text(HEAD + textwrap.dedent(source), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return unique
