"""Files of every kind, changed at random: any bit, any part of an archive, any tag."""

import datetime as dt
import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.corpus.archives import packed
from tests.corpus.hidden import commented
from tests.corpus.workbooks import DATA, by_openpyxl, by_xlsxwriter, cells, strict
from tests.rows import biff
from tests.rows.xlsx_books import row, text_cell, workbook, worksheet

Chance = random.Random
Change = Callable[[bytes, Chance], bytes]
ROWS = [
    ("code", "x", "y"),
    *((f"K{n}", ("甲", "𠮷", "1,234.5", 'a"b', "")[n % 5], n * 1.5) for n in range(12)),
]
CSV = "".join(
    ",".join(
        f'"{c}"' if n % 3 else str(c).replace('"', "").replace(",", "") for n, c in enumerate(one)
    )
    + "\r\n"
    for one in ROWS
)
RECORDS = [
    {"code": f"K{n}", "x": ["甲", None, True, 1.5, "\\ud83c"][n % 5], "y": n} for n in range(12)
]


def _written(_: object, sheet: "object") -> None:
    for number, one in enumerate(ROWS):
        sheet.write_row(number, 0, one)  # type: ignore[attr-defined]


VALUES = (
    "code,price,count,rate,day,moment,open,kind,band,region,channels,measured\n"
    "A,￥1,234.50,（５）,0.1,2020年1月11日,2026/1/31 8:05,是,门诊,17-24,370100,网站、公开栏,-10\n"
    "B,1e2,3.0,<5,43841,20260131T0805,√,in 住院,17–24,37010,网站,N/A\n"
    "C,0.30000000000000004,-,1e-7,11-Jan-2020,2026-01-31T08:00:00Z,否,OUT,17-Feb,3.7E+05,,0\n"
).replace("￥1,234.50", '"￥1,234.50"')
SHARED = '<si><t>甲</t></si><si><r><t>a</t></r><r><t>b</t></r></si><si><t xml:space="preserve"> _x000D_</t></si>'


def _parts(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        NotImplementedError,
        EOFError,
        RuntimeError,
        KeyError,
        OSError,
    ):
        return {}


def _packed(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            archive.writestr(entry, part)
    return buffer.getvalue()


_MOMENT = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")


def _steady(content: bytes) -> bytes:
    """Return an archive without the time at which it was made, so that mutants are the same."""
    parts = _parts(content)
    return (
        _packed({name: _MOMENT.sub(b"2026-01-01T00:00:00Z", part) for name, part in parts.items()})
        if parts
        else content
    )


_SEEDS: Mapping[str, bytes] = {
    "csv": CSV.encode(),
    "gb18030": CSV.encode("gb18030"),
    "utf-16": CSV.replace(",", "\t").encode("utf-16"),
    "big5": "code,x\nA,一般門診診察費靜脈輸液\nB,血液常規檢查\n".encode("cp950"),
    "values": VALUES.encode(),
    "values in a workbook": by_openpyxl(
        *(
            [None if c == "" else c for c in line.split(",")]
            for line in VALUES.replace('"￥1,234.50"', "￥1").splitlines()
        ),
        (None, 1.5, 2, 0.1, dt.date(2020, 1, 11), dt.datetime(2026, 1, 31, 8, 5), True),
    ),
    "json": json.dumps(RECORDS, ensure_ascii=False, indent=1).encode(),
    "jsonl": "".join(json.dumps(one) + "\n" for one in RECORDS).encode(),
    "xlsxwriter": by_xlsxwriter(_written),
    "openpyxl": by_openpyxl(*ROWS),
    "inline": workbook(("数据", "visible", DATA), ("内部", "hidden", worksheet(row(2, "secret")))),
    "shared": cells(
        '<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>2</v></c>',
        text_cell("A3", "B") + '<c r="B3"><f>1+1</f><v>2</v></c>',
        strings=SHARED,
    ),
    "strict": strict(),
    "commented": commented(),
    "xls": biff.book(
        ROWS, biff.hidden_row(3) + biff.comment(1, 1, "批注") + biff.merged(2, 3, 1, 1)
    ),
    "bare xls": biff.workbook(("a", 0, biff.cells(ROWS)), formats=["yyyy-mm-dd"]),
    "zip": packed(("价格.csv", CSV.encode())),
    "zipped xlsx": packed(("a.xlsx", _steady(workbook(DATA)))),
}
SEEDS = {kind: _steady(content) for kind, content in _SEEDS.items()}
TOKENS: Sequence[bytes] = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b'""',
    b",",
    b"\t",
    b";",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\x1a",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbf\xbe",
    b"[",
    b"]",
    b"{",
    b"}",
    b"null",
    b"NaN",
    b"1e999",
    b"-0",
    b"9" * 400,
    b"0.1e-400",
    b"[[[[",
    b'{"a":',
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0",
    b"%PDF-1.7",
    b"<html>",
    b"=1+1",
    "￥１，２３４".encode(),
    "甲".encode("gb18030"),
    b"_x0000_",
    b"_xD800_",
    b"&#0;",
    b"&#99999999999;",
    b"&a;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"<!DOCTYPE a>",
    b"<?xml",
    b"xmlns=",
    b"/>",
    b"</",
    b"\x81",
    b"\x81\x30\x81\x30",
    b"\x00\xd8",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"A" * 70_000,
)
NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"2147483648",
    b"4294967296",
    b"99999999999999999999",
    b"1.5",
    b"1e5",
    b"nan",
    b"",
    b"1048577",
    b"16385",
    b"XFD1048576",
    b"A0",
    b"true",
    b"s",
    b"str",
    b"b",
    b"e",
    b"d",
    b"inlineStr",
)
_VALUE = re.compile(rb'="[^"]*"')
_TAG = re.compile(rb"<[^<>]*>")
_TEXT = re.compile(rb">[^<>]+<")


