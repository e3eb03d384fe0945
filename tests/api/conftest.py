"""Fixtures of the API tests."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gongkai.models.draft import Step
from gongkai.services.access import SCOPES, create_token, get_account
from gongkai.site import Site
from gongkai.testing import actor, make_institution
from tests.web.fixtures import client, published, published_app, reader_of

__all__ = ["client", "published", "published_app"]


@dataclass
class Writer:
    """Somebody with a token."""

    client: FlaskClient
    token: str

    def send(self, method: str, path: str, key: str | None = None, **given: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **given)

    def get(self, path: str, **given: Any) -> TestResponse:
        return self.send("GET", path, **given)

    def post(self, path: str, **given: Any) -> TestResponse:
        return self.send("POST", path, **given)

    def put(self, path: str, **given: Any) -> TestResponse:
        return self.send("PUT", path, **given)


def writer(site: Site, step: Step, slug: str = "yunhe-blood", **token: Any) -> Writer:
    """Return who acts in ``step``, with a new token."""
    with site.transaction() as session:
        account = get_account(session, actor(site, step, slug).login)
        given = {"label": "test", "scopes": SCOPES, "days": 1, "now": site.now()} | token
        return Writer(reader_of(site), create_token(session, account, **given))


@pytest.fixture
def staffed(site: Site) -> Site:
    """A site with one institution and its staff, on each database."""
    make_institution(site)
    return site


@pytest.fixture
def own_site(sqlite_site: Site) -> Site:
    """The same where the database is not what the test is about."""
    make_institution(sqlite_site)
    return sqlite_site


@pytest.fixture
def clerk(own_site: Site) -> Writer:
    return writer(own_site, Step.SUBMIT)
