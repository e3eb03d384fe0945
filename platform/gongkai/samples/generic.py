"""Rows for any item, from its table schema alone: each field's example, varied within its rules."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from gongkai.domain.expressions import Expression, Literal, Name, Operation, parse_expression
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.times import SHANGHAI
from gongkai.samples.people import person_name
from gongkai.samples.rules import evaluate, mend
from gongkai.samples.scene import Scene, Values

_PERIOD = re.compile(r"\d{4}(-\d{2}|-Q[1-4]|-H[12])?")
_TRIES = 60


def generic(scene: Scene) -> list[Values]:
    """Return ``size`` rows, or twelve, that pass every check of the table schema.

    Raises ValueError when 60 tries give no further row: then the item wants its own maker.
    """
    schema = scene.item.table_schema
    rows: list[Values] = []
    taken: set[tuple[str, ...]] = set()
    for number in range(scene.size or 12):
        row = _fresh_row(scene, schema, number, taken, rows)
        if row is None:
            if rows and scene.size is None:
                break
            raise ValueError(
                f"no further sample row for {scene.key} keeps its rules; give the item a maker"
            )
        rows.append(row)
    return rows


def _fresh_row(
    scene: Scene,
    schema: TableSchema,
    number: int,
    taken: set[tuple[str, ...]],
    rows: list[Values],
) -> Values | None:
    for attempt in range(_TRIES):
        random = scene.random("generic", number, attempt, scene.period)
        row = {field.name: _value(scene, field, number, random) for field in schema}
        row |= _referred(scene, schema, number + attempt)
        _count_in(schema, row, rows)
        settled: set[str] = set()
        for rule in schema.rules:
            if rule.when is None or evaluate(parse_expression(rule.when), row) is True:
                mend(parse_expression(rule.expect), row, settled, random)
        names = schema.primary_key or schema.names
        keys = [
            ("key", *(str(row[name]) for name in names)),
            *((field.name, str(row[field.name])) for field in schema if field.unique),
        ]
        if not taken.intersection(keys) and _fits(schema, row, rows):
            taken.update(keys)
            return row
    return None


def _value(scene: Scene, field: Field, number: int, random: Random) -> Any:
    if not field.required and not field.required_when and random.random() < 0.12:
        return None
    match field.type:
        case FieldType.BOOLEAN:
            return random.random() < (0.8 if field.example == "true" else 0.2)
        case FieldType.INTEGER | FieldType.NUMBER:
            return _number(scene, field, number, random)
        case FieldType.DATE:
            return scene.period - timedelta(days=random.randint(0, 330))
        case FieldType.DATETIME:
            day = scene.period - timedelta(days=random.randint(0, 60))
            return datetime.combine(day, time(random.randint(8, 17), 30), SHANGHAI)
        case FieldType.LIST:
            words = field.list_values or tuple(field.example.split(field.delimiter))
            kept = sorted(random.sample(range(len(words)), random.randint(1, len(words))))
            return field.delimiter.join(words[place] for place in kept)
    return _string(scene, field, number, random)


def _number(scene: Scene, field: Field, number: int, random: Random) -> Decimal | int:
    example = Decimal(field.example or "1")
    if field.unique or (field.name == scene.item.table_schema.primary_key[-1] and example < 100):
        example, spread = Decimal(number + 1), 1.0
    elif field.name in ("year", "fiscal_year", "report_year", "stat_year"):
        example, spread = Decimal(scene.year), 1.0
    else:
        spread = random.uniform(0.6, 1.4)
    value = example * Decimal(str(round(spread, 3)))
    if field.minimum is not None:
        value = max(value, Decimal(field.minimum))
    if field.maximum is not None:
        value = min(value, Decimal(field.maximum))
    if field.type is FieldType.INTEGER:
        return int(value)
    if field.step is not None:
        return (value // Decimal(field.step)) * Decimal(field.step)
    return round(value, field.decimals if field.decimals is not None else 2)


def _string(scene: Scene, field: Field, number: int, random: Random) -> str:
    if field.categories:
        return random.choice(field.categories).value
    if field.public_official:
        return person_name(scene.seed, scene.institution.slug, scene.key, number)
    if field.pattern is None:
        text = field.example
        if field.unique or field.name in scene.item.table_schema.primary_key:
            text = f"{text}{number + 1}"
        if field.max_length is not None and len(text) > field.max_length:
            text = text[: field.max_length - 4] + f"{number + 1:04d}"
        return text
    if _PERIOD.fullmatch(field.example):
        varied = _period_like(field.example, scene.period, random)
        if re.search(field.pattern, varied):
            return varied
    return _varied(field, random)


def _period_like(example: str, period: date, random: Random) -> str:
    """Return a period of the year of ``period``, not after it, in the example's shape."""
    if len(example) == 4:
        return str(period.year)
    if example[5] == "Q":
        return f"{period.year}-Q{random.randint(1, (period.month + 2) // 3)}"
    if example[5] == "H":
        return f"{period.year}-H{random.randint(1, (period.month + 5) // 6)}"
    return f"{period.year}-{random.randint(1, period.month):02d}"


