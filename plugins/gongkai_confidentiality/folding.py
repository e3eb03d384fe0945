"""Undoing what hides a number or a word: width, circles, joiners, scripts, numerals."""

import re
import unicodedata

# What people put between the digits of one number; between two of them at most two.
BETWEEN = r"\s\-‐-―−._·•*/|,，、~()"
GAP = re.compile(rf"[{BETWEEN}]{{0,2}}")
_SEPARATORS = re.compile(r"[\s\-‐-―−]")
_READ_AS = {
    "0": "〇零○", "1": "一幺壹壱", "2": "二两贰貳兩", "3": "三叁參", "4": "四肆", "5": "五伍",
    "6": "六陆陸", "7": "七柒", "8": "八捌", "9": "九玖",
}  # fmt: skip
_NUMERALS = "".join(_READ_AS.values())
_NUMERAL_TABLE = str.maketrans({char: digit for digit, all_ in _READ_AS.items() for char in all_})
_NUMERAL_RUN = re.compile(rf"(?:[0-9{_NUMERALS}][{BETWEEN}]{{0,2}}){{10,}}[0-9{_NUMERALS}]")
_CROSSES = str.maketrans("×ХⅩ", "XXX")
# The seal, which folds to half the word, and marks in traditional characters.
_SEAL, _SECRET = "㊙", "秘密"
_SIMPLIFIED = str.maketrans("內機絕祕資傳僅參級屬開請", "内机绝秘资传仅参级属开请")

# The same for the engine's look at every cell, before anything is folded. RE2 builds classes of
# all Unicode numbers and marks for 40 ms a column, so these are the ones met in texts: full width,
# circled, in brackets, with a point, bold, Arabic, Persian, Indian; blanks, joiners, accents.
RE2_GAP = (
    r"[\s\-()（）\x{A0}\x{AD}\x{B7}\x{300}-\x{36F}\x{61C}\x{180E}\x{2000}-\x{206F}\x{2212}\x{3000}"
    r"\x{FE00}-\x{FE0F}\x{FEFF}\x{FF0D}]"
)
RE2_DIGIT = (
    r"[0-9\x{FF10}-\x{FF19}\x{2460}-\x{249B}\x{24EA}-\x{24FF}\x{2776}-\x{2793}\x{1D7CE}-\x{1D7FF}"
    rf"\x{{660}}-\x{{669}}\x{{6F0}}-\x{{6F9}}\x{{966}}-\x{{96F}}{_NUMERALS}]"
)
# Radicals, circled and compatibility characters that only folding turns into plain ones.
RE2_ODD = r"[\x{2E80}-\x{2FDF}\x{3280}-\x{32B0}\x{F900}-\x{FAFF}\x{2F800}-\x{2FA1F}]"


def plain(text: str) -> str:
    """Return the cell after NFKC without marks of no width, every digit an ASCII one."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text.replace(_SEAL, _SECRET))
    return "".join(map(_simple, folded)).translate(_CROSSES)


def squeezed(folded: str) -> str:
    """Return folded text without blanks and hyphens."""
    return _SEPARATORS.sub("", folded)


def simplified(folded: str) -> str:
    """Return folded text with the characters that marks are written in as simplified ones."""
    return folded.translate(_SIMPLIFIED)


def with_numerals_read(folded: str) -> str:
    """Return folded text with long runs of Chinese numerals (一三八…) as digits."""
    if folded.isascii():
        return folded
    return _NUMERAL_RUN.sub(lambda run: run[0].translate(_NUMERAL_TABLE), folded)


def _simple(char: str) -> str:
    if char.isascii() or "\u4e00" <= char <= "\u9fff":
        return char
    if unicodedata.category(char) in ("Cf", "Mn"):
        return ""
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)
