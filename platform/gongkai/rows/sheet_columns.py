"""Columns of a sheet by letter and by number."""

from collections.abc import Sequence
from functools import cache


@cache
def column_number(letters: str) -> int:
    """Return the number of a column from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def field_letters(columns: Sequence[str | None]) -> dict[str, str]:
    """Return the letters of the column of each field; ``columns`` are fields by place."""
    return {
        name: column_letters(number)
        for number, name in enumerate(columns, start=1)
        if name is not None
    }
