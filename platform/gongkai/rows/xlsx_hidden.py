"""What a workbook hides or carries along: found by what its parts are, not by their names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gongkai.domain.problems import ProblemGroup
from gongkai.domain.text import Text
from gongkai.rows.sheet_columns import column_number
from gongkai.rows.workbook_marks import AUTHOR, OWN_SHEETS
from gongkai.rows.workbook_problems import (
    Carried,
    Comment,
    carried_along,
    cell_comments,
    hidden_sheets,
    other_sheets,
)
from gongkai.rows.xlsx import Sheet, Workbook
from gongkai.rows.xlsx_package import Attributes, Package, Relation, Target, broken, local
from gongkai.rows.xlsx_sheet import CRITERIA

_LINKS = {
    "externalLink": Text("指向其他工作簿的链接", "a link to another workbook"),
    "connections": Text("数据连接", "a data connection"),
    "queryTable": Text("外部数据查询", "a query of outside data"),
    "volatileDependencies": Text("实时数据链接", "links to real-time data"),
}
_PICTURE = Text("图片", "a picture")
_CONTROL = Text("控件", "a form control")
_MEDIA = Text("音频或视频", "sound or video")
_OBJECTS = {
    "oleObject": Text("嵌入的 OLE 对象", "an embedded OLE object"),
    "package": Text("嵌入的文件", "an embedded file"),
    "image": _PICTURE,
    "hdphoto": _PICTURE,
    "cellImage": Text("单元格内的图片", "pictures inside cells"),
    "rdRichValueWebImage": Text("单元格内的图片", "pictures inside cells"),
    "media": _MEDIA,
    "video": _MEDIA,
    "audio": _MEDIA,
    "control": _CONTROL,
    "ctrlProp": _CONTROL,
    "pivotCacheDefinition": Text("数据透视表的数据副本", "a pivot table's copy of its data"),
    "revisionHeaders": Text("修订记录", "tracked changes"),
    "powerPivotData": Text("数据模型", "a data model"),
    "customXml": Text("自定义 XML 数据", "custom XML data"),
}
_ARCHIVE = Text("嵌入的压缩包或文件", "an archive or a file inside it")
_OUTSIDE = Text("对外部内容的引用", "a reference to something outside")
_NAMED_OUTSIDE = Text("指向外部文件的名称定义", "a defined name that points at another file")
_DROPPED = {
    "core-properties": "document properties",
    "extended-properties": "document properties",
    "custom-properties": "document properties",
    "thumbnail": "document properties",
    "printerSettings": "printer settings",
    "hyperlink": "hyperlinks",
    "drawing": "charts and shapes",
    "customStorage": "WPS settings",
}
# Office and WPS keep their own settings as custom XML; no person wrote them.
_OWN_XML = re.compile(
    r"https?://(web\.wps\.cn|www\.wps\.cn|schemas\.microsoft\.com/(office/2006/metadata|sharepoint))/"
)
_FILES = re.compile(
    r"\.(zip|rar|7z|gz|tar|xlsx?|xlsm|docx?|pptx?|pdf|exe|dll|js|vbs|hta|lnk)$", re.IGNORECASE
)
# A path, a drive, an address or [1] before the sheet's name; a table's own column has no "!".
_OUTSIDE_NAME = re.compile(r"\[[^\]]*\][^!\[\](),+*/&=<>;]*!|^'?(?:[A-Za-z]:|\\\\|\w+://)|\|.*!")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_LOOKED_AT_BYTES = 1024 * 1024
_MAX_RELATIONS = 100_000
_MAX_COMMENTS = 100_000
_MAX_OWNERS = 8
_KEPT_CHARS = 200


@dataclass
class Findings:
    """What was found in the workbook as a whole, and what is left behind without harm."""

    groups: list[ProblemGroup] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


def look_through(book: Workbook) -> Findings:
    """Return what ``book`` hides or carries beside the sheet that is read. Raises Unreadable."""
    listed = book.limits.listed
    links, objects, dropped = _relations_of(book)
    links += [Carried(_NAMED_OUTSIDE) for _ in range(_outside_names(book))]
    hidden = [
        sheet.name for sheet in book.sheets if not sheet.is_visible and sheet.name not in OWN_SHEETS
    ]
    others = [
        sheet.name
        for sheet in book.sheets
        if sheet.is_visible and sheet is not book.sheet and _has_content(book, sheet)
    ]
    groups = hidden_sheets(hidden, listed)
    groups += cell_comments(list(_comments(book)), listed)
    groups += carried_along("external-link", links, listed)
    groups += carried_along("embedded-object", objects, listed)
    groups += other_sheets(book.sheet.name, others)
    return Findings(groups, dropped)


def table_filters(book: Workbook) -> list[str]:
    """Return the ranges of the tables on the sheet that is read whose filter hides rows."""
    found: list[str] = []
    for relation in book.package.relations(book.sheet.part or ""):
        if relation.kind == "table" and book.package.has(relation.target):
            span, is_inside = "", False
            for tag, attributes in book.package.elements(relation.target):
                if tag == "autoFilter":
                    span, is_inside = attributes.get("ref", ""), True
                elif tag in ("sortState", "tableColumns"):
                    is_inside = False
                elif tag in CRITERIA and is_inside:
                    found.append(span)
                    break
    return found


def _relations_of(book: Workbook) -> tuple[list[Carried], list[Carried], list[str]]:
    """Sort every relationship of the package: links, objects, and what is only dropped."""
    owners: dict[str, str] = {}
    related: list[tuple[str, Relation]] = []
    for source, relation in _all_relations(book.package):
        related.append((source, relation))
        if not relation.is_external:
            owners.setdefault(relation.target, source)
    named = {sheet.part: sheet.name for sheet in book.sheets if sheet.part}
    links: list[Carried] = []
    objects: list[Carried] = []
    dropped: dict[str, None] = {}
    seen: set[tuple[str, str]] = set()
    for source, relation in related:
        if relation.kind in _DROPPED:
            dropped[_DROPPED[relation.kind]] = None
            continue
        key = (relation.kind, relation.target)
        if key in seen:
            continue
        seen.add(key)
        sheet = _sheet_of(source, owners, named)
        if relation.kind in _LINKS:
            links.append(Carried(_LINKS[relation.kind], sheet))
        elif relation.kind in _OBJECTS and not _is_settings(book.package, relation):
            objects.append(Carried(_OBJECTS[relation.kind], sheet))
        elif relation.is_external and not source.startswith("xl/externalLinks/"):
            links.append(Carried(_OUTSIDE, sheet))
    known = set(owners)
    loose = [name for name in book.package.names if name not in known and _FILES.search(name)]
    objects += [Carried(_ARCHIVE) for _ in loose]
    return links, objects, list(dropped)


def _all_relations(package: Package) -> Iterator[tuple[str, Relation]]:
    """Yield (part, relationship) for all lists in the package."""
    count = 0
    for name in package.names:
        folder, mark, listed = name.rpartition("_rels/")
        if mark and listed.endswith(".rels"):
            source = folder + listed.removesuffix(".rels")
            for relation in package.relations(source):
                count += 1
                if count > _MAX_RELATIONS:
                    raise broken("too many relationships")
                yield source, relation


def _sheet_of(part: str, owners: dict[str, str], named: dict[str, str]) -> str | None:
    """Return the name of the sheet that ``part`` hangs on; relationships may go in circles."""
    for _ in range(_MAX_OWNERS):
        if part in named:
            return named[part]
        part = owners.get(part, "")
    return None


def _is_settings(package: Package, relation: Relation) -> bool:
    """Tell whether custom XML is what Office or WPS wrote for itself."""
    if relation.kind != "customXml" or not package.has(relation.target):
        return False
    for _, attributes in package.elements(relation.target):
        return any(_OWN_XML.match(f"{text}/") for text in attributes.values())
    return False


class _Names(Target):
    """Counts the defined names that point out of the workbook."""

    def __init__(self) -> None:
        self.count = 0
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: Attributes) -> None:  # noqa: ARG002
        self._text = [] if local(tag) == "definedName" else None

    def data(self, text: str) -> None:
        if self._text is not None and len(self._text) < _KEPT_CHARS:
            self._text.append(text[:_KEPT_CHARS])

    def end(self, tag: str) -> None:  # noqa: ARG002
        if self._text is not None:
            self.count += _OUTSIDE_NAME.search("".join(self._text)) is not None
        self._text = None


def _outside_names(book: Workbook) -> int:
    target = _Names()
    for _ in book.package.parse(book.part, target):
        pass
    return target.count


class _Comments(Target):
    """Collects (cell, author, text) of comments and of threaded ones."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []
        self._authors: list[str] = []
        self._open: tuple[str, str] | None = None
        self._text: list[str] = []
        self._is_text = False

    def start(self, tag: str, attributes: Attributes) -> None:
        name = local(tag)
        if name in ("comment", "threadedComment"):
            if len(self.found) > _MAX_COMMENTS:
                raise broken("too many comments")
            self._open = attributes.get("ref", ""), attributes.get("authorId", "")
            self._text = []
        elif name == "author":
            self._text = []
        self._is_text = name in ("author", "t") or (name == "text" and self._open is not None)

    def data(self, text: str) -> None:
        if self._is_text and len(self._text) < _KEPT_CHARS:
            self._text.append(text[:_KEPT_CHARS])

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "author" and len(self._authors) < _MAX_COMMENTS:
            self._authors.append("".join(self._text))
        elif name in ("comment", "threadedComment") and self._open is not None:
            cell, author = self._open
            is_known = author.isdigit() and int(author) < len(self._authors)
            name_of = self._authors[int(author)] if is_known else ""
            self.found.append((cell, name_of, "".join(self._text)))
            self._open = None
        self._is_text = False


