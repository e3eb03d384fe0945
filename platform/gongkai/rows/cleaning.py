"""The clean-ups of a column and the damage it shows, found once for each distinct text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.canonical_texts import canonical_pattern
from gongkai.rows.check_messages import shorten
from gongkai.rows.coded import as_indices
from gongkai.rows.damage import Advice
from gongkai.rows.normalise import CleanUp, Normaliser

EXAMPLES = 3
# More different wrong texts than these are a wrong column, which needs no advice for each.
_MOST_ADVISED = 100_000


@dataclass
class Cleaning:
    """What becomes of the texts of one column: clean-ups by text, and advice by text left."""

    normaliser: Normaliser
    changes: dict[str, CleanUp] = field(default_factory=dict)
    advice: dict[str, Advice] = field(default_factory=dict)

    def look_at(self, texts: Iterable[str]) -> None:
        """Find what becomes of ``texts``."""
        for text in texts:
            cleaned = self.normaliser.clean(text)
            left = text if cleaned is None else cleaned.text
            if cleaned is not None:
                self.changes[text] = cleaned
            advice = self.normaliser.advise(left) if left else None
            if advice and left and len(self.advice) < _MOST_ADVISED:
                self.advice[left] = advice

    def example(self, row: int, before: str, kind: str) -> dict[str, Any]:
        """Return one example of a clean-up as the report shows it."""
        cleaned = self.normaliser.clean(before)
        after = cleaned.after(kind) if cleaned else before
        return {"row": row, "from": shorten(before), "to": after and shorten(after)}


@dataclass(frozen=True)
class CleanedValues:
    """The distinct texts of a column after clean-up, in the same order; null where empty.

    ``kinds`` tells, for each kind of clean-up, the places of the values it changed.
    """

    texts: "pa.Array[Any]"
    cleaning: Cleaning
    kinds: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)


def clean_values(
    schema: TableSchema, column: Field, values: "pa.Array[Any]", *, has_serials: bool
) -> CleanedValues:
    """Clean the distinct ``values`` of a column; those certainly canonical are not looked at."""
    cleaning = Cleaning(Normaliser(schema, column, has_serials=has_serials))
    canonical = pc.match_substring_regex(
        values, pattern=f"^(?s:{canonical_pattern(schema, column)})$"
    )
    suspects = np.flatnonzero(~canonical.to_numpy(zero_copy_only=False))
    texts: pa.Array[Any] = pc.call_function("if_else", [is_empty(values), None, values])
    asked: Any = values.take(as_indices(suspects)).to_pylist()
    cleaning.look_at(text for text in asked if text)
    if not cleaning.changes:
        return CleanedValues(texts, cleaning)
    places: dict[str, list[int]] = {}
    changed: list[int] = []
    replaced: list[str | None] = []
    for place, text in zip(suspects.tolist(), asked, strict=True):
        found = cleaning.changes.get(text)
        if found is None:
            continue
        changed.append(place)
        replaced.append(found.text or None)
        for kind in found.kinds:
            places.setdefault(kind, []).append(place)
    mask = np.zeros(len(values), np.bool_)
    mask[changed] = True
    texts = pc.replace_with_mask(texts, as_indices(mask), pa.array(replaced, values.type))
    kinds = {kind: np.array(found) for kind, found in places.items()}
    return CleanedValues(texts, cleaning, kinds)


def is_empty(values: "pa.Array[Any]") -> "pa.Array[Any]":
    """Tell which texts are empty."""
    found: pa.Array[Any] = pc.call_function("equal", [values, ""])
    return found
