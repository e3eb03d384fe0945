"""What RSS and Atom share: a feedgen generator that knows a channel but no clock."""

from feedgen.feed import FeedGenerator

from gongkai import Channel
from gongkai_feeds.clean import clean
from gongkai_feeds.times import shanghai

GENERATOR = "Gongkai"


def new_feed(channel: Channel, media_type: str) -> FeedGenerator:
    """Return a generator for ``channel`` without entries.

    feedgen stamps the current time unless told otherwise, so every time is told.
    """
    name = clean(channel.id)
    title = clean(channel.title) or name
    feed = FeedGenerator()
    feed.id(name)
    feed.title(title)
    feed.description(clean(channel.description) or title)
    feed.language(clean(channel.language))
    feed.generator(GENERATOR)
    feed.author({"name": clean(channel.author) or title})
    feed.updated(shanghai(channel.updated))
    feed.link(href=clean(channel.self_url), rel="self", type=media_type)
    if channel.hub_url:
        feed.link(href=clean(channel.hub_url), rel="hub")
    # The last link named is the one that RSS shows as the channel's page.
    feed.link(href=clean(channel.page_url), rel="alternate", type="text/html")
    return feed
