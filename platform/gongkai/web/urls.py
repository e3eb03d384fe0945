"""Public addresses. Paths are for links of the same site, addresses for everything else."""

from urllib.parse import quote

from gongkai.domain.identifiers import DatasetId
from gongkai.web.current import current_site

API = "/api/v1"
DESCRIPTION = "datapackage.json"


def address(path: str) -> str:
    """Return the absolute address of ``path`` under the configured base URL.

    Never made from the Host header, which a stranger chooses.
    """
    return current_site().settings.site.base_url.rstrip("/") + path


def dataset_path(dataset: DatasetId) -> str:
    """Return where a dataset's page is."""
    return f"/datasets/{dataset}"


def release_path(dataset: DatasetId, version: str) -> str:
    """Return where a release's page is."""
    return f"/datasets/{dataset}/releases/{version}"


def file_path(dataset: DatasetId, version: str | None, name: str) -> str:
    """Return where a file is: pinned to ``version``, or the newest one's for None."""
    if version is None:
        return f"/datasets/{dataset}/latest/{name}"
    return f"{release_path(dataset, version)}/{name}"


def metadata_links(dataset: DatasetId, version: str | None, license_url: str) -> str:
    """Return Link values that lead programs to the description and the licence of data."""
    described = address(file_path(dataset, version, DESCRIPTION))
    licensed = quote(license_url, safe=":/?#[]@!$&()*+,;=%~")
    return f'<{described}>; rel="describedby"; type="application/json", <{licensed}>; rel="license"'


def feed_path(scope: str, extension: str, language: str = "zh") -> str:
    """Return the canonical path of a feed; ``scope`` is such as ``all`` or ``items/blood``."""
    suffix = "" if language == "zh" else f"?lang={language}"
    return f"/feeds/{scope}.{extension}{suffix}"
