"""Two releases of one dataset, and the changes that lead from the one to the other."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from gongkai.domain.evolution import SchemaChanges, compare_schemas
from gongkai.domain.identifiers import DatasetId, Version
from gongkai.domain.table_schema import TableSchema
from gongkai.errors import NotFound
from gongkai.models import Dataset, Release
from gongkai.rows.change_lists import ChangeList, open_changes
from gongkai.rows.query import QueryLimits
from gongkai.services.catalog import get_release, list_releases
from gongkai.services.ports import SitePort


@dataclass(frozen=True)
class Pair:
    """The release that changes begin with, and the one they lead to."""

    dataset: DatasetId
    old: Release
    new: Release

    @property
    def old_schema(self) -> TableSchema:
        return TableSchema.of(self.old.item["table_schema"])

    @property
    def new_schema(self) -> TableSchema:
        return TableSchema.of(self.new.item["table_schema"])

    @property
    def schema_changes(self) -> SchemaChanges:
        return compare_schemas(self.old_schema, self.new_schema)

    @property
    def mark(self) -> str:
        """A name of exactly this pair: releases never change, so neither does what differs."""
        ends = [f"{end.version} {end.content_sha256} {end.rows_sha256}" for end in self.releases]
        return hashlib.sha256("\n".join([str(self.dataset), *ends]).encode()).hexdigest()

    @property
    def releases(self) -> tuple[Release, Release]:
        return self.old, self.new


def get_pair(
    session: Session, dataset: Dataset, from_version: str | None, to_version: str | None
) -> Pair:
    """Return the releases to compare: None is the newest, and the one before it that stands.

    Raises NotFound, and Gone with the reason for a withdrawn one.
    """
    new = get_release(session, dataset, to_version or "latest")
    if from_version is None:
        old = find_release_before(session, dataset, new)
        if old is None:
            raise NotFound(
                f"{dataset.address} has no release before {new.version} to compare it with."
            )
    else:
        old = get_release(session, dataset, from_version)
    return Pair(dataset.address, old, new)


def find_release_before(session: Session, dataset: Dataset, release: Release) -> Release | None:
    """Return the newest release older than ``release`` that was not withdrawn, or None."""
    version = Version.parse(release.version)
    earlier = (
        one
        for one in list_releases(session, dataset)
        if one.withdrawn_at is None and Version.parse(one.version) < version
    )
    return next(earlier, None)


@contextmanager
def open_pair(site: SitePort, pair: Pair) -> Iterator[ChangeList]:
    """Open the changes of a pair. Raises IntegrityFailed where stored rows were altered."""
    old, new = paths_of(site, pair)
    chosen = site.settings.records
    limits = QueryLimits(
        timeout_seconds=chosen.timeout_seconds,
        memory_limit=f"{chosen.memory_bytes // (1 << 20)}MiB",
    )
    schemas = (pair.old_schema, pair.new_schema)
    with open_changes(old, new, *schemas, pair=pair.mark, limits=limits) as changes:
        yield changes


def paths_of(site: SitePort, pair: Pair) -> tuple[Path, Path]:
    """Return where the verified rows of both releases are."""
    return site.blobs.path(pair.old.rows_sha256), site.blobs.path(pair.new.rows_sha256)
