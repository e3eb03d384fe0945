"""Fixtures of the web tests."""

from tests.web.fixtures import client, own_client, own_site, published

__all__ = ["client", "own_client", "own_site", "published"]
