import csv
import io
import json
from decimal import Decimal

import pytest

from gongkai.domain.evolution import apply, apply_csv
from gongkai.domain.table_schema import TableSchema
from gongkai.testing import make_institution, make_site, publish_rows
from tests.web.fixtures import EMPTY, GONE, STOCK, reader_of, stock_rows, withdraw

PATH = f"/api/v1/datasets/{STOCK}/changes"
FILES = f"/datasets/{STOCK}/releases"


def publish_three(site):
    """Publish four days of stock, one figure corrected, then a day less and one more."""
    make_institution(site)
    rows = stock_rows(4)
    publish_rows(site, STOCK, rows)
    rows[1] = rows[1] | {"stock_qty": "80", "days_cover": "2.0"}
    publish_rows(site, STOCK, rows, is_correction=True, change_note="更正一天的库存。")
    publish_rows(site, STOCK, [*rows[1:], *stock_rows(5)[4:]])
    return site


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """Read it, never write to it: it is shared."""
    site = publish_three(make_site(tmp_path_factory.mktemp("corrected")))
    yield reader_of(site)
    site.close()


def everything(client, query=""):
    """Follow `next` to the end, as a reader does."""
    answer = json.loads(client.get(f"{PATH}?limit=2{query}").data, parse_float=Decimal)
    whole, following = answer, answer["page"]["next"]
    while following:
        part = client.get(f"{PATH}?limit=2&cursor={following}")
        part = json.loads(part.data, parse_float=Decimal)
        whole["data"] += part["data"]
        following = part["page"]["next"]
    return whole


def test_an_answer_says_what_changed_in_numbers_and_row_by_row(corrected):
    client = corrected
    body = client.get(f"{PATH}?from=1.0.0&to=1.0.1").json

    assert list(body) == ["from", "to", "counts", "fields", "schema", "data", "page"]
    assert (body["from"]["version"], body["to"]["version"]) == ("1.0.0", "1.0.1")
    assert body["counts"] == {"added": 0, "removed": 0, "changed": 1, "extended": 0}
    assert body["fields"] == {"stock_qty": 1, "days_cover": 1}
    assert body["schema"]["primaryKey"] == ["as_of", "component", "abo", "rh"]
    assert body["data"] == [
        {
            "change": "changed",
            "key": {
                "as_of": "2026-03-03T08:00:00+08:00",
                "component": "rbc",
                "abo": "O",
                "rh": "pos",
            },
            "before": {"stock_qty": 120.5, "days_cover": 3},
            "after": {"stock_qty": 80, "days_cover": 2},
        }
    ]
    assert body["page"] == {"limit": 100, "next": None, "total": 1}
    release = client.get(f"/api/v1/datasets/{STOCK}/releases/1.0.1").json
    assert body["to"] == {name: release[name] for name in ("version", "issued", "sha256")}


def test_without_versions_the_newest_is_compared_with_the_one_before(corrected):
    client = corrected
    body = client.get(PATH).json

    assert (body["from"]["version"], body["to"]["version"]) == ("1.0.1", "1.1.0")
    assert [(one["change"], one["row"]["as_of"][:10]) for one in body["data"]] == [
        ("removed", "2026-03-02"),
        ("added", "2026-03-06"),
    ]
    assert client.get(f"{PATH}?to=1.0.1").json["from"]["version"] == "1.0.0"
    assert client.get(f"{PATH}?from=1.0.0").json["to"]["version"] == "1.1.0"


@pytest.mark.parametrize(
    ("old", "new"), [("1.0.0", "1.1.0"), ("1.1.0", "1.0.0"), ("1.0.1", "1.0.1")]
)
def test_applied_to_the_files_of_the_one_it_gives_those_of_the_other(corrected, old, new):
    client = corrected
    pair = f"from={old}&to={new}"

    def file(version, name):
        return client.get(f"{FILES}/{version}/{name}").data.decode()

    rows = json.loads(file(old, "data.json"), parse_float=Decimal)
    wanted = json.loads(file(new, "data.json"), parse_float=Decimal)
    assert apply(everything(client, f"&{pair}"), rows) == wanted
    item = client.get("/api/v1/items/blood_inventory").json
    told = client.get(f"{PATH}?{pair}&format=csv").text
    schema = TableSchema.of(item["table_schema"])
    assert apply_csv(told, file(old, "data.csv"), schema) == file(new, "data.csv")


