"""Atom (RFC 4287) with every file as an enclosure."""

from collections.abc import Sequence
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.util import xml_elem

from gongkai import Channel, Entry, FeedFormat, Text
from gongkai_feeds.clean import clean
from gongkai_feeds.syndication import new_feed
from gongkai_feeds.times import shanghai

MEDIA_TYPE = "application/atom+xml"


class _Links(BaseEntryExtension):  # type: ignore[misc]
    """An entry's links: feedgen 1.0 drops all of their attributes but the address."""

    entry: Entry
    language: str

    def extend_atom(self, entry: Any) -> Any:
        page = clean(self.entry.url)
        xml_elem(
            "link", entry, href=page, rel="alternate", type="text/html", hreflang=self.language
        )
        for file in self.entry.enclosures:
            xml_elem(
                "link",
                entry,
                href=clean(file.url),
                rel="enclosure",
                type=clean(file.media_type),
                hreflang=self.language,
                length=str(file.byte_size),
                title=clean(file.title),
            )
        return entry


def write_atom(channel: Channel, entries: Sequence[Entry]) -> bytes:
    """Return an Atom feed as UTF-8 XML, newest entry first as given."""
    feed = new_feed(channel, MEDIA_TYPE)
    feed.subtitle(clean(channel.description))
    feed.register_extension("links", BaseExtension, _Links, rss=False)
    for entry in entries:
        item = feed.add_entry(order="append")
        item.links.entry = entry
        item.links.language = clean(channel.language)
        _fill(item, entry)
    text: bytes = feed.atom_str(pretty=True)
    return text


def _fill(item: FeedEntry, entry: Entry) -> None:
    name = clean(entry.id)
    item.id(name)
    item.title(clean(entry.title) or name)
    item.updated(shanghai(entry.updated))
    item.published(shanghai(entry.published))
    item.author({"name": clean(entry.author) or name})
    item.summary(clean(entry.summary))
    item.content(clean(entry.content_html), type="html")
    for term in entry.categories:
        item.category(term=clean(term))


FORMAT = FeedFormat("atom", MEDIA_TYPE, Text("Atom", "Atom"), write_atom)
