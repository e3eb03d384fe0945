"""Row rules as SQL: the tree of ``domain.expressions`` over typed columns."""

from gongkai.domain.expressions import Expression, Literal, Name, Operation, parse_expression
from gongkai.rows.columns import identifier, literal

_INFIX = {"+", "-", "*", "=", "<>", "<", "<=", ">", ">="}


def expression_sql(text: str) -> str:
    """Return SQL for the rule ``text`` over columns of the same names, typed.

    Division by zero is empty, not an error. Raises ValueError for what is not a rule.
    """
    return _sql(parse_expression(text))


def _sql(node: Expression) -> str:
    if isinstance(node, Name):
        return identifier(node.field)
    if isinstance(node, Literal):
        return _constant(node.value)
    return _operation(node)


def _constant(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return literal(value) if isinstance(value, str) else repr(value)


def _operation(node: Operation) -> str:
    parts = [_sql(operand) for operand in node.operands]
    match node.operator:
        case "and" | "or":
            return "(" + f" {node.operator.upper()} ".join(parts) + ")"
        case "not":
            return f"(NOT {parts[0]})"
        case "neg":
            return f"(-{parts[0]})"
        case "in":
            # One comparison each: an IN list becomes a hash join that loses the row order.
            return "(" + " OR ".join(f"{parts[0]} = {choice}" for choice in parts[1:]) + ")"
        case "/":
            return f"(CAST({parts[0]} AS DOUBLE) / NULLIF({parts[1]}, 0))"
        case "present":
            return f"({parts[0]} IS NOT NULL)"
        case "empty":
            return f"({parts[0]} IS NULL)"
        case operator if operator in _INFIX:
            return f"({parts[0]} {operator} {parts[1]})"
    return f"{node.operator}({', '.join(parts)})"
