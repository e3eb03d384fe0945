"""JSON and JSON Lines: flat objects, streamed, with numbers kept as they are written."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb

from gongkai.domain.table_schema import TableSchema
from gongkai.rows.decode import Survey
from gongkai.rows.headers import HeaderIndex, HeaderMap, map_headers
from gongkai.rows.json_shapes import Members, describe_object
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import Collector, Unreadable, refuse
from gongkai.rows.raw import Progress, RawTable, RawWriter

_CHUNK_CHARS = 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NESTED = {True: ("嵌套的对象", "a nested object"), False: ("列表", "a list")}
_CONSTANTS = {True: "true", False: "false", None: None}


class _Constant(ValueError):  # noqa: N818 - a signal of the decoder
    """NaN or an infinity, which JSON does not have."""


def _refuse_constant(text: str) -> None:
    raise _Constant(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=Members, parse_int=str, parse_float=str, parse_constant=_refuse_constant
)


@dataclass
class _Columns:
    """Where each name of an object goes; names are learnt as they come."""

    schema: TableSchema
    limits: IntakeLimits
    names: list[str] = field(default_factory=list)
    places: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._index = HeaderIndex(self.schema)
        self._order = {name: place for place, name in enumerate(self.schema.names)}

    def place(self, name: str) -> int | None:
        """Return the column of a member, or None where no field is named so."""
        if name not in self.places:
            if len(self.names) >= self.limits.columns:
                raise refuse(
                    "too-many-columns", found=f"> {len(self.names)}", limit=self.limits.columns
                )
            found = self._index.find_field(name)
            self.places[name] = None if found is None else self._order[found.name]
            self.names.append(_shown(name))
        return self.places[name]


def load_json(
    connection: duckdb.DuckDBPyConnection,
    survey: Survey,
    schema: TableSchema,
    limits: IntakeLimits,
    *,
    lines: bool,
    progress: Progress | None = None,
) -> RawTable:
    """Load a JSON array or JSON Lines into ``raw``. Raises Unreadable."""
    columns = _Columns(schema, limits)
    problems = Collector(limits.listed)
    writer = RawWriter(connection, len(schema.fields), progress, budget_bytes=limits.held_bytes)
    dropped = 0
    if lines:
        _require_records(survey, schema, limits)
    for number, record in read_records(survey, limits, lines=lines):
        if isinstance(record, Members):
            writer.add(number, _cells(record, number, columns, problems))
        else:
            problems.add("not-an-object", row=number)
            dropped += 1
    cells = writer.finish()
    # Without a single name there is no header to find fault with.
    header = HeaderMap((), (), frozenset())
    if columns.names:
        header = map_headers(columns.names, schema, row=None, listed=limits.listed)
    if not header.mapped_count and columns.names:
        raise Unreadable(*header.groups, *problems.groups())
    return RawTable(
        header=_in_schema_order(header, schema),
        header_row=0,
        cells=cells,
        dropped=dropped,
        problems=problems.groups(),
        details={"format": "jsonl" if lines else "json", "encoding": survey.encoding},
    )


def _require_records(survey: Survey, schema: TableSchema, limits: IntakeLimits) -> None:
    """Refuse one object that is the whole file, unless it is one flat record."""
    window = _Window(survey, limits.line_bytes)
    try:
        found = window.value()
        is_all = not window.peek()
    except Unreadable:
        # The reader of lines says what is wrong, and where.
        return
    finally:
        window.close()
    is_nested = isinstance(found, Members) and any(isinstance(v, list) for _, v in found)
    seen = describe_object(found, schema) if is_all and is_nested else None
    if seen:
        raise refuse("not-an-array", seen_zh=seen.zh, seen_en=seen.en)


def read_records(survey: Survey, limits: IntakeLimits, *, lines: bool) -> Iterator[tuple[int, Any]]:
    """Yield each record with its number; an object comes as ``Members``. Raises Unreadable."""
    return _read_lines(survey) if lines else _read_array(survey, limits)


def _in_schema_order(header: HeaderMap, schema: TableSchema) -> HeaderMap:
    columns = tuple(None if name in header.absent else name for name in schema.names)
    return HeaderMap(columns, header.groups, header.absent)


def _cells(
    record: Members, number: int, columns: _Columns, problems: Collector
) -> list[str | None]:
    cells: list[str | None] = [None] * len(columns.schema.fields)
    if len(dict(record)) < len(record):
        _report_repeats(record, number, problems)
    for name, value in record:
        place = columns.place(name)
        if isinstance(value, str):
            text: str | None = value
            if not value.isascii() and _SURROGATE.search(value):
                at = _shown(name)
                problems.add("control-character", row=number, field=at, found="lone surrogate")
                text = None
        elif isinstance(value, list):
            zh, en = _NESTED[isinstance(value, Members)]
            problems.add("nested-value", row=number, field=_shown(name), seen_zh=zh, seen_en=en)
            text = None
        else:
            text = _CONSTANTS[value]
        if place is not None and cells[place] is None:
            cells[place] = text
    return cells


def _report_repeats(record: Members, number: int, problems: Collector) -> None:
    for name, count in Counter(name for name, _ in record).items():
        if count > 1:
            problems.add("duplicate-name", row=number, field=_shown(name), value=_shown(name))


def _shown(name: str) -> str:
    """Return a name as a report can carry it: half a pair of surrogates is no character."""
    return name.encode("utf-8", "backslashreplace").decode() if _SURROGATE.search(name) else name


def _read_lines(survey: Survey) -> Iterator[tuple[int, Any]]:
    with survey.path.open(encoding="utf-8", newline="\n") as file:
        file.seek(survey.start)
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, _parse_line(line, number)


def _parse_line(line: str, number: int) -> Any:
    text = line.strip()
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        if number == 1 and error.pos >= len(text):
            raise refuse(
                "not-an-array", seen_zh="一个跨行的对象", seen_en="one object over several lines"
            ) from error
        raise refuse("invalid-json", line=number, column=error.colno, reason=error.msg) from error
    except (_Constant, RecursionError) as error:
        raise _unfit(number, 1, error) from error
    if end != len(text):
        raise refuse("invalid-json", line=number, column=end + 1, reason="Extra data")
    return value


def _unfit(line: int, column: int, error: Exception) -> Unreadable:
    reason = "nested too deep" if isinstance(error, RecursionError) else f"{error} is no number"
    return refuse("invalid-json", line=line, column=column, reason=reason)


class _Window:
    """A sliding window of text over a long file, which knows the line it is in."""

    def __init__(self, survey: Survey, limit: int) -> None:
        self._file = survey.path.open(encoding="utf-8", newline="")
        self._file.seek(survey.start)
        self._limit = limit
        self._lines = 0
        self._tail = 0
        self.text = ""
        self.at = 0

    def more(self) -> bool:
        """Read on, at least as much again as is held; tell whether there was more."""
        passed = self.text[: self.at]
        if "\n" in passed:
            self._lines += passed.count("\n")
            self._tail = len(passed) - passed.rfind("\n") - 1
        else:
            self._tail += len(passed)
        held = self.text[self.at :]
        if len(held) > self._limit:
            line, _ = self.position(0)
            raise refuse("line-too-long", line=line, limit=self._limit)
        chunk = self._file.read(max(_CHUNK_CHARS, len(held)))
        self.text, self.at = held + chunk, 0
        return bool(chunk)

    def peek(self) -> str:
        """Return the next character that is not white space, or nothing at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self) -> Any:
        """Return the next JSON value. Raises Unreadable with its place."""
        while True:
            try:
                value, self.at = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                at = error.pos
                if self._is_cut(error):
                    # Reading on moves the window to where the value begins.
                    at -= self.at
                    if self.more():
                        continue
                raise self.refusal(error.msg, at) from error
            except (_Constant, RecursionError) as error:
                raise _unfit(*self.position(self.at), error) from error
            return value

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Tell whether the window's end, not the file, may be what is wrong."""
        near_end = error.pos >= len(self.text) - len('"\\uFFFF\\uFFFF')
        return near_end or error.msg.startswith("Unterminated string")

    def position(self, at: int) -> tuple[int, int]:
        """Return line and column, from 1, of a place in the window."""
        line = self._lines + self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        return line, column + (self._tail if "\n" not in self.text[:at] else 0)

    def refusal(self, reason: str, at: int) -> Unreadable:
        line, column = self.position(at)
        return refuse("invalid-json", line=line, column=column, reason=reason)

    def close(self) -> None:
        self._file.close()


def _read_array(survey: Survey, limits: IntakeLimits) -> Iterator[tuple[int, Any]]:
    window = _Window(survey, limits.line_bytes)
    try:
        if window.peek() != "[":
            raise refuse("not-an-array", seen_zh="别的内容", seen_en="something else")
        window.at += 1
        number = 0
        if window.peek() == "]":
            window.at += 1
        else:
            while True:
                number += 1
                window.peek()
                yield number, window.value()
                mark = window.peek()
                window.at += 1
                if mark == "]":
                    break
                if mark != ",":
                    raise window.refusal("a comma or ] is missing", window.at - 1)
        if window.peek():
            raise window.refusal("Extra data", window.at)
    finally:
        window.close()
