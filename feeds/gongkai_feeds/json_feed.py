"""JSON Feed 1.1 with every file as an attachment."""

import json
from collections.abc import Sequence
from typing import Any

from gongkai import Channel, Entry, FeedFormat, Text
from gongkai_feeds.clean import clean
from gongkai_feeds.times import shanghai

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def write_json_feed(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """Return a JSON Feed as UTF-8, newest entry first as given."""
    feed: dict[str, Any] = {
        "version": VERSION,
        "title": clean(channel.title) or clean(channel.id),
        "description": clean(channel.description),
        "home_page_url": clean(channel.page_url),
        "feed_url": clean(channel.self_url),
        "language": clean(channel.language),
        "authors": [{"name": clean(channel.author)}],
    }
    if channel.hub_url:
        feed["hubs"] = [{"type": "WebSub", "url": clean(channel.hub_url)}]
    feed["items"] = [_item(entry, clean(channel.language)) for entry in entries]
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(entry: Entry, language: str) -> dict[str, Any]:
    return {
        "id": clean(entry.id),
        "url": clean(entry.url),
        "title": clean(entry.title),
        "summary": clean(entry.summary),
        "content_html": clean(entry.content_html),
        "date_published": shanghai(entry.published).isoformat(),
        "date_modified": shanghai(entry.updated).isoformat(),
        "authors": [{"name": clean(entry.author)}],
        "language": language,
        "tags": [clean(term) for term in entry.categories],
        "attachments": [
            {
                "url": clean(file.url),
                "mime_type": clean(file.media_type),
                "title": clean(file.title),
                "size_in_bytes": file.byte_size,
            }
            for file in entry.enclosures
        ],
        "_gongkai": {"kind": entry.kind.value},
    }


FORMAT = FeedFormat("json", MEDIA_TYPE, Text("JSON Feed", "JSON Feed"), write_json_feed)
