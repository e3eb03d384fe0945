"""Reading a question to the records from an address."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.domain.records import (
    MAX_LIMIT,
    Aggregate,
    Filter,
    QueryRefused,
    RecordQuery,
    SortKey,
    parse_query,
    result_fields,
)
from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.domain.text import Text

TITLE = Text("列", "column")
SCHEMA = TableSchema(
    (
        Field("code", FieldType.STRING, TITLE, "a"),
        Field("price", FieldType.NUMBER, TITLE, "1.50", decimals=2),
        Field("rate", FieldType.NUMBER, TITLE, "1.5"),
        Field("people", FieldType.INTEGER, TITLE, "1"),
        Field("is_open", FieldType.BOOLEAN, TITLE, "true"),
        Field("day", FieldType.DATE, TITLE, "2026-01-30"),
        Field("moment", FieldType.DATETIME, TITLE, "2026-01-30T08:00:00+08:00"),
        Field("format", FieldType.STRING, TITLE, "x"),
    ),
    primary_key=("code",),
)


def parse(**parameters: str) -> RecordQuery:
    return parse_query(list(parameters.items()), SCHEMA)


def refused(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    """Return what is said about a question that is refused."""
    with pytest.raises(QueryRefused) as caught:
        parse_query(pairs, SCHEMA)
    assert caught.value.code == "query-refused"
    return [dict(error) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("parameter", "text", "wanted"),
    [
        ("code", "010100", Filter("code", "eq", ("010100",))),
        ("code__in", "a,血", Filter("code", "in", ("a", "血"))),
        ("price__gte", "240.5", Filter("price", "gte", (Decimal("240.5"),))),
        ("rate__lt", "-1e3", Filter("rate", "lt", (-1000.0,))),
        ("people__ne", "-10", Filter("people", "ne", (-10,))),
        ("is_open", "1", Filter("is_open", "eq", (True,))),
        ("day__lte", "2026-01-30", Filter("day", "lte", (date(2026, 1, 30),))),
        ("price__isnull", "true", Filter("price", "isnull", (True,))),
        ("format__eq", "pdf", Filter("format", "eq", ("pdf",))),
    ],
)
def test_a_value_takes_the_type_of_its_field(parameter: str, text: str, wanted: Filter) -> None:
    assert parse(**{parameter: text}).filters == (wanted,)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-30T08:00:00+08:00",
        "2026-01-30T08:00:00 08:00",
        "2026-01-30 08:00",
        "2026-01-30T00:00:00Z",
    ],
)
def test_an_instant_is_shanghai_time_unless_it_says_otherwise(text: str) -> None:
    value = parse(moment=text).filters[0].values[0]
    assert value == datetime(2026, 1, 30, tzinfo=UTC)
    assert value == datetime(2026, 1, 30, 8, tzinfo=timezone(timedelta(hours=8)))


def test_shape_sorting_paging_and_grouping_are_read() -> None:
    query = parse(sort="-price,code", fields="code,price", limit="10000", cursor="x", q=" 血 库 ")
    assert query.sort == (SortKey("price", descending=True), SortKey("code"))
    assert (query.fields, query.limit, query.cursor) == (("code", "price"), MAX_LIMIT, "x")
    assert query.words == ("血", "库")
    grouped = parse(group_by="day,code", aggregate="count,avg(price)", sort="-avg_price")
    assert grouped.aggregates == (Aggregate("count"), Aggregate("avg", "price"))
    assert [f.name for f in result_fields(grouped, SCHEMA)] == ["day", "code", "count", "avg_price"]
    assert parse(group_by="day").aggregates == (Aggregate("count"),)


def test_what_the_web_layer_reads_is_left_to_it() -> None:
    assert parse(format="csv", release="1.0.0", lang="en") == RecordQuery()


def test_everything_wrong_is_said_at_once_with_what_is_allowed() -> None:
    errors = refused(
        ("prcie", "1"),
        ("price__like", "1"),
        ("people", "many"),
        ("day", "2026-02-30"),
        ("sort", "-colour"),
        ("fields", "code,shape"),
        ("limit", "10001"),
        ("is_open__gt", "true"),
    )
    assert [(e["parameter"], e["code"]) for e in errors] == [
        ("prcie", "unknown-column"),
        ("price__like", "unknown-operator"),
        ("people", "bad-value"),
        ("day", "bad-value"),
        ("is_open__gt", "unknown-operator"),
        ("fields", "unknown-column"),
        ("sort", "unknown-column"),
        ("limit", "bad-value"),
    ]
    assert "code, price, rate" in errors[0]["message"]
    assert errors[2]["field"] == "people"


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("people", str(n)) for n in range(21)], "too-many-filters"),
        ([("people__in", ",".join(map(str, range(1001))))], "too-many-values"),
        ([("code", "长" * 257)], "bad-value"),
        ([("code", "")], "bad-value"),
        ([("code", "\ud800")], "bad-value"),
        ([("q", "长" * 257)], "bad-value"),
        ([("q", "\ud800")], "bad-value"),
        ([("people", "１２")], "bad-value"),
        ([("people", "1" * 19)], "bad-value"),
        ([("rate", "1e999")], "bad-value"),
        ([("rate", "nan")], "bad-value"),
        ([("price__isnull", "maybe")], "bad-value"),
        ([("sort", "price,-price")], "bad-value"),
        ([("limit", "0")], "bad-value"),
        ([("limit", "1"), ("limit", "2")], "repeated-parameter"),
        ([("cursor", "x" * 257)], "bad-value"),
        ([("aggregate", "sum(code)")], "bad-value"),
        ([("aggregate", "count,count")], "bad-value"),
        ([("group_by", "code"), ("fields", "code")], "bad-value"),
        ([("group_by", "code"), ("sort", "price")], "unknown-column"),
    ],
)
def test_a_question_over_a_limit_or_of_the_wrong_kind_is_refused(
    pairs: list[tuple[str, str]], code: str
) -> None:
    assert [error["code"] for error in refused(*pairs)] == [code]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "code",
                    "price__in",
                    "day__lt",
                    "moment",
                    "sort",
                    "q",
                    "limit",
                    "aggregate",
                    "group_by",
                    "fields",
                    "cursor",
                ]
            )
            | st.text(max_size=9),
            st.text(max_size=12),
        ),
        max_size=5,
    )
)
def test_any_query_string_is_read_or_refused_with_reasons(pairs: list[tuple[str, str]]) -> None:
    try:
        answer: object = parse_query(pairs, SCHEMA)
    except QueryRefused as refusal:
        answer = refusal.errors
    assert answer


def test_the_shape_forgets_the_page_and_remembers_the_rest() -> None:
    shape = parse(sort="price").shape("release")
    assert parse(sort="price", limit="5", cursor="x").shape("release") == shape
    assert parse(sort="-price").shape("release") != shape
    assert parse(sort="price").shape("other") != shape
