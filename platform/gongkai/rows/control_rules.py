"""Row rules that say one field is the sum of others."""

from collections.abc import Iterator
from dataclasses import dataclass

from gongkai.domain.expressions import Expression, Name, Operation, parse_expression
from gongkai.domain.table_schema import TableSchema


@dataclass(frozen=True)
class SumRule:
    """Fields of a row of which each can be told from the others."""

    members: tuple[str, ...]


def sum_rules(schema: TableSchema) -> Iterator[SumRule]:
    """Yield the rules of ``schema`` that hold a row's fields together by adding up."""
    for rule in schema.rules:
        try:
            tree = parse_expression(rule.expect)
        except ValueError:
            continue
        members = tuple(dict.fromkeys(_summed(tree)))
        if len(members) > 2 and all(name in schema.by_name for name in members):
            yield SumRule(members)


def _summed(tree: Expression) -> list[str]:
    """Return the fields of ``a + b == c`` or ``abs(a + b - c) <= 0.01``; [] for anything else."""
    if not isinstance(tree, Operation):
        return []
    if tree.operator == "=":
        left, right = (_terms(side) for side in tree.operands)
        return [] if left is None or right is None else [*left, *right]
    if tree.operator in ("<", "<="):
        first = tree.operands[0]
        if isinstance(first, Operation) and first.operator == "abs":
            return _terms(first.operands[0]) or []
    return []


def _terms(tree: Expression) -> list[str] | None:
    """Return the fields that are added or subtracted; None where anything else stands."""
    if isinstance(tree, Name):
        return [tree.field]
    if isinstance(tree, Operation) and tree.operator in ("+", "-"):
        sides = [_terms(side) for side in tree.operands]
        if all(side is not None for side in sides):
            return [name for side in sides for name in side or ()]
    return None
