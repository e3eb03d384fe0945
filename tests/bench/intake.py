"""Validation and load, beside frictionless and beside DuckDB's CSV to Parquet alone."""

from pathlib import Path

import duckdb
import frictionless

from gongkai.services.intake import IntakeLimits, read_file
from tests.bench.tables import ITEM, write_prices

ROWS, PEER_ROWS = 300_000, 20_000


def run(folder, measure, report):
    path = write_prices(folder / "prices.csv", ROWS)
    counter = iter(range(1000))

    def ours():
        work = folder / f"work{next(counter)}"
        work.mkdir()
        intake = read_file(path, ITEM, filename=path.name, work_dir=work, limits=IntakeLimits())
        assert not intake.report.blocks, intake.report.as_json()
        ours.peak = intake.peak_memory_bytes

    def limit():
        target = folder / "limit.parquet"
        duckdb.sql(f"COPY (FROM read_csv('{path}')) TO '{target}' (FORMAT parquet)")

    seconds, spread = measure(ours)
    report("gongkai: validate + load", ROWS, seconds, spread, f"{ours.peak / 1e6:.0f} MB peak")
    floor, floor_spread = measure(limit)
    report("limit: DuckDB, CSV to Parquet", ROWS, floor, floor_spread, f"{seconds / floor:.1f} x")
    small = write_prices(folder / "small.csv", PEER_ROWS)
    schema = frictionless_schema()
    peer, peer_spread = measure(lambda: frictionless_validate(small, schema), 1)
    ratio = (ROWS / seconds) / (PEER_ROWS / peer)
    report("peer: frictionless validate", PEER_ROWS, peer, peer_spread, f"gongkai {ratio:.0f} x")


def frictionless_schema():
    fields = []
    for field in ITEM.table_schema:
        kind = "string" if field.type == "list" else field.type.value
        fields.append({"name": field.name, "type": kind, "constraints": field.constraints()})
    return {"fields": fields, "primaryKey": list(ITEM.table_schema.primary_key)}


def frictionless_validate(path: Path, schema):
    resource = frictionless.Resource(
        path=path.name,
        basepath=str(path.parent),
        schema=frictionless.Schema.from_descriptor(schema),
    )
    assert resource.validate().valid