def _varied(field: Field, random: Random) -> str:
    """Change digits of the example as long as its pattern allows; else the example itself.

    A telephone number stays one that no exchange has given out.
    """
    pattern = re.compile(field.pattern or "")
    if field.public_contact:
        return field.example
    for _ in range(20):
        text = "".join(
            random.choice("0123456789")
            if character.isdigit() and random.random() < 0.6
            else character
            for character in field.example
        )
        if pattern.search(text) and (field.max_length or 9999) >= len(text):
            return text
    return field.example


def _referred(scene: Scene, schema: TableSchema, number: int) -> dict[str, str]:
    """Return foreign keys that exist in the rows of ``context``."""
    found: dict[str, str] = {}
    for key in schema.foreign_keys:
        rows = scene.context.get(key.item)
        if rows:
            row = rows[number % len(rows)]
            found |= {
                name: row[other] for name, other in zip(key.fields, key.item_fields, strict=True)
            }
    return found


def _count_in(schema: TableSchema, row: Values, rows: list[Values]) -> None:
    """Make the row one of those a count rule asks for, while there are too few of them."""
    for rule in schema.counts:
        where = parse_expression(rule.where)
        if isinstance(where, Operation) and where.operator == "=":
            left, right = where.operands
            if (
                isinstance(left, Name)
                and isinstance(right, Literal)
                and rule.at_least > sum(evaluate(where, before) is True for before in rows)
            ):
                row[left.field] = right.value


def _fits(schema: TableSchema, row: Mapping[str, Any], rows: list[Values]) -> bool:
    """Tell whether the row keeps every rule; a row that is a total is not made at all."""
    if any(row[name] is None for name in schema.primary_key if name not in schema.nullable_key):
        return False
    if any(not _within(field, row[field.name]) for field in schema):
        return False
    for rule in schema.rules:
        when = rule.when is None or evaluate(parse_expression(rule.when), row) is True
        if when and evaluate(parse_expression(rule.expect), row) is False:
            return False
    if any(_holds(rule.total, row) for rule in schema.totals):
        return False
    return all(
        rule.at_most is None
        or not _holds(rule.where, row)
        or sum(_holds(rule.where, before) for before in rows) < rule.at_most
        for rule in schema.counts
    )


def _holds(text: str, row: Mapping[str, Any]) -> bool:
    node: Expression = parse_expression(text)
    return evaluate(node, row) is True


def _within(field: Field, value: Any) -> bool:
    if value is None:
        return not field.required
    if not field.is_numeric:
        return True
    return (field.minimum is None or value >= Decimal(field.minimum)) and (
        field.maximum is None or value <= Decimal(field.maximum)
    )
