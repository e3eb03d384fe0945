"""The rows that were checked beside those of the previous release: what is new, what is odd.

The rules are made so that an honest next month passes in silence. Rows are matched by primary
key; what has no counterpart is held against its series: the key without its time fields (a
date, a year, ``2026-03``). Nothing here stops a release; the strongest go to the reviewer.

- A value of the same row ten times as large as before, or a tenth; with half of a column so,
  the column has another unit. Against its series a value counts that lies tenfold outside of all
  that the series has been. ``comparison_sql.least`` says how small is too small to count.
- A column moved when more than half of its values went the same way by half or more (against
  the series: to three times or a third). The median is what both numbers are told by, because
  one large row moves a sum or a mean.
- A sign counts in a column that had none of that sign.
- A category, region or institution counts when all its rows are gone. One of a key with a
  newer period must have been in every earlier period and be in none of the newer.
- Periods count in items with a rhythm: one that is gone from between those that are there, or
  the newest being older than before. At new year the old ones may all go.
- Rows count as few below half, as many above three times as many, per period where there are
  periods. A row gone from a period that is still there is told each; from a list without
  periods only when a fifth of it went.
- Empty cells count when a tenth of the values, three at least, are gone from a column that
  half of the rows had one in.
"""

from pathlib import Path
from typing import Any

import duckdb

from gongkai.domain.evolution import compare_schemas
from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.domain.table_schema import TableSchema
from gongkai.rows.comparison_facts import Comparison
from gongkai.rows.comparison_sets import periods_and_counts, vanished_categories
from gongkai.rows.comparison_values import same_rows, same_series, whole_columns
from gongkai.rows.problem_lists import file_problem

LISTED = 100


def compare_with_previous(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    item: DisclosureItem,
    previous: Path,
    previous_schema: TableSchema,
    *,
    listed: int = LISTED,
) -> tuple[list[ProblemGroup], dict[str, Any]]:
    """Compare ``relation`` with the Parquet file of the previous release, already verified.

    ``relation`` has the typed fields and ``_row``, and no two rows of one key. Returns the
    warnings, totals true and lists up to ``listed``, and the comparison as JSON: rows added,
    removed and changed, in how many rows each field changed, and what became of the columns.
    Uses this one connection, and leaves nothing in it. Where the engine fails, that is the
    answer, for the reviewer, and the comparison is empty.
    """
    try:
        with Comparison.opened(
            connection, relation, item, previous, previous_schema, listed
        ) as facts:
            return _compared(facts)
    except duckdb.Error as error:
        # What was read and checked stands; the reviewer looks without this help.
        reason = str(error).splitlines()[0]
        failed = file_problem("comparison-failed", severity=Severity.REVIEW, reason=reason)
        return [failed], {}


def _compared(facts: Comparison) -> tuple[list[ProblemGroup], dict[str, Any]]:
    columns = compare_schemas(facts.old_schema, facts.schema)
    told: dict[str, Any] = {
        "columns": {
            "added": list(columns.added),
            "removed": list(columns.removed),
            "retyped": list(columns.retyped),
        },
        "key_changed": columns.key_changed,
    }
    if columns.key_changed or set(columns.retyped) & set(facts.schema.primary_key):
        rows = {"added": facts.new_count, "removed": facts.old_count, "changed": 0}
        return [], {"rows": rows, "fields": {}, **told}
    groups, changed, fields = same_rows(facts)
    rows = {
        "added": facts.new_count - facts.matched,
        "removed": facts.old_count - facts.matched,
        "changed": changed,
    }
    if any(rows.values()) or any(told["columns"].values()):
        groups += same_series(facts)
        groups += whole_columns(facts)
        groups += periods_and_counts(facts)
        groups += vanished_categories(facts)
    else:
        groups.append(facts.said("same-as-previous", found=f"{facts.new_count:,}"))
    return groups, {"rows": rows, "fields": fields, **told}
