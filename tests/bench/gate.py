"""What the confidentiality checks find of what is planted, and what they find where nothing is."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.rows.store import TableRows
from gongkai.samples.institutions import INSTITUTIONS, SampleInstitution
from gongkai.samples.tables import sample_rows
from gongkai.schemas.plugin_yaml import load_disclosure_items
from gongkai_confidentiality import check_confidentiality
from tests.bench.looking import item_of_headers, look
from tests.bench.planted import Plant, plants
from tests.bench.real_tables import DATA, real_tables

EACH, ROWS = 1000, 1_000_000
REPEATING = (
    "'K' || (i % 100)", "'item' || (i % 50)", "'类别' || (i % 500)", "(i % 7)::VARCHAR",
    "'hospital' || (i % 3000)", "'2026-01-' || (i % 28 + 1)", "'note ' || (i % 10)", "'彩超' || (i % 1000)",
)  # fmt: skip
SEED = 75
# The columns of telephones in the real files, which an institution's own item would flag.
CONTACTS = {"tel": {"public_contact": True}, "phone": {"public_contact": True}}
PACKAGES = ("shared", "hospital", "blood_station", "disease_control", "primary_care")
CLEAN = (
    "上半年采血9120人次", "彩色多普勒超声常规检查", "0531-80001234", "2026-01-31 08:30", "37.5", "云河市中心血站",
    "门诊楼3楼305室", "250301001", "XA01ABD075A002010100483", "第一人民医院", "每日8:00—17:30", "鲁卫发〔2026〕5号",
    "91370100495571234K", "http://example.org.cn/art/2026/1/31/art_12345.html", "",
)  # fmt: skip


def recall(each: int = EACH, seed: int = SEED) -> dict[str, dict[str, tuple[int, int]]]:
    """Return by kind and way how many were found, of how many; ``each`` a kind.

    Every table has as many rows in which nothing is planted.
    """
    ways: dict[str, list[Plant]] = defaultdict(list)
    for plant in plants():
        ways[plant.kind].append(plant)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for kind, those in ways.items():
        found[kind] = {}
        for number, plant in enumerate(those):
            size = max(10, -(-each // len(those)))
            found[kind][plant.way] = (
                _found(plant, size, random.Random(f"{seed}{kind}{number}")),
                size,
            )
    return found


def _found(plant: Plant, size: int, chance: random.Random) -> int:
    headers = ["序号", plant.heading, *plant.beside, "备注"]
    rows = []
    for at in range(size):
        cells = [plant.cell(chance), *(make(chance) for make in plant.beside.values())]
        if plant.split:
            cells = [cells[0][begin:end] for begin, end in pairwise((0, *plant.split, None))]
        rows.append([f"{2 * at + 1}", *cells, chance.choice(CLEAN)])
        # A table of persons is one in every row; elsewhere every other row is harmless.
        if not plant.beside and plant.heading == "说明":
            rows.append([f"{2 * at + 2}", chance.choice(CLEAN), chance.choice(CLEAN)])
    groups = look(item_of_headers(headers), rows)
    planted = {None, "f1"}
    totals = [g.total for g in groups if g.code in plant.codes and g.field in planted]
    return min(sum(totals), size)


def random_numbers(count: int = 200_000, seed: int = SEED) -> Counter[str]:
    """Return what is found among random numbers of 18 digits."""
    chance = random.Random(seed)
    rows = [[str(at), str(chance.randrange(10**17, 10**18))] for at in range(count)]
    return Counter({g.code: g.total for g in look(item_of_headers(["序号", "编码"]), rows)})


def real_alarms(most_rows: int = 100_000) -> Iterator[tuple[str, int, list[ProblemGroup]]]:
    """Yield (table, cells, findings) of every real file, its columns text under its headers."""
    for name, headers, rows in real_tables(most_rows=most_rows):
        yield name, len(headers) * len(rows), look(item_of_headers(headers, CONTACTS), rows)


def sample_alarms(
    seed: int = SEED, bodies: Sequence[SampleInstitution] = INSTITUTIONS
) -> Iterator[tuple[str, int, list[ProblemGroup]]]:
    """Yield (table, cells, findings) of the sample rows of every item that ``bodies`` owe."""
    items = {i.key: i for n in PACKAGES for i in load_disclosure_items(f"gongkai_{n}")}
    ordered = sorted(items.values(), key=lambda i: (len(i.table_schema.foreign_keys), i.key))
    for body in bodies:
        context: dict[str, Any] = {}
        for item in ordered:
            if not item.is_owed_by(body.service_kinds) or (
                item.public_bodies_only and not body.is_public
            ):
                continue
            made = sample_rows(item, body, seed=seed, period=date(2026, 10, 31), context=context)
            context[item.key] = made
            yield f"{body.slug}/{item.key}", *_looked_at(item, made)


def _looked_at(item: DisclosureItem, made: Sequence[Any]) -> tuple[int, list[ProblemGroup]]:
    names = item.table_schema.names
    return len(made) * len(names), look(item, [[row[name] for name in names] for row in made])


def looks(folder: Path) -> Iterator[tuple[str, int, TableRows, DisclosureItem]]:
    """Yield (what, rows, table, item) of long tables: the same texts often, or each once."""
    connection = duckdb.connect(str(folder / "long.duckdb"), config={"memory_limit": "500MB"})
    for what, columns in (
        ("8 columns that repeat themselves", REPEATING),
        ("a column of different texts", ("'彩色多普勒超声常规检查' || i || '，按次收取'",)),
        ("a column of different 19-digit codes", ("'C' || (1000000000000000000 + i * 7919)",)),
        ("a column of 1,000,000 mobiles", ("(13800000000 + i)::VARCHAR",)),
    ):
        item = item_of_headers([f"column {at}" for at in range(len(columns))])
        cells = ", ".join(f"{sql} AS f{at}" for at, sql in enumerate(columns))
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute(
            f"CREATE TABLE t AS SELECT i + 2 AS _row, {cells} FROM range({ROWS}::BIGINT) r(i)"
        )
        yield what, ROWS, TableRows(connection, "t", item.table_schema, "_row"), item
    connection.close()


def run(folder: Path, measure: Any, report: Any) -> None:
    """Print the time of all checks, recall by kind and way, then the false alarms."""
    for what, count, rows, item in looks(folder):
        seconds, spread = measure(lambda rows=rows, item=item: check_confidentiality(item, rows))
        report(what, count, seconds, spread)
    for kind, ways in recall().items():
        found, planted = (sum(pair[at] for pair in ways.values()) for at in (0, 1))
        print(f"  {kind:18} {found:5} of {planted:5} {found / planted:8.2%}")
        for way, (some, size) in ways.items():
            if some < size:
                print(f"      {way:40} {some:5} of {size:5}")
    numbers = random_numbers()
    print(f"  random 18-digit numbers: {dict(numbers)}, {numbers['resident-id'] / 200_000:.4%}")
    for what, alarms in (("real files", real_alarms), ("samples", sample_alarms)):
        tables = cells = 0
        kinds: Counter[tuple[Severity, str]] = Counter()
        for name, size, groups in alarms():
            tables, cells = tables + 1, cells + size
            for group in groups:
                kinds[group.severity, group.code] += group.total
                shown = [problem.value for problem in group.first[:3]]
                print(
                    f"      {name[:40]:42} {group.severity:8} {group.code:22} {group.total:6} {shown}"
                )
        print(f"  {what}: {tables} tables, {cells:,} cells: {dict(kinds) or 'nothing'}")
    if not DATA.is_dir():
        print(f"  no real files at {DATA}")
