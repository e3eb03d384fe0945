"""What the comparison with the previous release says of planted faults, and of honest releases."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import duckdb
import pyarrow as pa
import pytest

from gongkai.domain.problems import Severity
from gongkai.domain.table_schema import FieldType
from gongkai.rows import comparison_sql as sql
from gongkai.rows.columns import identifier, typed
from gongkai.rows.comparison import compare_with_previous
from gongkai.rows.store import write_typed_parquet
from gongkai.samples import chance
from gongkai.samples.institutions import INSTITUTIONS, sample_institution
from gongkai.samples.tables import sample_rows
from gongkai.schemas.plugin_yaml import load_disclosure_items
from gongkai.testing import make_field, make_item
from tests.effort import effort

PACKAGES = ("shared", "hospital", "blood_station", "disease_control", "primary_care")
ITEMS = {item.key: item for name in PACKAGES for item in load_disclosure_items(f"gongkai_{name}")}
HOSPITAL = sample_institution("yunhe-first-hospital")
CDC = sample_institution("yunhe-cdc")
BLOOD = sample_institution("yunhe-blood")
REGIONS = [f"3701{number:02}" for number in range(2, 12)]


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'Asia/Shanghai'")
        connection.execute("SET python_enable_replacements = false")
        yield connection


@pytest.fixture
def compared(engine, tmp_path):
    """Compare two tables of text rows, of which the first was published."""

    def compare(item, before, after, *, earlier=None, how="table", **given):
        schema, earlier_schema = item.table_schema, (earlier or item).table_schema
        path = tmp_path / "previous.parquet"
        load(engine, "old", earlier_schema, before)
        write_typed_parquet(engine, "old", earlier_schema, path)
        load(engine, "typed", schema, after, how=how)
        try:
            return compare_with_previous(engine, "typed", item, path, earlier_schema, **given)
        finally:
            if how != "table":
                engine.unregister("typed")

    return compare


def load(connection, name, schema, rows, how="table"):
    texts = {
        field.name: pa.array([row[field.name] or None for row in rows], pa.string())
        for field in schema
    }
    numbers = pa.array(range(2, len(rows) + 2), pa.int64())
    connection.register("raw", pa.table({"_row": numbers, **texts}))
    values = ", ".join(
        f"{typed(field, identifier(field.name))} AS {identifier(field.name)}" for field in schema
    )
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    select = f"SELECT _row, {values} FROM raw"
    if how == "table":
        connection.execute(f"CREATE TABLE {name} AS {select}")
    else:
        found = connection.sql(select).to_arrow_table()
        if how == "dictionary":
            coded = [column.dictionary_encode() for column in found.columns[1:]]
            found = pa.table([found.column(0), *coded], found.column_names)
        connection.register(name, found)
    connection.unregister("raw")


def codes(groups):
    return [(group.code, group.field) for group in groups]


def only(groups, code):
    [group] = [group for group in groups if group.code == code]
    return group


def monthly(months, **given):
    """Return counts by month and region, with a level and an amount."""
    return [
        {
            "period": month,
            "region": region,
            "level": "abc"[index % 3],
            "cases": str(40 + 3 * index + int(month[-2:])),
            "amount": f"{1500 + 10 * index}.50",
            "rate": f"{5 + index / 10}",
            "obs_flag": "",
            **given,
        }
        for month in months
        for index, region in enumerate(REGIONS)
    ]


def monthly_item(frequency="monthly", **schema):
    levels = [{"value": v, "label": {"zh": f"{v}级", "en": f"Level {v}"}} for v in "abc"]
    fields = [
        make_field("period"),
        make_field("region"),
        make_field("level", categories=levels),
        make_field("cases", type="integer"),
        make_field("amount", type="number", decimals=2),
        make_field("rate", type="number"),
        make_field("obs_flag"),
    ]
    shape = {"primaryKey": ["period", "region"], "fields": fields, **schema}
    return make_item(frequency=frequency, table_schema=shape)


MONTHLY = monthly_item()
HALF_YEAR = [f"2026-0{month}" for month in range(1, 7)]


def set_in(rows, period, index, **given):
    [place] = [
        number
        for number, row in enumerate(rows)
        if (row["period"], row["region"]) == (period, REGIONS[index])
    ]
    rows[place] = {**rows[place], **given}
    return rows, place + 2


@pytest.mark.parametrize("how", ["table", "arrow", "dictionary"])
def test_the_comparison_counts_rows_and_fields(compared, how):
    after = monthly(HALF_YEAR[1:])
    after, _ = set_in(after, "2026-03", 1, cases="47")
    after, _ = set_in(after, "2026-03", 2, cases="50", amount="1521.50")

    groups, told = compared(MONTHLY, monthly(HALF_YEAR[:5]), after, how=how)

    assert groups == []
    assert told == {
        "rows": {"added": 10, "removed": 10, "changed": 2},
        "fields": {"cases": 2, "amount": 1},
        "columns": {"added": [], "removed": [], "retyped": []},
        "key_changed": False,
    }


def test_it_leaves_nothing_in_the_connection(compared, engine):
    compared(MONTHLY, monthly(HALF_YEAR[:5]), monthly(HALF_YEAR[1:])[:-12])

    left = engine.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'comparison%'"
    )
    assert left.fetchall() == []


def test_the_same_rows_again_are_said_to_be_so(compared):
    groups, told = compared(MONTHLY, monthly(HALF_YEAR), monthly(HALF_YEAR)[::-1])

    assert codes(groups) == [("same-as-previous", None)]
    assert groups[0].first[0].message.zh.startswith("全部 60 行与上一版本完全相同")
    assert told["rows"] == {"added": 0, "removed": 0, "changed": 0}


@pytest.mark.parametrize(
    ("before", "value", "said"),
    [
        ("1520.50", "15205.00", "由上一版本的 1520.50 变为 15205.00（约 10 倍）"),
        ("1520.50", "152.05", "由上一版本的 1520.50 变为 152.05（约 1/10）"),
        ("1520.50", "15205000.00", "（约 10,000 倍）"),
        ("0.10", "1.00", "（约 10 倍）"),
    ],
)
def test_a_value_ten_times_as_large_is_named_with_both_numbers(compared, before, value, said):
    old, _ = set_in(monthly(HALF_YEAR), "2026-03", 2, amount=before)
    after, row = set_in(monthly(HALF_YEAR), "2026-03", 2, amount=value)

    groups, _ = compared(MONTHLY, old, after)

    assert codes(groups) == [("tenfold-jump", "amount")]
    [problem] = groups[0].first
    assert (problem.row, problem.field, problem.value) == (row, "amount", value)
    assert problem.severity is Severity.WARNING
    assert said in problem.message.zh
    assert "元与万元" in problem.message.zh
    assert before in problem.message.en


@pytest.mark.parametrize(("before", "value"), [("1", "12"), ("2", "25"), ("0", "90"), ("3", "28")])
def test_small_counts_may_grow(compared, before, value):
    old, _ = set_in(monthly(HALF_YEAR), "2026-03", 2, cases=before)
    after, _ = set_in(monthly(HALF_YEAR), "2026-03", 2, cases=value)

    assert compared(MONTHLY, old, after)[0] == []


def test_a_column_in_another_unit_goes_to_the_reviewer_as_one(compared):
    after = [{**row, "amount": str(Decimal(row["amount"]) * 10_000)} for row in monthly(HALF_YEAR)]

    groups, _ = compared(MONTHLY, monthly(HALF_YEAR), after, listed=5)

    assert codes(groups) == [("unit-slip", "amount")]
    assert (groups[0].severity, groups[0].total) == (Severity.REVIEW, 60)
    assert len(groups[0].first) == 5
    assert "100%" in groups[0].first[0].message.zh
    assert "约 10,000 倍" in groups[0].first[0].message.zh


def test_a_new_month_is_held_against_all_months_of_its_series(compared):
    after = monthly(HALF_YEAR)
    after, row = set_in(after, "2026-06", 4, amount="15400000.00")

    groups, _ = compared(MONTHLY, monthly(HALF_YEAR[:5]), after)

    assert codes(groups) == [("unlike-earlier-periods", "amount")]
    assert groups[0].first[0].row == row
    assert "以往为 1540.50（约 9,997 倍）" in groups[0].first[0].message.zh


def test_a_new_month_in_another_unit_is_one_finding(compared):
    last = [{**row, "amount": "0.15"} for row in monthly(["2026-06"])]

    groups, _ = compared(MONTHLY, monthly(HALF_YEAR[:5]), monthly(HALF_YEAR[:5]) + last)

    assert codes(groups) == [("unit-slip", "amount")]
    assert groups[0].total == 10


@pytest.mark.parametrize(("factor", "way"), [("2", "偏高"), ("0.5", "偏低")])
def test_a_column_that_moved_as_a_whole_is_told_by_its_median(compared, factor, way):
    after = [
        {**row, "amount": str((Decimal(row["amount"]) * Decimal(factor)).quantize(Decimal("0.01")))}
        for row in monthly(HALF_YEAR)
    ]

    groups, _ = compared(MONTHLY, monthly(HALF_YEAR), after)

    assert codes(groups) == [("column-shift", "amount")]
    assert way in groups[0].first[0].message.zh
    assert "1,546" in groups[0].first[0].message.zh


def test_one_large_row_moves_no_column(compared):
    after, _ = set_in(monthly(HALF_YEAR), "2026-03", 2, amount="9000.00")

    assert compared(MONTHLY, monthly(HALF_YEAR), after)[0] == []


def test_a_sign_that_the_column_never_had_is_named(compared):
    after, row = set_in(monthly(HALF_YEAR), "2026-05", 3, amount="-1530.50")

    groups, _ = compared(MONTHLY, monthly(HALF_YEAR), after)

    assert codes(groups) == [("sign-change", "amount")]
    assert (groups[0].first[0].row, groups[0].first[0].value) == (row, "-1530.50")
    before, _ = set_in(monthly(HALF_YEAR), "2026-01", 3, amount="-2.00")
    assert compared(MONTHLY, before, after)[0] == []


def test_values_that_are_gone_are_listed_with_what_they_were(compared):
    after = monthly(HALF_YEAR)
    for index in range(6):
        after, _ = set_in(after, "2026-02", index, rate="")
    groups, _ = compared(MONTHLY, monthly(HALF_YEAR), after)

    assert codes(groups) == [("values-emptied", "rate")]
    assert groups[0].total == 6
    assert "上一版本为 5" in groups[0].first[0].message.zh


def test_a_value_that_a_flag_explains_is_not_missed(compared):
    after = [{**row, "rate": "", "obs_flag": "c"} for row in monthly(HALF_YEAR)]

    assert compared(MONTHLY, monthly(HALF_YEAR), after)[0] == []
    assert compared(MONTHLY, monthly(HALF_YEAR, obs_flag="p"), monthly(HALF_YEAR))[0] == []


def test_a_column_left_out_of_the_new_month_is_named(compared):
    after = monthly(HALF_YEAR[:5]) + monthly(["2026-06"], rate="")

    groups, _ = compared(MONTHLY, monthly(HALF_YEAR[:5]), after)

    assert codes(groups) == [("fewer-values", "rate")]
    assert "只有 0% 的行有值，上一版本有 100%" in groups[0].first[0].message.zh


def test_a_region_that_the_newest_month_lacks_is_named(compared):
    after = [
        row
        for row in monthly(HALF_YEAR)
        if (row["period"], row["region"]) != ("2026-06", REGIONS[3])
    ]
    groups, _ = compared(MONTHLY, monthly(HALF_YEAR[:5]), after)

    assert codes(groups) == [("category-vanished", "region")]
    assert groups[0].first[0].value == REGIONS[3]
    assert "上一版本有 5 行" in groups[0].first[0].message.zh


def test_a_region_that_was_not_in_every_month_may_be_absent(compared):
    def without(rows, *periods):
        return [row for row in rows if row["region"] != REGIONS[3] or row["period"] not in periods]

    before = without(monthly(HALF_YEAR[:5]), "2026-02")

    assert compared(MONTHLY, before, without(monthly(HALF_YEAR), "2026-02", "2026-06"))[0] == []


def test_a_month_that_is_missing_between_others_is_named(compared):
    groups, _ = compared(MONTHLY, monthly(HALF_YEAR[:5]), monthly(["2026-01", *HALF_YEAR[2:]]))

    assert codes(groups) == [("period-vanished", "period")]
    assert groups[0].first[0].value == "2026-02"
    assert "10 行都不见了" in groups[0].first[0].message.zh


def test_at_new_year_the_old_months_may_all_go(compared):
    assert compared(MONTHLY, monthly(HALF_YEAR), monthly(["2027-01"]))[0] == []
    assert compared(MONTHLY, monthly(HALF_YEAR), monthly([*HALF_YEAR[2:], "2026-07"]))[0] == []


def test_a_file_older_than_the_last_goes_to_the_reviewer(compared):
    groups, _ = compared(MONTHLY, monthly(HALF_YEAR), monthly(HALF_YEAR[:4]))

    group = only(groups, "older-than-previous")
    assert group.severity is Severity.REVIEW
    assert "2026-04，早于上一版本的 2026-06" in group.first[0].message.zh


def test_a_row_gone_from_a_month_that_is_still_there_is_named(compared):
    after = [
        row
        for row in monthly(HALF_YEAR)
        if (row["period"], row["region"]) != ("2026-02", REGIONS[3])
    ]
    groups, told = compared(MONTHLY, monthly(HALF_YEAR[:5]), after)

    assert codes(groups) == [("rows-removed", None)]
    assert groups[0].first[0].value == f"2026-02 · {REGIONS[3]}"
    assert told["rows"] == {"added": 10, "removed": 1, "changed": 0}


@pytest.mark.parametrize(
    ("rows", "severity"), [(24, Severity.WARNING), (9, Severity.REVIEW), (100, None)]
)
def test_far_fewer_rows_are_told_in_numbers(compared, rows, severity):
    item, everything = list_item(), listed(100)

    groups, _ = compared(item, everything, everything[:rows] if rows < 100 else listed(110))

    said = [group for group in groups if group.code == "fewer-rows"]
    assert [group.severity for group in said] == ([severity] if severity else [])
    if severity:
        assert f"只有 {rows} 行，上一版本有 100 行" in said[0].first[0].message.zh


def test_far_more_rows_are_told_in_numbers(compared):
    groups, _ = compared(list_item(), listed(20), listed(100))

    assert codes(groups) == [("more-rows", None)]


def test_a_list_may_lose_some_rows_but_not_a_fifth(compared):
    assert compared(list_item(), listed(100), listed(100)[8:])[0] == []
    groups, _ = compared(list_item(), listed(100), listed(100)[:70])

    assert ("rows-removed", None) in codes(groups)
    assert only(groups, "rows-removed").total == 30


def test_a_list_of_events_may_leave_the_oldest_behind(compared):
    assert compared(list_item(), listed(100), listed(160)[60:])[0] == []


def test_a_kind_whose_rows_are_all_gone_from_a_list_is_named(compared):
    after = [row for row in listed(100) if row["kind"] != "b"]

    groups, _ = compared(list_item(), listed(100), after)

    group = only(groups, "category-vanished")
    assert (group.field, group.first[0].value) == ("kind", "b 乙")
    recoded = [{**row, "kind": "a"} for row in listed(100)]
    assert "category-vanished" not in [
        g.code for g in compared(list_item(), listed(100), recoded)[0]
    ]


def test_codes_in_another_form_go_to_the_reviewer(compared):
    after = [{**row, "code": row["code"].lower()} for row in listed(40)]

    groups, _ = compared(list_item(), listed(40), after)

    assert codes(groups) == [("no-row-in-common", None)]
    assert groups[0].severity is Severity.REVIEW


def test_another_key_leaves_nothing_to_compare(compared):
    earlier = monthly_item(primaryKey=["period", "region", "level"])

    groups, told = compared(MONTHLY, monthly(HALF_YEAR), monthly(HALF_YEAR), earlier=earlier)

    assert groups == []
    assert told["key_changed"]
    assert told["rows"] == {"added": 60, "removed": 60, "changed": 0}


def list_item():
    kinds = [
        {"value": v, "label": {"zh": zh, "en": v.upper()}}
        for v, zh in zip("abc", "甲乙丙", strict=True)
    ]
    fields = [
        make_field("code"),
        make_field("kind", categories=kinds),
        make_field("opened_on", type="date"),
    ]
    return make_item(frequency="as_needed", table_schema={"primaryKey": ["code"], "fields": fields})


def listed(count):
    start = date(2024, 1, 1)
    return [
        {
            "code": f"K{number:04}",
            "kind": "abc"[number % 3],
            "opened_on": (start + timedelta(days=number)).isoformat(),
        }
        for number in range(count)
    ]


WRONG_BY = tuple(map(Decimal, ("10", "100", "10000", "0.1", "0.01")))


def planted(item, rows, random):
    """Yield rows with one figure of the wrong size in each field that has one large enough."""
    for field in item.table_schema:
        if not field.is_numeric or field.name in item.table_schema.primary_key:
            continue
        least = Decimal(str(sql.least(field)))
        for factor in random.sample(WRONG_BY, effort(2, len(WRONG_BY))):
            fit = [
                number
                for number, row in enumerate(rows)
                if row[field.name]
                and min(abs(Decimal(row[field.name])), abs(Decimal(row[field.name]) * factor))
                > least * 2
            ]
            if not fit:
                continue
            place = random.choice(fit)
            wrong = Decimal(rows[place][field.name]) * factor
            if field.type is FieldType.INTEGER:
                wrong = wrong.to_integral_value()
            elif field.decimals is not None:
                wrong = wrong.quantize(Decimal(1).scaleb(-field.decimals))
            changed = [*rows]
            changed[place] = {**rows[place], field.name: str(wrong)}
            yield field.name, place + 2, changed


@pytest.mark.parametrize("body", [HOSPITAL, CDC, BLOOD], ids=lambda body: body.slug)
def test_every_figure_of_the_wrong_size_in_the_sample_tables_is_found(compared, body):
    random, found, missed = Random(7), 0, []
    for item in ITEMS.values():
        if not item.is_owed_by(body.service_kinds):
            continue
        rows = sample_rows(item, body, seed=3, period=date(2026, 6, 30), size=60)
        for field, row, wrong in planted(item, rows, random):
            groups, _ = compared(item, rows, wrong)
            places = {(p.field, p.row) for group in groups for p in group.first}
            if (field, row) in places:
                found += 1
            else:
                missed.append((item.key, field, row))
    assert missed == []
    assert found > 60


def honest_periods(item):
    if item.frequency.value in ("monthly", "quarterly", "annual"):
        step = {"monthly": 1, "quarterly": 3, "annual": 12}[item.frequency.value]
        months = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)]
        return [chance.month_end(month) for month in months if month.month % step == 0][-5:]
    days = {"daily": 1, "weekly": 7}.get(item.frequency.value, 45)
    return [date(2026, 3, 1) + timedelta(days=days * number) for number in range(4)]


def test_honest_releases_pass_nearly_in_silence(compared):
    pairs, warned = 0, []
    for number, item in enumerate(ITEMS.values()):
        owing = [body for body in INSTITUTIONS if item.is_owed_by(body.service_kinds)]
        body = owing[number % len(owing)]
        before = None
        for period in honest_periods(item):
            rows = sample_rows(item, body, seed=19, period=period)
            if before and rows and rows != before:
                groups, _ = compared(item, before, rows)
                pairs += 1
                warned += [(item.key, str(period), *code) for code in codes(groups)]
            before = rows or before
    assert pairs > 80
    # Of lists that are made anew with other rows, some always say so.
    assert len(warned) <= pairs // 50, warned


def test_real_reports_of_three_years_warn_of_what_happened_and_of_nothing_else(
    compared, shared_data
):
    rows = {}
    path = shared_data / "cdc_notifiable_china_long" / "2024 February.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for line in csv.DictReader(lines):
            if line["Province"] == "China":
                counts = {name: line[name.title()] for name in ("cases", "deaths")}
                known = {name: "" if n.startswith("-") else n for name, n in counts.items()}
                named = {"period": line["Date"][:7], "disease": line["Diseases"]}
                rows[named["period"], named["disease"]] = named | known
    fields = [
        make_field("period"),
        make_field("disease"),
        make_field("cases", type="integer"),
        make_field("deaths", type="integer"),
    ]
    item = make_item(
        frequency="monthly", table_schema={"primaryKey": ["period", "disease"], "fields": fields}
    )
    months = sorted({month for month, _ in rows})

    def year_to(month):
        last = months.index(month)
        return [row for (when, _), row in rows.items() if when in months[last - 11 : last + 1]]

    said = []
    for before, month in pairwise(month for month in months if "2012-12" <= month <= "2015-12"):
        groups, _ = compared(item, year_to(before), year_to(month))
        said += [(month, group.code, group.first[0].value) for group in groups]

    # H1N1 left the list of its own in November 2013; the dengue epidemic of 2014 was no slip.
    assert said == [
        ("2013-11", "category-vanished", "Influenza A virus subtype H1N1"),
        ("2014-09", "unlike-earlier-periods", "14759"),
    ]


def test_an_engine_that_fails_is_named_and_what_was_read_stands(engine, tmp_path):
    load(engine, "typed", MONTHLY.table_schema, monthly(HALF_YEAR))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no more")

    groups, told = compare_with_previous(
        engine, "typed", MONTHLY, tmp_path / "broken.parquet", MONTHLY.table_schema
    )

    assert codes(groups) == [("comparison-failed", None)]
    assert groups[0].severity is Severity.REVIEW
    assert told == {}
    assert engine.execute("SELECT count(*) FROM typed").fetchall() == [(60,)]
