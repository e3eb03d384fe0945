"""What stands how often in a column, between which bounds, and how small groups are: in SQL."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from gongkai.rows.columns import literal
from gongkai.rows.connections import Cursors, arrow_batches

# How many rows tell whether a column repeats itself, and how often it must.
_LOOKED_AT, _REPEATED = (4096, 65_536), 5


def distinct_texts(
    connection: Cursors, numbered: str, text: str, pattern: str | None
) -> Iterator[tuple[str, int, int]]:
    """Yield (text, rows, first row) of every text of the SQL expression ``text``, unordered.

    A column that repeats itself is grouped before the pattern looks at it, another one after.
    Arrow compiles a pattern ten times as fast as the engine, which does it once a thread.
    """
    where = f"{text} IS NOT NULL"
    is_grouped_first = pattern is None or _repeats(connection, numbered, text)
    if not is_grouped_first:
        where += f" AND regexp_matches({text}, {literal(pattern or '')})"
    sql = (
        f"SELECT {text} AS cell, count(*) AS times, min(_row) AS first FROM {numbered} "
        f"WHERE {where} GROUP BY cell"
    )
    try:
        for batch in arrow_batches(connection, sql):
            found = batch
            if pattern is not None and is_grouped_first:
                found = batch.filter(pc.match_substring_regex(batch.column(0), pattern=pattern))
            cells, times, first = (column.to_pylist() for column in found.columns)
            yield from zip(cells, times, first, strict=True)
    except (duckdb.InvalidInputException, pa.ArrowInvalid) as error:
        raise ValueError(f"{pattern!r} is not a pattern that RE2 takes: {error}") from error


def places(
    connection: Cursors,
    numbered: str,
    text: str,
    texts: Collection[str] | None,
    limit: int,
) -> tuple[int, list[tuple[int, str]]]:
    """Return how many rows hold one of ``texts`` (any text when None), and the first of them."""
    where = f"{text} IS NOT NULL AND {text} <> ''"
    bound: list[Any] = []
    if texts is not None:
        where, bound = f"{text} IN (SELECT unnest(?))", [list(texts)]
    with connection.cursor() as cursor:
        count = f"SELECT count(*) FROM {numbered} WHERE {where}"
        answer = cursor.execute(count, bound).fetchone()
        first = cursor.execute(
            f"SELECT _row, {text} FROM {numbered} WHERE {where} ORDER BY _row LIMIT {int(limit)}",
            bound,
        ).fetchall()
    return (int(answer[0]) if answer else 0), first


def bounds(connection: Cursors, relation: str, column: str) -> tuple[Any, Any] | None:
    """Return the least and the greatest value of ``column``, or None where it is empty."""
    with connection.cursor() as cursor:
        sql = f"SELECT min({column}), max({column}) FROM {relation}"
        answer = cursor.execute(sql).fetchone()
    return None if answer is None or answer[0] is None else (answer[0], answer[1])


def sample(
    connection: Cursors,
    numbered: str,
    texts: Sequence[str],
    count: int,
    size: int,
) -> list[tuple[int, tuple[str | None, ...]]]:
    """Return about ``size`` rows as (row, texts), spread evenly over the table, in order."""
    stride = max(1, -(-count // size))
    sql = f"SELECT _row, {', '.join(texts)} FROM {numbered} WHERE _row % {stride} = 0 ORDER BY _row"
    with connection.cursor() as cursor:
        return [(row[0], row[1:]) for row in cursor.execute(sql).fetchall()]


def small_groups(
    connection: Cursors,
    numbered: str,
    columns: Sequence[str],
    below: int,
    limit: int,
) -> tuple[int, list[tuple[int, int]]]:
    """Return how many rows share all ``columns`` with fewer than ``below``; the first with size.

    Empty cells are alike.
    """
    keys = ", ".join(columns)
    with connection.cursor() as cursor:
        answer = cursor.execute(
            f"SELECT coalesce(sum(size), 0) FROM (SELECT count(*) AS size FROM {numbered} "
            f"GROUP BY {keys} HAVING size < {int(below)})"
        ).fetchone()
        total = int(answer[0]) if answer else 0
        if total == 0:
            return 0, []
        first = cursor.execute(
            f"SELECT _row, size FROM (SELECT _row, count(*) OVER (PARTITION BY {keys}) AS size "
            f"FROM {numbered}) WHERE size < {int(below)} ORDER BY _row LIMIT {int(limit)}"
        ).fetchall()
    return total, first


def _repeats(connection: Cursors, numbered: str, text: str) -> bool:
    """Tell whether a column is short, or its first rows hold few texts often."""
    with connection.cursor() as cursor:
        for size in _LOOKED_AT:
            answer = cursor.execute(
                f"SELECT count(*), count(cell), count(DISTINCT cell) "
                f"FROM (SELECT {text} AS cell FROM {numbered} LIMIT {size})"
            ).fetchone()
            rows, filled, different = answer or (0, 0, 0)
            if rows < size or different * _REPEATED <= filled:
                return True
    return False
