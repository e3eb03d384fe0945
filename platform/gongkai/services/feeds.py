"""What the feeds say: channels and entries, derived from what became public."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from html import escape
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gongkai.domain.feeds import Channel, Enclosure, Entry, EntryKind
from gongkai.domain.identifiers import DatasetId
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.errors import NotFound
from gongkai.models import Announcement, Dataset, Release
from gongkai.models.obligation import Obligation, ObligationState
from gongkai.services.catalog import get_dataset, get_institution, list_releases
from gongkai.services.due_texts import DEFAULT_LABEL, due_text, occasion_title, rule_of
from gongkai.services.ports import SitePort
from gongkai.settings import SiteSettings

# More than any feed has entries.
_DIGESTED = 500
_ENCLOSED = ("data.csv", "data.xlsx", "data.json", "data.parquet")
_KIND_TITLES = {
    EntryKind.RELEASE: Text("{title}：第{version}版", "{title}: version {version}"),
    EntryKind.CORRECTION: Text(
        "更正：{title} 第{version}版", "Correction: {title}, version {version}"
    ),
    EntryKind.WITHDRAWAL: Text(
        "撤回：{title} 第{version}版", "Withdrawn: {title}, version {version}"
    ),
}


class ScopeKind(StrEnum):
    """What a feed is about."""

    ALL = "all"
    NEWS = "news"
    CORRECTIONS = "corrections"
    OVERDUE = "overdue"
    TYPE = "type"
    INSTITUTION = "institution"
    ITEM = "item"
    DATASET = "dataset"


@dataclass(frozen=True, slots=True)
class FeedScope:
    """One feed: its kind, and the key of the type, institution, item or dataset."""

    kind: ScopeKind
    key: str | None = None

    @property
    def path(self) -> str:
        """Return the address below ``/feeds/`` without the extension."""
        if self.key is None:
            return self.kind.value
        return f"{self.kind.value}s/{self.key}"


def feed_state(session: Session, scope: FeedScope) -> int:
    """Return the number of the scope's newest announcement, 0 for none: one index look-up.

    It changes exactly when something is published in the scope. That of what is overdue is a
    digest of its entries, because a due date may still move.
    """
    if scope.kind is ScopeKind.OVERDUE:
        return _overdue_state(session)
    newest = _within(session, select(Announcement.id), scope)
    return session.scalars(newest.order_by(Announcement.id.desc()).limit(1)).first() or 0


def feed_for(
    session: Session, site: SitePort, scope: FeedScope, *, language: str, self_url: str
) -> tuple[Channel, list[Entry]]:
    """Return a feed, newest entry first. Raises NotFound for an unknown key."""
    title, page = _about(session, site, scope)
    limit = site.settings.feeds.entries
    if scope.kind is ScopeKind.OVERDUE:
        late = session.scalars(_overdue(select(Obligation)).limit(limit)).unique()
        entries = [_overdue_entry(site, one, language) for one in late]
    else:
        query = _within(session, select(Announcement), scope).order_by(Announcement.id.desc())
        found = session.scalars(query.limit(limit)).unique().all()
        entries = [_entry(site, announcement, language) for announcement in found]
    chosen = site.settings.site
    begun = datetime.fromisoformat(chosen.tag_date).replace(tzinfo=SHANGHAI)
    name = Text(chosen.name_zh, chosen.name_en)
    description = Text(
        f"{title.zh}：数据发布、更正、撤回与公告", f"{title.en}: releases, corrections and notices"
    )
    if scope.kind is ScopeKind.OVERDUE:
        description = Text(
            "法定期限已过而尚未公开的信息", "What should be public by law and was not in time"
        )
    return (
        Channel(
            id=tag_uri(chosen, f"feed/{scope.path}"),
            title=f"{title.in_language(language)} - {name.in_language(language)}",
            description=description.in_language(language),
            language="en" if language == "en" else "zh-CN",
            self_url=self_url,
            page_url=chosen.base_url + page,
            updated=max((entry.updated for entry in entries), default=begun),
            author=Text(chosen.publisher_zh, chosen.publisher_en).in_language(language),
        ),
        entries,
    )


def tag_uri(chosen: SiteSettings, path: str) -> str:
    """Return a ``tag:`` URI (RFC 4151): the id that never changes."""
    return f"tag:{chosen.tag_authority},{chosen.tag_date}:{path}"


def _within(session: Session, query: Select[Any], scope: FeedScope) -> Select[Any]:
    match scope.kind:
        case ScopeKind.ALL:
            return query
        case ScopeKind.NEWS:
            return query.where(Announcement.notice_id.is_not(None))
        case ScopeKind.CORRECTIONS:
            return query.where(Announcement.kind.in_([EntryKind.CORRECTION, EntryKind.WITHDRAWAL]))
        case ScopeKind.TYPE:
            return query.where(Announcement.type_key == scope.key)
        case ScopeKind.ITEM:
            return query.where(Announcement.item_key == scope.key)
        case ScopeKind.INSTITUTION:
            institution = get_institution(session, scope.key or "")
            return query.where(Announcement.institution_id == institution.id)
    dataset = get_dataset(session, _dataset_id(scope))
    return query.where(Announcement.dataset_id == dataset.id)


def _overdue(query: Any) -> Any:
    """Return what was not published in time, newest first; what was put off since is left out."""
    return query.where(
        Obligation.overdue_on.is_not(None),
        Obligation.state.in_((ObligationState.OVERDUE, ObligationState.MET_LATE)),
    ).order_by(Obligation.overdue_on.desc(), Obligation.id.desc())


def _overdue_state(session: Session) -> int:
    columns = select(
        Obligation.id,
        Obligation.overdue_on,
        Obligation.due_on,
        Obligation.due_at,
        Obligation.rule_key,
    )
    rows = [tuple(row) for row in session.execute(_overdue(columns).limit(_DIGESTED))]
    return int.from_bytes(hashlib.sha256(repr(rows).encode()).digest()[:8])


def _overdue_entry(site: SitePort, one: Obligation, language: str) -> Entry:
    """Return what is said on the day something became overdue; it stays as it is."""
    chosen, institution = site.settings.site, one.dataset.institution
    item = site.plugins.items.get(one.item_key)
    title = item.title if item else Text(one.item_key, one.item_key)
    name, due, occasion = institution.name, due_text(one), occasion_title(one)
    rule = rule_of(site.plugins, one)
    source = Text.of(rule["source"])
    lines = [
        Text(
            f"{name.zh}应于{due.zh}前公开“{title.zh}”（{occasion.zh}），逾期未公开。",
            f"{name.en} had to publish {title.en} ({occasion.en}) by {due.en} and did not.",
        ),
        Text(f"依据：{source.zh}", f"Source: {source.en}"),
    ]
    if rule["is_default"]:
        lines.append(Text(f"（{DEFAULT_LABEL.zh}）", f"({DEFAULT_LABEL.en})"))
    assert one.overdue_on is not None  # noqa: S101 - asked for
    at = one.due_at or datetime.combine(one.overdue_on, time(), SHANGHAI)
    heading = Text(f"逾期：{name.zh} {title.zh}", f"Overdue: {title.en}, {name.en}")
    return Entry(
        id=tag_uri(chosen, f"overdue/{one.id}"),
        kind=EntryKind.OVERDUE,
        title=heading.in_language(language),
        summary=" ".join(line.in_language(language) for line in lines),
        content_html="".join(f"<p>{escape(line.in_language(language))}</p>" for line in lines),
        url=f"{chosen.base_url}/datasets/{one.dataset.address}",
        published=_local(at),
        updated=_local(at),
        author=name.in_language(language),
        categories=(EntryKind.OVERDUE.value, institution.type_key, one.item_key),
    )


def _about(session: Session, site: SitePort, scope: FeedScope) -> tuple[Text, str]:
    """Return the title of a feed and the page it belongs to."""
    match scope.kind:
        case ScopeKind.ALL:
            return Text("全部发布", "Everything published"), "/"
        case ScopeKind.NEWS:
            return Text("公告", "News"), "/news"
        case ScopeKind.CORRECTIONS:
            return Text("更正与撤回", "Corrections and withdrawals"), "/"
        case ScopeKind.OVERDUE:
            return Text("逾期未公开", "Overdue publications"), "/compliance"
        case ScopeKind.TYPE:
            kind = site.plugins.get_institution_type(scope.key or "")
            return kind.title, f"/types/{kind.key}"
        case ScopeKind.ITEM:
            item = site.plugins.get_item(scope.key or "")
            return item.title, f"/items/{item.key}"
        case ScopeKind.INSTITUTION:
            institution = get_institution(session, scope.key or "")
            return institution.name, f"/institutions/{institution.slug}"
    dataset = get_dataset(session, _dataset_id(scope))
    name, about = dataset.institution.name, _item_title(session, site, dataset)
    title = Text(f"{name.zh}{about.zh}", f"{about.en}, {name.en}")
    return title, f"/datasets/{dataset.address}"


def _item_title(session: Session, site: SitePort, dataset: Dataset) -> Text:
    """Return an item's title, as last released where no plugin defines it any more."""
    if dataset.item_key in site.plugins.items:
        return site.plugins.items[dataset.item_key].title
    released = list_releases(session, dataset)
    if not released:
        return site.plugins.get_item(dataset.item_key).title
    return Text.of(released[0].item["title"])


