"""Group robots and other receivers that a plugin knows how to speak to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gongkai.domain.text import Text


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """What is to be said, and the address and secret it is said with.

    ``markdown`` uses bold, links, quotes and lists only; ``text`` says the same without marks.
    ``sent_at`` is when this attempt is made. ``id`` stays the same over all attempts.
    """

    id: str
    title: str
    markdown: str
    text: str
    language: str
    url: str
    secret: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelCall:
    """One POST. The core makes it, with its own limits and checks of the address."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class ChannelKind:
    """A kind of receiver: how a message is put to it, and what its answer means.

    ``render`` and ``is_ok`` are pure. ``is_ok`` gets the status and the first 64 KB of the
    answer, for robots answer 200 to what they refuse.
    """

    key: str
    title: Text
    render: Callable[[ChannelMessage], ChannelCall]
    is_ok: Callable[[int, bytes], bool]
    plugin: str = ""
