import random
from datetime import date, timedelta

import duckdb
import pytest
from stdnum.cn import ric

from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.rows.store import TableRows
from gongkai.testing import make_field
from gongkai_confidentiality import check_confidentiality
from tests.rows.tables import item_of_fields

RIGHT_ID = "11010519491231002X"
WRONG_ID = "110105194912310021"
PHONE = "13812345678"


def look(*texts: str | None, **asked: object) -> list[ProblemGroup]:
    """Return what is found in a column ``x`` that holds ``texts`` from row 2 on."""
    item = item_of_fields(make_field("x", **asked))
    kind = "BIGINT" if asked.get("type") == "integer" else "VARCHAR"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (_row BIGINT, code VARCHAR, x {kind})")
        rows = [(row, f"K{row}", text) for row, text in enumerate(texts, start=2)]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        groups = check_confidentiality(item, TableRows(connection, "t", item.table_schema, "_row"))
    assert all(isinstance(group, ProblemGroup) for group in groups)
    return groups  # type: ignore[return-value]


def codes(*texts: str, **asked: object) -> list[str]:
    return [group.code for group in look(*texts, **asked)]


@pytest.mark.parametrize(
    "text",
    [
        RIGHT_ID,
        RIGHT_ID.lower(),
        f"张三，身份证{RIGHT_ID}，住院",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-1949-1231-002X",
        "110105\u200b19491231\u200b002X",
        f"A {RIGHT_ID}",
        f"no. 12 {RIGHT_ID} 2026",
        "ID 110105 1949 1231 002X",
    ],
)
def test_a_resident_identity_number_blocks_however_it_is_hidden(text):
    [group] = look("harmless", text)

    assert (group.code, group.severity, group.field) == ("resident-id", Severity.ERROR, "x")
    assert [(problem.row, problem.value) for problem in group.first] == [(3, "110105********002X")]
    assert "1949" not in group.first[0].message.zh + group.first[0].message.en


def test_a_wrong_check_digit_warns(tmp_path):
    [group] = look(WRONG_ID)

    assert (group.code, group.severity) == ("resident-id-doubtful", Severity.WARNING)


@pytest.mark.parametrize(
    "text",
    [
        f"{RIGHT_ID}9",
        f"A{RIGHT_ID}",
        "110105194902300023",
        "12370100495571234K",
        "123701004955712345",
        "C01234567890123456789",
    ],
)
def test_other_long_codes_are_left_alone(text):
    assert codes(text) == []


def test_an_identity_number_in_a_column_of_integers_is_found():
    assert codes(110105199003070177, type="integer") == ["resident-id-doubtful"]


def test_every_one_of_many_identity_numbers_is_found_and_the_list_is_capped():
    chance = random.Random(7)
    numbers = []
    for _ in range(1000):
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(35_000))
        stem = f"{chance.randrange(110000, 659999)}{born:%Y%m%d}{chance.randrange(1000):03d}"
        numbers.append(stem + ric.calc_check_digit(stem + "0"))

    [group] = look(*numbers)

    assert group.total == 1000
    assert [problem.row for problem in group.first] == list(range(2, 102))


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        "138 1234 5678",
        "138-1234-5678",
        "+86 13812345678",
        "联系人：13812345678（微信）",
        "１３８１２３４５６７８",
        "138\u200b12345678",
        "1 3 8 1 2 3 4 5 6 7 8",
    ],
)
def test_a_mobile_number_blocks_outside_public_contacts(text):
    [group] = look(text)

    assert (group.code, group.severity) == ("mobile-number", Severity.ERROR)
    assert group.first[0].value == "138****5678"
    assert codes(text, public_contact=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "0531-80001234",
        "12320",
        "213812345678",
        "138123456789",
        "2026-01-31",
        "26.13812345678",
        "13812345678.25",
        "https://example.org/a/13812345678.html",
    ],
)
def test_other_telephones_and_numbers_are_left_alone(text):
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("机密★10年", "secret-mark"),
        ("秘 密", "secret-mark"),
        ("绝密", "secret-mark"),
        ("仅供内部使用", "secret-mark"),
        ("内部资料，不得外传", "secret-mark"),
        ("国家秘密★长期", "secret-mark"),
        ("不得泄露国家秘密和商业秘密", "secret-mention"),
        ("此件不公开", "not-public-mark"),
        ("依申请公开", "not-public-mark"),
        ("公开属性：不予公开", "not-public-mark"),
        ("受理依申请公开申请", "not-public-mention"),
    ],
)
def test_marks_block_and_talk_of_them_goes_to_the_reviewer(text, code):
    [group] = look(text)

    assert group.code == code
    wanted = Severity.ERROR if code.endswith("-mark") else Severity.REVIEW
    assert group.severity is wanted


def test_a_field_of_codes_is_not_searched():
    label = {"zh": "依申请公开", "en": "On request"}

    assert codes("依申请公开", categories=[{"value": "on_request", "label": label}]) == []


def test_ordinary_text_raises_nothing():
    assert look("上半年采血 9120 人次", "37.5", None, "市中心血站", "") == []
