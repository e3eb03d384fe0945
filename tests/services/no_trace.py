"""Canaries: words planted wherever a file has room for them, and the search for them."""

import gzip
import html
import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.rows.xlsx_books import MAIN, REL, packed, parts_of, relations, text_cell

_COUNTER = itertools.count(1)
_LEAVES = (b"<?xml", b"{", b"[")
_MAX_DEPTH = 4
FIELDS = ("year", "cost_item", "amount_wan", "note_text")


class Nest:
    """Hands out canaries and remembers where each was planted."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def canary(self, place: str) -> str:
        """Return a new word, half Chinese, that stands in no right output."""
        word = f"Canary{next(_COUNTER):03d}雀鸣"
        self.places[word] = place
        return word


def forms(word: str) -> set[bytes]:
    """Return the bytes in which ``word`` may stand in a file."""
    chinese = word[-2:]
    texts = {
        word,
        html.escape(word),
        json.dumps(word)[1:-1],
        word.encode("ascii", "xmlcharrefreplace").decode(),
        word.replace(chinese, "".join(f"&#x{ord(char):X};" for char in chinese)),
        quote(word),
        # Whatever becomes of the Chinese half, and whatever case a name is given.
        word[:-2],
        word[:-2].lower(),
        word[:-2].upper(),
    }
    codecs = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
    return {text.encode(codec) for text in texts for codec in codecs}


def found_in(content: bytes, words: Iterator[str] | list[str]) -> set[str]:
    """Return the ``words`` that stand in ``content`` or in anything packed inside it."""
    wanted = {form: word for word in words for form in forms(word)}
    pattern = re.compile(b"|".join(re.escape(form) for form in sorted(wanted, key=len)[::-1]))
    return {wanted[match.group()] for layer in layers(content) for match in pattern.finditer(layer)}


def layers(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield ``content`` and all that can be unpacked from it."""
    yield content
    if depth > _MAX_DEPTH:
        return
    if content.startswith(b"\x1f\x8b"):
        yield from layers(gzip.decompress(content), depth + 1)
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        yield from layers(zstandard.ZstdDecompressor().stream_reader(content).read(), depth + 1)
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment
            for entry in archive.infolist():
                yield entry.filename.encode() + entry.extra + entry.comment
                yield from layers(archive.read(entry), depth + 1)
    elif content.startswith(b"PAR1"):
        table = pq.read_table(pa.BufferReader(content))
        metadata = pq.read_metadata(pa.BufferReader(content))
        yield str(metadata).encode() + repr(metadata.metadata).encode()
        yield str(table.schema).encode() + json.dumps(table.to_pylist(), default=str).encode()
        yield repr(table.schema.metadata).encode()


