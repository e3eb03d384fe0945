import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from gongkai.testing import make_institution, publish_rows
from tests.web.fixtures import EMPTY, GONE, STOCK, reader_of, stock_rows, withdraw

PATH = f"/api/v1/datasets/{STOCK}/records"


def days(answer):
    return [row["as_of"][:10] for row in answer.json["data"]]


def test_an_answer_has_rows_a_page_and_the_release_they_are_of(client):
    answer = client.get(f"{PATH}?limit=3")
    body = answer.json

    assert list(body) == ["data", "page", "release"]
    assert body["data"][0] == {
        "as_of": "2026-03-02T08:00:00+08:00",
        "component": "rbc",
        "abo": "O",
        "rh": "pos",
        "stock_qty": 120.5,
        "stock_unit": "U",
        "avg_daily_use": 40,
        "days_cover": 3,
        "status": "low",
        "alert_level": "yellow",
    }
    assert body["page"]["limit"] == 3
    assert body["page"]["total"] == 40
    release = client.get(f"/api/v1/datasets/{STOCK}/releases/1.1.0").json
    assert body["release"] == {name: release[name] for name in ("version", "issued", "sha256")}


def test_all_pages_together_are_all_rows_in_order(client):
    found, following = [], f"{PATH}?limit=7&sort=-as_of"
    while following:
        answer = client.get(following)
        found += days(answer)
        links = [one for one in answer.headers.getlist("Link") if 'rel="next"' in one]
        following = (
            links[0][1:].split(">")[0].removeprefix("http://127.0.0.1:8000") if links else ""
        )
        assert bool(links) is (answer.json["page"]["next"] is not None)
    assert len(found) == 40
    assert found == sorted(found, reverse=True)


def test_next_is_sent_as_cursor(client):
    first = client.get(f"{PATH}?limit=30").json

    second = client.get(PATH, query_string={"limit": 30, "cursor": first["page"]["next"]}).json
    assert len(second["data"]) == 10
    assert second["page"]["next"] is None


def test_filters_sort_and_fields(client):
    answer = client.get(
        f"{PATH}?as_of__gte=2026-03-05T00:00:00%2B08:00&as_of__lt=2026-03-08T00:00:00%2B08:00"
        "&abo__in=A,O&status=low&sort=-as_of&fields=as_of,days_cover"
    )

    assert days(answer) == ["2026-03-07", "2026-03-06", "2026-03-05"]
    assert answer.json["data"][0].keys() == {"as_of", "days_cover"}
    assert client.get(f"{PATH}?abo=AB").json["page"]["total"] == 0


def test_an_older_release_can_be_asked_for(client):
    answer = client.get(f"{PATH}?release=1.0.0")

    assert answer.json["page"]["total"] == 4
    assert answer.json["release"]["version"] == "1.0.0"


@pytest.mark.parametrize("how", ["format", "accept"])
def test_rows_come_in_four_formats(client, how):
    def ask(form, media_type):
        if how == "format":
            return client.get(f"{PATH}?limit=5&format={form}")
        return client.get(f"{PATH}?limit=5", headers={"Accept": media_type})

    plain = ask("json", "application/json").json["data"]
    lines = ask("jsonl", "application/x-ndjson")
    assert [json.loads(line) for line in lines.text.splitlines()] == plain
    table = ask("csv", "text/csv")
    assert table.content_type == "text/csv; charset=utf-8"
    assert [row["as_of"] for row in csv.DictReader(io.StringIO(table.text))] == [
        row["as_of"] for row in plain
    ]
    columns = ask("parquet", "application/vnd.apache.parquet")
    assert pq.read_table(io.BytesIO(columns.data)).num_rows == 5
    for answer in (lines, table, columns):
        assert answer.headers["X-Total-Count"] == "40"
        assert 'rel="next"' in answer.headers["Link"]


def test_a_form_that_is_not_offered_is_406(client):
    answer = client.get(PATH, headers={"Accept": "application/xml"})

    assert (answer.status_code, answer.json["code"]) == (406, "not-acceptable")


