"""The processes that read files for this one: its nurseries, and the readers they bore."""

import os
from pathlib import Path


def nurseries() -> list[int]:
    """Return the processes that this one started and has not taken leave of."""
    return _children(os.getpid())


def readers() -> list[int]:
    """Return what those processes started and have not taken leave of."""
    return [reader for nursery in nurseries() for reader in _children(nursery)]


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]