def _dataset_id(scope: FeedScope) -> DatasetId:
    try:
        return DatasetId.parse(scope.key or "")
    except ValueError as error:
        raise NotFound(str(error)) from error


def _entry(site: SitePort, announcement: Announcement, language: str) -> Entry:
    if announcement.notice is not None:
        return _notice_entry(site, announcement, language)
    assert announcement.release is not None  # noqa: S101 - one of the two is always there
    return _release_entry(site, announcement, announcement.release, language)


def _notice_entry(site: SitePort, announcement: Announcement, language: str) -> Entry:
    notice, chosen = announcement.notice, site.settings.site
    assert notice is not None  # noqa: S101 - the caller looked
    withdrawn = notice.withdrawn_at is not None
    reason = escape(notice.withdrawn_reason or "")
    gone = Text(f"<p>本公告已撤回：{reason}</p>", f"<p>This notice was withdrawn: {reason}</p>")
    kind = EntryKind(announcement.kind)
    title = Text(notice.title, notice.title)
    if kind is EntryKind.WITHDRAWAL:
        title = Text(f"撤回公告：{notice.title}", f"Notice withdrawn: {notice.title}")
    place = "news" if kind is EntryKind.NOTICE else "withdrawal/news"
    return Entry(
        id=tag_uri(chosen, f"{place}/{notice.id}"),
        kind=kind,
        title=title.in_language(language),
        summary=notice.title,
        content_html=gone.in_language(language) if withdrawn else notice.body_html,
        url=f"{chosen.base_url}/news/{notice.id}",
        published=_local(announcement.at),
        updated=_local(notice.withdrawn_at or announcement.at),
        author=announcement.institution.name.in_language(language),
        categories=(kind.value, announcement.type_key),
    )


