"""What the styles of a workbook say: which cells are dates, and which nobody can see."""

import colorsys
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from openpyxl.styles.colors import COLOR_INDEX
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from gongkai.rows.xlsx_package import Attributes, Package

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_LIKE = 8  # of 255: colours that no eye tells apart
_TINY_POINTS = 2.0
_MAX_STYLES = 100_000
_DATE_PARTS = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
# What of a section of a number format is not shown: colours, conditions, gaps and blanks.
_UNSHOWN = re.compile(r'\[[^\]]*\]|"\s*"|[_*].|\\\s|\s')
_TEXT_SECTION = 3
_YEAR_MONTH, _MONTH_DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
# Chinese editions use these numbers without saying what they mean (ECMA-376 18.8.30, zh-cn).
_CHINESE_FORMATS = {
    **dict.fromkeys((27, 36, 50, 52, 57), _YEAR_MONTH),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), _MONTH_DAY),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    **dict.fromkeys((32, 34, 55), 'h"时"mm"分"'),
    **dict.fromkeys((33, 35, 56), 'h"时"mm"分"ss"秒"'),
}
KNOWN_FORMATS = {**BUILTIN_FORMATS, **_CHINESE_FORMATS}
_SYSTEM_INK, _SYSTEM_GROUND = 64, 65
_LISTS = ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
Colour = tuple[int, int, int]
# The first colours of a theme in the order in which styles count them.
_THEME = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")


@dataclass
class Styles:
    """Which styles, by number, show a number as a date, a time or a duration, and so on.

    ``unseen_numbers`` and ``unseen_texts`` hide what a cell holds. ``guessed`` are the date
    formats that a spreadsheet chooses by itself for what looks like a day.
    """

    dates: set[int] = field(default_factory=set)
    times: set[int] = field(default_factory=set)
    durations: set[int] = field(default_factory=set)
    scientific: set[int] = field(default_factory=set)
    guessed: set[int] = field(default_factory=set)
    unseen_numbers: set[int] = field(default_factory=set)
    unseen_texts: set[int] = field(default_factory=set)
    starts_1904: bool = False


def read_styles(package: Package, part: str, theme: str, *, starts_1904: bool) -> Styles:
    """Return the styles of a workbook; without its part all cells are plain."""
    styles = Styles(starts_1904=starts_1904)
    if not package.has(part):
        return styles
    sheet = _StyleSheet(_theme_colours(package, theme))
    sheet.read(package.elements(part))
    for number, (format_id, font, fill) in enumerate(sheet.cells):
        code = sheet.formats.get(format_id) or KNOWN_FORMATS.get(format_id, "General")
        sort_style(styles, number, code)
        if sheet.is_unseen(font, fill):
            styles.unseen_numbers.add(number)
            styles.unseen_texts.add(number)
    return styles


def sort_style(styles: Styles, number: int, code: str) -> None:
    """Put one style where its number format belongs."""
    if is_timedelta_format(code):
        styles.durations.add(number)
    elif is_date_format(code):
        letters = set(_DATE_PARTS.sub("", code.split(";", maxsplit=1)[0]).lower())
        is_date = letters & {"y", "d"} or "h" not in letters
        (styles.dates if is_date else styles.times).add(number)
        if is_date and not {"y", "m", "d"} <= letters:
            styles.guessed.add(number)
    elif "E+" in code.upper() or "E-" in code.upper():
        styles.scientific.add(number)
    sections = code.split(";")
    shown = [bool(_UNSHOWN.sub("", section)) for section in sections]
    if len(sections) > 1 and not any(shown[:2]):
        styles.unseen_numbers.add(number)
    if len(sections) > _TEXT_SECTION and not shown[_TEXT_SECTION]:
        styles.unseen_texts.add(number)


def is_unseen(ink: Colour | None, ground: Colour | None) -> bool:
    """Tell whether text cannot be seen: too small (no ink), or in the colour of its ground.

    Ground that is a pattern (None) hides nothing.
    """
    if ink is None:
        return True
    if ground is None:
        return False
    return all(abs(one - other) <= _LIKE for one, other in zip(ink, ground, strict=True))


