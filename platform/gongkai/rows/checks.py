"""All checks of a table schema over the rows that staging has made."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup
from gongkai.rows.check_engine import DistinctCells, run_checks
from gongkai.rows.damage import Advice
from gongkai.rows.field_checks import field_checks
from gongkai.rows.set_checks import (
    count_problems,
    key_checks,
    reference_problems,
    rule_checks,
)


def check_rows(
    connection: duckdb.DuckDBPyConnection,
    item: DisclosureItem,
    absent: frozenset[str],
    references: Mapping[str, Path],
    listed: int,
    distinct: DistinctCells | None = None,
    advice: Mapping[str, Mapping[str, Advice]] | None = None,
) -> list[ProblemGroup]:
    """Return everything the table schema of ``item`` finds wrong with ``checked``.

    ``absent`` are the fields that the file has no column for; ``references`` are the current
    releases, as Parquet, of the items that foreign keys name. ``distinct`` spares looking at
    every row where the cells are known by their values; ``advice`` is that of staging.
    """
    schema = item.table_schema
    checks = [
        *field_checks(connection, schema, absent, distinct, advice),
        *key_checks(schema, absent),
        *rule_checks(schema),
    ]
    groups = run_checks(connection, checks, listed, distinct)
    groups += count_problems(connection, schema.counts)
    groups += reference_problems(connection, item.key, schema, references, absent, listed)
    return groups
