"""The language of row rules."""

import pytest

from gongkai.domain.expressions import Literal, Name, Operation, names_in, parse_expression


def test_arithmetic_and_comparison_become_a_tree():
    tree = parse_expression("total == a + 2")

    assert tree == Operation("=", (Name("total"), Operation("+", (Name("a"), Literal(2)))))


def test_a_chain_of_comparisons_becomes_pairs():
    tree = parse_expression("a < b <= c")

    assert tree == Operation(
        "and",
        (Operation("<", (Name("a"), Name("b"))), Operation("<=", (Name("b"), Name("c")))),
    )


def test_a_field_may_be_named_like_a_python_keyword():
    assert list(names_in(parse_expression("class in ('A', 'class') or from > 1"))) == [
        "class",
        "from",
    ]


def test_true_and_false_are_values():
    assert parse_expression("is_primary == true") == Operation(
        "=", (Name("is_primary"), Literal(value=True))
    )


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "a.b",
        "a[0]",
        "lambda: 1",
        "[x for x in y]",
        "open('f')",
        "a if b else c",
        "f'{a}'",
        "a ** 9",
        "round(a)",
        "a is b",
        "None",
        "",
        "a; b",
    ],
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(ValueError, match=r"not allowed|not an expression|takes"):
        parse_expression(text)
