"""What each kind of problem is called, and what to do about it, for people."""

import re
from collections.abc import Mapping

from gongkai.domain.kind_titles import KINDS
from gongkai.domain.text import Text

_FIGURES_ZH = re.compile(r"（[^（）]*）$")
_FIGURES_EN = re.compile(r" \([^()]*\)$")
# Rules that an item brings: their own sentences are their titles.
OWN_TITLES = frozenset({"rule", "total", "count"})

# Their sentences give an example or the choices of the field.
_ADVISED_BY_FIELD = frozenset(
    {
        "required",
        "key-empty",
        "required-when",
        "type-integer",
        "type-number",
        "type-date",
        "type-datetime",
        "pattern",
        "enum",
        "list-value",
    }
)
SEVERITIES: Mapping[str, Text] = {
    "error": Text("错误", "Error"),
    "review": Text("需审查", "For the reviewer"),
    "warning": Text("提示", "Warning"),
}


# Whose advice here says all that their sentences advise.
_COVERED = frozenset(
    {
        "cell-comment",
        "control-character",
        "date-in-text-column",
        "duplicate-column",
        "duplicate-name",
        "external-link",
        "line-too-long",
        "missing-column",
        "nested-value",
        "number-in-code-column",
        "number-too-precise",
        "reader-crashed",
        "stray-quote",
        "too-many-decimals",
        "unique",
        "unterminated-quote",
    }
)


def title_of(code: str, sentence: Text) -> Text:
    """Return the title of a kind; what ``sentence``, its first, says where it has none."""
    if code in OWN_TITLES:
        return rule_of(code, sentence)
    known = KINDS.get(code)
    return known.title if known else fact_of(sentence)


def rule_of(code: str, sentence: Text) -> Text:
    """Return a rule's own sentence without the figures of the place where it is broken."""
    fact = fact_of(sentence)
    if code == "rule":
        return fact
    return Text(_FIGURES_ZH.sub("", fact.zh), _FIGURES_EN.sub("", fact.en))


def advice_of(code: str, sentence: Text, *, is_of_one_field: bool) -> Text | None:
    """Return what to do about a kind; None where nothing says so.

    What the sentence of one place advises holds for all places, unless it speaks of its field.
    """
    known = KINDS.get(code)
    if known and known.advice and not (is_of_one_field and code in _ADVISED_BY_FIELD):
        return known.advice
    zh, en = _cut_zh(sentence.zh)[1], _cut_en(sentence.en)[1]
    if zh and en:
        return Text(zh, en[0].upper() + en[1:])
    return known.advice if known else None


def is_covered(code: str, advice: Text | None) -> bool:
    """Tell whether ``advice`` for a kind says all that the sentence of each place advises."""
    known = KINDS.get(code)
    is_own = known is not None and known.advice == advice
    return advice is not None and (not is_own or code in _COVERED)


def fact_of(sentence: Text) -> Text:
    """Return what ``sentence`` says is wrong, without what to do."""
    zh, en = _cut_zh(sentence.zh)[0], _cut_en(sentence.en)[0]
    return Text(zh.rstrip("。"), en.rstrip("."))


def _cut_zh(text: str) -> tuple[str, str]:
    fact, mark, advice = text.rpartition("；")
    return (fact, advice) if mark and fact else (text, "")


def _cut_en(text: str) -> tuple[str, str]:
    fact, mark, advice = text.rpartition("; ")
    return (fact, advice) if mark and fact and advice else (text, "")
