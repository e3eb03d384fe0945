"""RSS 2.0 with Atom links, Dublin Core authors and full content."""

from collections.abc import Sequence
from email.utils import format_datetime
from threading import Lock
from typing import Any, ClassVar

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.util import xml_elem

from gongkai import Channel, Enclosure, Entry, FeedFormat, Text
from gongkai_feeds.clean import clean
from gongkai_feeds.syndication import new_feed
from gongkai_feeds.times import shanghai

MEDIA_TYPE = "application/rss+xml"
TTL_MINUTES = 60
_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# feedgen writes lastBuildDate under a locale that it sets for the whole process; two
# threads at once could leave the process in the wrong one.
_one_at_a_time = Lock()


class _ChannelAdditions(BaseExtension):  # type: ignore[misc]
    """The channel's hub and language, which feedgen leaves out of RSS."""

    channel: Channel

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC}

    def extend_rss(self, feed: Any) -> Any:
        feed.set(_LANG, clean(self.channel.language))
        if self.channel.hub_url:
            hub = clean(self.channel.hub_url)
            xml_elem(f"{{{_ATOM}}}link", feed[0], href=hub, rel="hub")
        return feed


class _ItemAdditions(BaseEntryExtension):  # type: ignore[misc]
    """An item's author, time, and all files but the first: RSS 2.0 has room for one."""

    entry: Entry
    prefixes: ClassVar[dict[str, str]] = {"dc": _DC, "atom": _ATOM}

    def extend_rss(self, item: Any) -> Any:
        published = shanghai(self.entry.published)
        xml_elem("pubDate", item).text = format_datetime(published)
        author = clean(self.entry.author)
        if author:
            xml_elem(f"{{{_DC}}}creator", item, nsmap=self.prefixes).text = author
        updated = shanghai(self.entry.updated)
        xml_elem(f"{{{_ATOM}}}updated", item, nsmap=self.prefixes).text = updated.isoformat()
        for file in others(self.entry):
            xml_elem(
                f"{{{_ATOM}}}link",
                item,
                nsmap=self.prefixes,
                rel="enclosure",
                href=clean(file.url),
                type=clean(file.media_type),
                length=str(file.byte_size),
                title=clean(file.title),
            )
        return item


def main_enclosure(entry: Entry) -> Enclosure | None:
    """Return the file that stands for the entry: its first CSV, else its first file."""
    tables = [file for file in entry.enclosures if file.media_type.startswith("text/csv")]
    return next(iter(tables or entry.enclosures), None)


def others(entry: Entry) -> list[Enclosure]:
    """Return the entry's files but the main one."""
    main = main_enclosure(entry)
    return [file for file in entry.enclosures if file is not main]


def write_rss(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """Return RSS 2.0 as UTF-8 XML, newest entry first as given."""
    feed = new_feed(channel, MEDIA_TYPE)
    feed.ttl(TTL_MINUTES)
    feed.register_extension("additions", _ChannelAdditions, _ItemAdditions, atom=False)
    feed.additions.channel = channel
    for entry in entries:
        _fill(feed.add_entry(order="append"), entry)
    with _one_at_a_time:
        text: bytes = feed.rss_str(pretty=True)
    return text


def _fill(item: FeedEntry, entry: Entry) -> None:
    item.additions.entry = entry
    item.title(clean(entry.title) or clean(entry.id))
    item.link(href=clean(entry.url))
    item.guid(clean(entry.id), permalink=False)
    item.description(clean(entry.summary) or clean(entry.title) or clean(entry.id))
    item.content(clean(entry.content_html))
    for term in entry.categories:
        item.category(term=clean(term))
    main = main_enclosure(entry)
    if main:
        item.enclosure(clean(main.url), str(main.byte_size), clean(main.media_type))


FORMAT = FeedFormat("rss", MEDIA_TYPE, Text("RSS 2.0", "RSS 2.0"), write_rss)
