"""A sentence in the two languages every user-facing text has."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Simplified Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English text for ``en*``, the Chinese one for anything else."""
        return self.en if language.lower().startswith("en") else self.zh

    def as_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def of(cls, pair: Mapping[str, str]) -> "Text":
        return cls(zh=pair["zh"], en=pair["en"])
