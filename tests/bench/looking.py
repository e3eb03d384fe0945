"""Tables of text put before the confidentiality checks, without a file between."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup
from gongkai.domain.table_schema import Field
from gongkai.rows.columns import identifier, storage_type
from gongkai.rows.store import TableRows
from gongkai.testing import make_item
from gongkai_confidentiality import check_confidentiality


def item_of_headers(
    headers: Sequence[str], flags: Mapping[str, Mapping[str, Any]] | None = None, **given: Any
) -> DisclosureItem:
    """Return an item of text fields titled as the headers, keyed by the row."""
    fields = [
        {
            "name": f"f{at}",
            "type": "string",
            "title": {"zh": header, "en": header},
            "example": "A",
            **(flags or {}).get(header, {}),
        }
        for at, header in enumerate(headers)
    ]
    schema = {"primaryKey": ["f0"], "fields": fields}
    return make_item(**{"table_schema": schema, **given})


def look(item: DisclosureItem, rows: Sequence[Sequence[str | None]]) -> list[ProblemGroup]:
    """Return what the checks find in ``rows``, whose cells are canonical text."""
    schema = item.table_schema
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder, "t"))) as engine:
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema.names)
        table = pa.table(
            {"_row": pa.array(range(2, len(rows) + 2), pa.int64())}
            | {
                field.name: pa.array([cell or None for cell in column], pa.string())
                for field, column in zip(schema, columns, strict=True)
            }
        )
        engine.register("given", table)
        engine.execute(
            f"CREATE TABLE t AS SELECT _row, {', '.join(map(_typed, schema))} FROM given"
        )
        return list(check_confidentiality(item, TableRows(engine, "t", schema, "_row")))


def _typed(field: Field) -> str:
    name = identifier(field.name)
    return f"CAST({name} AS {storage_type(field)}) AS {name}"
