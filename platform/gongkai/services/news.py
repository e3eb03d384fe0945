"""Notices: short news of an institution, approved like a release."""

import hashlib
import json
import uuid
from datetime import datetime

import nh3
from markdown_it import MarkdownIt
from sqlalchemy.orm import Session

from gongkai.domain.items import Tier
from gongkai.errors import Rejected
from gongkai.models import Account, Draft, Notice, Role
from gongkai.models.draft import DraftKind
from gongkai.services.access import Actor, require_role, require_scope
from gongkai.services.audit import record_act
from gongkai.services.catalog import get_institution
from gongkai.services.review import open_chain

MAX_TITLE = 200
MAX_BODY = 20_000
_TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "del",
}
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
    ["table", "strikethrough"]
)


def render_markdown(body: str) -> str:
    """Return ``body`` as HTML that is safe to show: no raw HTML, no images, plain links."""
    return nh3.clean(
        _markdown.render(body),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def draft_notice(
    session: Session,
    slug: str,
    *,
    title: str,
    body_markdown: str,
    language: str = "zh",
    by: Actor,
    now: datetime,
) -> Draft:
    """Write a notice down as a draft that waits for its signatures. Does not commit.

    Raises Rejected for an empty or over-long text.
    """
    institution = get_institution(session, slug)
    require_scope(by, "draft")
    require_role(by, institution, Role.SUBMITTER)
    title, body_markdown = title.strip(), body_markdown.strip()
    if not title or len(title) > MAX_TITLE or "\n" in title:
        raise Rejected(f"A notice has a title of one line and at most {MAX_TITLE} characters.")
    if not body_markdown or len(body_markdown) > MAX_BODY:
        raise Rejected(f"A notice has a text of at most {MAX_BODY:,} characters.")
    if language not in ("zh", "en"):
        raise Rejected("A notice is written in zh or en.")
    body = {"title": title, "body_markdown": body_markdown, "language": language}
    draft = Draft(
        id=uuid.uuid4().hex,
        kind=DraftKind.NEWS,
        institution=institution,
        dataset=None,
        body=body,
        content_sha256=_digest(body),
        report={"groups": []},
        table_schema=None,
        created_at=now,
        created_by=session.get_one(Account, by.account.id),
        signatures=[],
        round=0,
        state="draft",
    )
    open_chain(draft, Tier.GENERAL)
    session.add(draft)
    session.flush()
    record_act(session, by, "draft.create", draft.id, now=now, kind="news", institution=slug)
    return draft


def notice_of(draft: Draft, *, now: datetime) -> Notice:
    """Return the notice that an approved draft becomes."""
    body = draft.body or {}
    return Notice(
        institution=draft.institution,
        draft_id=draft.id,
        title=body["title"],
        body_markdown=body["body_markdown"],
        body_html=render_markdown(body["body_markdown"]),
        language=body["language"],
        content_sha256=draft.content_sha256,
        published_at=now,
    )


def _digest(body: dict[str, str]) -> str:
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"gongkai-notice-1\n" + canonical.encode()).hexdigest()