def _comments(book: Workbook) -> Iterator[Comment]:
    """Yield the comments of all sheets but our own: one for each cell, a thread as one."""
    for sheet in book.sheets:
        if sheet.part is None or sheet.name in OWN_SHEETS:
            continue
        cells: dict[str, tuple[str, str]] = {}
        for relation in book.package.relations(sheet.part):
            # A thread comes with an old-style copy of itself that says less.
            if relation.kind in ("comments", "threadedComment") and book.package.has(
                relation.target
            ):
                target = _Comments()
                for _ in book.package.parse(relation.target, target):
                    pass
                for cell, author, text in target.found:
                    if relation.kind == "threadedComment" or cell not in cells:
                        cells[cell] = author, text
        for cell, (author, text) in cells.items():
            match = _REFERENCE.fullmatch(cell)
            if author != AUTHOR and match is not None:
                yield Comment(sheet.name, int(match[2]), column_number(match[1]), text)


class _Content(Target):
    """Notes whether a cell holds anything."""

    is_found = False
    _is_text = False

    def start(self, tag: str, attributes: Attributes) -> None:  # noqa: ARG002
        self._is_text = local(tag) in ("v", "t")

    def data(self, text: str) -> None:
        self.is_found = self.is_found or (self._is_text and not text.isspace())


def _has_content(book: Workbook, sheet: Sheet) -> bool:
    """Tell whether a cell of ``sheet`` holds anything, or that it is too long to be empty."""
    if sheet.part is None or sheet.name in OWN_SHEETS or not book.package.has(sheet.part):
        return False
    target = _Content()
    feed = book.package.feed(sheet.part, target)
    looked_at = 0
    for chunk in book.package.chunks(sheet.part):
        feed(chunk, False)
        looked_at += len(chunk)
        if target.is_found or looked_at > _LOOKED_AT_BYTES:
            return True
    return False
