"""Dates that a spreadsheet has made of what was typed as text."""

from collections.abc import Callable, Sequence
from datetime import date

from gongkai.domain.table_schema import Field
from gongkai.rows.problem_lists import Collector
from gongkai.rows.xlsx_cells import NumberKind


class TextDates:
    """Dates in columns of text: wrong where the rest of the column is text, or by their format."""

    def __init__(self, problems: Collector, field_at: Callable[[int], Field | None]) -> None:
        self.columns: set[int] = set()
        self._problems = problems
        self._field_at = field_at
        self._waiting: dict[int, list[tuple[int, str]]] = {}

    def see(
        self, number: int, texts: Sequence[str | None], kinds: list[tuple[int, NumberKind]]
    ) -> None:
        """Take one row; ``columns`` are those in which no text has been seen yet."""
        dated = {column: kind for column, kind in kinds if kind.is_date} if kinds else {}
        for column in tuple(self.columns):
            if texts[column - 1] and column not in dated:
                self.columns.discard(column)
        for column, kind in dated.items():
            text = texts[column - 1] or ""
            if kind.is_guessed or column not in self.columns:
                self._add(number, column, text)
            else:
                self._waiting.setdefault(column, []).append((number, text))

    def report(self) -> None:
        """Report the dates that came before the first text of their column."""
        for column, found in self._waiting.items():
            if column not in self.columns:
                for number, text in found:
                    self._add(number, column, text)

    def _add(self, number: int, column: int, text: str) -> None:
        field = self._field_at(column)
        if field is not None:
            self._problems.add(
                "date-in-text-column",
                row=number,
                field=field.name,
                label=field.title,
                value=text,
                guess=_day_guesses(text),
                label_zh=field.title.zh,
                label_en=field.title.en,
            )


def _day_guesses(text: str) -> str:
    """Return what a person may have typed that a spreadsheet took for the date ``text``."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        # A time of day alone: the date in front of it is none that anybody typed.
        return text
    if day.day == 1:
        return f"{day.month}-{day.year % 100:02d}"
    return f"{day.month}-{day.day}” / “{day.day}-{day.month}"
