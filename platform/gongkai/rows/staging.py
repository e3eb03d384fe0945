"""From raw text to checked rows: exact clean-ups, each one counted, then types.

The relation ``checked`` has the row number ``_row``, each field typed under its own name,
and beside each typed one its text under ``name!text`` (no key holds an exclamation mark);
``typed`` has the row number and the typed fields alone.
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.columns import identifier
from gongkai.rows.damage import Advice
from gongkai.rows.problem_lists import Collector
from gongkai.rows.raw import RawTable
from gongkai.rows.sheet_columns import column_letters

if TYPE_CHECKING:
    from gongkai.rows.coded_rows import CodedRows

CHECKED = "checked"
TYPED = "typed"
ROW = "_row"
INVALID = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{80}-\x{9F}\x{FFFD}-\x{FFFF}]"
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd-\uffff]")


@dataclass(frozen=True)
class Staged:
    """What staging found: the number of records, the clean-ups, and problems of cells.

    ``advice`` is, by field, that on texts which stay wrong. ``rows`` are given where the
    cells are in memory.
    """

    row_count: int
    normalized: dict[str, Any]
    problems: tuple[ProblemGroup, ...]
    advice: Mapping[str, Mapping[str, Advice]]
    rows: "CodedRows | None" = None


@dataclass(frozen=True)
class Bad:
    """Cells that no file format can carry: for each field (row, what was found)."""

    too_long: MutableMapping[str, Sequence[tuple[int, int]]]
    invalid: MutableMapping[str, Sequence[tuple[int, str]]]


def is_text(field: Field) -> bool:
    """Tell whether a field's value is its text."""
    return field.type in (FieldType.STRING, FieldType.LIST)


def text_column(field: Field) -> str:
    """Return the quoted column of ``checked`` that holds the field's text."""
    return identifier(field.name if is_text(field) else f"{field.name}!text")


def cell_problems(
    raw: RawTable, unnamed: Sequence[int], bad: Bad, *, cell_chars: int, listed: int
) -> tuple[ProblemGroup, ...]:
    """Report columns that hold data without a name, cells too long, characters of no use."""
    problems = Collector(listed)
    for number in unnamed:
        letters = column_letters(number)
        row = raw.header_row or None
        problems.add("unnamed-column", row=row, field=letters, column=letters, of_header=True)
    for name in raw.header.columns:
        for row, length in bad.too_long.get(name or "", ()):
            problems.add("cell-too-long", row=row, field=name, found=length, limit=cell_chars)
        for row, char in bad.invalid.get(name or "", ()):
            found = f"U+{ord(char):04X}"
            problems.add("control-character", row=row, field=name, found=found)
    return problems.groups()


def first_invalid(text: str) -> str:
    """Return the first character of ``text`` that no format can carry."""
    found = _INVALID.search(text)
    return found[0] if found else ""
