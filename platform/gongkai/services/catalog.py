"""The catalog: institutions, what they owe, datasets, releases and notices."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gongkai.domain.identifiers import DatasetId, Version, is_slug
from gongkai.domain.items import ServiceKind
from gongkai.errors import Conflict, Gone, NotFound, Rejected
from gongkai.models import Dataset, Distribution, Institution, Notice, Release
from gongkai.plugins import Plugins
from gongkai.services.clock import clock_of
from gongkai.services.obligations import open_for_institution

Listed = TypeVar("Listed")


@dataclass(frozen=True)
class Page(Generic[Listed]):
    """A stretch of a list: ``next`` continues it (None at the end), ``total`` is true."""

    items: Sequence[Listed]
    next: str | None
    total: int


@dataclass(frozen=True)
class NewInstitution:
    """What is needed to add an institution; ``service_kinds`` None takes the type's."""

    slug: str
    type_key: str
    name_zh: str
    name_en: str
    service_kinds: frozenset[ServiceKind] | None = None
    uscc: str | None = None
    region_code: str | None = None
    region_zh: str = ""
    region_en: str = ""
    is_public: bool = True


def add_institution(
    session: Session,
    plugins: Plugins,
    new: NewInstitution,
    *,
    now: datetime,
    starts_clock: bool = True,
) -> Institution:
    """Add an institution with a dataset and a clock for each item it owes. Does not commit.

    Without ``starts_clock`` its clocks start when ``open_for_institution`` is called.

    Raises Rejected for a slug that cannot stand in an address, Conflict for one in use.
    """
    if not is_slug(new.slug):
        raise Rejected(
            f"{new.slug!r} cannot stand in an address; use lower-case letters, digits and "
            "single hyphens, such as jinan-blood."
        )
    kinds = new.service_kinds or plugins.get_institution_type(new.type_key).service_kinds
    plugins.get_institution_type(new.type_key)
    institution = Institution(
        slug=new.slug,
        type_key=new.type_key,
        service_kinds=sorted(kind.value for kind in kinds),
        name_zh=new.name_zh,
        name_en=new.name_en,
        uscc=new.uscc,
        region_code=new.region_code,
        region_zh=new.region_zh,
        region_en=new.region_en,
        is_public=new.is_public,
        created_at=now,
    )
    session.add(institution)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is an institution {new.slug} already.") from error
    open_datasets(session, plugins, institution, now=now)
    if starts_clock:
        open_for_institution(session, clock_of(session, plugins), institution, now=now)
    return institution


def open_datasets(
    session: Session, plugins: Plugins, institution: Institution, *, now: datetime
) -> int:
    """Open a dataset for each owed item that has none; return how many. Safe to run twice."""
    present = set(
        session.scalars(select(Dataset.item_key).where(Dataset.institution_id == institution.id))
    )
    owed = plugins.items_owed(institution.kinds, is_public=institution.is_public)
    missing = [item for item in owed if item.key not in present]
    session.add_all(
        Dataset(institution=institution, item_key=item.key, created_at=now) for item in missing
    )
    session.flush()
    return len(missing)


def get_institution(session: Session, slug: str) -> Institution:
    """Return the institution ``slug``. Raises NotFound."""
    found = session.scalars(select(Institution).where(Institution.slug == slug)).first()
    if found is None:
        raise NotFound(f"There is no institution {slug!r}.")
    return found


def list_institutions(
    session: Session, *, type_key: str | None = None, limit: int = 100, after: str | None = None
) -> Page[Institution]:
    """Return institutions by slug."""
    query = select(Institution)
    if type_key is not None:
        query = query.where(Institution.type_key == type_key)
    total = _count(session, query)
    if after is not None:
        query = query.where(Institution.slug > after)
    found = session.scalars(query.order_by(Institution.slug).limit(limit + 1)).all()
    return _page(found, limit, total, lambda institution: institution.slug)


def get_dataset(session: Session, address: DatasetId) -> Dataset:
    """Return a dataset. Raises NotFound."""
    found = session.scalars(
        select(Dataset)
        .join(Dataset.institution)
        .where(Institution.slug == address.institution, Dataset.item_key == address.item)
    ).first()
    if found is None:
        raise NotFound(f"There is no dataset {address}.")
    return found


def get_or_open_dataset(
    session: Session, plugins: Plugins, address: DatasetId, *, now: datetime
) -> Dataset:
    """Return a dataset, opening it where the institution publishes beyond its duty.

    Raises NotFound for an unknown institution or item. Does not commit.
    """
    try:
        return get_dataset(session, address)
    except NotFound:
        institution = get_institution(session, address.institution)
        item = plugins.get_item(address.item)
        dataset = Dataset(institution=institution, item_key=item.key, is_owed=False, created_at=now)
        session.add(dataset)
        session.flush()
        return dataset


