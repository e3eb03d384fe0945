"""Deadlines as calendars (iCalendar, RFC 5545) that people's own calendars subscribe to."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration, vText

from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.models import Institution
from gongkai.portal.feeds import Written, WrittenFeeds
from gongkai.services.catalog import get_institution
from gongkai.services.deadlines import Deadline, deadlines_state, list_deadlines
from gongkai.services.due_texts import (
    DEFAULT_LABEL,
    due_text,
    occasion_title,
    provisional_reason,
    rule_of,
)
from gongkai.services.feeds import tag_uri
from gongkai.site import Site
from gongkai.web import current_site
from gongkai.web.conditional import answer_conditionally, etag_of
from gongkai.web.language import DEFAULT, LANGUAGES
from gongkai.web.urls import address, dataset_path

MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=12)
_CACHE = "gongkai-calendars"
_OVERDUE = Text("逾期", "Overdue")

blueprint = Blueprint("calendars", __name__)


@blueprint.get("/feeds/deadlines.ics")
def all_deadlines() -> Response:
    """Send the deadlines of all institutions, those that are next first."""
    return _answer(None)


@blueprint.get("/feeds/institutions/<slug:institution>/deadlines.ics")
def institution_deadlines(institution: str) -> Response:
    """Send the deadlines of one institution."""
    return _answer(institution)


def _answer(slug: str | None) -> Response:
    # Only the address decides the language, as with feeds.
    asked = request.args.get("lang", DEFAULT)
    language = asked if asked in LANGUAGES else DEFAULT
    site = current_site()
    kept: WrittenFeeds = current_app.extensions.setdefault(_CACHE, WrittenFeeds())
    key = (slug or "", "ics", language)
    with site.reading() as session:
        institution = get_institution(session, slug) if slug else None
        state = deadlines_state(session, institution)
        written = kept.find(key, state)
        if written is None:
            found = list_deadlines(session, institution)
            updated = max((one.changed for one in found), default=_begun(site))
            body = write_calendar(found, institution, site, language)
            written = Written(body, etag_of(body), updated, MEDIA_TYPE)
            kept.keep(key, state, written)
    response = Response(written.body, content_type=written.media_type)
    name = f"{slug or 'all'}-deadlines.ics"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    # No Last-Modified: what was published drops out, which makes nothing here newer.
    max_age = site.settings.feeds.max_age_seconds
    return answer_conditionally(response, etag=written.etag, max_age=max_age)


def write_calendar(
    deadlines: Sequence[Deadline], institution: Institution | None, site: Site, language: str
) -> bytes:
    """Return deadlines as a calendar, in the order given: equal input gives equal bytes."""
    chosen = site.settings.site
    name = Text("公开期限", "Disclosure deadlines")
    if institution is not None:
        name = Text(f"{institution.name.zh} {name.zh}", f"{name.en}, {institution.name.en}")
    scope = f"institutions/{institution.slug}/deadlines" if institution else "deadlines"
    suffix = "" if language == DEFAULT else f"?lang={language}"
    own = address(f"/feeds/{scope}.ics{suffix}")
    calendar = Calendar()
    calendar.add("prodid", f"-//{chosen.tag_authority}//Gongkai//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("uid", tag_uri(chosen, f"calendar/{scope}"))
    calendar.add("name", name.in_language(language))
    calendar.add("x-wr-calname", name.in_language(language))
    calendar.add("x-wr-timezone", str(SHANGHAI))
    calendar.add("url", own)
    calendar.add("source", own, parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    if any(one.obligation.due_at is not None for one in deadlines):
        calendar.add_component(_shanghai())
    for one in deadlines:
        calendar.add_component(_event(one, site, language))
    written: bytes = calendar.to_ical(sorted=False)
    return written


def _event(deadline: Deadline, site: Site, language: str) -> Event:
    one, chosen = deadline.obligation, site.settings.site
    name, where = one.dataset.institution.name, one.dataset.address
    item = site.plugins.items.get(one.item_key)
    title = item.title if item else Text(one.item_key, one.item_key)
    summary = Text(f"{name.zh}：{title.zh}", f"{title.en}, {name.en}")
    if deadline.is_overdue:
        summary = Text(f"【{_OVERDUE.zh}】{summary.zh}", f"{_OVERDUE.en}: {summary.en}")
    event = Event()
    event.add("uid", f"obligation-{one.id}@{chosen.tag_authority}")
    event.add("dtstamp", deadline.changed)
    event.add("created", one.opened_at)
    event.add("last-modified", deadline.changed)
    event.add("sequence", deadline.changes)
    if one.due_at is None:
        event.add("dtstart", one.due_on)
        event.add("dtend", one.due_on + timedelta(days=1))
    else:
        event.add("dtstart", one.due_at.astimezone(ZoneInfo("Asia/Shanghai")))
    event.add("summary", vText(summary.in_language(language)))
    event.add("description", _description(deadline, site, language))
    event.add("categories", [title.in_language(language)])
    event.add("url", address(dataset_path(where)))
    event.add("status", "TENTATIVE" if deadline.is_tentative else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _description(deadline: Deadline, site: Site, language: str) -> str:
    one = deadline.obligation
    rule = rule_of(site.plugins, one)
    title, source = Text.of(rule["title"]), Text.of(rule["source"])
    due, occasion = due_text(one), occasion_title(one)
    lines = [
        Text(f"公开期限：{due.zh}", f"Due by {due.en}"),
        Text(f"事由：{occasion.zh}", f"For: {occasion.en}"),
        Text(f"规则：{title.zh}", f"Rule: {title.en}"),
        Text(f"依据：{source.zh}", f"Source: {source.en}"),
    ]
    if rule["is_default"]:
        lines.append(DEFAULT_LABEL)
    if one.provisional_year is not None:
        lines.append(provisional_reason(one.provisional_year))
    if deadline.is_suspended:
        lines.append(
            Text("期限已中止，日期待恢复后确定。", "Suspended: the day is set on resuming.")
        )
    return "\n".join(line.in_language(language) for line in lines)


def _shanghai() -> Timezone:
    """Return the zone of hours that are due: +08:00 without summer time since 1992."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", str(SHANGHAI))
    standard.add("dtstart", datetime(1992, 1, 1))  # noqa: DTZ001 - a zone's own start is local
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone.add_component(standard)
    return zone


def _begun(site: Site) -> datetime:
    return datetime.combine(
        date.fromisoformat(site.settings.site.tag_date), datetime.min.time(), SHANGHAI
    )
