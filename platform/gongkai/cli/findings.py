"""One thing that `gongkai doctor` found."""

from dataclasses import dataclass
from enum import StrEnum

from gongkai.domain.text import Text


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """What one check found; ``advice`` says what to do where something is to be done."""

    check: str
    level: Level
    message: Text
    advice: Text | None = None
