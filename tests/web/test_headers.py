import pytest

from gongkai.app import create_app
from gongkai.site import Site
from gongkai.testing import make_settings
from tests.web.fixtures import GONE, STOCK

PATHS = [
    "/",
    "/datasets",
    f"/datasets/{STOCK}",
    f"/datasets/{STOCK}/latest/data.csv",
    f"/datasets/{GONE}/latest/data.csv",
    "/feeds/all.rss",
    "/api/v1/datasets",
    "/api/v1/docs",
    "/nothing/here",
    "/static/site.css",
    "/healthz",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_security_headers_and_an_id(client, path):
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]
    assert len(headers["X-Request-Id"]) == 36
    assert "default-src" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", PATHS)
def test_the_id_is_ours_and_never_the_askers(client, path):
    asked = client.get(path, headers={"X-Request-Id": "mine"})

    assert asked.headers["X-Request-Id"] != "mine"


@pytest.mark.parametrize(
    "path", [f"/datasets/{STOCK}/latest/data.csv", "/feeds/all.atom", "/api/v1/datasets"]
)
def test_pages_of_any_origin_may_read_what_is_public(client, path):
    assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    preflight = client.options(
        path, headers={"Origin": "https://a.example", "Access-Control-Request-Headers": "range"}
    )
    assert preflight.status_code == 200
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Range" in preflight.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in preflight.headers


def test_errors_can_be_read_across_origins_too(client):
    answer = client.get(f"/datasets/{GONE}/latest/data.csv")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", PATHS)
def test_a_hostile_host_header_changes_no_byte(client, path):
    hostile = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "1.2.3.4",
    }
    plain, asked = client.get(path), client.get(path, headers=hostile)

    assert asked.status_code == plain.status_code
    assert b"evil.example" not in asked.data
    assert "evil.example" not in str(asked.headers)


def make_client(tmp_path, **chosen):
    site = Site(make_settings(tmp_path, site=chosen))
    site.migrate()
    return create_app(site).test_client()


def test_only_trusted_hosts_are_answered_where_they_are_named(tmp_path):
    client = make_client(tmp_path, trusted_hosts=["data.example"])

    assert client.get("/healthz", headers={"Host": "data.example"}).status_code == 200
    refused = client.get("/healthz", headers={"Host": "evil.example"})
    assert (refused.status_code, refused.json["code"]) == (400, "bad-request")


def test_a_site_under_https_says_so(tmp_path):
    client = make_client(tmp_path, base_url="https://data.example")

    assert "max-age" in client.get("/").headers["Strict-Transport-Security"]


def test_forwarded_headers_count_only_behind_the_named_number_of_proxies(tmp_path):
    client = make_client(tmp_path, proxy_hops=1, trusted_hosts=["data.example"])
    forwarded = {"Host": "inner", "X-Forwarded-Host": "data.example"}

    assert client.get("/healthz", headers=forwarded).status_code == 200
