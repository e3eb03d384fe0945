import json
from itertools import product
from xml.etree import ElementTree as ET

import feedparser
import pytest

from gongkai.services.recorded import publish_notice
from gongkai.testing import make_institution, make_site, publish_rows
from tests.web.fixtures import STOCK, reader_of, stock_rows, withdraw

SCOPES = [
    "all",
    "news",
    "corrections",
    "overdue",
    "types/blood_station",
    "institutions/yunhe-blood",
    "items/blood_inventory",
    f"datasets/{STOCK}",
]
MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}
ADDRESSES = [f"/feeds/{scope}.{extension}" for scope, extension in product(SCOPES, MEDIA_TYPES)]


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_feed_is_well_formed_and_knows_its_own_address(client, path):
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.content_type == MEDIA_TYPES[path.rpartition(".")[2]]
    own = f"http://127.0.0.1:8000{path}"
    if path.endswith("json"):
        assert json.loads(answer.data)["feed_url"] == own
    else:
        ET.fromstring(answer.data)
        parsed = feedparser.parse(answer.data)
        assert not parsed.bozo
        assert own in {link["href"] for link in parsed.feed.links if link["rel"] == "self"}


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_unchanged_feed_is_304_by_either_validator(client, path):
    first = client.get(path)
    etag, when = first.headers["ETag"], first.headers["Last-Modified"]

    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag
    assert client.get(path, headers={"If-Modified-Since": when}).status_code == 304
    assert "max-age=300" in first.headers["Cache-Control"]


def test_the_address_alone_decides_the_language(client):
    chinese = client.get("/feeds/all.rss", headers={"Accept-Language": "en"})
    english = client.get("/feeds/all.rss?lang=en")

    assert "<title>全部发布" in chinese.text
    assert "<title>Everything published" in english.text
    assert "Vary" not in chinese.headers
    assert "http://127.0.0.1:8000/feeds/all.rss?lang=en" in english.text
    assert client.get("/feeds/all.rss?utm_source=x").data == chinese.data


def test_enclosures_have_the_length_that_is_served(client):
    feed = feedparser.parse(client.get(f"/feeds/datasets/{STOCK}.rss").data)

    for entry in feed.entries:
        assert entry.enclosures
        for file in entry.enclosures:
            served = client.get(file["href"].removeprefix("http://127.0.0.1:8000"))
            assert served.content_length == int(file["length"])


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/all.xml",
        "/feeds/all",
        "/feeds/nothing.rss",
        "/feeds/items/none.rss",
        "/feeds/types/none.atom",
        "/feeds/institutions/nobody.json",
        "/feeds/datasets/yunhe-blood/none.rss",
        "/feeds/everything.rss",
    ],
)
def test_a_feed_of_nothing_is_404(client, path):
    answer = client.get(path)

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_bytes_change_when_something_is_published_in_the_scope_and_only_then(tmp_path):
    site = make_site(tmp_path)
    make_institution(site)
    make_institution(site, "other-blood")
    publish_rows(site, STOCK, stock_rows(1))
    one, another = reader_of(site), reader_of(site)

    def tags(client=one):
        return [client.get(f"/feeds/{scope}.rss").headers["ETag"] for scope in SCOPES]

    before = tags()
    assert tags(another) == before  # another process writes the same bytes
    publish_rows(site, "other-blood/blood_inventory", stock_rows(2))
    after = tags()
    moved = {scope for scope, old, new in zip(SCOPES, before, after, strict=True) if old != new}
    assert moved == {"all", "types/blood_station", "items/blood_inventory"}
    publish_notice(site, "yunhe-blood", title="公告", body_markdown="正文", channel="test")
    assert {s for s, old, new in zip(SCOPES, after, tags(), strict=True) if old != new} == {
        "all",
        "news",
        "types/blood_station",
        "institutions/yunhe-blood",
    }
    withdraw(site, STOCK, "1.0.0", "数据有误。")
    assert "数据有误。" in one.get("/feeds/corrections.rss").text
    assert tags() == tags(another)
    site.close()
