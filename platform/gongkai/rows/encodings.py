"""Which encoding the bytes of a text file are in: by evidence, or a refusal with a preview."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongkai.domain.table_schema import TableSchema
from gongkai.rows.check_messages import shorten
from gongkai.rows.encoding_evidence import (
    HEAD_LINES,
    PREVIEW_LINES,
    few_high_runs,
    gather_evidence,
)
from gongkai.rows.encoding_models import Script, log_odds
from gongkai.rows.headers import fold
from gongkai.rows.problem_lists import Unreadable, refuse

# Measured (tests/rows/test_encodings.py): the factor by which the chosen reading must be more
# likely than any other, and how common its characters must be at least, as logarithms.
_DECISIVE = 9.0
_PLAUSIBLE = -10.5
_PLAUSIBLE_WITH_HEADER = -13.0
_UNCOMMON = -11.0  # of words of common characters, none of which is among the commonest
_ASCII_ODDS = -4.0
_LABEL_ODDS = 15.0
_UTF16_SHARE = 0.7  # of characters that are common; half of random pairs are not even assigned
_UTF16_BYTES = 512 * 1024
_ABSURD = 100.0  # a reading so much less likely than another is not worth a person's look
_PREVIEW_CHARS = 80
_ACCIDENT_ODDS = 6.0
_SHORT = re.compile(r"(?<![\x80-\uffff])[\x80-\u07ff]{1,2}(?![\x80-\uffff])")
_CELL = re.compile(r'[,\t;|"{}\[\]:\r\n]+')
_UNIT = re.compile(r"^\s*\*|[(（\[【][^()（）]*[)）\]】]?\s*$")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ue000-\uf8ff]")


@dataclass(frozen=True)
class Encoding:
    """An encoding that text may be in; ``choice`` is its name for a person who chooses it."""

    name: str
    codec: str
    script: Script
    choice: str | None = None
    is_read: bool = False


GB18030 = Encoding("GB18030", "gb18030", Script.SIMPLIFIED, "gb18030", is_read=True)
_BIG5 = Encoding("Big5", "cp950", Script.TRADITIONAL, "big5", is_read=True)
_HKSCS = Encoding("Big5-HKSCS", "big5hkscs", Script.TRADITIONAL, "big5-hkscs", is_read=True)
_FAMILY = (_BIG5, _HKSCS)
_UTF8 = Encoding("UTF-8", "utf-8", Script.SIMPLIFIED, "utf-8", is_read=True)
UTF16_LE = Encoding("UTF-16 LE", "utf-16-le", Script.SIMPLIFIED, "utf-16-le", is_read=True)
UTF16_BE = Encoding("UTF-16 BE", "utf-16-be", Script.SIMPLIFIED, "utf-16-be", is_read=True)
# What may be read without asking comes first. The rest stands against a wrong guess: it is
# read only when a person says so, and alphabets that no file here is in not even then.
_CANDIDATES = (
    GB18030,
    _BIG5,
    _HKSCS,
    Encoding("Shift_JIS", "cp932", Script.JAPANESE, "shift_jis"),
    Encoding("EUC-JP", "euc_jp", Script.JAPANESE, "euc-jp"),
    Encoding("EUC-KR", "cp949", Script.KOREAN, "euc-kr"),
    Encoding("Windows-1252", "cp1252", Script.LATIN, "windows-1252"),
    Encoding("Windows-1250", "cp1250", Script.LATIN),
    Encoding("Windows-1251", "cp1251", Script.CYRILLIC),
    Encoding("KOI8-R", "koi8_r", Script.CYRILLIC),
    Encoding("Windows-1253", "cp1253", Script.GREEK),
    Encoding("Windows-874", "cp874", Script.THAI),
)
_BY_CHOICE: Mapping[str, Encoding] = {
    known.choice: known for known in (_UTF8, UTF16_LE, UTF16_BE, *_CANDIDATES) if known.choice
}
ENCODING_CHOICES: tuple[str, ...] = tuple(_BY_CHOICE)
"""What a person may say that a text file is encoded in."""

_BOMS = (
    (b"\xef\xbb\xbf", _UTF8),
    (b"\xff\xfe", UTF16_LE),
    (b"\xfe\xff", UTF16_BE),
    (b"\x84\x31\x95\x33", GB18030),
)


@dataclass(frozen=True)
class Decision:
    """How a file is to be decoded, from which byte on, and why."""

    encoding: Encoding
    by: str
    start: int = 0
    candidates: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def name(self) -> str:
        return f"{self.encoding.name} BOM" if self.start else self.encoding.name

    @property
    def details(self) -> dict[str, Any]:
        """Return what the report says of it; the name is said by who reads the text."""
        found: dict[str, Any] = {"encoding_by": self.by}
        return found | ({"encoding_candidates": list(self.candidates)} if self.candidates else {})


class NothingFits(Exception):  # noqa: N818 - a signal to who knows where UTF-8 ended
    """No encoding that is read without asking fits; ``closest`` comes nearest."""

    def __init__(self, closest: Encoding, candidates: tuple[Mapping[str, Any], ...]) -> None:
        super().__init__(closest.name)
        self.closest = closest
        self.candidates = candidates


@dataclass
class _Reading:
    """What one encoding makes of the evidence."""

    encoding: Encoding
    whole: str
    text: str
    odds: float
    mean: float
    labels: int
    preview: list[str]

    @property
    def total(self) -> float:
        return self.odds + _LABEL_ODDS * self.labels

    @property
    def is_plausible(self) -> bool:
        return self.mean >= (_PLAUSIBLE_WITH_HEADER if self.labels else _PLAUSIBLE)

    @property
    def effective(self) -> float:
        """Return how much of the evidence counts: what is said a hundred times is said once."""
        return min(1.0, 4 * len(set(self.text)) / max(1, len(self.text)))

    def as_json(self, best: float) -> dict[str, Any]:
        """Return it for the report; the likeliest reading has the score 0."""
        return {
            "encoding": self.encoding.choice,
            "name": self.encoding.name,
            "score": round(self.total - best, 1),
            "known_headers": self.labels,
            "preview": self.preview,
        }


def labels_of(table_schema: TableSchema) -> frozenset[str]:
    """Return the headers that files of ``table_schema`` are expected to have."""
    return frozenset(
        text for field in table_schema for text in (field.name, field.title.zh, field.title.en)
    )


def chosen_encoding(path: Path, choice: str) -> Decision:
    """Return the decision of a person, ``choice``. Raises Unreadable where it is unknown."""
    encoding = _BY_CHOICE.get(choice.strip().lower())
    if encoding is None:
        raise refuse("unknown-encoding-choice", value=choice, choices=", ".join(ENCODING_CHOICES))
    marked = marked_encoding(path)
    start = marked.start if marked and marked.encoding is encoding else 0
    return Decision(encoding, "choice", start)


def marked_encoding(path: Path) -> Decision | None:
    """Return what the byte order mark says, or None where there is none."""
    with path.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return Decision(encoding, "bom", len(mark))
    return None


def decide_encoding(path: Path, known_headers: Collection[str]) -> Decision:
    """Return the encoding of a file that is not UTF-8.

    Raises Unreadable with a preview of each reading where the evidence does not decide, and
    NothingFits.
    """
    unmarked = unmarked_utf16(path)
    if unmarked:
        return unmarked
    words, lines = gather_evidence(path)
    readings = _readings(words, lines, known_headers)
    ours = [reading for reading in readings if reading.encoding.is_read]
    if not ours:
        raise NothingFits(_closest(words), _listed(readings))
    best = max(ours, key=lambda reading: reading.total)
    rivals = [
        reading
        for reading in readings
        if reading is not best and not (reading.encoding in _FAMILY and reading.text == best.text)
    ]
    margin = min((best.total - rival.total for rival in rivals), default=np.inf)
    candidates = _listed([best, *rivals])
    if not best.is_plausible and all(not rival.labels for rival in rivals):
        raise _refuse_with(
            candidates, "doubtful-encoding", encoding=best.encoding.name, sample=best.text[:20]
        )
    if not best.is_plausible or margin * best.effective < _DECISIVE:
        raise _refuse_ambiguous(candidates)
    return Decision(best.encoding, "evidence", candidates=candidates if candidates[1:] else ())


def unmarked_utf16(path: Path) -> Decision | None:
    """Return the byte order of UTF-16 without a mark; None where it is none.

    A table has line ends and delimiters, which UTF-16 writes with a zero byte; read in the
    wrong order, or when the text is something else, rare characters come out.
    """
    with path.open("rb") as file:
        head = file.read(_UTF16_BYTES)
    if b"\x00" not in head:
        return None
    shares = {encoding: _utf16_share(head, encoding) for encoding in (UTF16_LE, UTF16_BE)}
    best, other = sorted(shares, key=lambda encoding: -shares[encoding])
    if shares[best] < _UTF16_SHARE or shares[other]:
        return None
    return Decision(best, "evidence")


def require_no_accident(path: Path, known_headers: Collection[str]) -> None:
    """Refuse valid UTF-8 that is more likely Chinese in GB18030 or Big5.

    Of Chinese words of two characters in GB18030 one in thirty is valid UTF-8. Text with
    more than a few characters beyond ASCII never is. Raises Unreadable with a preview.
    """
    runs = [run for run in few_high_runs(path) if not run.is_sign]
    if not runs:
        return
    words = list(dict.fromkeys(run.word for run in runs))
    lines = list(dict.fromkeys(run.line for run in runs))
    as_utf8 = _reading(_UTF8, words, lines, known_headers)
    if as_utf8 is None or as_utf8.labels:
        return
    as_utf8.odds = _odds_as_utf8(as_utf8.whole)
    found = [
        reading
        for encoding in (GB18030, _BIG5)
        if (reading := _reading(encoding, words, lines, known_headers))
        and reading.mean >= _UNCOMMON
        and reading.total + _ACCIDENT_ODDS > as_utf8.total
    ]
    if found:
        raise _refuse_ambiguous(_listed([as_utf8, *found]))


def _readings(
    words: Sequence[bytes], lines: Sequence[bytes], known_headers: Collection[str]
) -> list[_Reading]:
    found = (_reading(encoding, words, lines, known_headers) for encoding in _CANDIDATES)
    return [reading for reading in found if reading is not None]


def _reading(
    encoding: Encoding,
    words: Sequence[bytes],
    lines: Sequence[bytes],
    known_headers: Collection[str],
) -> _Reading | None:
    """Return what ``encoding`` makes of the evidence, or None where it does not fit."""
    try:
        text = b" ".join(words).decode(encoding.codec)
    except UnicodeDecodeError:
        return None
    shown = [line.decode(encoding.codec, "replace") for line in lines]
    strange, odds = _odds(text, encoding.script)
    return _Reading(
        encoding=encoding,
        whole=text,
        text="".join(character for character in text if character > "\x7f"),
        odds=odds,
        mean=(odds - _ASCII_ODDS * (len(text) - strange)) / max(1, strange),
        labels=_count_labels(shown[:HEAD_LINES], known_headers),
        preview=_preview(shown),
    )


def _odds(text: str, script: Script) -> tuple[int, float]:
    """Return how many characters are beyond ASCII, and the log-likelihood of all."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    strange: NDArray[np.uint32] = codes[codes > 0x7F]
    table = log_odds(script)
    odds = float(table[np.minimum(strange, len(table) - 1)].sum(dtype=np.float64))
    return len(strange), odds + _ASCII_ODDS * (len(codes) - len(strange))


