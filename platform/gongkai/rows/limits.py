"""How much one file may cost: the limits of the process that reads it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MIB = 1024 * 1024


@dataclass(frozen=True)
class IntakeLimits:
    """Limits of one intake; what goes over one ends in a report, never in a failure.

    ``memory_bytes`` is address space, of which the query engine may use a part;
    ``output_bytes`` bounds each file the process writes, its spill files included;
    ``tag_bytes`` and ``xml_depth`` bound one tag of a workbook's XML and how deep tags nest;
    ``held_bytes`` is what the cells of a file may take in memory before they go to disk;
    ``plugin_seconds`` is the time of one plugin in one hook; ``listed`` caps the problems
    shown per code and field, whose totals stay true.
    """

    memory_bytes: int = 2048 * MIB
    cpu_seconds: int = 600
    wall_seconds: float = 900.0
    plugin_seconds: float = 120.0
    output_bytes: int = 8192 * MIB
    file_bytes: int = 2048 * MIB
    open_files: int = 256
    inflated_bytes: int = 2048 * MIB
    line_bytes: int = 16 * MIB
    columns: int = 2000
    archive_parts: int = 2000
    part_elements: int = 1_000_000
    tag_bytes: int = 1 * MIB
    xml_depth: int = 128
    merged_cells: int = 200_000
    cell_chars: int = 32_767
    listed: int = 100
    held_bytes: int = 384 * MIB
    threads: int = 2

    @property
    def engine_bytes(self) -> int:
        """Return what DuckDB may hold before it spills to disk."""
        return min(self.memory_bytes // 4, 384 * MIB)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "IntakeLimits":
        """Rebuild limits from ``as_json``."""
        return cls(**data)
