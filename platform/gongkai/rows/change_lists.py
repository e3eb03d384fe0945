"""The changes between two releases, read along both files at once: lazily, in constant memory.

Both files are sorted by primary key, so a stretch of the one and the stretch of the other that
ends at the same key hold all that can be told of these rows.
"""

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gongkai.domain.records import BadCursor, QueryTooExpensive
from gongkai.domain.table_schema import TableSchema
from gongkai.rows.change_sql import KINDS, NEWER, OLDER, PLACE, ChangeSql
from gongkai.rows.connections import BATCH_ROWS
from gongkai.rows.lines import csv_record, text_bytes
from gongkai.rows.query import DEFAULT_LIMITS, QueryLimits

CSV_COLUMNS = ("_change", "_field", "_before", "_after")
_LAST = "last_of_either"


@dataclass(frozen=True)
class ChangeSummary:
    """How many rows came, went and changed, and in how many rows each field did.

    ``counts`` has added, removed, changed and extended: a row is changed when a field that
    both releases hold alike has another value, and extended when only a column that came, or
    now holds another type, has one. ``samples`` are the first changes of each kind, with
    every value as the text that ``data.csv`` has for it, None where empty.
    """

    counts: Mapping[str, int]
    fields: Mapping[str, int]
    samples: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some of the changes by key: a JSON array or lines of CSV, and the way to the next."""

    body: bytes
    count: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: rows passed in either file, and changes passed behind these."""

    old: int = 0
    new: int = 0
    skip: int = 0


class ChangeList:
    """The changes that lead from one Parquet file of ours to another; ``open_changes`` opens it.

    Every reading may raise QueryTooExpensive, except ``csv_chunks``, which takes the time it
    needs.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: tuple[Path, Path],
        sql: ChangeSql,
        mark: str,
        limits: QueryLimits,
    ) -> None:
        self._connection = connection
        self._files = files
        self._sql = sql
        self._mark = mark
        self._limits = limits

    @property
    def csv_header(self) -> bytes:
        """The first line of the CSV form; no field's name begins as its own columns do."""
        return csv_record([CSV_COLUMNS[0], *self._sql.key, *CSV_COLUMNS[1:]])

    def summary(self, *, samples: int = 0) -> ChangeSummary:
        """Count everything in one pass, and keep the first ``samples`` changes of each kind."""
        counts = [0] * (len(KINDS) + len(self._sql.counted))
        found: dict[str, list[Mapping[str, Any]]] = {kind: [] for kind in KINDS}
        with self._bounded():
            for _ in self._timed(_Place()):
                [here] = self._connection.execute(self._sql.summary).fetchall()
                counts = [count + int(more) for count, more in zip(counts, here, strict=True)]
                for kind, some in zip(KINDS, here[: len(KINDS)], strict=True):
                    if some and len(found[kind]) < samples:
                        found[kind] += self._samples(kind, samples - len(found[kind]))
        fields = zip(self._sql.counted, counts[len(KINDS) :], strict=True)
        return ChangeSummary(
            counts=dict(zip(KINDS, counts[: len(KINDS)], strict=True)),
            fields={name: count for name, count in fields if count},
            samples={kind: tuple(entries) for kind, entries in found.items()},
        )

    def json_page(self, *, limit: int, cursor: str | None = None) -> ChangePage:
        """Return up to ``limit`` changes as a JSON array. Raises BadCursor."""
        body, count, following = self._page(self._sql.json, limit, cursor)
        return ChangePage(b"[" + b",".join(body) + b"]", count, following)

    def csv_page(self, *, limit: int, cursor: str | None = None) -> ChangePage:
        """Return up to ``limit`` changes as CSV with its header. Raises BadCursor."""
        body, count, following = self._page(self._sql.csv, limit, cursor)
        return ChangePage(self.csv_header + b"".join(body), count, following)

    def csv_chunks(self) -> Iterator[bytes]:
        """Yield all changes as CSV, a stretch of the files at a time."""
        yield self.csv_header
        for _ in self._stretches(_Place()):
            # What is registered is seen by this connection only, not by a cursor of it.
            answer = self._connection.sql(self._sql.entries(self._sql.csv))
            for batch in answer.to_arrow_reader(BATCH_ROWS):
                yield bytes(text_bytes(batch.column(0)))

    def _page(
        self, text: str, limit: int, cursor: str | None
    ) -> tuple[list[bytes], int, str | None]:
        begun = self._opened(cursor)
        found: list[bytes] = []
        skip = begun.skip
        with self._bounded():
            for start in self._timed(begun):
                wanted = limit + 1 - len(found)
                sql = f"{self._sql.entries(text)} LIMIT {wanted} OFFSET {skip}"
                entries = [row[0].encode() for row in self._connection.execute(sql).fetchall()]
                if len(entries) == wanted:
                    place = _Place(start.old, start.new, skip + wanted - 1)
                    return found + entries[:-1], limit, self._sealed(place)
                found += entries
                # All that was to be passed may not stand in the first stretch.
                skip = max(0, skip - self._count_entries()) if skip and not entries else 0
        return found, len(found), None

    def _count_entries(self) -> int:
        return self._one(f"SELECT count(*) FROM ({self._sql.entries('1')})")

    def _one(self, sql: str) -> int:
        [(count,)] = self._connection.execute(sql).fetchall()
        return int(count)

    def _samples(self, kind: str, count: int) -> list[Mapping[str, Any]]:
        sql = f"{self._sql.entries(self._sql.json, kind=kind)} LIMIT {count}"
        texts = [row[0] for row in self._connection.execute(sql).fetchall()]
        # Numbers are shown as they are written: 240.00 is no 240.0.
        return [json.loads(text, parse_float=str, parse_int=str) for text in texts]

    def _timed(self, start: _Place) -> Iterator[_Place]:
        """Go along the stretches, and give up when the time is over."""
        ends = time.monotonic() + self._limits.timeout_seconds
        for place in self._stretches(start):
            yield place
            if time.monotonic() > ends:
                raise self._too_expensive()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise self._too_expensive() from error

    def _too_expensive(self) -> QueryTooExpensive:
        return QueryTooExpensive(
            f"Comparing the two releases used up its {self._limits.timeout_seconds:g} seconds or "
            "its memory; take all changes as format=csv, or download both files."
        )

    def _stretches(self, start: _Place) -> Iterator[_Place]:
        """Make ``older`` and ``newer`` the next stretches of both files; yield where they begin.

        Without a common key all of the old file comes first, then all of the new.
        """
        with _Side(self._files[0], start.old) as old, _Side(self._files[1], start.new) as new:
            while old.fill() | new.fill():
                place = _Place(old.place, new.place)
                if self._sql.is_matched:
                    rows = self._cut(old, new)
                else:
                    rows = (len(old), 0) if len(old) else (0, len(new))
                self._connection.register(OLDER, old.take(rows[0]))
                self._connection.register(NEWER, new.take(rows[1]))
                yield place

    def _cut(self, old: "_Side", new: "_Side") -> tuple[int, int]:
        """Return how many rows of each side come up to a key that both have reached."""
        if not old.has_more and not new.has_more:
            return len(old), len(new)
        if not old.has_more:
            return self._up_to(old, new), len(new)
        if not new.has_more:
            return len(old), self._up_to(new, old)
        ahead = self._up_to(old, new)
        if ahead < len(old):
            return ahead, len(new)
        return len(old), self._up_to(new, old)

    def _up_to(self, side: "_Side", other: "_Side") -> int:
        """Return how many rows of ``side`` do not come after the last one of ``other``."""
        self._connection.register(OLDER, side.rows)
        self._connection.register(_LAST, other.rows.slice(len(other) - 1))
        return self._one(self._sql.not_after(OLDER, _LAST))

    def _sealed(self, place: _Place) -> str:
        text = f"{self._mark}{place.old:x}.{place.new:x}.{place.skip:x}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _opened(self, cursor: str | None) -> _Place:
        if cursor is None:
            return _Place()
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
            mark, numbers = text[:16], [int(part, 16) for part in text[16:].split(".")]
            place = _Place(*numbers)
        except (ValueError, TypeError, binascii.Error):
            mark, numbers, place = "", [-1], _Place()
        if mark != self._mark or not all(0 <= number < 2**40 for number in numbers):
            raise BadCursor(
                "The cursor belongs to another pair of releases; "
                "ask again without it, from the first page."
            )
        return place