@dataclass(frozen=True)
class Mutant:
    """One changed file, and how it came about."""

    number: int
    kind: str
    ways: tuple[str, ...]
    content: bytes


def flip(content: bytes, chance: Chance) -> bytes:
    """Flip a few bits."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwrite(content: bytes, chance: Chance) -> bytes:
    """Write a token over some bytes."""
    token, at = chance.choice(TOKENS), chance.randrange(len(content))
    return content[:at] + token + content[at + len(token) :]


def insert(content: bytes, chance: Chance) -> bytes:
    """Put a token between bytes."""
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(TOKENS) + content[at:]


def cut(content: bytes, chance: Chance) -> bytes:
    """Take the end, the beginning or the middle away."""
    first, last = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
    return chance.choice(
        (content[:first] or content[:1], content[last:], content[:first] + content[last:])
    )


def repeat(content: bytes, chance: Chance) -> bytes:
    """Write a piece again, perhaps often."""
    first, last = sorted((chance.randrange(len(content)), chance.randrange(len(content))))
    piece = content[first : min(last, first + 4096)]
    return content[:last] + piece * chance.choice((1, 2, 50)) + content[last:]


def splice(content: bytes, chance: Chance) -> bytes:
    """Go on in another file."""
    other = SEEDS[chance.choice(list(SEEDS))]
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other)) :]


def number(content: bytes, chance: Chance) -> bytes:
    """Put a nasty number in the place of digits."""
    found = list(re.finditer(rb"[0-9]+", content))
    if not found:
        return flip(content, chance)
    start, end = chance.choice(found).span()
    return content[:start] + chance.choice(NUMBERS) + content[end:]


def attribute(content: bytes, chance: Chance) -> bytes:
    """Give an attribute of XML another value, or that of another one."""
    found = [match.span() for match in _VALUE.finditer(content)]
    if not found:
        return insert(content, chance)
    start, end = chance.choice(found)
    first, last = chance.choice(found)
    value = chance.choice((b'="' + chance.choice(NUMBERS) + b'"', content[first:last]))
    return content[:start] + value + content[end:]


def tag(content: bytes, chance: Chance) -> bytes:
    """Take a tag away, write it twice, or put another one in its place."""
    found = [match.span() for match in _TAG.finditer(content)]
    if not found:
        return cut(content, chance)
    start, end = chance.choice(found)
    first, last = chance.choice(found)
    new = chance.choice(
        (b"", content[start:end] * 2, content[first:last], content[start:end] * 200)
    )
    return content[:start] + new + content[end:]


def text(content: bytes, chance: Chance) -> bytes:
    """Put a token in the place of a text of XML."""
    found = [match.span() for match in _TEXT.finditer(content)]
    if not found:
        return overwrite(content, chance)
    start, end = chance.choice(found)
    return content[: start + 1] + chance.choice((*TOKENS, *NUMBERS)) + content[end - 1 :]


BYTES: tuple[Change, ...] = (flip, overwrite, insert, cut, repeat, splice, number)
XML: tuple[Change, ...] = (attribute, attribute, tag, tag, text, number, insert, flip)


def member(content: bytes, chance: Chance) -> bytes:
    """Change one file inside an archive, or the list of them; the checksums are right."""
    parts = _parts(content)
    if not parts:
        return flip(content, chance)
    name = chance.choice(list(parts))
    way = chance.randrange(10)
    if way == 0:
        del parts[name]
    elif way == 1:
        parts[chance.choice(list(parts))] = parts[name]
    elif way == 2:
        parts[
            chance.choice(
                ("../x", "xl/x.bin", "[Content_Types].xml", "xl/vbaProject.bin", name.upper())
            )
        ] = parts[name]
    else:
        for _ in range(chance.choice((1, 1, 2, 5))):
            parts[name] = chance.choice(XML)(parts[name] or b"x", chance)
    return _packed(parts, chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))


def mutant(seed: int, number_of: int) -> Mutant:
    """Return one mutant: the same for the same seed and number."""
    chance = random.Random(f"{seed}/{number_of}")
    kind = chance.choice(list(SEEDS))
    content, ways = SEEDS[kind], []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        is_archive = content.startswith(b"PK")
        change = member if is_archive and chance.random() < 0.8 else chance.choice(BYTES)
        ways.append(change.__name__)
        content = change(content or b"x", chance)
    return Mutant(number_of, kind, tuple(ways), content)
