"""Codes, labels, words for yes and no, and lists, in the form that a field asks for."""

import re
import unicodedata
from itertools import filterfalse

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.columns import FALSE_TEXTS, TRUE_TEXTS
from gongkai.rows.text_forms import BLANKS, Accepts, Rewritten, narrow, without_invisible

# A tick says yes in every form; a cross says no in one and marks the choice in another.
_YES = ("yes", "y", "1.0", "√", "✓", "✔", "☑")
_NO = ("no", "n", "0.0")
_HYPHEN = re.compile("[\u2010-\u2013\u2212]")
# What lets a pattern take characters that it does not name.
_ANY_CHARACTER = re.compile(r"\[\^|\\[SWDuxp]|(?<!\\)\.|[^\x00-\x7f]")
_AROUND_BRACKETS = re.compile(r" ?([()\[\]]) ?")
# The pairs that drop-downs and exports write: code and label together.
_PAIRS = ("{a} {b}", "{a}-{b}", "{a}:{b}", "{a}.{b}", "{a}={b}", "{a}({b})", "{b}({a})")
_SEPARATORS = "、，,；;/|\n\r\t"


def missing_words(schema: TableSchema, field: Field) -> frozenset[str]:
    """Return the words for a missing value; a code of the field is never one."""
    codes = {category.value for category in field.categories}
    words = (*schema.missing_values, *field.missing_values)
    return frozenset(word.strip(BLANKS) for word in words if word and word not in codes)


def label_codes(field: Field) -> dict[str, str]:
    """Return the code of each label as it is written; the first where two share a label."""
    codes = {category.value for category in field.categories}
    found: dict[str, str] = {}
    for category in field.categories:
        for label in (category.label.zh, category.label.en):
            if label not in codes:
                found.setdefault(label, category.value)
    return found


def boolean_words() -> dict[str, str]:
    """Return what each word for yes and no means, as it is written."""
    yes = dict.fromkeys((*TRUE_TEXTS, *_YES), "true")
    found = yes | dict.fromkeys((*FALSE_TEXTS, *_NO), "false")
    return {word: value for word, value in found.items() if word != value}


class BooleanTexts:
    """Rewrites words for yes and no, whatever their case and width."""

    def __init__(self) -> None:
        self._words = boolean_words() | {"true": "true", "false": "false"}

    def rewrite(self, text: str) -> Rewritten | None:
        """Return true or false; None for anything else."""
        value = self._words.get(without_invisible(narrow(text)).lower())
        return (value, ("boolean-word",)) if value else None


class LabelTexts:
    """Rewrites the labels of an enumerated field to its codes, where only one can be meant."""

    def __init__(self, field: Field) -> None:
        found: dict[str, set[str]] = {}
        for category in field.categories:
            labels = {category.label.zh, category.label.en} - {""}
            said = {category.value, *labels}
            for label in labels:
                said |= {pair.format(a=category.value, b=label) for pair in _PAIRS}
            for text in filterfalse(_has_raised_digits, said):
                found.setdefault(_folded(text), set()).add(category.value)
        self._codes = {text: min(codes) for text, codes in found.items() if len(codes) == 1}

    def rewrite(self, text: str) -> Rewritten | None:
        """Return the code; None where no label, or more than one, is meant."""
        if _has_raised_digits(text):
            return None
        code = self._codes.get(_folded(text))
        return (code, ("category-label",)) if code is not None and code != text else None


def _folded(text: str) -> str:
    """Return ``text`` as labels are compared: no width, no case, no blanks at brackets."""
    plain = unicodedata.normalize("NFKC", without_invisible(text)).casefold()
    return _AROUND_BRACKETS.sub(r"\1", " ".join(plain.split()))


def _has_raised_digits(text: str) -> bool:
    """Tell whether folding would lose a meaning: it makes 2 of both ² and ②."""
    return any(char.isdigit() and not char.isdecimal() for char in text)


class CodeTexts:
    """Rewrites what differs from the field's form only in width, dashes or unseen marks."""

    def __init__(self, field: Field, accepts: Accepts) -> None:
        self._accepts = accepts
        self._takes_any = bool(_ANY_CHARACTER.search(field.pattern or ""))

    def rewrite(self, text: str) -> Rewritten | None:
        """Return the first form that the field accepts; None where there is none."""
        if text.isascii():
            return None
        written = text
        kinds: tuple[str, ...] = ()
        for kind, change in (
            ("invisible", without_invisible),
            ("full-width", narrow),
            ("dash", _with_hyphens),
        ):
            changed = change(text)
            if changed != text:
                text, kinds = changed, (*kinds, kind)
                if self._accepts(text) and text == text.strip(BLANKS):
                    return (text, kinds) if self._is_forced(written, text) else None
        return None

    def _is_forced(self, written: str, text: str) -> bool:
        """Tell whether the form refuses each character as it was, so that none is lost."""
        if not self._takes_any:
            return True
        return len(written) == len(text) and not any(
            self._accepts(f"{text[:place]}{char}{text[place + 1 :]}")
            for place, char in enumerate(written)
            if char != text[place]
        )


def _with_hyphens(text: str) -> str:
    return _HYPHEN.sub("-", text)


class ListTexts:
    """Rewrites other separators to the field's own, where each part is a listed value."""

    def __init__(self, field: Field) -> None:
        self._delimiter = field.delimiter
        used = set("".join(field.list_values))
        marks = "".join(mark for mark in (*_SEPARATORS, field.delimiter) if mark not in used)
        self._separators = re.compile(f"[{re.escape(marks)}]") if marks else re.compile("(?!)")
        found: dict[str, set[str]] = {}
        for value in field.list_values:
            found.setdefault(_folded(value), set()).add(value)
        self._values = {text: min(values) for text, values in found.items() if len(values) == 1}

    def rewrite(self, text: str) -> Rewritten | None:
        """Return the listed values behind the field's delimiter; None if one part is none."""
        parts = [self._values.get(_folded(part)) for part in self._separators.split(text)]
        values = [part for part in parts if part is not None]
        if len(values) < len(parts):
            return None
        listed = self._delimiter.join(values)
        return (listed, ("list-separator",)) if listed != text else None


def text_rewriters(field: Field, accepts: Accepts) -> list[LabelTexts | CodeTexts | ListTexts]:
    """Return the rewriters of a text field in the order they are asked."""
    found: list[LabelTexts | CodeTexts | ListTexts] = []
    if field.categories:
        found.append(LabelTexts(field))
    if field.type is FieldType.LIST and field.list_values:
        found.append(ListTexts(field))
    elif field.pattern or field.categories:
        found.append(CodeTexts(field, accepts))
    return found
