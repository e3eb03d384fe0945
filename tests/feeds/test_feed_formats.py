"""RSS, Atom and JSON Feed as readers see them."""

import json
import locale
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gongkai_feeds
from gongkai import Channel, Enclosure, Entry, EntryKind
from gongkai_feeds.atom import write_atom
from gongkai_feeds.json_feed import write_json_feed
from gongkai_feeds.rss import write_rss

CHANNEL = Channel(
    id="tag:open.example.cn,2026:all",
    title="全部公开信息",
    description="每次发布一条 <全部>",
    language="zh-CN",
    self_url="https://open.example.cn/feeds/all.rss?lang=zh&x=1",
    page_url="https://open.example.cn/",
    updated=datetime(2026, 1, 30, 16, tzinfo=UTC),
    author="济南市卫生健康委员会",
    hub_url="https://open.example.cn/websub",
)
FILES = (
    Enclosure("https://open.example.cn/data.xlsx", "application/xlsx", 5, "XLSX"),
    Enclosure("https://open.example.cn/data.csv", "text/csv", 160_000_000, "CSV"),
    Enclosure("https://open.example.cn/data.json", "application/json", 9, "JSON"),
)
WRITERS = [write_rss, write_atom]


def entry(number: int = 1, **changes: Any) -> Entry:
    """Return an entry, complete, with ``changes``."""
    made = Entry(
        id=f"tag:open.example.cn,2026:release/{number}",
        kind=EntryKind.RELEASE,
        title=f"血液库存 1.0.{number}",
        summary="新增 3 行",
        content_html="<p>新增 <b>3</b> 行</p>",
        url=f"https://open.example.cn/datasets/a/b/releases/1.0.{number}",
        published=datetime(2026, 1, 30, 15, tzinfo=UTC),
        updated=datetime(2026, 1, 30, 16, tzinfo=UTC),
        author="济南市中心血站",
        categories=("血站", "blood_inventory"),
        enclosures=FILES,
    )
    return replace(made, **changes)


@pytest.mark.parametrize("write", WRITERS)
def test_feedparser_reads_every_file_and_the_order_given(
    write: Callable[[Channel, Sequence[Entry]], bytes],
) -> None:
    found = feedparser.parse(write(CHANNEL, [entry(3), entry(2), entry(1)]))
    assert not found.bozo
    assert [e.title for e in found.entries] == [f"血液库存 1.0.{n}" for n in (3, 2, 1)]
    first = found.entries[0]
    assert first.id == "tag:open.example.cn,2026:release/3"
    assert first.link == "https://open.example.cn/datasets/a/b/releases/1.0.3"
    assert {(e.href, e.type, e.length) for e in first.enclosures} == {
        (file.url, file.media_type, str(file.byte_size)) for file in FILES
    }
    assert first.author == "济南市中心血站"
    assert [tag.term for tag in first.tags] == ["血站", "blood_inventory"]
    assert first.content[0].value == "<p>新增 <b>3</b> 行</p>"
    links = {link.rel: link.href for link in found.feed.links}
    assert links["self"] == CHANNEL.self_url
    assert links["hub"] == CHANNEL.hub_url
    assert found.feed.link == CHANNEL.page_url


def test_rss_gives_the_csv_as_its_one_enclosure_and_shanghai_times() -> None:
    item = ET.fromstring(write_rss(CHANNEL, [entry()])).find("channel/item")
    assert item is not None
    assert [e.get("url") for e in item.findall("enclosure")] == [FILES[1].url]
    guid = item.find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"
    assert item.findtext("pubDate") == "Fri, 30 Jan 2026 23:00:00 +0800"


def test_rss_names_its_language_its_age_and_the_time_of_the_last_change() -> None:
    root = ET.fromstring(write_rss(CHANNEL, []))
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-CN"
    assert root.findtext("channel/language") == "zh-CN"
    assert int(root.findtext("channel/ttl") or 0) > 0
    stamp = parsedate_to_datetime(root.findtext("channel/lastBuildDate") or "")
    assert stamp == CHANNEL.updated


def test_atom_links_carry_length_type_and_language() -> None:
    found = feedparser.parse(write_atom(CHANNEL, [entry()])).entries[0]
    files = [link for link in found.links if link.rel == "enclosure"]
    assert {link.hreflang for link in files} == {"zh-CN"}
    assert found.updated == "2026-01-31T00:00:00+08:00"


def test_json_feed_is_version_1_1_with_attachments() -> None:
    feed = json.loads(write_json_feed(CHANNEL, [entry()]))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == CHANNEL.self_url
    item = feed["items"][0]
    assert item["date_published"] == "2026-01-30T23:00:00+08:00"
    assert [a["size_in_bytes"] for a in item["attachments"]] == [5, 160_000_000, 9]


def test_the_same_entries_give_the_same_bytes_and_leave_the_locale_alone() -> None:
    before = locale.setlocale(locale.LC_ALL)
    for form in gongkai_feeds.register_feed_formats():
        assert form.write(CHANNEL, [entry()]) == form.write(CHANNEL, [entry()])
    assert locale.setlocale(locale.LC_ALL) == before


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


@given(title=ANY_TEXT, html=ANY_TEXT, name=ANY_TEXT, terms=st.lists(ANY_TEXT, max_size=2))
def test_whatever_the_text_a_strict_parser_reads_the_feed(
    title: str, html: str, name: str, terms: list[str]
) -> None:
    odd = entry(
        title=title,
        summary=html,
        content_html=html,
        author=name,
        categories=tuple(terms),
        url=f"https://open.example.cn/{title}",
    )
    channel = replace(CHANNEL, title=title, description=html, author=name)
    for write in WRITERS:
        ET.fromstring(write(channel, [odd]))
    json.loads(write_json_feed(channel, [odd]))
