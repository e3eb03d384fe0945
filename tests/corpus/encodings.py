"""Text in every encoding that reaches a clerk: read by evidence, or refused, never guessed."""

import io
import random

from tests.corpus.case import Case, Content, of_family, refusal
from tests.rows.texts import JAPANESE, KOREAN, LATIN, RUSSIAN, table

ROWS = [
    {"code": "A1", "name": "一般门诊诊察费", "kind": "out"},
    {"code": "A2", "name": "静脉输液（成人）", "kind": "in"},
    {"code": "A3", "name": "彩色多普勒超声", "kind": "out"},
]
TEXT = "字段code,项目名称,类别\n" + "".join(f"{r['code']},{r['name']},{r['kind']}\n" for r in ROWS)
RARE_ROWS = [
    {"code": "A1", "name": "㐂𠮷野家彩色多普勒超声", "kind": "out"},
    {"code": "A2", "name": "王𬱖䶮静脉输液", "kind": "in"},
]
RARE = "字段code,项目名称,类别\n" + "".join(
    f"{r['code']},{r['name']},{r['kind']}\n" for r in RARE_ROWS
)
OLD_ROWS = [
    {"code": "B1", "name": "一般門診診察費", "count": "3"},
    {"code": "B2", "name": "靜脈輸液與血液常規檢查", "count": "4"},
    {"code": "B3", "name": "臺北市中正區忠孝東路", "count": "5"},
]
BIG5 = "code,name,count\n" + "".join(f"{r['code']},{r['name']},{r['count']}\n" for r in OLD_ROWS)


def words(script: list[str], codec: str) -> bytes:
    """Return 60 rows of words of a script under a header of plain keys."""
    text = table(script, 60, random.Random(5), header=False)
    return text.replace("code,name,note,value", "code,name,band,rate").encode(codec, "ignore")


def cut(content: bytes, count: int) -> bytes:
    return content[:-count]


def utf16_surrogate() -> bytes:
    """Return UTF-16 with a high surrogate that nothing follows."""
    return TEXT.encode("utf-16").replace(
        "超声".encode("utf-16-le"), b"\x3d\xd8" + "声".encode("utf-16-le")
    )


def surrogates_as_utf8(text: str) -> bytes:
    out = io.BytesIO()
    for char in text:
        if ord(char) < 0x10000:
            out.write(char.encode())
        else:
            pair = char.encode("utf-16-be")
            for at in (0, 2):
                out.write(
                    chr(int.from_bytes(pair[at : at + 2], "big")).encode("utf-8", "surrogatepass")
                )
    return out.getvalue()


def read(
    name: str, about: str, content: Content, said: str, rows: object = ROWS, **given: object
) -> Case:
    seen = {"encoding": said}
    return Case(name, about, content, rows, seen=seen, **given)  # type: ignore[arg-type]