class _Side:
    """One file, read forward by row groups: the rows at hand, and where they begin."""

    def __init__(self, path: Path, place: int) -> None:
        self._file = pq.ParquetFile(path, page_checksum_verification=True)
        self._group = 0
        self.place = 0
        self.rows = self._file.schema_arrow.empty_table()
        while self.has_more and place - self.place >= self._size():
            self.place += self._size()
            self._group += 1
        if self.has_more and place > self.place:
            self.fill()
            self.take(place - self.place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def has_more(self) -> bool:
        """Whether the file goes on behind the rows at hand."""
        return self._group < self._file.num_row_groups

    def fill(self) -> bool:
        """Read on where no row is at hand; tell whether one is now."""
        if not len(self) and self.has_more:
            self.rows = self._file.read_row_group(self._group)
            self._group += 1
        return bool(len(self))

    def take(self, count: int) -> pa.Table:
        """Return the next ``count`` rows with their places, and go behind them."""
        places = pa.array(range(self.place, self.place + count), pa.int64())
        taken = self.rows.slice(0, count).append_column(PLACE, places)
        self.rows = self.rows.slice(count)
        self.place += count
        return taken

    def _size(self) -> int:
        return int(self._file.metadata.row_group(self._group).num_rows)


@contextmanager
def open_changes(
    old: Path,
    new: Path,
    old_schema: TableSchema,
    new_schema: TableSchema,
    *,
    pair: str,
    limits: QueryLimits = DEFAULT_LIMITS,
) -> Iterator[ChangeList]:
    """Open the changes from ``old`` to ``new``, Parquet of ours whose bytes were verified.

    ``pair`` names the two releases; a cursor works only with the pair it began with.
    """
    connection = duckdb.connect(
        ":memory:", config={"threads": limits.threads, "memory_limit": limits.memory_limit}
    )
    try:
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET temp_directory = ''")
        connection.execute("SET enable_external_access = false")
        longest = max(1, int(limits.timeout_seconds * 1000))
        connection.execute(f"SET max_execution_time = {longest}")
        connection.execute("SET lock_configuration = true")
        mark = hashlib.sha256(f"changes-1\n{pair}".encode()).hexdigest()[:16]
        sql = ChangeSql(old_schema, new_schema)
        yield ChangeList(connection, (old, new), sql, mark, limits)
    finally:
        connection.close()
