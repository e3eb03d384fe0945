"""Decode, load and check: beside frictionless, and beside DuckDB's CSV to Parquet alone.

The stages of one intake are told apart by what the reading process says while it works. The
gate (the shipped plugins) is measured with it, though no peer has one.
"""

import gzip
import random
import shutil
import sys
import time
from itertools import islice, pairwise
from pathlib import Path

import duckdb
import frictionless

from gongkai.services.intake import IntakeLimits, read_file
from gongkai.testing import make_field, make_item
from tests.bench.tables import ITEM, write_prices

ROOT = Path(__file__).parents[2]
FLUSIGHT = ROOT.parent / "shared/data/cdc_big_flusight_baseline/flusight_baseline_quantiles.csv.gz"
PEER_ROWS = 20_000
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def run(folder, measure, report):
    path, item, rows = flusight(folder) or prices(folder, 1_000_000)
    beside_peers(folder, path, item, rows, measure, report)
    for what, made in (("1,000 institutions × their prices", shared), ("each code once", prices)):
        print(f"  {what}")
        for rows in SIZES:
            path, item, _ = made(folder, rows)
            tell(folder, path, item, rows, measure, report, 3 if rows <= 1_000_000 else 1)
            path.unlink()
    path, item, rows = free_texts(folder, 1_000_000_000)
    size = path.stat().st_size
    print(f"  a file of {size / 2**30:.2f} GiB of text that never repeats")
    tell(folder, path, item, rows, measure, report, 1)


def beside_peers(folder, path, item, rows, measure, report):
    """Measure one file against both peers in this run."""
    checked = tell(folder, path, item, rows, measure, report)
    kinds = {f.name: "VARCHAR" for f in item.table_schema if f.type.value == "string"}

    def limit(**options):
        target = folder / "limit.parquet"
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.read_csv(str(path), **options).write_parquet(str(target))

    for name, options in (("typed", {"dtype": kinds}), ("as text", {"all_varchar": True})):
        floor, spread = measure(lambda options=options: limit(**options))
        note = f"decode, load and check take {checked / floor:.2f} x"
        report(f"limit: DuckDB, CSV to Parquet, {name}", rows, floor, spread, note)
    small = folder / "small.csv"
    with path.open("rb") as source:
        small.write_bytes(b"".join(islice(source, PEER_ROWS + 1)))
    schema = frictionless_schema(item)
    peer, spread = measure(lambda: frictionless_validate(small, schema), 1)
    ratio = (rows / checked) / (PEER_ROWS / peer)
    report("peer: frictionless validate", PEER_ROWS, peer, spread, f"gongkai {ratio:.0f} x")


def tell(folder, path, item, rows, measure, report, repeats=3):
    """Measure and report one file by stages; return the seconds of decode, load and check."""
    stages = {}
    peak = 0

    def ours():
        nonlocal peak
        work = folder / "work"
        work.mkdir()
        begun = time.perf_counter()
        seen = [("start", begun)]

        def progress(stage, _done, _total):
            name = "gate" if stage.startswith("plugin") else stage
            if name != seen[-1][0]:
                seen.append((name, time.perf_counter()))

        intake = read_file(
            path,
            item,
            filename=path.name,
            work_dir=work,
            limits=IntakeLimits(),
            progress=progress,
        )
        seen.append(("end", time.perf_counter()))
        assert not intake.report.blocks, intake.report.as_json()
        peak = max(peak, intake.peak_memory_bytes)
        for (name, since), (_, until) in pairwise(seen):
            stages.setdefault(name, []).append(until - since)
        shutil.rmtree(work)

    whole, spread = measure(ours, repeats)
    middle = {name: sorted(each)[len(each) // 2] for name, each in stages.items()}
    checked = middle["reading"] + middle["checking"]
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in middle.items())
    report("gongkai: decode, load, all checks", rows, checked, 0, "without start, gate, writing")
    report("gongkai: whole intake", rows, whole, spread, f"{peak / 2**20:.0f} MiB peak; {parts}")
    return checked


def flusight(folder):
    """Return the real file with the item of the outside plugin; None where it is not here."""
    if not FLUSIGHT.exists():
        return None
    sys.path.insert(0, str(ROOT / "tests" / "outside"))
    from gongkai import load_disclosure_items

    path = folder / "flusight.csv"
    with gzip.open(FLUSIGHT) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    items = load_disclosure_items("haiyun_open_data")
    item = next(item for item in items if item.key == "flu_forecasts")
    return path, item, 1_052_455


def shared(folder, rows):
    """Write the prices of up to 1,000 institutions for the same items, as a province has them."""
    fields = [field.as_json() for field in ITEM.table_schema]
    number = make_field("institution_no", constraints={"required": True})
    item = make_item(
        "bench_shared",
        table_schema={"primaryKey": ["institution_no", "item_code"], "fields": [number, *fields]},
    )
    path = folder / f"shared-{rows}.csv"
    chance = random.Random(75)
    with path.open("w", encoding="utf-8") as stream:
        stream.write(",".join(item.table_schema.names) + "\n")
        for row in range(rows):
            code, body = divmod(row, 1000)
            price = f"{chance.randrange(1, 90_000) / 100:.2f}"
            stream.write(
                f"H{body:04},{100_000_000 + code},彩色多普勒超声常规检查{code % 997},lab,{price},"
                "2026-01-01,\n"
            )
    return path, item, rows


def prices(folder, rows):
    return write_prices(folder / f"prices-{rows}.csv", rows), ITEM, rows


def free_texts(folder, byte_size):
    """Write prices whose notes are all different, so that nothing can be held as codes."""
    path = folder / "texts.csv"
    chance = random.Random(75)
    written = rows = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write("item_code,item_name,category,price_cny,effective_from,note_text\n")
        while written < byte_size:
            lines = [
                f"{100_000_000 + rows + n},常规检查{word(chance, 16)},lab,1.00,2026-01-01,"
                f"备注{word(chance, 64)}\n"
                for n in range(10_000)
            ]
            written += sum(len(line.encode()) for line in lines)
            rows += len(lines)
            stream.writelines(lines)
    return path, ITEM, rows


def word(chance, length):
    """Return letters only: digits would now and then be somebody's number."""
    return chance.randbytes(length // 2).hex().translate(_LETTERS)


def frictionless_schema(item):
    fields = []
    for field in item.table_schema:
        kind = "string" if field.type.value == "list" else field.type.value
        fields.append({"name": field.name, "type": kind, "constraints": field.constraints()})
    return {"fields": fields, "primaryKey": list(item.table_schema.primary_key)}


def frictionless_validate(path: Path, schema):
    resource = frictionless.Resource(
        path=path.name,
        basepath=str(path.parent),
        schema=frictionless.Schema.from_descriptor(schema),
    )
    report = resource.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])[:3]