def _odds_as_utf8(text: str) -> float:
    """Return the log-likelihood of valid UTF-8 in the script that fits it best.

    One or two letters of an alphabet are no word in it, and two bytes each: so they count
    as no more than what any two bytes may be.
    """
    known = _SHORT.sub("", text)
    return max(_odds(known, script)[1] for script in Script) + _UNCOMMON * (len(text) - len(known))


def _count_labels(lines: Sequence[str], known_headers: Collection[str]) -> int:
    """Return how many known labels beyond ASCII stand in the first lines."""
    known = {fold(label) for label in known_headers}
    cells = {fold(_UNIT.sub("", cell)) for line in lines for cell in _CELL.split(line)}
    return sum(sum(c > "\x7f" for c in cell) >= 2 for cell in cells & known)


def _preview(lines: Sequence[str]) -> list[str]:
    telling = [line for line in lines if not line.isascii()] or list(lines)
    return [
        shorten(_INVISIBLE.sub("·", line.strip()), _PREVIEW_CHARS)
        for line in telling[:PREVIEW_LINES]
    ]


def _closest(words: Sequence[bytes]) -> Encoding:
    """Return the encoding in which the fewest words are broken and the others the commonest."""
    ranks: dict[Encoding, tuple[int, float]] = {}
    for encoding in (GB18030, _BIG5, _HKSCS):
        whole = [word for word in words if _fits(word, encoding)]
        reading = _reading(encoding, whole, (), ())
        ranks[encoding] = len(words) - len(whole), -reading.mean if reading else 0.0
    return min(ranks, key=lambda encoding: ranks[encoding])


