"""The feeds: every format at every scope, rendered once and then answered from memory."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from flask import Blueprint, Response, current_app, request

from gongkai.domain.feeds import FeedFormat
from gongkai.errors import NotFound
from gongkai.services.feeds import FeedScope, ScopeKind, feed_for, feed_state
from gongkai.web import current_site
from gongkai.web.conditional import answer_conditionally, etag_of
from gongkai.web.language import DEFAULT, LANGUAGES
from gongkai.web.urls import address, feed_path

KEPT = 512
_CACHE = "gongkai-feeds"
_CLOSED = {
    "all": ScopeKind.ALL,
    "news": ScopeKind.NEWS,
    "corrections": ScopeKind.CORRECTIONS,
    "overdue": ScopeKind.OVERDUE,
}

blueprint = Blueprint("feeds", __name__)


@dataclass(frozen=True, slots=True)
class Written:
    """A feed as it was written for one state of its scope."""

    body: bytes
    etag: str
    updated: datetime
    media_type: str


class WrittenFeeds:
    """The newest feeds of this process, by scope, format, language and state."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._feeds: OrderedDict[tuple[str, str, str], tuple[int, Written]] = OrderedDict()
        self._lock = Lock()

    def find(self, key: tuple[str, str, str], state: int) -> Written | None:
        """Return the feed if it is of this state."""
        with self._lock:
            found = self._feeds.get(key)
            if found is None or found[0] != state:
                return None
            self._feeds.move_to_end(key)
            return found[1]

    def keep(self, key: tuple[str, str, str], state: int, written: Written) -> None:
        """Keep the feed in place of an older one, forgetting what was not asked for longest."""
        with self._lock:
            self._feeds[key] = (state, written)
            self._feeds.move_to_end(key)
            while len(self._feeds) > self._kept:
                self._feeds.popitem(last=False)


@blueprint.get("/feeds/<any(all, news, corrections, overdue):scope>.<string:extension>")
def site_feed(scope: str, extension: str) -> Response:
    """Send a feed of the whole site."""
    return _answer(FeedScope(_CLOSED[scope]), extension)


@blueprint.get("/feeds/types/<key:type_key>.<string:extension>")
def type_feed(type_key: str, extension: str) -> Response:
    """Send the feed of all institutions of a type."""
    return _answer(FeedScope(ScopeKind.TYPE, type_key), extension)


@blueprint.get("/feeds/institutions/<slug:institution>.<string:extension>")
def institution_feed(institution: str, extension: str) -> Response:
    """Send the feed of one institution."""
    return _answer(FeedScope(ScopeKind.INSTITUTION, institution), extension)


@blueprint.get("/feeds/items/<key:item>.<string:extension>")
def item_feed(item: str, extension: str) -> Response:
    """Send the feed of one item across all institutions."""
    return _answer(FeedScope(ScopeKind.ITEM, item), extension)


@blueprint.get("/feeds/datasets/<slug:institution>/<key:item>.<string:extension>")
def dataset_feed(institution: str, item: str, extension: str) -> Response:
    """Send the feed of one dataset."""
    return _answer(FeedScope(ScopeKind.DATASET, f"{institution}/{item}"), extension)


def _answer(scope: FeedScope, extension: str) -> Response:
    formats = current_site().plugins.feed_formats
    if extension not in formats:
        offered = ", ".join(sorted(formats))
        raise NotFound(f"There is no feed format {extension!r}; there are: {offered}.")
    # Only the address decides the language: a cache and a reader see one feed, always.
    asked = request.args.get("lang", DEFAULT)
    written = _feed(scope, formats[extension], asked if asked in LANGUAGES else DEFAULT)
    response = Response(written.body, content_type=written.media_type)
    return answer_conditionally(
        response,
        etag=written.etag,
        last_modified=written.updated,
        max_age=current_site().settings.feeds.max_age_seconds,
    )


def _feed(scope: FeedScope, chosen: FeedFormat, language: str) -> Written:
    site = current_site()
    feeds: WrittenFeeds = current_app.extensions.setdefault(_CACHE, WrittenFeeds())
    key = (scope.path, chosen.extension, language)
    with site.reading() as session:
        state = feed_state(session, scope)
        written = feeds.find(key, state)
        if written is not None:
            return written
        channel, entries = feed_for(
            session,
            site,
            scope,
            language=language,
            self_url=address(feed_path(scope.path, chosen.extension, language)),
        )
    body = chosen.write(channel, entries)
    # JSON is UTF-8 by definition; for XML the header says so before anything is parsed.
    suffix = "" if chosen.media_type.endswith("json") else "; charset=utf-8"
    written = Written(body, etag_of(body), channel.updated, chosen.media_type + suffix)
    feeds.keep(key, state, written)
    return written
