"""The small language of row rules: arithmetic, comparison and logic over field names.

A rule such as ``close_time > open_time`` or ``abs(a + b - total) <= 0.01`` is parsed with
Python's own grammar and reduced to the few nodes below; everything else is refused with the
piece that is not allowed. ``rows/`` compiles the tree to a set-based query. A rule whose
operands are empty says nothing about the row, as in SQL; ``present(x)`` and ``empty(x)``
ask for emptiness itself.
"""

import ast
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

FUNCTIONS = {"abs": 1, "round": 2, "present": 1, "empty": 1, "length": 1, "least": 2, "greatest": 2}
_COMPARISONS = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}

# A field may be named as Python names a keyword (large_equipment.class).
_RESERVED = "|".join(
    sorted(set(keyword.kwlist) - {"and", "or", "not", "in", "None", "True", "False"})
)
_TOKEN = re.compile(rf"""('[^']*'|"[^"]*")|\b({_RESERVED})\b""")
_ESCAPE = "__field"


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the row."""

    field: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, number or truth value."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Operation:
    """``operator`` applied to ``operands``.

    Operators: ``+ - * /``, ``= <> < <= > >=``, ``and or not``, ``in``, ``neg`` and the
    names in FUNCTIONS. The first operand of ``in`` is looked for among the others.
    """

    operator: str
    operands: tuple["Expression", ...]


Expression = Name | Literal | Operation


def parse_expression(text: str) -> Expression:
    """Return the tree of ``text``. Raises ValueError that quotes what is not allowed."""
    escaped = _TOKEN.sub(lambda found: found[1] or found[2] + _ESCAPE, text.strip())
    try:
        tree = ast.parse(escaped, mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not an expression: {error.msg}") from error
    return _reduce(tree.body, text)


def names_in(expression: Expression) -> Iterator[str]:
    """Yield the field names that ``expression`` reads, with repeats."""
    if isinstance(expression, Name):
        yield expression.field
    elif isinstance(expression, Operation):
        for operand in expression.operands:
            yield from names_in(operand)


def _reduce(node: ast.expr, text: str) -> Expression:
    match node:
        case ast.Name(id=name):
            if name in ("true", "false"):
                return Literal(name == "true")
            return Name(name.removesuffix(_ESCAPE))
        case ast.Constant(value=str() | int() | float() as value):
            return Literal(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Operation("neg", (_reduce(operand, text),))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Operation("not", (_reduce(operand, text),))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return Operation(_ARITHMETIC[type(op)], (_reduce(left, text), _reduce(right, text)))
        case ast.BoolOp(op=op, values=values):
            word = "and" if isinstance(op, ast.And) else "or"
            return Operation(word, tuple(_reduce(value, text) for value in values))
        case ast.Compare():
            return _reduce_comparison(node, text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            if len(args) != FUNCTIONS[name]:
                raise ValueError(f"{name}() takes {FUNCTIONS[name]} value(s) in {text!r}")
            return Operation(name, tuple(_reduce(arg, text) for arg in args))
    raise ValueError(f"{ast.unparse(node)!r} is not allowed in the rule {text!r}")


def _reduce_comparison(node: ast.Compare, text: str) -> Expression:
    """Turn ``a == b == c`` into ``a = b and b = c``, and ``x in (1, 2)`` into ``in``."""
    terms: list[Expression] = []
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
            choices = tuple(_reduce(element, text) for element in right.elts)
            term: Expression = Operation("in", (_reduce(left, text), *choices))
            terms.append(Operation("not", (term,)) if isinstance(operator, ast.NotIn) else term)
        elif type(operator) in _COMPARISONS:
            pair = (_reduce(left, text), _reduce(right, text))
            terms.append(Operation(_COMPARISONS[type(operator)], pair))
        else:
            raise ValueError(f"{ast.unparse(node)!r} is not allowed in the rule {text!r}")
        left = right
    return terms[0] if len(terms) == 1 else Operation("and", tuple(terms))