def list_datasets(
    session: Session,
    *,
    institution: str | None = None,
    item: str | None = None,
    type_key: str | None = None,
    published: bool | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[Dataset]:
    """Return datasets by address (institution, then item)."""
    query = select(Dataset).join(Dataset.institution)
    if institution is not None:
        query = query.where(Institution.slug == institution)
    if item is not None:
        query = query.where(Dataset.item_key == item)
    if type_key is not None:
        query = query.where(Institution.type_key == type_key)
    if published is not None:
        has_release = Dataset.current_release_id.is_not(None)
        query = query.where(has_release if published else ~has_release)
    total = _count(session, query)
    if after is not None:
        place = _place(after)
        query = query.where(
            (Institution.slug > place.institution)
            | ((Institution.slug == place.institution) & (Dataset.item_key > place.item))
        )
    found = session.scalars(
        query.order_by(Institution.slug, Dataset.item_key).limit(limit + 1)
    ).all()
    return _page(found, limit, total, lambda dataset: str(dataset.address))


def current_release(session: Session, dataset: Dataset) -> Release | None:
    """Return the release that "latest" means, or None while there is none."""
    if dataset.current_release_id is None:
        return None
    return session.get(Release, dataset.current_release_id)


def current_releases(session: Session, datasets: Iterable[Dataset]) -> dict[int, Release]:
    """Return the current release of each dataset that has one, by dataset id."""
    wanted = [dataset.current_release_id for dataset in datasets if dataset.current_release_id]
    found = session.scalars(select(Release).where(Release.id.in_(wanted))) if wanted else ()
    return {release.dataset_id: release for release in found}


def get_release(
    session: Session, dataset: Dataset, version: str, *, allow_withdrawn: bool = False
) -> Release:
    """Return release ``version``, or the current one for "latest".

    Raises NotFound, and Gone with the reason for a withdrawn one unless ``allow_withdrawn``.
    """
    if version == "latest":
        release = current_release(session, dataset)
        if release is None:
            release = next(iter(list_releases(session, dataset)), None)
    else:
        release = session.scalars(
            select(Release).where(Release.dataset_id == dataset.id, Release.version == version)
        ).first()
    if release is None:
        raise NotFound(f"{dataset.address} has no release {version}.")
    if release.withdrawn_at is not None and not allow_withdrawn:
        raise Gone(
            f"Release {release.version} of {dataset.address} was withdrawn on "
            f"{release.withdrawn_at:%Y-%m-%d}: {release.withdrawn_reason}",
            version=release.version,
            reason=release.withdrawn_reason,
        )
    return release


def list_releases(session: Session, dataset: Dataset) -> Sequence[Release]:
    """Return the releases of a dataset, newest version first, withdrawn ones included."""
    found = session.scalars(select(Release).where(Release.dataset_id == dataset.id)).all()
    return sorted(found, key=lambda release: Version.parse(release.version), reverse=True)


def latest_releases(session: Session, *, limit: int = 10) -> Sequence[Release]:
    """Return the newest releases of the whole site that are not withdrawn."""
    return session.scalars(
        select(Release)
        .where(Release.withdrawn_at.is_(None))
        .order_by(Release.issued.desc(), Release.id.desc())
        .limit(limit)
    ).all()


def get_distribution(session: Session, release: Release, name: str) -> Distribution:
    """Return one file of a release. Raises NotFound, with the note where it was left out."""
    found = session.get(Distribution, (release.id, name))
    if found is None:
        raise NotFound(
            f"Release {release.version} of {release.dataset.address} has no file {name!r}."
        )
    if found.sha256 is None:
        note = found.note or {}
        raise NotFound(f"{name} was left out: {note.get('en', '')}", note=note)
    return found


def list_notices(
    session: Session, *, institution: str | None = None, limit: int = 100, after: str | None = None
) -> Page[Notice]:
    """Return notices, newest first; withdrawn ones left out."""
    query = select(Notice).where(Notice.withdrawn_at.is_(None))
    if institution is not None:
        query = query.join(Notice.institution).where(Institution.slug == institution)
    total = _count(session, query)
    if after is not None:
        query = query.where(Notice.id < _number(after))
    found = session.scalars(query.order_by(Notice.id.desc()).limit(limit + 1)).all()
    return _page(found, limit, total, lambda notice: str(notice.id))


def get_notice(session: Session, notice_id: int) -> Notice:
    """Return a notice. Raises NotFound, and Gone with the reason for a withdrawn one."""
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NotFound(f"There is no notice {notice_id}.")
    if notice.withdrawn_at is not None:
        raise Gone(
            f"The notice {notice.title!r} was withdrawn on {notice.withdrawn_at:%Y-%m-%d}: "
            f"{notice.withdrawn_reason}",
            reason=notice.withdrawn_reason,
        )
    return notice


def _count(session: Session, query: Select[Any]) -> int:
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return session.scalars(counted).one()


def _page(
    found: Sequence[Listed], limit: int, total: int, name: Callable[[Listed], str]
) -> Page[Listed]:
    if len(found) <= limit:
        return Page(found, None, total)
    return Page(found[:limit], name(found[limit - 1]), total)


def _place(after: str) -> DatasetId:
    try:
        return DatasetId.parse(after)
    except ValueError as error:
        raise Rejected(f"after={after!r} is not where a page ends: {error}") from error


def _number(after: str) -> int:
    if not after.isascii() or not after.isdigit() or len(after) > 9:
        raise Rejected(f"after={after!r} is not where a page ends; follow `next` of a page.")
    return int(after)
