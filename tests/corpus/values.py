"""Values that are taken: as they are, or after a clean-up that is certain."""

from collections.abc import Sequence

from tests.corpus.case import Case, of_family


def cell(field: str, *texts: str) -> bytes:
    """Return a table of one column of ``texts``, in quotes, with keys K2, K3 …"""
    lines = [f'K{row},"{text}"' for row, text in enumerate(texts, start=2)]
    return ("\n".join([f"code,{field}", *lines]) + "\n").encode()


def kept(name: str, about: str, field: str, *texts: str) -> Case:
    """Return a case whose texts stay as they are."""
    return becoming(name, about, field, texts, texts, {})


def becoming(
    name: str,
    about: str,
    field: str,
    before: Sequence[str],
    after: Sequence[str | None],
    cleaned: dict[str, int],
) -> Case:
    """Return a case whose texts ``before`` become ``after``."""
    rows = [
        {"code": f"K{row}"} | ({field: text} if text is not None else {})
        for row, text in enumerate(after, start=2)
    ]
    return Case(name, about, cell(field, *before), rows, cleaned=cleaned)


INJECTIONS = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "＝1+1",
    "%0A=1",
    "=HYPERLINK(''http://example.org'')",
)

KEPT = [
    kept(
        "formula injection",
        "Kept byte for byte; only data.excel.csv guards them.",
        "name",
        *INJECTIONS,
    ),
    kept("a formula behind a tab", "Likewise inside a text.", "name", "a\t=1+1"),
    kept(
        "SQL, scripts and templates",
        "Text is text.",
        "name",
        "'; DROP TABLE checked; --",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "%s%n",
    ),
    kept("zeros in front of a code", "Codes are text.", "region", "000000", "012345"),
    kept(
        "numbers that look alike",
        "Text is not compared as a number.",
        "name",
        "1",
        "01",
        "1.0",
        "1e0",
        "١",
    ),
    kept(
        "words that mean nothing to a program",
        "null and its like are text in a text column.",
        "name",
        "null",
        "NULL",
        "None",
        "NaN",
        "undefined",
        "true",
        "N/A",
    ),
    kept(
        "emoji and rare characters",
        "Beyond the first plane, joined, modified.",
        "name",
        "👩‍⚕️🏥",
        "𠮷𬱖㐂",
        "🇨🇳",
    ),
    kept("every amount that is right", "Up to the bounds.", "price", "0.00", "0.01", "1000000.00"),
    kept("whole numbers", "Large ones too.", "count", "0", "-5", "999999999999999999"),
    kept(
        "doubles",
        "In their shortest writing.",
        "rate",
        "0.1",
        "-0.25",
        "1e-07",
        "5e-324",
        "1.7976931348623157e+308",
    ),
    kept("instants", "With seconds and an offset.", "moment", "2026-01-31T08:00:00+08:00"),
]

CLEANED = [
    becoming(
        "decimals filled up",
        "1.5 is 1.50: the same number.",
        "price",
        ["1.5", "2", "0.5"],
        ["1.50", "2.00", "0.50"],
        {},
    ),
    becoming(
        "full-width digits",
        "As an input method writes them.",
        "price",
        ["１２．５０", "３"],
        ["12.50", "3.00"],
        {"full-width": 2},
    ),
    becoming(
        "thousands",
        "Separated by commas, also of full width.",
        "price",
        ["1,234.50", "１，０００", "12,345"],
        ["1234.50", "1000.00", "12345.00"],
        {"thousands": 3, "full-width": 1},
    ),
    becoming(
        "signs of money",
        "Of the field's own money.",
        "price",
        ["¥12.5", "￥3.00", "5元", "RMB 7", "8 CNY"],
        ["12.50", "3.00", "5.00", "7.00", "8.00"],
        {"currency": 5},
    ),
    becoming(
        "negative numbers",
        "A minus sign, brackets, a sign behind.",
        "count",
        ["−5", "(6)", "（7）", "8-"],
        ["-5", "-6", "-7", "-8"],
        {"minus": 4, "full-width": 1},
    ),
    becoming(
        "whole numbers with .0",
        "As programs export them.",
        "count",
        ["3.0", "4.00"],
        ["3", "4"],
        {"trailing-zeros": 2},
    ),
    becoming(
        "points without digits",
        "On one side.",
        "price",
        [".5", "7."],
        ["0.50", "7.00"],
        {"decimal-point": 2},
    ),
    becoming(
        "powers of ten",
        "Written out where nothing was cut.",
        "count",
        ["1e3", "12E2"],
        ["1000", "1200"],
        {"exponent": 2},
    ),
    becoming(
        "dates as people write them",
        "The year first, or the month by its name.",
        "day",
        [
            "2020年1月11日",
            "2020/1/11",
            "2020.01.11",
            "20200111",
            "二〇二〇年一月十一日",
            "11-Jan-2020",
            "2020-01-11 00:00:00",
            "２０２０－０１－１１",
        ],
        ["2020-01-11"] * 8,
        {"date": 7, "full-width": 1},
    ),
    becoming(
        "serial numbers of Excel",
        "In a date column, whole days.",
        "day",
        ["43841", "43841.0"],
        ["2020-01-11"] * 2,
        {"excel-serial": 2},
    ),
    becoming("the leap day", "29 February.", "day", ["2024/2/29"], ["2024-02-29"], {"date": 1}),
    becoming(
        "instants as people write them",
        "Without an offset they are of China.",
        "moment",
        ["2026/1/31 8:05", "2026年1月31日 下午3时5分", "2026-01-31T00:05:00Z"],
        ["2026-01-31T08:05:00+08:00", "2026-01-31T15:05:00+08:00", "2026-01-31T08:05:00+08:00"],
        {"instant": 2},
    ),
    becoming(
        "yes and no",
        "In the words of forms.",
        "open",
        ["是", "否", "√", "YES", "0", "１"],
        ["true", "false", "true", "true", "false", "true"],
        {"boolean-word": 6},
    ),
    becoming(
        "labels",
        "Of the choices, with and without the code.",
        "kind",
        ["门诊", "Inpatient", "OUTPATIENT", "in 住院", "out-门诊", "ｉｎ"],
        ["out", "in", "out", "in", "out", "in"],
        {"category-label": 6},
    ),
    becoming(
        "dashes in codes",
        "Of every kind, where the code must have a hyphen.",
        "band",
        ["17–24", "２－３"],
        ["17-24", "2-3"],
        {"dash": 1, "category-label": 1},
    ),
    becoming(
        "a code of full width",
        "Where the pattern wants digits.",
        "region",
        ["３７０１００"],
        ["370100"],
        {"full-width": 1},
    ),
    becoming(
        "marks of no width in a code",
        "From web pages.",
        "region",
        ["370\u200b100"],
        ["370100"],
        {"invisible": 1},
    ),
    becoming(
        "lists",
        "With other separators.",
        "channels",
        ["网站、公开栏", "网站,电子屏"],
        ["网站;公开栏", "网站;电子屏"],
        {"list-separator": 2},
    ),
    becoming(
        "declared words for a missing value",
        "What this field says of itself.",
        "measured",
        ["-10", "-", "－", "0"],
        [None, None, None, "0"],
        {"missing-value": 3, "full-width": 1},
    ),
    becoming(
        "blanks at the edges",
        "Of every kind.",
        "name",
        [" a ", "\u3000b\xa0", "\tc\u2003"],
        ["a", "b", "c"],
        {"trimmed": 3},
    ),
]

CASES = of_family("values", [*KEPT, *CLEANED])
