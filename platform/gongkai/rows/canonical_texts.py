"""Which texts of a field are right as they stand: a pattern for the engine, to skip them."""

import re
from collections.abc import Iterable

from gongkai.domain.table_schema import Field, FieldType, TableSchema
from gongkai.rows.code_texts import missing_words
from gongkai.rows.text_forms import BLANKS, INVISIBLE, narrow

# No text matches this: every text of the column is looked at.
NOTHING = r"[^\x00-\x{10FFFF}]"
_DIGITS = "0123456789"
_UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
# An escape, a class, or one character: the pieces of a pattern.
_PIECE = re.compile(r"\\u[0-9A-Fa-f]{4}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_DATE = r"-[0-9]{2}-[0-9]{2}"
# Groups that do more than group, which the engine has not or writes in another way.
_EXTENSION = re.compile(r"\(\?(?!:)")
_TIME = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"


def _escape(char: str) -> str:
    return f"\\x{{{ord(char):X}}}"


_NO_BLANK = "".join(map(_escape, BLANKS + INVISIBLE))
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\uffe5"


def canonical_pattern(schema: TableSchema, field: Field) -> str:
    """Return an RE2 pattern whose whole matches need neither clean-up nor advice.

    It may miss texts that are right too; those only cost a look.
    """
    missing = missing_words(schema, field)
    match field.type:
        case FieldType.INTEGER | FieldType.NUMBER:
            return _number(field, missing)
        case FieldType.DATE:
            return f"{_first_digit(missing)}[0-9]{{3}}{_DATE}"
        case FieldType.DATETIME:
            return f"{_first_digit(missing)}[0-9]{{3}}{_DATE}{_TIME}"
        case FieldType.BOOLEAN:
            return _words({"true", "false"} - missing)
        case FieldType.LIST if field.list_values:
            return NOTHING if missing else _listed(field)
    if field.categories:
        # A code of the field is never a missing value, whatever the schema says.
        is_sound = field.pattern is None and not any(_has_edge(c.value) for c in field.categories)
        return _words({c.value for c in field.categories}) if is_sound else NOTHING
    if field.pattern:
        return _own_pattern(field.pattern, missing)
    return _free_text(schema, field, missing)


def _number(field: Field, missing: frozenset[str]) -> str:
    first = {word[0] for word in missing if word}
    signs = "".join(sign for sign in "+-" if sign not in first)
    digits = "".join(digit for digit in _DIGITS if digit not in first)
    heads = [f"[{digits}]"] if digits else []
    heads += [f"[{signs}][0-9]"] if signs else []
    if not heads:
        return NOTHING
    head = "(" + "|".join(heads) + ")"
    if field.type is FieldType.INTEGER:
        return f"{head}[0-9]{{0,17}}"
    if field.decimals is None:
        # A great power of ten in capitals may be what a spreadsheet left of the digits.
        return rf"{head}[0-9]*(\.[0-9]+)?(e[+-]?[0-9]{{1,3}}|E-?[0-9]{{1,3}})?"
    decimals = rf"[0-9]{{1,{field.decimals}}}0*" if field.decimals else "0+"
    return rf"{head}[0-9]{{0,17}}(\.{decimals})?"


def _first_digit(missing: frozenset[str]) -> str:
    first = {word[0] for word in missing if word}
    digits = "".join(digit for digit in _DIGITS if digit not in first)
    return f"[{digits}]" if digits else NOTHING


def _listed(field: Field) -> str:
    if any(_has_edge(value) for value in field.list_values):
        return NOTHING
    one = _words(field.list_values)
    return f"{one}({_quoted(field.delimiter)}{one})*"


def _own_pattern(pattern: str, missing: frozenset[str]) -> str:
    """Return a field's own pattern, narrowed so that no blank can match; or NOTHING."""
    try:
        own = re.compile(pattern, re.ASCII)
    except re.error:
        return NOTHING
    if any(own.fullmatch(word) for word in missing):
        return NOTHING
    narrowed = [_narrowed(piece) for piece in _PIECE.findall(pattern)]
    found = "".join(piece for piece in narrowed if piece is not None)
    if None in narrowed or _EXTENSION.search(found):
        return NOTHING
    return _UNICODE_ESCAPE.sub(r"\\x{\1}", found)


def _narrowed(piece: str) -> str | None:
    """Return a piece of a pattern that matches no blank; None where it is made for one."""
    if piece in (r"\S", "."):
        return f"[^{_NO_BLANK}]"
    if piece.startswith("[^"):
        return f"{piece[:-1]}{_NO_BLANK}]"
    if piece.startswith("["):
        return None if _may_be_blank(piece) else piece
    is_plain = piece in (r"\w", r"\d") or piece.startswith(r"\u")
    is_sign = len(piece) == 2 and not piece[1].isalnum()
    is_char = len(piece) == 1 and piece not in BLANKS + INVISIBLE
    return piece if is_plain or is_sign or is_char else None


def _may_be_blank(piece: str) -> bool:
    try:
        one = re.compile(piece, re.ASCII)
    except re.error:
        return True
    return any(one.fullmatch(char) for char in BLANKS + INVISIBLE)


def _free_text(schema: TableSchema, field: Field, missing: frozenset[str]) -> str:
    """Return a pattern of the edges: no blank, no word for a missing value, no sheet error."""
    blank = "".join(map(_escape, BLANKS))
    edges = {"#", *(word[0] for word in missing if word)}
    # The same signs in full width mean the same.
    edges |= {wide for wide in _WIDE if narrow(wide) in edges}
    first = blank + "".join(map(_escape, sorted(edges)))
    if field.unique or field.name in schema.primary_key:
        # A power of ten would show by its sign.
        plus = _escape("+")
        return f"[^{first}{plus}]([^{plus}]*[^{blank}{plus}])?"
    return f"[^{first}](?s:.*[^{blank}])?"


def _words(words: Iterable[str]) -> str:
    listed = sorted(words)
    return "(" + "|".join(map(_quoted, listed)) + ")" if listed else NOTHING


def _has_edge(text: str) -> bool:
    return text != text.strip(BLANKS)


def _quoted(text: str) -> str:
    return "".join(char if char.isalnum() else _escape(char) for char in text)