class _StyleSheet:
    """The parts of ``styles.xml`` that matter: formats, fonts, fills and the cell styles."""

    def __init__(self, theme: list[Colour]) -> None:
        self.formats: dict[int, str] = {}
        self.cells: list[tuple[int, int, int]] = []
        self._theme = theme
        self._fonts: list[Colour | None] = []  # None is too small to be seen
        self._fills: list[Colour | None] = []  # None is a pattern or a gradient

    def read(self, elements: Iterator[tuple[str, Attributes]]) -> None:
        """Take the elements in the order of the part."""
        inside = ""
        for tag, attributes in elements:
            if tag in (
                "fonts",
                "fills",
                "borders",
                "cellStyleXfs",
                "cellXfs",
                "cellStyles",
                "dxfs",
            ):
                inside = tag
            elif tag == "numFmt" and inside == "":
                self.formats[_int(attributes, "numFmtId")] = attributes.get("formatCode", "")
            elif tag == "xf" and inside == "cellXfs":
                ids = ("numFmtId", "fontId", "fillId")
                self.cells.append(tuple(_int(attributes, name) for name in ids))  # type: ignore[arg-type]
            elif inside == "fonts":
                self._read_font(tag, attributes)
            elif inside == "fills":
                self._read_fill(tag, attributes)
            if max(len(self.cells), len(self._fonts), len(self._fills)) > _MAX_STYLES:
                raise ValueError("too many styles")

    def is_unseen(self, font: int, fill: int) -> bool:
        """Tell whether text of ``font`` on ``fill`` cannot be seen."""
        ink = self._fonts[font] if font < len(self._fonts) else _BLACK
        ground = self._fills[fill] if fill < len(self._fills) else _WHITE
        return is_unseen(ink, ground)

    def _read_font(self, tag: str, attributes: Attributes) -> None:
        if tag == "font":
            self._fonts.append(_BLACK)
        elif not self._fonts or self._fonts[-1] is None:
            return
        elif tag == "color":
            self._fonts[-1] = self._colour(attributes, _BLACK)
        elif tag == "sz" and float(attributes.get("val", 11)) < _TINY_POINTS:
            self._fonts[-1] = None

    def _read_fill(self, tag: str, attributes: Attributes) -> None:
        if tag == "fill":
            self._fills.append(_WHITE)
        elif not self._fills:
            return
        elif tag == "gradientFill":
            self._fills[-1] = None
        elif tag == "patternFill":
            kind = attributes.get("patternType", "none")
            self._fills[-1] = _WHITE if kind == "none" else _BLACK if kind == "solid" else None
        elif tag == "fgColor" and self._fills[-1] == _BLACK:
            self._fills[-1] = self._colour(attributes, _WHITE)

    def _colour(self, attributes: Attributes, otherwise: Colour) -> Colour:
        """Return a colour as red, green and blue; ``otherwise`` the system's own."""
        if "rgb" in attributes:
            found = _rgb(attributes["rgb"][-6:], otherwise)
        elif "theme" in attributes:
            place = _int(attributes, "theme")
            found = self._theme[place] if place < len(self._theme) else otherwise
        elif "indexed" in attributes:
            found = _INDEXED.get(_int(attributes, "indexed"), otherwise)
        else:
            found = otherwise
        return _tinted(found, float(attributes.get("tint", 0)))


def _theme_colours(package: Package, part: str) -> list[Colour]:
    """Return the theme's colours in the order of styles; Office's own where there is none."""
    named: dict[str, Colour] = {"lt1": _WHITE, "dk1": _BLACK}
    slot = ""
    for tag, attributes in package.elements(part) if package.has(part) else ():
        if tag in _THEME:
            slot = tag
        elif slot and tag in ("sysClr", "srgbClr"):
            text = attributes.get("lastClr", "") if tag == "sysClr" else attributes.get("val", "")
            named[slot], slot = _rgb(text, named.get(slot, _BLACK)), ""
        elif tag == "fontScheme":
            break
    return [named.get(name, (128, 128, 128)) for name in _THEME]


def _rgb(text: str, otherwise: Colour) -> Colour:
    if not re.fullmatch("[0-9A-Fa-f]{6}", text):
        return otherwise
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


_INDEXED = {place: _rgb(text[-6:], _BLACK) for place, text in enumerate(COLOR_INDEX)} | {
    _SYSTEM_INK: _BLACK,
    _SYSTEM_GROUND: _WHITE,
}


def _tinted(colour: Colour, tint: float) -> Colour:
    """Make a colour darker or lighter, as the format defines it."""
    if not tint:
        return colour
    hue, light, full = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), full)
    return round(red * 255), round(green * 255), round(blue * 255)


def _int(attributes: Attributes, name: str) -> int:
    return int(attributes.get(name, 0))