def test_an_answer_is_asked_for_again_by_its_etag(client):
    first, other = client.get(f"{PATH}?limit=2"), client.get(f"{PATH}?limit=3")
    pinned = client.get(f"{PATH}?limit=2&release=1.1.0")

    assert first.headers["ETag"] != other.headers["ETag"]
    again = client.get(f"{PATH}?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age=60" in first.headers["Cache-Control"]
    assert "max-age=86400" in pinned.headers["Cache-Control"]


@pytest.mark.parametrize(
    "query",
    [
        "nothing=1",
        "abo__like=A",
        "stock_qty=many",
        "limit=0",
        "limit=10001",
        "limit=٣",
        "sort=nothing",
        "fields=as_of,nothing",
        "format=xml",
        "release=latest",
        "release=1.0",
        "cursor=x",
        "cursor=%00",
        "cursor=" + "A" * 400,
        "limit=1&limit=2",
        "format=csv&format=csv",
        "as_of=yesterday",
        "__eq=1",
        "q=" + "x" * 300,
        "abo__isnull=maybe",
        "%ff=1",
    ],
)
def test_a_question_that_makes_no_sense_is_400_and_says_why(client, query):
    answer = client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert answer.json["code"] in (
        "query-refused",
        "invalid-parameter",
        "bad-cursor",
        "unknown-parameter",
    )
    if answer.json["code"] != "bad-cursor":
        assert answer.json["errors"][0]["parameter"]


def test_an_unknown_field_is_named_with_those_that_exist(client):
    answer = client.get(f"{PATH}?blod=A")

    assert answer.json["errors"][0]["parameter"] == "blod"
    assert "abo" in answer.json["errors"][0]["message"]


def test_what_is_withdrawn_is_410_and_what_is_not_published_404(client):
    assert client.get(f"/api/v1/datasets/{GONE}/records").status_code == 410
    assert client.get(f"/api/v1/datasets/{EMPTY}/records").status_code == 404
    assert client.get(f"{PATH}?release=9.9.9").status_code == 404


def test_a_cursor_stays_on_the_release_it_began_with(sqlite_site):
    make_institution(sqlite_site)
    publish_rows(sqlite_site, STOCK, stock_rows(6))
    client = reader_of(sqlite_site)
    first = client.get(f"{PATH}?limit=4&sort=-as_of").json
    publish_rows(sqlite_site, STOCK, stock_rows(9))

    cursor = first["page"]["next"]
    second = client.get(f"{PATH}?limit=4&sort=-as_of&cursor={cursor}").json

    assert second["release"] == first["release"]
    assert [row["as_of"][:10] for row in second["data"]] == ["2026-03-03", "2026-03-02"]
    assert client.get(f"{PATH}?limit=4&sort=-as_of").json["release"]["version"] == "1.1.0"
    mixed = client.get(f"{PATH}?limit=4&sort=-as_of&cursor={cursor}&release=1.1.0")
    assert (mixed.status_code, mixed.json["code"]) == (400, "bad-cursor")
    other = client.get(f"{PATH}?limit=4&cursor={cursor}")
    assert (other.status_code, other.json["code"]) == (400, "bad-cursor")
    withdraw(sqlite_site, STOCK, "1.0.0", "数据有误。")
    assert client.get(f"{PATH}?limit=4&sort=-as_of&cursor={cursor}").status_code == 410


def test_datasets_with_the_same_rows_keep_their_own_answers(sqlite_site):
    for slug in ("yunhe-blood", "other-blood"):
        make_institution(sqlite_site, slug)
        publish_rows(sqlite_site, f"{slug}/blood_inventory", stock_rows(3))
    client = reader_of(sqlite_site)

    for slug in ("yunhe-blood", "other-blood") * 2:
        answer = client.get(f"/api/v1/datasets/{slug}/blood_inventory/records?limit=2")
        assert all(f"/datasets/{slug}/" in link for link in answer.headers.getlist("Link"))
        assert answer.json["page"]["total"] == 3