def workbook_of_canaries(nest: Nest, seen: str) -> bytes:
    """Return a workbook that intake accepts, with a canary wherever else there is room.

    ``seen`` stands in a cell, so that it must be found.
    """
    spot = nest.canary
    data = {2: ("2025", "test", "1260.40", seen), 3: ("2025", "staff", "800.00", "")}
    cells = "".join(
        f'<row r="{number}">'
        + "".join(text_cell(f"{'ABCD'[at]}{number}", text) for at, text in enumerate(texts) if text)
        + "</row>"
        for number, texts in data.items()
    )
    header = "".join(f'<c r="{"ABCD"[at]}1" t="s"><v>{at}</v></c>' for at in range(len(FIELDS)))
    computed = (
        f'<row r="4"><c r="A4"><v>2025</v></c>{text_cell("B4", "admin")}'
        f'<c r="C4" s="1"><f>IF(1,55.5,"{spot("formula")}")</f><v>55.5</v></c></row>'
    )
    sheet = (
        f'<?xml version="1.0" encoding="UTF-8"?><?app {spot("processing instruction")}?>'
        f'<!-- {spot("XML comment")} --><worksheet xmlns="{MAIN}" xmlns:r="{REL}">'
        f'<sheetPr codeName="{spot("code name")}"/><sheetData><row r="1">{header}</row>'
        f"{cells}{computed}</sheetData>"
        f'<conditionalFormatting sqref="A1"><cfRule type="containsText" priority="1" '
        f'operator="containsText" text="{spot("conditional format")}"/></conditionalFormatting>'
        f'<dataValidations><dataValidation sqref="B2" promptTitle="{spot("prompt title")}" '
        f'prompt="{spot("prompt")}" error="{spot("validation error")}"><formula1>'
        f'"{spot("validation list")}"</formula1></dataValidation></dataValidations>'
        f'<hyperlinks><hyperlink ref="A2" r:id="rId1" tooltip="{spot("tooltip")}"/></hyperlinks>'
        f"<headerFooter><oddHeader>{spot('page header')}</oddHeader></headerFooter>"
        f'<tableParts><tablePart r:id="rId3"/></tableParts></worksheet>'
    )
    notes = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{text_cell("A1", spot("own sheet"))}'
        "</row></sheetData></worksheet>"
    )
    book = (
        f'<definedNames><definedName name="{spot("defined name")}" comment="{spot("its comment")}">'
        f'"{spot("its text")}"</definedName></definedNames>'
    )
    parts = parts_of(
        (spot("sheet name"), "visible", sheet),
        ("Notes", "hidden", notes),
        book=book,
        related=[("sharedStrings", "sharedStrings.xml"), ("theme", "theme/theme1.xml")],
    )
    strings = "".join(f"<si><t>{name}</t></si>" for name in FIELDS[:3])
    parts |= {
        "_rels/.rels": relations(
            ("officeDocument", "xl/workbook.xml"),
            ("core-properties", "docProps/core.xml"),
            ("extended-properties", "docProps/app.xml"),
            ("custom-properties", "docProps/custom.xml"),
        ),
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            ("hyperlink", f"http://{spot('link')}/"),
            ("printerSettings", "../printerSettings/p.bin"),
            ("table", "../tables/table1.xml"),
            ("comments", "../comments1.xml"),
            ("drawing", "../drawings/drawing1.xml"),
            external=("hyperlink",),
        ),
        "xl/comments1.xml": (
            f'<comments xmlns="{MAIN}"><authors><author>Gongkai</author></authors><commentList>'
            f'<comment ref="A2" authorId="0"><text><t>{spot("own comment")}</t></text></comment>'
            "</commentList></comments>"
        ),
        "xl/drawings/drawing1.xml": f"<wsDr><a>{spot('shape')}</a></wsDr>",
        "xl/tables/table1.xml": (
            f'<table xmlns="{MAIN}" id="1" name="{spot("table name")}" ref="A1:D4" '
            f'comment="{spot("table comment")}"><autoFilter ref="A1:D4"/></table>'
        ),
        "xl/sharedStrings.xml": (
            f'<sst xmlns="{MAIN}">{strings}<si><r><rPr><rFont val="{spot("run font")}"/></rPr>'
            f"<t>note_text</t></r><rPh sb='0' eb='1'><t>{spot('phonetic')}</t></rPh></si>"
            f"<si><t>{spot('unused shared string')}</t></si></sst>"
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="0.0'
            f'&quot;{spot("number format")}&quot;"/></numFmts><fonts><font><name val="'
            f'{spot("font name")}"/></font></fonts><fills><fill><patternFill/></fill></fills>'
            '<cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="170" fontId="0"/></cellXfs>'
            f'<cellStyles><cellStyle name="{spot("cell style")}" xfId="0"/></cellStyles>'
            "</styleSheet>"
        ),
        "xl/theme/theme1.xml": f'<theme name="{spot("theme")}"/>',
        "xl/printerSettings/p.bin": spot("printer").encode("utf-16-le"),
        "xl/unheard/of.xml": f"<a>{spot('unknown part')}</a>",
        f"{spot('part name')}.txt": spot("loose file"),
        "docProps/core.xml": "".join(
            ["<coreProperties>"]
            + [
                f"<{name}>{spot(name)}</{name}>"
                for name in "creator lastModifiedBy title subject description keywords".split()
            ]
            + ["</coreProperties>"]
        ),
        "docProps/app.xml": (
            f"<Properties><Company>{spot('company')}</Company><Manager>{spot('manager')}</Manager>"
            f"<Template>{spot('template')}</Template></Properties>"
        ),
        "docProps/custom.xml": (
            f'<Properties><property name="{spot("custom property")}"><lpwstr>'
            f"{spot('custom value')}</lpwstr></property></Properties>"
        ),
    }
    buffer = io.BytesIO(packed(parts))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = spot("archive comment").encode()
    return buffer.getvalue()


def zip_of_canaries(nest: Nest, table: bytes) -> bytes:
    """Return ``table`` in an archive with canaries in its name, comments and extra field."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(f"{nest.canary('member name')}.csv")
        entry.comment = nest.canary("member comment").encode()
        extra = nest.canary("extra field").encode()
        entry.extra = b"\x99\x99" + len(extra).to_bytes(2, "little") + extra
        archive.writestr(entry, table)
        archive.comment = nest.canary("zip comment").encode()
    return buffer.getvalue()
