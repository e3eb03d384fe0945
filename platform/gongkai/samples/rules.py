"""Row rules on one row of typed values: tell whether they hold, and mend what does not."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from gongkai.domain.expressions import Expression, Literal, Name, Operation

_ORDER = {"<": "<", "<=": "<=", ">": "<", ">=": "<="}


def evaluate(node: Expression, row: Mapping[str, Any]) -> Any:
    """Return the value of an expression over typed values; None where an operand is empty."""
    if isinstance(node, Name):
        return row.get(node.field)
    if isinstance(node, Literal):
        return Decimal(str(node.value)) if isinstance(node.value, float) else node.value
    match node.operator, node.operands:
        case "present", (operand,):
            return evaluate(operand, row) is not None
        case "empty", (operand,):
            return evaluate(operand, row) is None
        case "and", operands:
            values = [evaluate(operand, row) for operand in operands]
            return False if False in values else None if None in values else True
        case "or", operands:
            values = [evaluate(operand, row) for operand in operands]
            return True if True in values else None if None in values else False
    values = [evaluate(operand, row) for operand in node.operands]
    return None if None in values else _apply(node.operator, values)


def _apply(operator: str, values: list[Any]) -> Any:
    first, *rest = values
    match operator:
        case "not":
            return not first
        case "neg":
            return -first
        case "in":
            return first in rest
        case "abs":
            return abs(first)
        case "length":
            return len(first)
        case "round":
            return round(Decimal(first), int(rest[0]))
        case "least":
            return min(values)
        case "greatest":
            return max(values)
        case "/":
            return None if rest[0] == 0 else Decimal(first) / Decimal(rest[0])
    other = rest[0]
    return {
        "+": lambda: first + other,
        "-": lambda: first - other,
        "*": lambda: first * other,
        "=": lambda: first == other,
        "<>": lambda: first != other,
        "<": lambda: first < other,
        "<=": lambda: first <= other,
        ">": lambda: first > other,
        ">=": lambda: first >= other,
    }[operator]()


def mend(node: Expression, row: dict[str, Any], settled: set[str], random: Random) -> None:
    """Change ``row`` so that a plain rule holds: an equality, a sum, an order, a tolerance.

    What a rule has fixed is ``settled``: a later sum is divided among its parts instead.
    """
    match node:
        case Operation("and", operands):
            for operand in operands:
                mend(operand, row, settled, random)
        case Operation("=", (Name(field), right)) | Operation("=", (right, Name(field))):
            _equate(field, right, row, settled, random)
        case Operation(("<" | "<=" | ">" | ">="), (Name(left), Name(right))):
            if evaluate(node, row) is False:
                row[left], row[right] = row[right], row[left]
        case Operation(
            "<=", (Operation("abs", (Operation("-", (Name(field), right)),)), Literal())
        ):
            value = evaluate(right, row)
            if value is not None:
                row[field] = round(Decimal(value), 4).normalize()


def _equate(
    field: str, right: Expression, row: dict[str, Any], settled: set[str], random: Random
) -> None:
    value = evaluate(right, row)
    parts = _summands(right)
    if field in settled and parts:
        _divide(row[field], parts, row, random)
    elif value is not None:
        row[field] = value
        settled.add(field)


def _summands(node: Expression) -> list[str]:
    """Return the field names of a plain sum, or nothing."""
    match node:
        case Name(field):
            return [field]
        case Operation("+", (left, right)):
            before, after = _summands(left), _summands(right)
            return before + after if before and after else []
    return []


def _divide(total: Any, parts: list[str], row: dict[str, Any], random: Random) -> None:
    left = total
    for name in parts[:-1]:
        share = type(total)(int(left * Decimal(str(random.uniform(0.2, 0.6)))))
        row[name] = share
        left -= share
    row[parts[-1]] = left
