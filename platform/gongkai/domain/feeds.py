"""Channels and entries: what a feed says, whatever its format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gongkai.domain.text import Text


class EntryKind(StrEnum):
    """Why an entry is in a feed."""

    RELEASE = "release"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    NOTICE = "notice"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of an entry with its true length in bytes."""

    url: str
    media_type: str
    byte_size: int
    title: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``id`` is a ``tag:`` URI and never changes."""

    id: str
    kind: EntryKind
    title: str
    summary: str
    content_html: str
    url: str
    published: datetime
    updated: datetime
    author: str
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed: what it is about and where it lives.

    ``updated`` is the time of its newest entry, or of the site's beginning for an empty
    one, never the clock's. ``self_url`` is the address that was asked for.
    """

    id: str
    title: str
    description: str
    language: str
    self_url: str
    page_url: str
    updated: datetime
    author: str
    hub_url: str | None = None


@dataclass(frozen=True)
class FeedFormat:
    """A way to write a channel with its entries, newest first, as bytes.

    Pure: the same channel and entries give the same bytes.
    """

    extension: str
    media_type: str
    title: Text
    write: Callable[[Channel, Sequence[Entry]], bytes]
    plugin: str = ""