def _fits(word: bytes, encoding: Encoding) -> bool:
    try:
        word.decode(encoding.codec)
    except UnicodeDecodeError:
        return False
    return True


def _listed(readings: Sequence[_Reading]) -> tuple[Mapping[str, Any], ...]:
    """Return the readings that a person may choose, likeliest first, without the absurd."""
    ordered = sorted(readings, key=lambda reading: -reading.total)
    best = ordered[0].total if ordered else 0.0
    return tuple(
        reading.as_json(best)
        for reading in ordered
        if reading.encoding.choice and reading.total > best - _ABSURD
    )


def _refuse_ambiguous(candidates: tuple[Mapping[str, Any], ...]) -> Unreadable:
    readings = [
        f"{one['name']} “{shorten(' / '.join(one['preview']), 40)}”" for one in candidates[:3]
    ]
    return _refuse_with(candidates, "ambiguous-encoding", readings="; ".join(readings))


def _refuse_with(candidates: tuple[Mapping[str, Any], ...], code: str, **params: Any) -> Unreadable:
    refusal = refuse(code, **params)
    refusal.details = {"encoding_candidates": list(candidates)}
    return refusal


def _utf16_share(head: bytes, encoding: Encoding) -> float:
    """Return which share of the characters is such as tables hold; 0 where one cannot be."""
    text = head[: len(head) // 2 * 2].decode(encoding.codec, "replace").removesuffix("\ufffd")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if not re.search(r"[\r\n,\t;|]", text) or re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", text):
        return 0.0
    ascii_count = int(np.count_nonzero((codes < 0x7F) & ((codes >= 0x20) | (codes == 9))))
    breaks = text.count("\n") + text.count("\r")
    strange = codes[codes > 0x7F]
    places = np.minimum(strange, 0x10000)
    scripts = (Script.SIMPLIFIED, Script.TRADITIONAL, Script.JAPANESE, Script.KOREAN, Script.LATIN)
    odds = np.max([log_odds(script)[places] for script in scripts], axis=0)
    common = int(np.count_nonzero(odds > -13.5)) if len(strange) else 0
    return (ascii_count + breaks + common) / len(codes)
