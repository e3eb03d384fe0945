"""The templates that a clerk fills in: of each item, and under the address of each dataset."""

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.items import DisclosureItem
from gongkai.errors import NotFound
from gongkai.models import Institution
from gongkai.portal.files import disposition, safe_name
from gongkai.rows.template import MEDIA_TYPES, write_template
from gongkai.services import catalog
from gongkai.site import Site
from gongkai.web import current_site
from gongkai.web.conditional import answer_conditionally
from gongkai.web.headers import DOWNLOAD_POLICY
from gongkai.web.language import HTML_LANG, current_language

TITLE = {"zh": "填报模板", "en": "template"}

blueprint = Blueprint("template_files", __name__)


@blueprint.get("/datasets/<slug:institution>/<key:item>/template.<any(xlsx, csv):extension>")
def dataset_template(institution: str, item: str, extension: str) -> Response:
    """Send the template of a dataset, one that is owed but not open yet included."""
    site = current_site()
    with site.reading() as session:
        row, defined = _owed(session, site, DatasetId(institution, item))
        name = row.name.in_language(current_language())
    return _answer(defined, extension, name, f"{institution}-{item}")


@blueprint.get("/items/<key:item>/template.<any(xlsx, csv):extension>")
def item_template(item: str, extension: str) -> Response:
    """Send the template of an item, the same for every institution."""
    return _answer(current_site().plugins.get_item(item), extension, "", item)


def _owed(session: Session, site: Site, where: DatasetId) -> tuple[Institution, DisclosureItem]:
    """Return the institution and the item of a dataset that is there or owed. Raises NotFound."""
    item = site.plugins.get_item(where.item)
    try:
        return catalog.get_dataset(session, where).institution, item
    except NotFound:
        institution = catalog.get_institution(session, where.institution)
        if item not in site.plugins.items_owed(institution.kinds, is_public=institution.is_public):
            raise
        return institution, item


def _answer(item: DisclosureItem, extension: str, owner: str, plain: str) -> Response:
    plugins, language = current_site().plugins, current_language()
    body = write_template(
        item, extension, language, deadline_rules=plugins.deadline_rules, items=plugins.items
    )
    parts = (owner, item.title.in_language(language), TITLE[language])
    readable = safe_name("-".join(part for part in parts if part)) + f".{extension}"
    response = Response(body, content_type=MEDIA_TYPES[extension])
    headers = response.headers
    headers["Content-Disposition"] = disposition(readable, f"{plain}-template.{extension}")
    headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    headers["Content-Language"] = HTML_LANG[language]
    headers["Vary"] = "Accept-Language, Cookie"
    return answer_conditionally(response)
