"""Rows of the database as plain data, the same for the API and for the pages.

Texts stay in both languages: ``{"zh": …, "en": …}``. Instants are +08:00.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.items import DisclosureItem, InstitutionType, item_of
from gongkai.domain.times import SHANGHAI, shanghai_day
from gongkai.domain.working_days import WorkCalendar
from gongkai.models import Dataset, Distribution, Institution, Notice, Release
from gongkai.models.obligation import UNSETTLED, Obligation, ObligationState
from gongkai.services.catalog import current_releases
from gongkai.services.compliance import standing
from gongkai.services.due_texts import (
    STATE_TITLES,
    occasion_title,
    provisional_reason,
    rule_of,
)
from gongkai.services.obligations import next_due
from gongkai.site import Site
from gongkai.web.urls import API, address, dataset_path, feed_path, file_path, release_path

Described = dict[str, Any]


def instant(moment: datetime | None) -> str | None:
    """Return an instant as ISO 8601 in Asia/Shanghai, to the second."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else None


def describe_institution(institution: Institution, site: Site) -> Described:
    """Return an institution with its addresses."""
    kind = site.plugins.institution_types.get(institution.type_key)
    return {
        "slug": institution.slug,
        "name": institution.name.as_json(),
        "type": institution.type_key,
        "type_title": kind.title.as_json() if kind else _untitled(institution.type_key),
        "service_kinds": list(institution.service_kinds),
        "uscc": institution.uscc,
        "region": {
            "code": institution.region_code,
            "name": {"zh": institution.region_zh, "en": institution.region_en},
        },
        "is_public": institution.is_public,
        "links": {
            "page": address(f"/institutions/{institution.slug}"),
            "self": address(f"{API}/institutions/{institution.slug}"),
            "datasets": address(f"{API}/datasets?institution={institution.slug}"),
            "feeds": _feeds(f"institutions/{institution.slug}", site),
        },
    }


def describe_type(kind: InstitutionType, site: Site) -> Described:
    """Return an institution type with the keys of the items such a body owes."""
    return kind.as_json() | {
        "items": [item.key for item in site.plugins.items_owed(kind.service_kinds)],
        "links": {
            "page": address(f"/types/{kind.key}"),
            "feeds": _feeds(f"types/{kind.key}", site),
        },
    }


def describe_item(item: DisclosureItem, site: Site) -> Described:
    """Return a disclosure item with its table schema and addresses."""
    return item.as_json() | {
        "links": {
            "page": address(f"/items/{item.key}"),
            "self": address(f"{API}/items/{item.key}"),
            "datasets": address(f"{API}/datasets?item={item.key}"),
            "template": address(f"/items/{item.key}/template.xlsx"),
            "feeds": _feeds(f"items/{item.key}", site),
        },
    }


def describe_dataset(
    dataset: Dataset, latest: Release | None, site: Site, due: Obligation | None = None
) -> Described:
    """Return a dataset with its newest release; ``latest`` None where there is none.

    ``due`` is what falls due next, as ``services.obligations.next_due`` gives it.
    The texts are the item's of today; those of each release are frozen in it.
    """
    where = dataset.address
    item = known_item(dataset.item_key, latest, site)
    is_defined = dataset.item_key in site.plugins.items
    links = {
        "page": address(dataset_path(where)),
        "self": address(f"{API}/datasets/{where}"),
        "releases": address(f"{API}/datasets/{where}/releases"),
        "records": address(f"{API}/datasets/{where}/records"),
        "item": address(f"{API}/items/{where.item}"),
        "template": address(f"{dataset_path(where)}/template.xlsx") if is_defined else None,
        "feeds": _feeds(f"datasets/{where}", site),
    }
    institution = dataset.institution
    return {
        "id": str(where),
        "institution": {"slug": institution.slug, "name": institution.name.as_json()},
        "item": dataset.item_key,
        "title": item.title.as_json() if item else _untitled(dataset.item_key),
        "description": item.description.as_json() if item else _untitled(""),
        "legal_basis": [text.as_json() for text in item.legal_basis] if item else [],
        "frequency": item.frequency.value if item else None,
        "deadline_rule": item.deadline_rules[0] if item else None,
        "is_owed": dataset.is_owed,
        "next_due": describe_due(due, site) if due else None,
        "latest_release": describe_release(latest, where, site) if latest else None,
        "links": links,
    }


def describe_datasets(session: Session, datasets: Sequence[Dataset], site: Site) -> list[Described]:
    """Return datasets, each with its newest release and what falls due next."""
    latest = current_releases(session, datasets)
    due = next_due(session, (one.id for one in datasets))
    return [describe_dataset(one, latest.get(one.id), site, due.get(one.id)) for one in datasets]


