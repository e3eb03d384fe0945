"""Cells in memory and cells in the database: one answer, whatever the file holds.

The database is the slow and obvious way; files too large for memory take it.
"""

import csv
import dataclasses
import io
import json
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gongkai.domain.problems import Report
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.reading import close_engine, open_engine, read_table
from gongkai.samples.institutions import INSTITUTIONS
from gongkai.samples.tables import sample_rows
from gongkai.schemas.plugin_yaml import load_disclosure_items
from gongkai.testing import make_field
from tests.effort import effort
from tests.rows.tables import item_of_fields

ITEM = item_of_fields(
    make_field(
        "area",
        categories=[
            {"value": "a", "label": {"zh": "甲", "en": "Alpha"}},
            {"value": "b", "label": {"zh": "乙", "en": "Beta"}},
        ],
    ),
    make_field("count", type="integer", constraints={"required": True, "minimum": 0}),
    make_field("rate", type="number"),
    make_field("price", type="number", decimals=2, example="1.00"),
    make_field("day", type="date", example="2026-01-01"),
    make_field("at", type="datetime", example="2026-01-01T08:00:00+08:00"),
    make_field("open", type="boolean", example="true"),
    make_field("note", constraints={"maxLength": 5, "pattern": r"^\w*$"}),
    key="code+area",
    missingValues=["-"],
    nullableKey=["area"],
    rules=[
        {
            "key": "rate_below_count",
            "expect": "rate <= count",
            "message": {"zh": "率不大于数", "en": "the rate is at most the count"},
        }
    ],
)
CELLS = {
    "code": ["A1", "A2", "A1 ", "", "é"],
    "area": ["a", "乙", "b", "", "c", "Alpha"],
    "count": ["1", "01", "+5", "", "-1", "x", "1,234", "１２"],
    "rate": ["0.5", "1e3", "-0", "0", "", "nan", "9", "0.1000"],
    "price": ["1.5", "2.005", "￥3.00", "-", ""],
    "day": ["2026-01-02", "2026年1月2日", "2026/1/2", "2026-02-30", "", "46024"],
    "at": ["2026-01-02T00:00:00Z", "2026-01-02 08:00", "", "x"],
    "open": ["是", "false", "", "maybe", "TRUE"],
    "note": ["ok", "too long", "", " ok", "a\tb", "\u200bok"],
}
ROWS = st.lists(
    st.fixed_dictionaries({k: st.sampled_from(v) for k, v in CELLS.items()}), max_size=12
)


def read(folder, content, item, held_bytes):
    folder.mkdir()
    path = folder / "upload.csv"
    path.write_bytes(content)
    limits = dataclasses.replace(IntakeLimits(), held_bytes=held_bytes)
    connection = open_engine(folder, limits)
    try:
        checked = read_table(
            connection,
            path,
            item,
            filename="upload.csv",
            work_dir=folder,
            limits=limits,
            references={},
            progress=lambda *_: None,
        )
        written = None
        if checked.rows is not None:
            seen = checked.rows.as_hooks_see()
            looked = [
                sorted(seen.distinct_texts(field.name, pattern))
                for field in item.table_schema
                for pattern in (None, "[a-f1-3年]")
            ]
            looked += [
                list(seen.matches(item.table_schema.names[0], "[A1é]")),
                list(seen.text_batches()),
            ]
            count, content_sha256 = checked.rows.write(folder / "rows.parquet")
            written = (count, content_sha256, (folder / "rows.parquet").read_bytes(), looked)
    finally:
        close_engine(connection, folder)
    return checked.report, written


def both(folder, content, item):
    """Read in memory and through the database; return the report after comparing all."""
    fast, fast_rows = read(folder / "memory", content, item, 1 << 28)
    slow, slow_rows = read(folder / "database", content, item, 0)
    assert comparable(fast) == comparable(slow)
    assert (fast_rows is None) == (slow_rows is None)
    if fast_rows and slow_rows:
        assert fast_rows[:2] == slow_rows[:2]
        assert fast_rows[2] == slow_rows[2], "the Parquet files differ"
        assert fast_rows[3] == slow_rows[3], "hooks see something else"
    return fast


def comparable(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False, indent=1, sort_keys=True)


@settings(
    max_examples=effort(20, 300),
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
    deadline=None,
)
@given(rows=ROWS)
def test_random_rows_have_one_report_and_one_release(tmp_path_factory, rows):
    lines = [",".join(CELLS), *(",".join(row.values()) for row in rows)]
    both(tmp_path_factory.mktemp("both"), "\n".join(lines).encode(), ITEM)


@pytest.mark.parametrize(
    "text",
    [
        "code,area,count\nA1,a,1\n,,\n   ,\u3000,\nA2,b,2\n",
        "code,count,,x\nA1,1,,2\nA2,2,3,\n",
        'code,count,note\n"A\n1",1,"x, ""y"""\nA2,2,\n',
        "code,count\nA1\nA2,2\n",
        "code;count\r\nA1;1\r\n\r\nA2;2\r\n",
        "code,count,note\nA1,1,\x01\nA2,2,\ufffd\n",
        "code,count\n",
    ],
    ids=["blank rows", "unnamed", "quotes", "ragged", "blank line", "control", "no rows"],
)
def test_odd_files_have_one_report(tmp_path, text):
    both(tmp_path, text.encode(), ITEM)


PACKAGES = ("shared", "hospital", "blood_station", "disease_control", "primary_care")
ITEMS = [item for name in PACKAGES for item in load_disclosure_items(f"gongkai_{name}")]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.key)
def test_every_shipped_item_is_written_alike(tmp_path, item):
    institution = next(one for one in INSTITUTIONS if one.service_kinds & item.service_kinds)
    rows = sample_rows(item, institution, seed=75, period=date(2026, 10, 31))
    held = io.StringIO(newline="")
    writer = csv.DictWriter(held, item.table_schema.names)
    writer.writeheader()
    writer.writerows(rows)
    report = both(tmp_path, held.getvalue().encode(), item)
    assert report.row_count == len(rows)