def _release_entry(
    site: SitePort, announcement: Announcement, release: Release, language: str
) -> Entry:
    chosen, kind = site.settings.site, EntryKind(announcement.kind)
    address = f"{announcement.institution.slug}/{announcement.item_key}"
    item_title = Text.of(release.item["title"])
    name = announcement.institution.name
    title = Text(f"{name.zh} {item_title.zh}", f"{item_title.en}, {name.en}")
    url = f"{chosen.base_url}/datasets/{address}/releases/{release.version}"
    lines = _lines(release, kind)
    suffix = "withdrawal" if kind is EntryKind.WITHDRAWAL else "release"
    open_files = () if release.withdrawn_at is not None else _enclosures(release, url, language)
    return Entry(
        id=tag_uri(chosen, f"{suffix}/{address}/{release.version}"),
        kind=kind,
        title=_KIND_TITLES[kind]
        .in_language(language)
        .format(title=title.in_language(language), version=release.version),
        summary=" ".join(line.in_language(language) for line in lines),
        content_html="".join(f"<p>{escape(line.in_language(language))}</p>" for line in lines),
        url=url,
        published=_local(announcement.at),
        updated=_local(announcement.at),
        author=name.in_language(language),
        categories=(kind.value, announcement.type_key, announcement.item_key or ""),
        enclosures=open_files,
    )


def _lines(release: Release, kind: EntryKind) -> list[Text]:
    if kind is EntryKind.WITHDRAWAL:
        reason = release.withdrawn_reason or ""
        return [Text(f"撤回原因：{reason}", f"Reason for withdrawal: {reason}")]
    changes = release.changes["rows"]
    lines = [
        Text(f"共{release.row_count}行。", f"{release.row_count:,} rows."),
        Text(
            f"新增{changes['added']}行，删除{changes['removed']}行，修改{changes['changed']}行。",
            f"{changes['added']:,} added, {changes['removed']:,} removed, "
            f"{changes['changed']:,} changed.",
        ),
    ]
    if release.change_note:
        note = release.change_note
        if release.is_correction:
            lines.append(Text(f"更正说明：{note}", f"Correction: {note}"))
        else:
            lines.append(Text(f"说明：{note}", f"Note: {note}"))
    return lines


def _enclosures(release: Release, url: str, language: str) -> tuple[Enclosure, ...]:
    by_name = {file.name: file for file in release.distributions if file.sha256 is not None}
    return tuple(
        Enclosure(
            f"{url}/{name}",
            by_name[name].media_type,
            by_name[name].byte_size,
            Text.of(by_name[name].title).in_language(language),
        )
        for name in _ENCLOSED
        if name in by_name
    )


def _local(instant: datetime) -> datetime:
    return instant.astimezone(SHANGHAI)