def describe_due(obligation: Obligation, site: Site) -> Described:
    """Return a due date with its rule and source, and the reason where it is an estimate."""
    missing, state = obligation.provisional_year, standing(obligation, site.now())
    return {
        "due_on": obligation.due_on.isoformat(),
        "due_at": instant(obligation.due_at),
        "provisional": missing is not None,
        "missing_year": missing,
        "reason": provisional_reason(missing).as_json() if missing is not None else None,
        "rule": rule_of(site.plugins, obligation),
        "state": state.value,
        "state_title": STATE_TITLES[state].as_json(),
        "occasion": {
            "key": obligation.occasion,
            "title": occasion_title(obligation).as_json(),
        },
    }


def describe_obligation(
    obligation: Obligation, version: str | None, calendar: WorkCalendar, site: Site
) -> Described:
    """Return an obligation; ``version`` is that of the release that settled it."""
    where, today = obligation.dataset.address, shanghai_day(site.now())
    item = site.plugins.items.get(obligation.item_key)
    institution = obligation.dataset.institution
    due = describe_due(obligation, site)
    runs = obligation.state in UNSETTLED and due["state"] != ObligationState.SUSPENDED
    return due | {
        "id": obligation.id,
        "dataset": str(where),
        "institution": {"slug": institution.slug, "name": institution.name.as_json()},
        "item": obligation.item_key,
        "title": item.title.as_json() if item else _untitled(obligation.item_key),
        "trigger_on": obligation.trigger_on.isoformat(),
        "working_days_left": calendar.between(today, obligation.due_on) if runs else None,
        "overdue_on": obligation.overdue_on.isoformat() if obligation.overdue_on else None,
        "met_at": instant(obligation.met_at),
        "release": version,
        "waived_reason": obligation.waived_reason,
        "links": {
            "dataset": address(dataset_path(where)),
            "release": address(release_path(where, version)) if version else None,
        },
    }


def describe_release(release: Release, where: DatasetId, site: Site) -> Described:
    """Return a release with its files; a withdrawn one without them, but with the reason."""
    is_withdrawn = release.withdrawn_at is not None
    is_current = release.dataset.current_release_id == release.id
    state = "withdrawn" if is_withdrawn else "current" if is_current else "superseded"
    return {
        "dataset": str(where),
        "version": release.version,
        "state": state,
        "issued": instant(release.issued),
        "sha256": release.content_sha256,
        "row_count": release.row_count,
        "is_correction": release.is_correction,
        "change_note": release.change_note,
        "control": release.control,
        "formed_on": release.formed_on.isoformat() if release.formed_on else None,
        "authorised_doc": release.authorised_doc or None,
        "changes": release.changes,
        "license": release.license,
        "withdrawn": {
            "at": instant(release.withdrawn_at),
            "reason": release.withdrawn_reason,
        }
        if is_withdrawn
        else None,
        "files": []
        if is_withdrawn
        else [describe_file(file, where, release.version) for file in release.distributions],
        "links": {
            "page": address(release_path(where, release.version)),
            "self": address(f"{API}/datasets/{where}/releases/{release.version}"),
            "records": address(f"{API}/datasets/{where}/records?release={release.version}"),
            "feeds": _feeds(f"datasets/{where}", site),
        },
    }


def describe_file(file: Distribution, where: DatasetId, version: str) -> Described:
    """Return one file of a release, or the note why it was left out."""
    is_there = file.sha256 is not None
    return {
        "name": file.name,
        "title": file.title,
        "media_type": file.media_type,
        "byte_size": file.byte_size if is_there else None,
        "sha256": file.sha256,
        "url": address(file_path(where, version, file.name)) if is_there else None,
        "latest_url": address(file_path(where, None, file.name)) if is_there else None,
        "note": file.note,
    }


def describe_notice(notice: Notice) -> Described:
    """Return a notice: the Markdown as written and the sanitised HTML."""
    institution = notice.institution
    return {
        "id": notice.id,
        "institution": {"slug": institution.slug, "name": institution.name.as_json()},
        "title": notice.title,
        "language": notice.language,
        "body_markdown": notice.body_markdown,
        "body_html": notice.body_html,
        "published": instant(notice.published_at),
        "links": {
            "page": address(f"/news/{notice.id}"),
            "self": address(f"{API}/news/{notice.id}"),
        },
    }


def known_item(key: str, release: Release | None, site: Site) -> DisclosureItem | None:
    """Return the item as a loaded plugin defines it, or else as a release froze it."""
    item = site.plugins.items.get(key)
    if item is None and release is not None:
        return item_of(release.item)
    return item


def _feeds(scope: str, site: Site) -> dict[str, str]:
    return {
        extension: address(feed_path(scope, extension)) for extension in site.plugins.feed_formats
    }


def _untitled(text: str) -> Mapping[str, str]:
    return {"zh": text, "en": text}
