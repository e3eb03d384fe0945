"""Connections to DuckDB that can read one file of ours and do nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from gongkai.rows.columns import identifier, literal

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 16_384
_CLOSED = (
    "autoinstall_known_extensions",
    "autoload_known_extensions",
    "allow_community_extensions",
    "allow_unsigned_extensions",
    "allow_persistent_secrets",
)


class Cursors(Protocol):
    """What reads: a connection, or anything that gives cursors which see the same relations."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor, which the caller closes."""
        ...


@dataclass(frozen=True)
class SharedTables:
    """A connection whose cursors all see some Arrow tables; registered ones are each its own."""

    connection: duckdb.DuckDBPyConnection
    tables: Mapping[str, "pa.Table"]

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor, which the caller closes."""
        cursor = self.connection.cursor()
        for name, table in self.tables.items():
            cursor.register(name, table)
        return cursor


@contextmanager
def locked_connection(
    path: Path,
    *,
    place_column: str | None = None,
    memory_limit: str = "1GB",
    threads: int = 2,
    timeout_seconds: float | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a fresh in-memory connection with a view ``data`` of the Parquet file at ``path``.

    ``place_column`` adds the place of each row in the file, from 0, under that name. Nothing
    else can be read, nothing can be written or loaded, and no setting can be changed any
    more. The order of the statements matters (RELIABILITY.md, Q2).
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            **dict.fromkeys(_CLOSED, "false"),
            "threads": threads,
            "memory_limit": memory_limit,
        },
    )
    place = f", file_row_number AS {identifier(place_column)}" if place_column else ""
    try:
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET python_scan_all_frames = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET temp_directory = ''")
        connection.execute(f"SET allowed_paths = [{literal(str(path))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute(
            f"CREATE VIEW data AS SELECT *{place} "
            f"FROM read_parquet({literal(str(path))}, hive_partitioning = false)"
        )
        if timeout_seconds is not None:
            connection.execute(f"SET max_execution_time = {max(1, int(timeout_seconds * 1000))}")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def arrow_batches(
    connection: Cursors, sql: str, *, size: int = BATCH_ROWS
) -> Iterator["pa.RecordBatch"]:
    """Yield the answer of ``sql`` as Arrow batches, in its order, without holding it whole.

    Runs on a cursor of its own, so several readings of one connection may be open at once.
    """
    with connection.cursor() as cursor:
        reader = cursor.sql(sql).to_arrow_reader(size)
        for batch in reader:
            if batch.num_rows:
                yield batch