def test_csv_has_a_line_for_each_value(corrected):
    answer = corrected.get(f"{PATH}?from=1.0.0&to=1.0.1", headers={"Accept": "text/csv"})

    assert answer.content_type == "text/csv; charset=utf-8"
    assert "1.0.0-1.0.1-changes.csv" in answer.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(lines[0])[:5] == ["_change", "as_of", "component", "abo", "rh"]
    told = [(one["_change"], one["_field"], one["_before"], one["_after"]) for one in lines]
    assert told == [
        ("changed", "stock_qty", "120.5", "80"),
        ("changed", "days_cover", "3", "2"),
    ]


def test_csv_by_pages_is_csv_in_one(client):
    whole = client.get(f"{PATH}?format=csv").text.splitlines()
    found, following = whole[:1], f"{PATH}?format=csv&limit=7"
    while following:
        answer = client.get(following)
        found += answer.text.splitlines()[1:]
        links = [one for one in answer.headers.getlist("Link") if 'rel="next"' in one]
        following = (
            links[0][1:].split(">")[0].removeprefix("http://127.0.0.1:8000") if links else ""
        )
    assert found == whole
    assert len({line.split(",")[1] for line in whole[1:]}) == 36


def test_a_pinned_pair_is_kept_for_long_and_known_by_its_etag(client):
    pinned = client.get(f"{PATH}?from=1.0.0&to=1.1.0")
    again = client.get(
        f"{PATH}?from=1.0.0&to=1.1.0", headers={"If-None-Match": pinned.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")
    assert "max-age=86400" in pinned.headers["Cache-Control"]
    assert "max-age=60" in client.get(PATH).headers["Cache-Control"]
    others = [
        client.get(f"{PATH}?from=1.0.0&to=1.1.0{more}") for more in ("&limit=2", "&format=csv")
    ]
    assert len({one.headers["ETag"] for one in (pinned, *others)}) == 3
    assert client.head(f"{PATH}?format=csv").status_code == 200


def test_a_withdrawn_release_is_410_and_an_unknown_one_404(sqlite_site):
    client = reader_of(publish_three(sqlite_site))
    withdraw(sqlite_site, STOCK, "1.0.1", "数据有误。")

    for query in ("?from=1.0.1", "?from=1.0.0&to=1.0.1", "?from=1.0.1&format=csv"):
        answer = client.get(PATH + query)
        assert (answer.status_code, answer.json["code"]) == (410, "withdrawn")
        assert "数据有误。" in answer.text
    assert client.get(PATH).json["from"]["version"] == "1.0.0"
    assert client.get(f"{PATH}?to=1.0.0").status_code == 404
    assert client.get(f"{PATH}?from=9.9.9").status_code == 404
    assert client.get(f"/api/v1/datasets/{EMPTY}/changes").status_code == 404
    assert (
        client.get(f"/api/v1/datasets/{GONE.replace('sites', 'site')}/changes").status_code == 404
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=latest", "invalid-parameter"),
        ("to=1.0", "invalid-parameter"),
        ("from=1.0.0%0A", "invalid-parameter"),
        ("limit=0", "invalid-parameter"),
        ("limit=10001", "invalid-parameter"),
        ("format=xml", "invalid-parameter"),
        ("since=1.0.0", "unknown-parameter"),
        ("cursor=x", "bad-cursor"),
        ("cursor=MS4wLjAgMS4xLjAgeA", "bad-cursor"),
        ("cursor=MS4wLjAgMS4xLjA", "bad-cursor"),
    ],
)
def test_a_question_that_makes_no_sense_is_400(client, query, code):
    answer = client.get(f"{PATH}?{query}")

    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_a_cursor_stays_on_its_two_releases(client):
    first = client.get(f"{PATH}?limit=5").json
    cursor = first["page"]["next"]
    assert first["page"]["total"] == 36

    second = client.get(f"{PATH}?limit=5&cursor={cursor}")
    assert second.json["data"][0] not in first["data"]
    assert (
        "max-age=86400"
        in client.get(f"{PATH}?from=1.0.0&to=1.1.0&cursor={cursor}").headers["Cache-Control"]
    )
    other = client.get(f"{PATH}?from=1.1.0&cursor={cursor}")
    assert (other.status_code, other.json["code"]) == (400, "bad-cursor")


def test_a_form_that_is_not_offered_is_406(client):
    assert client.get(PATH, headers={"Accept": "application/xml"}).status_code == 406
