"""Small items and files, read in this process: quick, and the same code as in the child."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Report
from gongkai.rows.limits import IntakeLimits
from gongkai.rows.reading import open_engine, read_table
from gongkai.testing import make_field, make_item


@dataclass
class Reading:
    """A report and the typed rows as text."""

    report: Report
    rows: list[tuple[str | None, ...]]

    def group(self, code: str, field: str | None = None) -> ProblemGroup:
        """Return the only group of ``code`` (and ``field``)."""
        found = [
            group
            for group in self.report.groups
            if group.code == code and (field is None or group.field == field)
        ]
        assert len(found) == 1, [(g.code, g.field, g.total) for g in self.report.groups]
        return found[0]

    @property
    def codes(self) -> list[str]:
        return [group.code for group in self.report.groups]

    @property
    def places(self) -> list[tuple[str, str | None, int | None]]:
        """Return (code, field, row) of every listed problem."""
        return [(p.code, p.field, p.row) for group in self.report.groups for p in group.first]


def item_of_fields(*fields: Mapping[str, Any], key: str = "code", **schema: Any) -> DisclosureItem:
    """Return an item with a text key ``code`` and ``fields``."""
    keyed = [make_field("code", example="A1")] if "code" in key.split("+") else []
    shape = {"primaryKey": key.split("+"), "fields": [*keyed, *fields], **schema}
    return make_item(table_schema=shape)


def read_bytes(
    folder: Path,
    content: bytes | str,
    item: DisclosureItem,
    *,
    limits: IntakeLimits | None = None,
    references: Mapping[str, Path] | None = None,
) -> Reading:
    """Read ``content`` as a file of ``item``."""
    folder.mkdir(exist_ok=True)
    path = folder / "upload"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_path(folder, path, item, limits=limits, references=references)


def read_path(
    folder: Path,
    path: Path,
    item: DisclosureItem,
    *,
    limits: IntakeLimits | None = None,
    references: Mapping[str, Path] | None = None,
) -> Reading:
    """Read the file at ``path``."""
    bounds = limits or IntakeLimits()
    connection = open_engine(folder, bounds)
    try:
        checked = read_table(
            connection,
            path,
            item,
            filename=path.name,
            work_dir=folder,
            limits=bounds,
            references=references or {},
            progress=lambda *_: None,
        )
        batches = checked.rows.as_hooks_see().text_batches() if checked.rows else ()
        rows = [row for batch in batches for row in batch]
    finally:
        connection.close()
        (folder / "intake.duckdb").unlink()
    return Reading(checked.report, rows)


def cells(*lines: str) -> str:
    """Return CSV with a key column ``code`` counting K2, K3 … and one column ``x``."""
    return "code,x\n" + "".join(f"K{row},{line}\n" for row, line in enumerate(lines, start=2))
