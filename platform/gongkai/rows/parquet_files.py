"""The one way Parquet is written here: sorted, compressed, with page checksums, repeatable."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.columns import identifier
from gongkai.rows.connections import arrow_batches

ROW_GROUP_ROWS = 122_880


def arrow_schema(fields: Iterable[Field]) -> pa.Schema:
    """Return the Arrow schema that our Parquet files have; it carries no metadata."""
    return pa.schema([pa.field(field.name, _arrow_type(field)) for field in fields])


def write_typed_parquet(
    connection: duckdb.DuckDBPyConnection, relation: str, schema: TableSchema, path: Path
) -> int:
    """Write the typed ``relation`` sorted to ``path``; return the number of rows.

    The order is that of the primary key, then of all columns, empty cells first; the same
    rows in any order give the same bytes. An empty text becomes an empty cell.
    """
    columns = ", ".join(stored_sql(field) for field in schema)
    rest = [name for name in schema.names if name not in schema.primary_key]
    order = ", ".join(
        f"{identifier(name)} ASC NULLS FIRST" for name in (*schema.primary_key, *rest)
    )
    sql = f"SELECT * FROM (SELECT {columns} FROM {relation}) ORDER BY {order}"
    return write_batches(arrow_batches(connection, sql), schema, path)


def write_batches(
    batches: Iterable[pa.RecordBatch], schema: Iterable[Field], target: Path | BinaryIO
) -> int:
    """Write ``batches`` as they come to ``target``; return the number of rows."""
    wanted = arrow_schema(schema)
    count = 0
    with pq.ParquetWriter(
        target,
        wanted,
        compression="zstd",
        compression_level=3,
        write_page_checksum=True,
        store_schema=False,
        use_dictionary=True,
        version="2.6",
        data_page_version="1.0",
    ) as writer:
        for group in _row_groups(batches, wanted):
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            count += group.num_rows
    return count


def _row_groups(batches: Iterable[pa.RecordBatch], wanted: pa.Schema) -> Iterator[pa.Table]:
    """Cut the rows into equal groups: how the batches fell must not show in the bytes."""
    held: list[pa.Table] = []
    rows = 0
    for batch in batches:
        held.append(pa.Table.from_batches([batch]).select(wanted.names).cast(wanted))
        rows += batch.num_rows
        while rows >= ROW_GROUP_ROWS:
            joined = pa.concat_tables(held)
            yield joined.slice(0, ROW_GROUP_ROWS).combine_chunks()
            held = [joined.slice(ROW_GROUP_ROWS)]
            rows -= ROW_GROUP_ROWS
    if rows:
        yield pa.concat_tables(held).combine_chunks()


def _arrow_type(field: Field) -> pa.DataType:
    match field.type:
        case FieldType.INTEGER:
            return pa.int64()
        case FieldType.NUMBER:
            return pa.float64() if field.decimals is None else pa.decimal128(36, field.decimals)
        case FieldType.BOOLEAN:
            return pa.bool_()
        case FieldType.DATE:
            return pa.date32()
        case FieldType.DATETIME:
            return pa.timestamp("us", tz="UTC")
    return pa.string()


def stored_sql(field: Field) -> str:
    """Leave one way to write each value: no empty text, no negative zero."""
    name = identifier(field.name)
    if field.type in (FieldType.STRING, FieldType.LIST):
        return f"nullif({name}, '') AS {name}"
    if field.type is FieldType.NUMBER and field.decimals is None:
        return f"CASE WHEN {name} = 0 THEN 0 ELSE {name} END AS {name}"
    return name
