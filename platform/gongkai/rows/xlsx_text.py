"""Texts of a workbook: pieces joined up to a limit, escapes undone, shared strings."""

import re
import sys

from gongkai.rows.limits import IntakeLimits
from gongkai.rows.problem_lists import refuse
from gongkai.rows.xlsx_package import Attributes, Package, Target, broken, is_utf8, local

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(lt|gt|amp|quot|apos));")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_STRING = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_TAGS_OF_STRING = 4
_HEAD_BYTES = 1024 * 1024
_LONGEST_TIMES = 32
_RUNS = 1000  # elements that a richly formatted text may have


def unescape(text: str) -> str:
    """Undo the ``_x000D_`` escapes of the format; half a pair of surrogates becomes U+FFFD."""
    if "_x" not in text:
        return text
    found = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if _SURROGATE.search(found):
        # No file can carry one, and the checks refuse what stands for it in its place.
        found = found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return found


def resolve(text: str) -> str:
    """Put in the characters that XML's own references stand for."""
    return _ENTITY.sub(_resolved, text) if "&" in text else text


def _resolved(match: "re.Match[str]") -> str:
    if match[3]:
        return _ENTITIES[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    if code > sys.maxunicode:
        raise ValueError(match[0][:20])
    return chr(code)


class TextKeeper:
    """Joins the pieces of one text; keeps no more of it than a cell may hold.

    ``length`` is true. A text that is beyond all measure stops the reading.
    """

    def __init__(self, limits: IntakeLimits) -> None:
        self._limit = limits.cell_chars
        self._pieces: list[str] = []
        self.length = 0

    def add(self, piece: str) -> None:
        """Take the next piece. Raises Unreadable."""
        self.length += len(piece)
        if self.length <= self._limit:
            self._pieces.append(piece)
        elif self.length > self._limit * _LONGEST_TIMES:
            raise refuse("cell-too-long", found=f"> {self.length}", limit=self._limit)

    def take(self) -> tuple[str, int]:
        """Return the text and 0, or "" and the length of one that is too long; begin another."""
        text, length = "".join(self._pieces), self.length
        self._pieces, self.length = [], 0
        return ("", length) if length > self._limit else (text, 0)


class SharedStrings:
    """The texts that cells refer to by number; ``too_long`` has the lengths of those not kept."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.too_long: dict[int, int] = {}


def read_shared_strings(package: Package, part: str, limits: IntakeLimits) -> SharedStrings:
    """Return the shared strings, without phonetic readings. Raises Unreadable."""
    return _plain_strings(package, part, limits) or _event_strings(package, part, limits)


def _event_strings(package: Package, part: str, limits: IntakeLimits) -> SharedStrings:
    target = _Strings(limits)
    for _ in package.parse(part, target, is_table=True):
        pass
    return target.found


def _plain_strings(package: Package, part: str, limits: IntakeLimits) -> SharedStrings | None:
    """Return the strings by pattern; None where one of them has runs or the like."""
    found = SharedStrings()
    feed = package.feed(part, Target(), is_table=True)
    held = b""
    has_begun = False
    for chunk in package.chunks(part):
        feed(chunk, False)
        held += chunk
        if not has_begun:
            feed.ignore()
            begin = held.find(b"<si>")
            if begin < 0 or b"<!" in held or not is_utf8(held):
                return None
            held, has_begun = held[begin:], True
        cut = held.rfind(b"</si>") + len(b"</si>")
        if cut >= len(b"</si>"):
            if not _take_strings(held[:cut], found, limits):
                return None
            held = held[cut:]
        elif len(held) > _HEAD_BYTES:
            return None
    feed(b"", True)
    return found if held.count(b"<") == 1 else None


def _take_strings(block: bytes, found: SharedStrings, limits: IntakeLimits) -> bool:
    text = block.decode()
    texts = _STRING.findall(text)
    if text.count("<") != _TAGS_OF_STRING * len(texts) or "\r" in text:
        return False
    if "&" in text:
        texts = [resolve(one) for one in texts]
    if "_x" in text:
        texts = [unescape(one) for one in texts]
    if len(max(texts, key=len, default="")) > limits.cell_chars:
        for index, one in enumerate(texts):
            if len(one) > limits.cell_chars:
                found.too_long[len(found.texts) + index] = len(one)
                texts[index] = ""
    found.texts += texts
    return True


class _Strings(Target):
    """Collects the shared strings from events."""

    def __init__(self, limits: IntakeLimits) -> None:
        self.found = SharedStrings()
        self._text = TextKeeper(limits)
        self._is_text = False
        self._phonetic = 0
        self._elements = 0
        self._most = limits.part_elements

    def start(self, tag: str, attributes: Attributes) -> None:  # noqa: ARG002
        name = local(tag)
        self._elements += 1
        if self._elements > self._most and self._elements > _RUNS * len(self.found.texts):
            raise broken(f"more than {self._most} elements in few strings")
        if name == "si":
            self._text.take()
        elif name == "rPh":
            self._phonetic += 1
        self._is_text = name == "t" and not self._phonetic

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "si":
            text, length = self._text.take()
            if length:
                self.found.too_long[len(self.found.texts)] = length
            self.found.texts.append(unescape(text))
        elif name == "rPh":
            self._phonetic -= 1
        self._is_text = False

    def data(self, text: str) -> None:
        if self._is_text:
            self._text.add(text)
