"""What changed between two releases, row by row, found by one join."""

from pathlib import Path

import duckdb

from gongkai.domain.evolution import ChangeCounts, compare_schemas
from gongkai.domain.table_schema import TableSchema
from gongkai.rows.columns import identifier, literal


def compare(
    old: Path,
    new: Path,
    old_schema: TableSchema,
    new_schema: TableSchema,
    *,
    memory_limit: str = "512MB",
    threads: int = 2,
) -> ChangeCounts:
    """Compare two Parquet files of ours by primary key; the caller has verified both.

    A row is changed when a field that both releases hold alike has another value. With
    another key no row can be told to be the same, so all of them went and came.
    """
    schema = compare_schemas(old_schema, new_schema)
    connection = duckdb.connect(
        ":memory:", config={"threads": threads, "memory_limit": memory_limit}
    )
    try:
        connection.execute("SET temp_directory = ''")
        connection.execute(f"SET allowed_paths = [{literal(str(old))}, {literal(str(new))}]")
        connection.execute("SET enable_external_access = false")
        old_count, new_count = _count(connection, old), _count(connection, new)
        if schema.key_changed or set(schema.retyped) & set(new_schema.primary_key):
            return ChangeCounts(new_count, old_count, 0, schema)
        shared = [
            name
            for name in new_schema.names
            if name in old_schema.by_name and name not in schema.retyped
        ]
        same, changed = _match(connection, old, new, new_schema.primary_key, shared)
    finally:
        connection.close()
    return ChangeCounts(new_count - same, old_count - same, changed, schema)


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    found = connection.execute(f"SELECT count(*) FROM {_table(path)}").fetchone()
    return int(found[0]) if found else 0


def _match(
    connection: duckdb.DuckDBPyConnection,
    old: Path,
    new: Path,
    key: tuple[str, ...],
    shared: list[str],
) -> tuple[int, int]:
    """Return how many rows both have, and how many of those differ."""
    joined = " AND ".join(
        f"a.{identifier(name)} IS NOT DISTINCT FROM b.{identifier(name)}" for name in key
    )
    differing = " OR ".join(
        f"a.{identifier(name)} IS DISTINCT FROM b.{identifier(name)}"
        for name in shared
        if name not in key
    )
    found = connection.execute(
        f"SELECT count(*), count(*) FILTER ({differing or 'false'}) "
        f"FROM {_table(old)} a JOIN {_table(new)} b ON {joined}"
    ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def _table(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, hive_partitioning = false)"
