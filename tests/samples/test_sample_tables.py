"""Every item's sample rows keep its schema, repeat, move with time and name nobody."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date

import pytest

from gongkai.domain.items import DisclosureItem, ServiceKind, item_of
from gongkai.domain.problems import Severity
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.samples.generic import generic
from gongkai.samples.institutions import INSTITUTIONS, SampleInstitution, sample_institution
from gongkai.samples.scene import Row, Scene, row_as_text
from gongkai.samples.tables import sample_rows

Items = dict[str, DisclosureItem]
Check = Callable[..., list[str]]
PERIODS = (date(2025, 11, 30), date(2026, 2, 28), date(2026, 10, 31))
NOW = PERIODS[-1]
BODIES = ("yunhe-cdc", "yunhe-first-hospital", "yunhe-blood", "qingshan-community")
MOMENTS = ((75, NOW), (3, PERIODS[0]), (8, PERIODS[1]))
# Four bodies at every moment, the others at one each.
CASES = [
    (body.slug, *moment)
    for number, body in enumerate(INSTITUTIONS)
    for moment in (MOMENTS if body.slug in BODIES else MOMENTS[number % 3 :][:1])
]


def test_there_are_sixty_items(items: Items) -> None:
    assert len(items) == 60


@pytest.mark.parametrize(("slug", "seed", "period"), CASES)
def test_the_rows_of_every_item_pass_every_check(
    items: Items, problems_of: Check, slug: str, seed: int, period: date
) -> None:
    context: dict[str, list[Row]] = {}
    for item, body in owed(items, slug):
        rows = sample_rows(item, body, seed=seed, period=period, context=context)
        context[item.key] = rows
        assert rows
        assert problems_of(item.table_schema, rows, context)[:5] == [], item.key


@pytest.mark.parametrize("slug", BODIES)
def test_without_context_the_tables_of_one_seed_agree_with_each_other(
    items: Items, problems_of: Check, slug: str
) -> None:
    tables = {
        item.key: sample_rows(item, body, seed=7, period=NOW) for item, body in owed(items, slug)
    }

    for key, rows in tables.items():
        assert problems_of(items[key].table_schema, rows, tables)[:5] == [], key


@pytest.mark.parametrize("slug", BODIES)
def test_the_same_arguments_give_the_same_rows(items: Items, slug: str) -> None:
    for item, body in owed(items, slug):
        first, second = (sample_rows(item, body, seed=75, period=NOW) for _ in range(2))
        assert first == second


def test_a_year_later_every_table_reads_differently(items: Items) -> None:
    changed = {
        item.key
        for slug in BODIES
        for item, body in owed(items, slug)
        if sample_rows(item, body, seed=75, period=PERIODS[0])
        != sample_rows(item, body, seed=75, period=NOW)
    }

    assert changed == set(items)


@pytest.mark.parametrize(
    "key",
    [
        "service_item_prices",
        "drug_prices",
        "consumable_prices",
        "staff_registration",
    ],
)
def test_a_month_later_most_lines_of_a_list_stand(items: Items, key: str) -> None:
    body = sample_institution("yunhe-first-hospital")
    before, after = (
        {
            tuple(cell for name, cell in row.items() if name != "as_of")
            for row in sample_rows(items[key], body, seed=75, period=period)
        }
        for period in (date(2026, 9, 30), NOW)
    )

    assert before != after
    assert len(before & after) > 0.9 * len(before)


def test_only_the_last_months_diseases_are_new_or_revised(items: Items) -> None:
    item, body = items["notifiable_diseases_monthly"], sample_institution("yunhe-cdc")
    september, october = (
        sample_rows(item, body, seed=75, period=period) for period in (date(2026, 9, 30), NOW)
    )

    kept = [row for row in october if row["period"] < "2026-09"]
    assert kept == [row for row in september if row["period"] < "2026-09"]
    assert {row["period"] for row in october} - {row["period"] for row in september} == {"2026-10"}
    assert {row["obs_flag"] for row in october if row["period"] == "2026-10"} == {"p"}


def test_every_disease_is_there_each_month_and_zero_is_written(items: Items) -> None:
    body = sample_institution("yunhe-cdc")
    rows = sample_rows(items["notifiable_diseases_monthly"], body, seed=75, period=NOW)

    assert len(rows) == 10 * 51
    plague = [row for row in rows if row["disease_code"] == "A01"]
    assert [row["cases"] for row in plague] == ["0"] * 10
    assert all(row["authorised_doc"] for row in rows)


def test_rabies_may_kill_more_than_fall_ill(items: Items) -> None:
    body = sample_institution("yunhe-cdc")
    rows = [
        row
        for seed in range(12)
        for row in sample_rows(
            items["notifiable_diseases_monthly"], body, seed=seed, period=date(2026, 12, 31)
        )
        if row["disease_code"] == "B09"
    ]

    assert any(int(row["deaths"]) > int(row["cases"]) for row in rows)


def test_blood_stock_has_every_group_half_doses_and_honest_cover(items: Items) -> None:
    body = sample_institution("yunhe-blood")
    rows = sample_rows(items["blood_inventory"], body, seed=75, period=NOW)

    assert len({(row["component"], row["abo"], row["rh"]) for row in rows}) == 64
    assert any(row["stock_qty"].endswith(".5") for row in rows)
    for row in rows:
        if float(row["avg_daily_use"]):
            cover = float(row["stock_qty"]) / float(row["avg_daily_use"])
            assert abs(cover - float(row["days_cover"])) <= 0.05 + 1e-9


def test_item_codes_keep_their_leading_zeros(items: Items) -> None:
    body = sample_institution("yunhe-first-hospital")
    rows = sample_rows(items["service_item_prices"], body, seed=75, period=NOW)

    assert "220301001" in {row["item_code"] for row in rows}
    assert any(row["item_code"].startswith("01") for row in rows)
    assert len(rows) >= 250


@pytest.mark.parametrize(
    "key",
    [
        "service_item_prices",
        "drug_prices",
        "consumable_prices",
        "essential_medicines",
        "staff_registration",
        "outpatient_schedule",
        "family_doctor_teams",
        "vaccination_clinics",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 900])
def test_a_list_has_as_many_rows_as_asked_for(
    items: Items, problems_of: Check, key: str, size: int
) -> None:
    body, schema = sample_institution("qingshan-community"), items[key].table_schema
    rows = sample_rows(items[key], body, seed=75, period=NOW, size=size)

    assert len(rows) == size
    staff = {"staff_registration": [{"public_staff_no": row.get("doctor_no", "")} for row in rows]}
    assert problems_of(schema, rows, staff)[:5] == []


@pytest.mark.parametrize("slug", BODIES)
def test_the_generic_maker_manages_every_item(items: Items, problems_of: Check, slug: str) -> None:
    context = {
        item.key: sample_rows(item, body, seed=75, period=NOW) for item, body in owed(items, slug)
    }
    for item, body in owed(items, slug):
        scene = Scene(item, body, 75, NOW, context=context)
        rows = [row_as_text(item.table_schema, row) for row in generic(scene)]
        assert problems_of(item.table_schema, rows, context)[:5] == [], item.key


def test_a_body_of_another_place_and_type_gets_every_table(
    items: Items, problems_of: Check
) -> None:
    stranger = SampleInstitution(
        "far-away",
        "health_house",
        frozenset(ServiceKind),
        Text("远方卫生院", "Far Away"),
        "420100",
        Text("远方市", "Far City"),
        "12420100495500001X",
        "远方市中心路1号",
        "public",
    )
    tables = {key: sample_rows(item, stranger, seed=1, period=NOW) for key, item in items.items()}

    for key, rows in tables.items():
        assert rows, key
        assert problems_of(items[key].table_schema, rows, tables)[:3] == [], key


def test_an_item_nobody_foresaw_gets_rows_from_its_schema(problems_of: Check) -> None:
    item = _item_of_a_stranger()
    body = sample_institution("yunhe-cdc")
    rows = sample_rows(item, body, seed=1, period=NOW, size=20)

    assert len(rows) == 20
    assert problems_of(item.table_schema, rows, {}) == []


@pytest.mark.parametrize("slug", [institution.slug for institution in INSTITUTIONS])
def test_nobody_can_be_identified_or_called(items: Items, slug: str) -> None:
    for item, body in owed(items, slug):
        rows = sample_rows(item, body, seed=75, period=NOW)
        for name, cell in ordinary_cells(item.table_schema, rows):
            assert not leaks(cell), f"{item.key}.{name}: {cell}"


def test_the_leak_check_sees_what_it_looks_for() -> None:
    number = "11010519491231002X"  # the example of GB 11643

    assert leaks(number)
    assert not leaks(number[:-1] + "1")
    assert leaks("电话 138 0013 8000")
    assert leaks("本件为秘密★5年")


def owed(items: Items, slug: str) -> Iterator[tuple[DisclosureItem, SampleInstitution]]:
    """Yield what the body owes, referred tables before those that refer to them."""
    body = sample_institution(slug)
    found = [
        item
        for item in items.values()
        if item.is_owed_by(body.service_kinds) and (body.is_public or not item.public_bodies_only)
    ]
    for item in sorted(found, key=lambda item: (len(item.table_schema.foreign_keys), item.key)):
        yield item, body


def ordinary_cells(schema: TableSchema, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for field in schema:
            if not field.public_contact:
                yield field.name, row[field.name]


def leaks(cell: str) -> bool:
    """Tell whether a cell has a mobile number, an identity number or a classification mark."""
    squeezed = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", cell))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for number in re.findall(r"(?<!\d)[1-9]\d{16}[\dXx](?!\d)", squeezed):
        digits = zip(number[:17], weights, strict=True)
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in digits) % 11]
        if check == number[-1].upper() and 1900 <= int(number[6:10]) <= 2100:
            return True
    mobile = re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", squeezed)
    mark = re.search(r"绝密|机密|秘密|内部资料|内部文件|不得外传|此件不公开", cell)
    return bool(mobile or mark)


def _item_of_a_stranger() -> DisclosureItem:
    both = {"zh": "示例", "en": "Sample"}
    fields = [
        {
            "name": "case_no",
            "type": "string",
            "example": "AB-001",
            "constraints": {"required": True, "unique": True, "pattern": r"^[A-Z]{2}-\d{3}$"},
        },
        {
            "name": "kind",
            "type": "string",
            "example": "a",
            "constraints": {"required": True},
            "categories": [{"value": value, "label": both} for value in ("a", "b", "total")],
        },
        {"name": "low", "type": "integer", "example": "10", "constraints": {"minimum": 0}},
        {"name": "high", "type": "integer", "example": "20", "constraints": {"maximum": 25}},
        {"name": "sum", "type": "integer", "example": "30", "constraints": {"required": True}},
        {"name": "rate", "type": "number", "example": "0.5", "decimals": 4},
        {
            "name": "seen_on",
            "type": "date",
            "example": "2026-01-01",
            "required_when": "kind == 'b'",
        },
        {"name": "is_late", "type": "boolean", "example": "false"},
    ]
    rules = [
        {"key": "order", "expect": "high >= low"},
        {"key": "sum", "expect": "sum == low + high"},
        {"key": "rate", "expect": "abs(rate - low / sum) <= 0.001", "when": "kind == 'a'"},
    ]
    return item_of(
        {
            "key": "strange_cases",
            "title": both,
            "description": both,
            "service_kinds": ["clinical"],
            "legal_basis": [both],
            "frequency": "annual",
            "deadline_rules": ["proactive_20wd"],
            "table_schema": {
                "primaryKey": ["case_no"],
                "fields": [{"title": both, **field} for field in fields],
                "rules": [{"message": both, "severity": Severity.ERROR, **rule} for rule in rules],
                "totals": [
                    {
                        "key": "t",
                        "fields": ["low"],
                        "within": ["seen_on"],
                        "message": both,
                        "total": "kind == 'total'",
                        "parts": "kind != 'total'",
                    }
                ],
                "counts": [
                    {
                        "key": "c",
                        "where": "is_late == true",
                        "at_least": 2,
                        "at_most": 3,
                        "message": both,
                    }
                ],
            },
        }
    )
