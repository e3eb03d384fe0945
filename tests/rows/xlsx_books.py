"""Workbooks written part by part, so that a test can say exactly what is in the archive."""

import io
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts><font><sz val="11"/></font></fonts>'
    "<fills><fill><patternFill/></fill></fills>"
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0"/></cellXfs></styleSheet>'
)
HEADER = ("code", "x", "y")


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *texts: str, attributes: str = "") -> str:
    """Return a row of text cells from column A."""
    cells = "".join(
        text_cell(f"{'ABCDEFGH'[at]}{number}", text) for at, text in enumerate(texts) if text
    )
    return f'<row r="{number}"{attributes}>{cells}</row>'


def worksheet(*rows: str, before: str = "", after: str = "", header: bool = True) -> str:
    """Return a sheet with the header ``code, x, y`` and ``rows`` from row 2 on."""
    data = (row(1, *HEADER) if header else "") + "".join(rows)
    return (
        f'<worksheet xmlns="{MAIN}" xmlns:r="{REL}">{before}<sheetData>{data}</sheetData>'
        f"{after}</worksheet>"
    )


def relations(*entries: tuple[str, str], base: str = REL, external: Sequence[str] = ()) -> str:
    """Return a list of relationships (kind, target) with the ids rId1, rId2 …"""
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{base}/{kind}" Target="{target}"'
        + (' TargetMode="External"' if kind in external else "")
        + "/>"
        for at, (kind, target) in enumerate(entries, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE_REL}">{lines}</Relationships>'


def parts_of(
    *sheets: str | tuple[str, str, str],
    book: str = "",
    related: Sequence[tuple[str, str]] = (),
    base: str = REL,
    main: str = MAIN,
) -> dict[str, str | bytes]:
    """Return the parts of a workbook; a sheet is its XML, or (name, state, XML).

    ``book`` goes into ``workbook.xml``, ``related`` into its relationships.
    """
    named = [one if isinstance(one, tuple) else ("Sheet1", "visible", one) for one in sheets]
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId{at}"/>'
        for at, (name, state, _) in enumerate(named, start=1)
    )
    entries = [("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(named) + 1)]
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml"), base=base),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{base}"><sheets>{listed}</sheets>'
        f"{book}</workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            *entries, ("styles", "styles.xml"), *related, base=base
        ),
        "xl/styles.xml": STYLES.replace(MAIN, main),
    }
    for at, (_, _, xml) in enumerate(named, start=1):
        found[f"xl/worksheets/sheet{at}.xml"] = xml
    return found


def packed(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return ``parts`` as an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(*sheets: str | tuple[str, str, str], **parts: str | bytes) -> bytes:
    """Return a workbook of ``sheets``; ``parts`` are added or replace its own."""
    return packed({**parts_of(*sheets), **parts})
