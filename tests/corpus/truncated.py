"""Files that end too early: of every kind, cut at several places."""

import gzip
import json
import random
from typing import Any

from tests.corpus.archives import packed
from tests.corpus.case import Case, Place, of_family
from tests.corpus.workbooks import BOOK_ITEM, by_openpyxl
from tests.rows import biff

ROWS = [("code", "x", "y"), *((f"K{n:03d}", f"甲{n * 37 % 101}", n) for n in range(300))]
CSV = "".join(f'"{a}","{b}",{c}\n' for a, b, c in ROWS).encode()
RECORDS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
JSON = json.dumps(RECORDS, ensure_ascii=False, indent=1).encode()
LINES = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in RECORDS).encode()
BOOK = by_openpyxl(*ROWS)
OLD = biff.book(ROWS)
NOISE = random.Random(7).randbytes(3000)


def cut(kind: str, content: bytes, share: float, *places: Place, **given: Any) -> Case:
    """Return a case of the first ``share`` of ``content``."""
    length = int(len(content) * share)
    return Case(
        f"{kind} at {share:.0%}",
        f"The first {length} of {len(content)} bytes.",
        content[:length],
        problems=places,
        item=BOOK_ITEM,
        **given,
    )


def broken(kind: str, content: bytes, share: float, **given: Any) -> Case:
    return cut(kind, content, share, ("broken-workbook", None, None), **given)


CASES = of_family(
    "truncated",
    [
        Case(
            "CSV inside quotes",
            "The last cell is never closed.",
            CSV[: CSV.index(b'"K200') + 3],
            problems=[("unterminated-quote", 202, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "CSV between cells",
            "The last row is short.",
            CSV[: CSV.index(b'"K200') + 6],
            problems=[("ragged-row", 202, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "CSV inside a character",
            "Two of three bytes.",
            CSV[: CSV.index("甲".encode(), 500) + 2],
            problems=[("unknown-encoding", None, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "GB18030 inside a character",
            "One of two bytes: nothing fits any more.",
            ("code,x\nA,一般门诊诊察费\nB,静脉输液").encode("gb18030")[:-1],
            problems=[("unknown-encoding", None, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "UTF-16 inside a pair",
            "One of two surrogates.",
            "code,x\nA,一般门诊𠮷".encode("utf-16")[:-2],
            problems=[("broken-encoding", None, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "a UTF-8 mark",
            "Two of its three bytes, and a table.",
            b"\xef\xbb" + CSV,
            problems=[("unknown-encoding", None, None)],
            item=BOOK_ITEM,
        ),
        cut("JSON", JSON, 0.5, ("invalid-json", None, None), says=["Near line"]),
        cut("JSON", JSON, 0.999, ("invalid-json", None, None)),
        cut("JSON Lines", LINES[:-1], 0.999, ("invalid-json", None, None), says=["line 300"]),
        broken("workbook", BOOK, 0.01),
        broken("workbook", BOOK, 0.3),
        broken("workbook", BOOK, 0.9),
        broken("workbook", BOOK, 0.999),
        cut("old workbook", OLD, 0.02, ("broken-workbook", None, None)),
        broken("old workbook", OLD, 0.5),
        broken("old workbook", OLD, 0.95),
        broken("zip", packed(("a.csv", CSV)), 0.5),
        broken("zip", packed(("a.csv", CSV)), 0.99),
        cut("gzip", gzip.compress(CSV), 0.5, ("unsupported-format", None, None)),
        Case(
            "workbook of which the end came twice",
            "A download resumed at the wrong place.",
            BOOK + BOOK[-200:],
            problems=[("broken-workbook", None, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "workbook with a hole",
            "A kilobyte of zeros in the middle.",
            BOOK[:4000] + bytes(1000) + BOOK[5000:],
            problems=[("broken-workbook", None, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "workbook with noise in the middle",
            "As a bad disk gives back.",
            BOOK[:4000] + NOISE + BOOK[4000 + len(NOISE) :],
            problems=[("broken-workbook", None, None)],
            item=BOOK_ITEM,
        ),
        Case(
            "workbook that went through a text filter",
            "LF became CR LF.",
            BOOK.replace(b"\n", b"\r\n"),
            problems=[("broken-workbook", None, None)],
            item=BOOK_ITEM,
        ),
    ],
)
