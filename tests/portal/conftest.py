"""Fixtures of the web tests."""

from tests.web.fixtures import client, published, published_app

__all__ = ["client", "published", "published_app"]
