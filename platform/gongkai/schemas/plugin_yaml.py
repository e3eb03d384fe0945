"""The YAML of a plugin: read, checked, and turned into domain values.

Errors name the file, the line and the key, all of them at once.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from marshmallow import Schema, ValidationError

from gongkai.domain.items import (
    DeadlineRule,
    DisclosureItem,
    InstitutionType,
    RuleLevel,
    ServiceKind,
    SourceGrade,
    TermUnit,
    item_of,
)
from gongkai.domain.text import Text
from gongkai.errors import PluginRefused
from gongkai.schemas.plugin_schemas import (
    DeadlineRulesSchema,
    DisclosureItemSchema,
    InstitutionTypeSchema,
)


def load_institution_type(package: str, name: str) -> InstitutionType:
    """Read an institution type from the file ``name`` of ``package``.

    Raises PluginRefused with every mistake: file, line, key.
    """
    data = _load(files(package) / name, package, InstitutionTypeSchema())
    return InstitutionType(
        key=data["key"],
        title=Text.of(data["title"]),
        description=Text.of(data["description"]),
        service_kinds=frozenset(ServiceKind(kind) for kind in data["service_kinds"]),
        legal_basis=tuple(Text.of(entry) for entry in data["legal_basis"]),
    )


def load_disclosure_items(package: str, folder: str = "items") -> list[DisclosureItem]:
    """Read every ``*.yaml`` of ``folder`` in ``package``, one item a file, by file name.

    Read once in a process. Raises PluginRefused with every mistake: file, line, key.
    """
    return list(_items_of(package, folder))


@cache
def _items_of(package: str, folder: str) -> tuple[DisclosureItem, ...]:
    paths = sorted(
        (path for path in (files(package) / folder).iterdir() if path.name.endswith(".yaml")),
        key=lambda path: path.name,
    )
    mistakes: list[str] = []
    found: list[DisclosureItem] = []
    for path in paths:
        try:
            found.append(item_of(_load(path, package, DisclosureItemSchema())))
        except PluginRefused as error:
            mistakes.append(error.message)
    if mistakes:
        raise PluginRefused("\n".join(mistakes))
    return tuple(found)


def load_deadline_rules(package: str, name: str) -> list[DeadlineRule]:
    """Read deadline rules from the file ``name`` of ``package``, under the key ``rules``."""
    data = _load(files(package) / name, package, DeadlineRulesSchema())
    return [_deadline_rule(entry) for entry in data["rules"]]


def _deadline_rule(entry: Mapping[str, Any]) -> DeadlineRule:
    return DeadlineRule(
        key=entry["key"],
        title=Text.of(entry["title"]),
        trigger=Text.of(entry["trigger"]),
        unit=TermUnit(entry["unit"]),
        source=Text.of(entry["source"]),
        grade=SourceGrade(entry["grade"]),
        description=Text.of(entry["description"]),
        level=RuleLevel(entry.get("level", RuleLevel.DEFAULT)),
        length=entry.get("length"),
        extension_length=entry.get("extension_length"),
        fixed_month_day=entry.get("fixed_month_day"),
        time_of_day=entry.get("time_of_day"),
        days_before=entry.get("days_before", 0),
        actor=Text.of(entry["actor"]) if entry.get("actor") else None,
        article=entry.get("article", ""),
        overrides=tuple(entry.get("overrides", ())),
        regions=tuple(entry.get("regions", ())),
        is_overridable=entry.get("overridable_by_local", False),
        effective_from=_day(entry.get("effective_from")),
        effective_to=_day(entry.get("effective_to")),
        remind_before=tuple(entry.get("remind_before", (10, 5, 1))),
    )


def _day(text: Any) -> date | None:
    return None if text is None else date.fromisoformat(str(text))


def parse_disclosure_item(text: str, *, source: str) -> DisclosureItem:
    """Read one item from YAML text; ``source`` names it in errors."""
    return item_of(_check(text, source, DisclosureItemSchema()))


def _load(path: Traversable, package: str, schema: Schema) -> dict[str, Any]:
    name = f"{package}/{path.name}" if path.name else package
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PluginRefused(f"{name}: cannot be read: {error}") from error
    return _check(text, name, schema)


def _check(text: str, source: str, schema: Schema) -> dict[str, Any]:
    try:
        raw = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PluginRefused(f"{source}:{line}: not YAML: {error.problem}") from error
    try:
        schema.load(raw)
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        lines = [
            f"{source}:{_line_of(root, path)}: {_dotted(path) or '(top)'}: {message}"
            for path, message in _flatten(error.messages)
        ]
        raise PluginRefused("\n".join(lines)) from error
    found: dict[str, Any] = raw
    return found


def _flatten(
    messages: Any, path: tuple[str | int, ...] = ()
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield (path, message) of a marshmallow error tree, in the order of the keys."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            yield from _flatten(below, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flatten(message, path)
    else:
        yield path, str(messages)


def _line_of(node: yaml.Node | None, path: tuple[str | int, ...]) -> int:
    """Return the line of the deepest part of ``path`` that the file has."""
    if node is None:
        return 1
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _dotted(path: tuple[str | int, ...]) -> str:
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).lstrip(".")
