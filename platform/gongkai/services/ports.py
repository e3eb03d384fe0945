"""What services need of the site, so that they need not know who makes it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from gongkai.blobs import BlobStore
from gongkai.plugins import Plugins
from gongkai.settings import Settings

# (what is being done, units done, units in all or None where that is not known)
Progress = Callable[[str, int, int | None], None]


class SitePort(Protocol):
    """The part of ``gongkai.site.Site`` that services use."""

    settings: Settings

    @property
    def plugins(self) -> Plugins:
        """Return everything the loaded plugins contribute."""
        ...

    @property
    def blobs(self) -> BlobStore:
        """Return the store of uploads, rows and distributions."""
        ...

    def transaction(self) -> AbstractContextManager[Session]:
        """Open a session that writes and commits at the end."""
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session that only reads."""
        ...

    def now(self) -> datetime:
        """Return the present instant in Asia/Shanghai."""
        ...


def no_progress(what: str, done: int, total: int | None) -> None:
    """Listen to nothing."""
