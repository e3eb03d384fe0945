"""Names that stand in public addresses: slugs, item keys, dataset ids, versions."""

import re
from dataclasses import dataclass

SLUG = re.compile(r"[a-z0-9](-?[a-z0-9]){0,63}")
KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")


def is_slug(text: str) -> bool:
    """Tell whether ``text`` may name an institution in an address."""
    return SLUG.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """Tell whether ``text`` is a snake_case key of an item, field or type, at most 64 long."""
    return len(text) <= 64 and KEY.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class DatasetId:
    """``{institution}/{item}``: the address of a dataset, unique on a site."""

    institution: str
    item: str

    def __str__(self) -> str:
        return f"{self.institution}/{self.item}"

    @classmethod
    def parse(cls, text: str) -> "DatasetId":
        """Read ``institution/item``. Raises ValueError with what was expected."""
        institution, slash, item = text.partition("/")
        if not slash or not is_slug(institution) or not is_key(item):
            raise ValueError(
                f"{text!r} is not a dataset id; write it as institution/item, "
                "such as jinan-blood/blood_inventory"
            )
        return cls(institution, item)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A semantic version of a dataset's data."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read ``1.2.3``. Raises ValueError."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a version; write it as 1.2.3")
        return cls(*(int(part) for part in match.groups()))


FIRST_VERSION = Version(1, 0, 0)