CASES = of_family(
    "encodings",
    [
        read("UTF-8", "Strict, over the whole file.", TEXT.encode(), "UTF-8"),
        read("UTF-8 with a mark", "As Excel writes it.", TEXT.encode("utf-8-sig"), "UTF-8 BOM"),
        read(
            "UTF-16 with a mark",
            "What Excel calls Unicode text.",
            TEXT.replace(",", "\t").encode("utf-16"),
            "UTF-16 LE BOM",
            filename="t.txt",
        ),
        read(
            "UTF-16 big-endian with a mark",
            "From another machine.",
            b"\xfe\xff" + TEXT.encode("utf-16-be"),
            "UTF-16 BE BOM",
        ),
        read(
            "UTF-16 without a mark",
            "The zero bytes of line ends tell.",
            TEXT.encode("utf-16-le"),
            "UTF-16 LE",
        ),
        read(
            "UTF-16 big-endian without a mark", "Likewise.", TEXT.encode("utf-16-be"), "UTF-16 BE"
        ),
        read("GB18030", "What Chinese Windows writes.", TEXT.encode("gb18030"), "GB18030"),
        read(
            "GBK with CR alone", "Old and older.", TEXT.replace("\n", "\r").encode("gbk"), "GB18030"
        ),
        read(
            "GB18030 of four bytes",
            "Rare characters of names.",
            RARE.encode("gb18030"),
            "GB18030",
            RARE_ROWS,
        ),
        read(
            "GB18030 with a mark",
            "U+FEFF in four bytes.",
            ("\ufeff" + TEXT).encode("gb18030"),
            "GB18030 BOM",
        ),
        read(
            "rare characters in UTF-8", "Beyond the first plane.", RARE.encode(), "UTF-8", RARE_ROWS
        ),
        read(
            "rare characters in UTF-16",
            "Pairs of surrogates.",
            RARE.encode("utf-16"),
            "UTF-16 LE BOM",
            RARE_ROWS,
        ),
        read(
            "Big5", "Decided by the evidence of the text.", BIG5.encode("cp950"), "Big5", OLD_ROWS
        ),
        read(
            "Shift_JIS by choice",
            "Never read without asking; read strictly when a person says so.",
            "code,name\nA,初診料と点滴静脈注射\n".encode("cp932"),
            "Shift_JIS",
            [{"code": "A", "name": "初診料と点滴静脈注射"}],
            encoding="shift_jis",
        ),
        read(
            "Latin letters by choice",
            "Windows-1252 when a person says so.",
            "code,name\nA,Müller Übersicht\n".encode("cp1252"),
            "Windows-1252",
            [{"code": "A", "name": "Müller Übersicht"}],
            encoding="windows-1252",
        ),
        read(
            "two characters by choice",
            "Too little text to decide; a person chose.",
            "code,name\nA,中\n".encode("gb18030"),
            "GB18030",
            [{"code": "A", "name": "中"}],
            encoding="gb18030",
        ),
        Case(
            "two characters",
            "Too little text to decide.",
            "code,name\nA,中\n".encode("gb18030"),
            **refusal("ambiguous-encoding"),
        ),
        Case(
            "Shift_JIS",
            "Its bytes also fit Chinese encodings, or none.",
            words(JAPANESE, "cp932"),
            **refusal("doubtful-encoding"),
        ),
        Case("EUC-JP", "Likewise.", words(JAPANESE, "euc_jp"), **refusal("ambiguous-encoding")),
        Case("EUC-KR", "Likewise.", words(KOREAN, "cp949"), **refusal("ambiguous-encoding")),
        Case(
            "Latin letters",
            "Windows-1252, whose bytes may be rare Chinese characters.",
            words(LATIN, "cp1252"),
            **refusal("unknown-encoding"),
        ),
        Case(
            "Cyrillic letters",
            "Windows-1251.",
            words(RUSSIAN, "cp1251"),
            **refusal("unknown-encoding"),
        ),
        Case("KOI8-R", "Cyrillic again.", words(RUSSIAN, "koi8_r"), **refusal("unknown-encoding")),
        Case(
            "Chinese read as the wrong one by choice",
            "What a person says is obeyed strictly.",
            TEXT.encode("gb18030"),
            encoding="utf-8",
            **refusal("broken-encoding", "line 1"),
        ),
        Case(
            "an encoding that nobody knows",
            "The choices are named.",
            TEXT.encode(),
            encoding="klingon",
            **refusal("unknown-encoding-choice", "klingon"),
        ),
        Case(
            "UTF-8 and GB18030 in one file",
            "Two exports pasted together: both lines are named.",
            TEXT.encode() + "A4,静脉输液与血常规检查,in\n".encode("gb18030"),
            **refusal("mixed-encodings", "line 1 is UTF-8 and line 5 is not"),
        ),
        Case(
            "GB18030 and UTF-8 in one file",
            "The other way round.",
            TEXT.encode("gb18030") + "A4,静脉输液与血常规检查,in\n".encode(),
            **refusal("mixed-encodings", "line 5 is UTF-8 and line 1 is not"),
        ),
        Case(
            "one Latin letter in UTF-8",
            "A single byte of another encoding.",
            TEXT.encode() + b"A4,caf\xe9,in\n",
            **refusal("unknown-encoding", "E9"),
        ),
        Case(
            "UTF-8 cut inside a character",
            "The end of the file is missing.",
            cut(TEXT.replace("out\n", "").encode()[: -len(",")], 1),
            **refusal("unknown-encoding"),
        ),
        Case(
            "UTF-8 with a mark, damaged",
            "The mark decides, so the place is named.",
            b"\xef\xbb\xbf" + TEXT.encode() + b"A4,\xe7\x94,in\n",
            **refusal("broken-encoding", "line 5"),
        ),
        Case(
            "overlong UTF-8",
            "NUL as C0 80, as some programs write it.",
            b"code,name\nA,x\xc0\x80y\n",
            **refusal("doubtful-encoding"),
        ),
        Case(
            "CESU-8",
            "Surrogates as three bytes each, as Oracle calls UTF8.",
            surrogates_as_utf8(RARE),
            **refusal("doubtful-encoding"),
        ),
        Case(
            "a lone surrogate as UTF-8",
            "ED A0 80.",
            TEXT.encode() + b"A4,\xed\xa0\x80,in\n",
            **refusal("unknown-encoding", "ED A0 80"),
        ),
        Case(
            "UTF-16 with a lone surrogate",
            "The place is named.",
            utf16_surrogate(),
            **refusal("broken-encoding", "line 4"),
        ),
        Case(
            "UTF-16 with half a character",
            "An odd number of bytes.",
            TEXT.encode("utf-16")[:-1],
            **refusal("broken-encoding"),
        ),
        Case(
            "UTF-16 whose mark lies",
            "It says big-endian and is not.",
            b"\xfe\xff" + TEXT.encode("utf-16-le"),
            **refusal("broken-encoding"),
        ),
        Case(
            "UTF-32",
            "With a mark.",
            TEXT.encode("utf-32"),
            **refusal("unsupported-format", "UTF-32"),
        ),
        Case(
            "UTF-32 big-endian",
            "With a mark.",
            b"\x00\x00\xfe\xff" + TEXT.encode("utf-32-be"),
            **refusal("unsupported-format", "UTF-32"),
        ),
        Case(
            "ISO-2022-JP",
            "Seven bits and escapes.",
            "code,name\nA,初診料\n".encode("iso2022_jp"),
            problems=[("control-character", 2, "name")],
            says=["U+001B"],
        ),
        Case(
            "UTF-8 taken for Latin and saved again",
            "Twice encoded: the control characters tell.",
            TEXT.encode().decode("latin-1").encode(),
            problems=[("no-header", 1, None)],
        ),
        Case(
            "EBCDIC",
            "From a mainframe.",
            "code,name\nA,x\n".encode("cp037"),
            **refusal("unknown-encoding"),
        ),
        Case(
            "replacement characters",
            "What a program wrote for bytes it could not read.",
            TEXT.replace("输液", "\ufffd\ufffd").encode(),
            problems=[("control-character", 3, "name")],
            says=["U+FFFD"],
        ),
        Case(
            "replacement characters alone",
            "In Big5 they would be words.",
            b"code,name\nA,\xef\xbf\xbd\xef\xbf\xbd\n",
            **refusal("ambiguous-encoding"),
        ),
        Case(
            "a byte order mark inside a text",
            "Kept where it stands, since nothing is lost by it.",
            "code,name\nA,甲\ufeff乙\n".encode(),
            [{"code": "A", "name": "甲\ufeff乙"}],
        ),
        Case(
            "a byte order mark at the edge of a cell",
            "As files joined by cat have it.",
            "code,name\nA,甲\n\ufeffB,乙\n".encode(),
            [{"code": "A", "name": "甲"}, {"code": "B", "name": "乙"}],
            cleaned={"trimmed": 1},
        ),
        Case(
            "U+FFFE",
            "A byte order mark the wrong way round.",
            "code,name\nA,甲\ufffe\n".encode(),
            problems=[("control-character", 2, "name")],
            says=["U+FFFE"],
        ),
        Case(
            "U+FFFF",
            "No character at all.",
            "code,name\nA,\uffff\n".encode(),
            problems=[("control-character", 2, "name")],
            says=["U+FFFF"],
        ),
        Case(
            "NUL",
            "In the middle of a cell.",
            b"code,name\nA,a\nB,x\x00y\n",
            **refusal("nul-byte", "Line 3"),
        ),
        Case(
            "NUL bytes to fill up",
            "As an interrupted copy leaves them.",
            TEXT.encode() + bytes(4096),
            **refusal("nul-byte", "Line 5"),
        ),
        Case(
            "a bell and a backspace",
            "Control characters.",
            b"code,name\nA,a\x07\nB,\x08b\n",
            problems=[("control-character", 2, "name"), ("control-character", 3, "name")],
        ),
        Case(
            "DEL", "U+007F.", b"code,name\nA,a\x7fb\n", problems=[("control-character", 2, "name")]
        ),
        Case(
            "controls of the second set",
            "U+0085 and its like inside a cell.",
            "code,name\nA,a\x86b\n".encode(),
            problems=[("control-character", 2, "name")],
        ),
        Case(
            "form feeds",
            "Inside a cell.",
            b"code,name\nA,a\x0cb\n",
            problems=[("control-character", 2, "name")],
        ),
        Case(
            "line separators",
            "U+2028 and U+2029 are text, not line ends.",
            "code,name\nA,a\u2028b\u2029c\n".encode(),
            [{"code": "A", "name": "a\u2028b\u2029c"}],
        ),
        Case(
            "marks without width",
            "They stay inside a free text.",
            "code,name\nA,a\u200d\u202eb\n".encode(),
            [{"code": "A", "name": "a\u200d\u202eb"}],
        ),
        Case(
            "combining characters",
            "Nothing is composed.",
            "code,name\nA,e\u0301\u00e9\n".encode(),
            [{"code": "A", "name": "e\u0301\u00e9"}],
        ),
        Case(
            "random bytes",
            "A megabyte of noise.",
            random.Random(75).randbytes(1 << 20),
            **refusal("unknown-encoding"),
        ),
    ],
)
