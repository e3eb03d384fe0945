"""Which column of a file is which field: by name, by Chinese or by English label."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.check_messages import shorten
from gongkai.rows.problem_lists import Collector, file_problem

_BRACKETED = re.compile(r"^(?P<label>.+?)\s*[(\[【](?P<inside>[^()\[\]【】]*)[)\]】]$")
_MARKS = frozenset({"必填", "选填", "可选", "required", "optional", ""})
_SHOWN = 12
# So many fields a row below the first must name to be taken for the header.
_TELLING = 2
_NAMED = 5
# In so many rows below the first the header is looked for.
HEAD_ROWS = 20


@dataclass(frozen=True)
class HeaderMap:
    """The field of each column (None for one that is none), and what is wrong."""

    columns: tuple[str | None, ...]
    groups: tuple[ProblemGroup, ...]
    absent: frozenset[str]

    @property
    def mapped_count(self) -> int:
        return sum(name is not None for name in self.columns)


class HeaderIndex:
    """Finds the field that a header cell names."""

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        self._exact: dict[str, Field] = {}
        for field in schema:
            for text in (field.title.en, field.title.zh, field.name):
                self._exact.setdefault(fold(text), field)
        # A field's own name always means that field, even if it is another one's label.
        self._exact.update({fold(field.name): field for field in schema})

    def find_field(self, cell: str) -> Field | None:
        """Return the field that ``cell`` names, its unit in brackets or not; or None.

        A bracket that says another unit than the field's is no match: ten thousand yuan
        are not yuan.
        """
        folded = fold(cell)
        if folded in self._exact:
            return self._exact[folded]
        bare = folded.strip("*").strip()
        match = _BRACKETED.match(bare)
        if bare in self._exact or match is None:
            return self._exact.get(bare)
        field = self._exact.get(match["label"].strip("*").strip())
        if field is None or match["inside"].strip() in _MARKS | _units(field):
            return field
        return None if field.unit else field


def _units(field: Field) -> set[str]:
    return {fold(field.unit.zh), fold(field.unit.en)} if field.unit else set()


def fold(text: str) -> str:
    """Return ``text`` as headers are compared: NFKC, trimmed, one blank, no case."""
    plain = unicodedata.normalize("NFKC", text.replace("\ufeff", ""))
    return " ".join(plain.split()).casefold()


def map_headers(
    cells: Sequence[str], schema: TableSchema, *, row: int | None, listed: int
) -> HeaderMap:
    """Map header ``cells`` to fields; report all unknown, missing and repeated ones at once.

    An empty cell is left for the data to decide: a column without any is no column.
    """
    index = HeaderIndex(schema)
    found = [index.find_field(cell) if fold(cell) else None for cell in cells]
    if not any(found):
        return HeaderMap((None,) * len(cells), (_no_header(cells, schema, row),), frozenset())
    problems = Collector(listed)
    first: dict[str, int] = {}
    columns: list[str | None] = []
    for number, (cell, field) in enumerate(zip(cells, found, strict=True), start=1):
        where: dict[str, Any] = {
            "row": row,
            "field": shorten(cell),
            "column": number,
            "of_header": True,
        }
        if field is None:
            if fold(cell):
                problems.add("unknown-column", value=cell, **where)
        elif field.name in first:
            problems.add("duplicate-column", value=cell, first=first[field.name], **where)
        is_first = field is not None and field.name not in first
        columns.append(field.name if field is not None and is_first else None)
        if field is not None:
            first.setdefault(field.name, number)
    absent = [field for field in schema if field.name not in first]
    for field in absent:
        if field.required or _is_key(field, schema):
            problems.add(
                "missing-column",
                row=row,
                field=field.name,
                label=field.title,
                of_header=True,
                name=field.name,
                label_zh=field.title.zh,
                label_en=field.title.en,
            )
    names = frozenset(field.name for field in absent)
    return HeaderMap(tuple(columns), problems.groups(), names)


def find_header_below(
    rows: Iterable[tuple[int, Sequence[str]]], schema: TableSchema
) -> ProblemGroup | None:
    """Return the problem that says which of the numbered ``rows`` is the header; None if none.

    Titles and notes above it are not skipped silently: they may give the unit of a column.
    """
    index = HeaderIndex(schema)
    for number, cells in rows:
        named = {field.name for cell in cells if fold(cell) and (field := index.find_field(cell))}
        if len(named) >= min(_TELLING, len(schema.fields)):
            is_one = number == 2
            return file_problem(
                "header-below",
                row=number,
                line=number,
                found=_some((cell.strip() for cell in cells), _NAMED),
                rows_zh="第 1 行" if is_one else f"第 1 至 {number - 1} 行",
                rows_en="row 1" if is_one else f"rows 1 to {number - 1}",
            )
    return None


def repeats_keys(cells: Sequence[str | None], columns: Sequence[str | None]) -> bool:
    """Tell whether a row only repeats the field names, as row 2 of our template does."""
    pairs = [(cell, name) for cell, name in zip(cells, columns, strict=False) if name]
    return bool(pairs) and all(cell is not None and fold(cell) == name for cell, name in pairs)


def _is_key(field: Field, schema: TableSchema) -> bool:
    return field.name in schema.primary_key and field.name not in schema.nullable_key


def _no_header(cells: Sequence[str], schema: TableSchema, row: int | None) -> ProblemGroup:
    return file_problem(
        "no-header" if row else "no-names",
        row=row,
        line=row,
        found=_some(cell.strip() for cell in cells),
        wanted=_some(field.name for field in schema),
    )


def _some(texts: Iterable[str], most: int = _SHOWN) -> str:
    named = [text for text in texts if text]
    return ", ".join(named[:most]) + (" …" if len(named) > most else "")
