"""Promises of the house: what must be true of the tree whatever else changes."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gongkai
from gongkai import errors, hookspecs
from gongkai.plugins import load_plugins

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("platform", "plugins", "feeds")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
]
# Files and functions that are longer than they should be; these lists may only shrink.
LONG_FILES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()


def test_the_source_folders_hide_no_module_of_the_standard_library():
    for folder in ("platform", "plugins", "feeds"):
        assert not (ROOT / folder / "__init__.py").exists()
    command = [sys.executable, "-c", "import platform, uuid; print(platform.python_version())"]
    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout


def test_every_file_is_short():
    long = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    }
    assert long == LONG_FILES


def test_every_function_is_short():
    long = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60:
                long.add(f"{path.relative_to(ROOT).as_posix()}:{node.name}")
    assert long == LONG_FUNCTIONS


def test_the_public_names_are_what_plugins_were_promised():
    assert all(hasattr(gongkai, name) for name in gongkai.__all__)
    assert gongkai.HOOK_API == 1


def test_every_hook_is_documented_and_used_by_a_shipped_plugin():
    specs = {
        name: value
        for name, value in vars(hookspecs).items()
        if callable(value) and hasattr(value, f"{hookspecs.PROJECT}_spec")
    }
    used = {hook for plugin in load_plugins().loaded for hook in plugin.hooks}

    assert len(specs) == 11
    assert all(len(spec.__doc__ or "") > 40 for spec in specs.values())
    assert used == set(specs)


def test_error_codes_are_unique_and_kebab_case():
    kinds = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.GongkaiError)
    ]
    codes = [kind.code for kind in kinds]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    drawn = errors.__doc__ or ""
    assert all(kind.__name__ in drawn for kind in kinds)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_files_have_hashes_and_name_no_host(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][^\s=]*==", text, flags=re.MULTILINE)

    assert len(pins) > 30
    assert "://" not in text
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text.strip()))


def test_no_commit_names_this_machine():
    # Written in pieces, so that this file does not name them either.
    hosts = ["files.python" + "hosted.org", "pypi.org/" + "simple", "registry.npm" + "js.org"]
    places = ["/wo" + "rk/", "/opt/" + "wheels", "/ro" + "ot/"]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        found = [word for word in hosts + places if word in text]
        assert not found, f"{name} names {found}"
