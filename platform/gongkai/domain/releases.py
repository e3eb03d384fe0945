"""What is known of a release while its files are written, and what a format is."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gongkai.domain.identifiers import DatasetId, Version
from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.domain.text import Text

Cell = str | int | float | bool | None


class Rows(Protocol):
    """The checked rows of one table, sorted by key. Reads lazily; never load them whole."""

    @property
    def count(self) -> int:
        """Return the number of rows."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Return the field names in the order of the table schema."""
        ...

    def text_batches(self, size: int = 10_000) -> Iterator[list[tuple[str | None, ...]]]:
        """Yield the rows as canonical text, as ``data.csv`` has it; ``None`` where empty."""
        ...

    def value_batches(self, size: int = 10_000) -> Iterator[list[tuple[Cell, ...]]]:
        """Yield the rows as JSON values; dates and instants are ISO 8601 text."""
        ...

    def matches(
        self, field: str, pattern: str, *, squeezed: bool = False
    ) -> Iterator[tuple[int, str]]:
        """Yield (row, text) where ``pattern`` (RE2) is found in ``field``.

        ``squeezed`` looks at the cell after NFKC with spaces, hyphens and zero-width
        characters removed; the text yielded is the cell as written either way.
        """
        ...

    def distinct_texts(
        self, field: str, pattern: str | None = None
    ) -> Iterator[tuple[str, int, int]]:
        """Yield (text, rows that hold it, first row) of each text of ``field``, in no order.

        ``pattern`` (RE2) keeps the texts in which it is found, as written. Empty cells are
        left out.
        """
        ...

    def places(
        self, field: str, texts: Collection[str] | None = None, *, limit: int = 100
    ) -> tuple[int, list[tuple[int, str]]]:
        """Return how many rows hold one of ``texts``, and the first as (row, text), in order.

        Without ``texts``: the rows whose cell is not empty.
        """
        ...

    def bounds(self, field: str) -> tuple[Cell, Cell] | None:
        """Return the least and the greatest value of ``field``; None when it is all empty."""
        ...

    def sample(self, size: int = 1000) -> list[tuple[int, tuple[str | None, ...]]]:
        """Return about ``size`` rows as (row, canonical texts), spread evenly, in order."""
        ...

    def group_sizes(
        self, fields: Sequence[str], below: int, *, limit: int = 100
    ) -> tuple[int, list[tuple[int, int]]]:
        """Return how many rows share all ``fields`` with fewer than ``below`` rows in all.

        With them the first as (row, size of its group). Empty cells count as alike.
        """
        ...

    def mismatches(
        self,
        field: str,
        expression: str,
        *,
        tolerance: str = "0",
        code: str = "mismatch",
        severity: Severity = Severity.ERROR,
    ) -> list[ProblemGroup]:
        """Return the rows whose ``field`` is not the value of ``expression``."""
        ...

    def violations(
        self,
        expect: str,
        *,
        code: str,
        message: Text,
        when: str | None = None,
        field: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> list[ProblemGroup]:
        """Return the rows for which ``expect`` is false where ``when`` holds."""
        ...

    def write_csv(
        self,
        path: Path,
        *,
        header: Sequence[str] | None = None,
        bom: bool = False,
        labels: str | None = None,
        guarded: bool = False,
    ) -> None:
        """Write RFC 4180 CSV (UTF-8, CRLF) to ``path``.

        ``labels`` ("zh" or "en") writes category labels for codes; ``guarded`` puts an
        apostrophe before cells that a spreadsheet would run as a formula.
        """
        ...

    def write_json(self, path: Path) -> None:
        """Write one JSON array of objects, an object a line."""
        ...

    def write_json_lines(self, path: Path) -> None:
        """Write one JSON object a line, UTF-8."""
        ...

    def write_parquet(self, path: Path) -> None:
        """Write the typed table as Parquet (zstd, page checksums)."""
        ...


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A distribution that is on disk: its name, media type, bytes and SHA-256 (hex).

    ``bundled`` says whether its format wants it in ``bundle.zip``.
    """

    name: str
    media_type: str
    byte_size: int
    sha256: str
    path: Path
    title: Text
    bundled: bool = True


@dataclass(frozen=True)
class ReleaseContext:
    """All a distribution format may know of the release whose file it writes.

    ``written`` holds the files of the formats of earlier ``order``; the same context gives
    the same bytes, so there is no clock but ``issued``.
    """

    dataset: DatasetId
    item: DisclosureItem
    institution: Text
    version: Version
    issued: datetime
    rows: Rows
    license_name: str
    license_title: Text
    license_url: str
    attribution: str
    base_url: str
    language: str = "zh"
    change_note: str = ""
    written: tuple[WrittenFile, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def page_url(self) -> str:
        return f"{self.base_url}/datasets/{self.dataset}"

    def file_url(self, name: str) -> str:
        """Return the pinned address of a file of this release."""
        return f"{self.page_url}/releases/{self.version}/{name}"


class SkipDistribution(Exception):  # noqa: N818 - a signal, not a failure
    """Raised by a format that does not apply to this release; the note says why."""

    def __init__(self, note: Text) -> None:
        super().__init__(note.en)
        self.note = note


@dataclass(frozen=True)
class DistributionFormat:
    """One file that every release has, such as ``data.csv``.

    ``write`` writes the file to the path it is given and is called once per release, in
    ascending ``order`` (data 10–40, descriptions 50–70, checksums 80, bundles 90), outside
    any transaction. It may raise SkipDistribution. ``compress`` makes gzip and zstd twins
    where they are at least a tenth smaller; ``bundled`` puts the file into ``bundle.zip``.
    """

    name: str
    media_type: str
    title: Text
    write: Callable[[ReleaseContext, Path], None]
    order: int = 30
    compress: bool = True
    bundled: bool = True
    plugin: str = ""
