"""Reading the catalog: datasets, releases, institutions, items, institution types."""

from typing import Any

from gongkai.api.blueprint import Blueprint
from gongkai.api.lists import listed, stretch
from gongkai.domain.identifiers import DatasetId
from gongkai.schemas.common import ListQuerySchema
from gongkai.schemas.dataset import DatasetListSchema, DatasetQuerySchema, DatasetSchema
from gongkai.schemas.institution import (
    InstitutionListSchema,
    InstitutionQuerySchema,
    InstitutionSchema,
)
from gongkai.schemas.item import (
    InstitutionTypeListSchema,
    ItemListSchema,
    ItemQuerySchema,
    ItemSchema,
)
from gongkai.schemas.release import ReleaseListSchema, ReleaseQuerySchema, ReleaseSchema
from gongkai.services import catalog
from gongkai.web import current_site
from gongkai.web.describe import (
    Described,
    describe_datasets,
    describe_institution,
    describe_item,
    describe_release,
    describe_type,
)

blueprint = Blueprint("catalog", __name__, description="What is published, and by whom.")
Listed = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.route("/datasets")
@blueprint.arguments(DatasetQuerySchema, location="query")
@blueprint.response(200, DatasetListSchema)
def list_datasets(asked: dict[str, Any]) -> Listed:
    """List datasets by institution and item, each with its latest release and what is due next."""
    site = current_site()
    with site.reading() as session:
        found = catalog.list_datasets(
            session,
            institution=asked.get("institution"),
            item=asked.get("item"),
            type_key=asked.get("type"),
            published=asked.get("published"),
            limit=asked["limit"],
            after=asked["cursor"],
        )
        data = describe_datasets(session, found.items, site)
    return listed(data, limit=asked["limit"], next_cursor=found.next, total=found.total)


@blueprint.route("/datasets/<slug:institution>/<key:item>")
@blueprint.response(200, DatasetSchema)
def get_dataset(institution: str, item: str) -> Described:
    """Return one dataset with its latest release and what is due next."""
    site = current_site()
    with site.reading() as session:
        dataset = catalog.get_dataset(session, DatasetId(institution, item))
        (described,) = describe_datasets(session, [dataset], site)
        return described


@blueprint.route("/datasets/<slug:institution>/<key:item>/releases")
@blueprint.arguments(ReleaseQuerySchema, location="query")
@blueprint.response(200, ReleaseListSchema)
def list_releases(asked: dict[str, Any], institution: str, item: str) -> Listed:
    """List the releases of a dataset, newest version first; withdrawn ones with the reason."""
    site = current_site()
    where = DatasetId(institution, item)
    with site.reading() as session:
        dataset = catalog.get_dataset(session, where)
        releases = catalog.list_releases(session, dataset)
        whole = [describe_release(one, where, site) for one in releases]
    data, following = stretch(whole, "version", limit=asked["limit"], cursor=asked["cursor"])
    return listed(data, limit=asked["limit"], next_cursor=following, total=len(whole))


@blueprint.route("/datasets/<slug:institution>/<key:item>/releases/<version:version>")
@blueprint.response(200, ReleaseSchema)
def get_release(institution: str, item: str, version: str) -> Described:
    """Return one release with its files; 410 with the reason for a withdrawn one."""
    site = current_site()
    where = DatasetId(institution, item)
    with site.reading() as session:
        dataset = catalog.get_dataset(session, where)
        return describe_release(catalog.get_release(session, dataset, version), where, site)


@blueprint.route("/institutions")
@blueprint.arguments(InstitutionQuerySchema, location="query")
@blueprint.response(200, InstitutionListSchema)
def list_institutions(asked: dict[str, Any]) -> Listed:
    """List institutions by slug."""
    site = current_site()
    with site.reading() as session:
        found = catalog.list_institutions(
            session, type_key=asked.get("type"), limit=asked["limit"], after=asked["cursor"]
        )
        data = [describe_institution(one, site) for one in found.items]
    return listed(data, limit=asked["limit"], next_cursor=found.next, total=found.total)


@blueprint.route("/institutions/<slug:institution>")
@blueprint.response(200, InstitutionSchema)
def get_institution(institution: str) -> Described:
    """Return one institution."""
    site = current_site()
    with site.reading() as session:
        return describe_institution(catalog.get_institution(session, institution), site)


@blueprint.route("/items")
@blueprint.arguments(ItemQuerySchema, location="query")
@blueprint.response(200, ItemListSchema)
def list_items(asked: dict[str, Any]) -> Listed:
    """List disclosure items with their table schemas."""
    site = current_site()
    items = list(site.plugins.items.values())
    if "type" in asked:
        kinds = site.plugins.get_institution_type(asked["type"]).service_kinds
        items = site.plugins.items_owed(kinds)
    whole = [describe_item(item, site) for item in items]
    data, following = stretch(whole, "key", limit=asked["limit"], cursor=asked["cursor"])
    return listed(data, limit=asked["limit"], next_cursor=following, total=len(whole))


@blueprint.route("/items/<key:item>")
@blueprint.response(200, ItemSchema)
def get_item(item: str) -> Described:
    """Return one disclosure item with its table schema."""
    site = current_site()
    return describe_item(site.plugins.get_item(item), site)


@blueprint.route("/institution-types")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, InstitutionTypeListSchema)
def list_institution_types(asked: dict[str, Any]) -> Listed:
    """List institution types with the keys of the items such bodies owe."""
    site = current_site()
    whole = [describe_type(kind, site) for kind in site.plugins.institution_types.values()]
    data, following = stretch(whole, "key", limit=asked["limit"], cursor=asked["cursor"])
    return listed(data, limit=asked["limit"], next_cursor=following, total=len(whole))
