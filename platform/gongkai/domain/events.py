"""What happened, in the words of the classes; announced to plugins after the commit."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class ReleasePublished:
    """A release became the current one of its dataset."""

    name: ClassVar[str] = "release_published"

    dataset: str
    version: str
    issued: datetime
    correction: bool
    title_zh: str
    title_en: str
    row_count: int


@dataclass(frozen=True, slots=True)
class ReleaseWithdrawn:
    """A release was withdrawn; its address answers 410 with the reason."""

    name: ClassVar[str] = "release_withdrawn"

    dataset: str
    version: str
    withdrawn: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ObligationOverdue:
    """A publication that the law asks for is past its due date."""

    name: ClassVar[str] = "obligation_overdue"

    dataset: str
    due_on: date
    rule: str


Event = ReleasePublished | ReleaseWithdrawn | ObligationOverdue
_KINDS: dict[str, type[Event]] = {
    kind.name: kind for kind in (ReleasePublished, ReleaseWithdrawn, ObligationOverdue)
}


def event_as_json(event: Event) -> dict[str, Any]:
    """Return the event's fields; dates and instants as ISO 8601 text."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in asdict(event).items()
    }


def event_of(name: str, data: dict[str, Any]) -> Event:
    """Rebuild an event from its name and ``event_as_json``."""
    kind = _KINDS[name]
    values = dict(data)
    for key in ("issued", "withdrawn"):
        if key in values:
            values[key] = datetime.fromisoformat(values[key])
    if "due_on" in values:
        values["due_on"] = date.fromisoformat(values["due_on"])
    return kind(**values)
