"""Whatever is asked, the answer is no failure of ours."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongkai.testing import make_institution
from tests.effort import effort
from tests.web.fixtures import STOCK, reader_of

LISTS = [
    "/datasets",
    "/institutions",
    "/news",
    "/items/blood_inventory",
    "/api/v1/datasets",
    "/api/v1/institutions",
    "/api/v1/news",
    "/api/v1/items",
    "/api/v1/institution-types",
    f"/api/v1/datasets/{STOCK}/releases",
    f"/api/v1/datasets/{STOCK}/records",
]
NAMES = [
    "after",
    "cursor",
    "limit",
    "institution",
    "type",
    "item",
    "published",
    "lang",
    "q",
    "sort",
    "fields",
    "release",
    "format",
    "as_of__gte",
    "stock_qty",
    "group_by",
    "aggregate",
]
VALUES = [
    "",
    "0",
    "-1",
    "99999999999",
    "9223372036854775808",
    "1e309",
    "NaN",
    "٣",
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "' OR 1=1 --",
    '"; DROP TABLE release; --',
    "../../etc/passwd",
    "%0d%0aX: y",
    "%u2028",
    "{{7*7}}",
    "a/b",
    "a/b/c",
    "x" * 3000,
    "count(*)",
    "-as_of,-as_of",
    "true",
    "\U0001f4a9",
]


@pytest.mark.parametrize("path", LISTS)
def test_no_parameter_breaks_a_list_on_any_database(site, path):
    make_institution(site)
    client = reader_of(site)

    for name in NAMES:
        for value in VALUES:
            answer = client.get(f"{path}?{name}={quote(value, safe='%')}")
            assert answer.status_code < 500, f"{name}={value}: {answer.text[:300]}"


@pytest.mark.parametrize("number", ["1", "2147483648", "9223372036854775808", "9" * 40, "0", "-1"])
def test_no_number_breaks_a_page_on_any_database(site, number):
    client = reader_of(site)

    for path in (f"/news/{number}", f"/api/v1/news/{number}", f"/news?after={number}"):
        assert client.get(path).status_code < 500


@settings(
    max_examples=effort(60, 500),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(path=st.text(max_size=40), name=st.text(max_size=20), value=st.text(max_size=40))
def test_no_address_is_a_failure_of_ours(client, path, name, value):
    query = f"{quote(name, errors='replace')}={quote(value, errors='replace')}"
    for place in ("/", "/datasets/", "/api/v1/", f"/datasets/{STOCK}/", "/feeds/", "/static/"):
        answer = client.get(f"{place}{quote(path, errors='replace')}?{query}")
        assert answer.status_code < 500


@settings(
    max_examples=effort(50, 500),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(
        [
            "Accept",
            "Accept-Language",
            "Accept-Encoding",
            "Range",
            "If-Range",
            "If-None-Match",
            "If-Modified-Since",
            "If-Match",
            "Cookie",
            "Authorization",
            "Content-Type",
            "Host",
        ]
    ),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60),
)
def test_no_header_is_a_failure_of_ours(client, name, value):
    for path in (
        f"/datasets/{STOCK}/latest/data.csv",
        "/feeds/all.rss",
        "/",
        f"/api/v1/datasets/{STOCK}/records?limit=1",
    ):
        assert client.get(path, headers={name: value}).status_code < 500
