"""Random tables of every type, written by programs that nobody here wrote."""

import codecs
import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import xlsxwriter
from hypothesis import strategies as st

from gongkai.rows.text_forms import BLANKS
from gongkai.testing import make_field
from tests.corpus.archives import packed
from tests.rows import biff
from tests.rows.tables import item_of_fields

CHINA = dt.timezone(dt.timedelta(hours=8))
Record = Mapping[str, Any]
ITEM = item_of_fields(
    make_field("note", title={"zh": "备注", "en": "Note"}),
    make_field("amount", type="number", decimals=2, title={"zh": "金额", "en": "Amount"}),
    make_field("whole", type="integer", title={"zh": "数量", "en": "Whole"}),
    make_field("ratio", type="number", title={"zh": "比率", "en": "Ratio"}),
    make_field("day", type="date", title={"zh": "日期", "en": "Day"}),
    make_field("moment", type="datetime", title={"zh": "时间", "en": "Moment"}),
    make_field("open", type="boolean", title={"zh": "开放", "en": "Open"}),
    make_field(
        "kind",
        title={"zh": "类别", "en": "Kind"},
        categories=[
            {"value": code, "label": {"zh": f"{code}类", "en": f"Kind {code}"}}
            for code in ("out", "in", "01")
        ],
    ),
)
NAMES = ITEM.table_schema.names
LABELS = tuple(field.title.zh for field in ITEM.table_schema)

# What breaks programs: quotes, delimiters, line ends, signs that a spreadsheet runs, zeros in
# front, full width, characters beyond the first plane, marks of no width, escapes of formats.
PIECES = st.sampled_from(
    (
        '"',
        '""',
        "'",
        ",",
        ";",
        "\t",
        "|",
        "\n",
        "\r\n",
        "\r",
        "\\",
        "\\n",
        "=1+1",
        "+",
        "-",
        "@SUM(A1)",
        "＝",
        "0012",
        "007",
        "1e5",
        "1.0",
        "12,345",
        "NaN",
        "null",
        "NULL",
        "None",
        "true",
        "一般门诊诊察费",
        "㐂𠮷野家",
        "𬱖䶮",
        "👩‍⚕️🏥",
        "🇨🇳",
        "e\u0301",
        "é",
        "ﬁ",
        "１２３",
        "Ａ",
        "（元）",
        "\u3000",
        "\xa0",
        " ",
        "  ",
        "\u200b",
        "\u200d",
        "\u202e",
        "\ufeff",
        "\u2028",
        "_x0041_",
        "_x000D_",
        "_x005F_",
        "&amp;",
        "<b>",
        "]]>",
        "<!--",
        "{{x}}",
        "%s",
        "\\ud800",
        "../",
        "A" * 50,
        "字" * 30,
        "#N",
        "PK",
        "%PDF",
    )
)
ANY = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd\ufffe\uffff"),
    max_size=6,
)
TEXTS = st.lists(st.one_of(PIECES, ANY), min_size=1, max_size=5).map("".join)
# What the rules themselves say of a text: blanks at the edges go, an error value is none.
_SHORTENED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]{2,3}")


def _is_kept(text: str) -> bool:
    plain = text.strip(BLANKS) == text and bool(text)
    return plain and not text.startswith("#") and not _SHORTENED.fullmatch(text)


NOTES = st.none() | TEXTS.filter(_is_kept)
FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    st.sampled_from((0.0, 0.1, 1 / 3, 1e-7, 123456789.125, 1e22, -0.25)),
)
AMOUNTS = st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False)
RECORDS = st.fixed_dictionaries(
    {
        "code": TEXTS.map(lambda text: "K" + text).filter(_is_kept),
        "note": NOTES,
        "amount": st.none() | AMOUNTS,
        "whole": st.none() | st.integers(-(10**18) + 1, 10**18 - 1) | st.integers(-10, 10),
        "ratio": st.none() | FLOATS,
        "day": st.none() | st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31)),
        "moment": st.none()
        | st.datetimes(
            dt.datetime(1900, 3, 1), dt.datetime(2200, 1, 1), timezones=st.just(CHINA)
        ).map(lambda moment: moment.replace(microsecond=0)),
        "open": st.none() | st.booleans(),
        "kind": st.none() | st.sampled_from(("out", "in", "01")),
    }
)
TABLES = st.lists(RECORDS, min_size=1, max_size=8, unique_by=lambda record: record["code"])


def as_text(value: Any) -> str:
    """Return a value as a careful program writes it into a text file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        value.isoformat()
        if isinstance(value, dt.date)
        else repr(value)
        if isinstance(value, float)
        else str(value)
    )


def delimited(
    records: Sequence[Record],
    *,
    delimiter: str,
    newline: str,
    codec: str,
    quoting: int,
    header: Sequence[str] = LABELS,
) -> bytes:
    """Return CSV as Python's csv module writes it."""
    held = io.StringIO(newline="")
    if any(
        mark in str(value) for record in records for value in record.values() for mark in "\r\n"
    ):
        # Python 3.11 leaves a line break bare that is not the one of the file.
        quoting = csv.QUOTE_ALL
    writer = csv.writer(held, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerow(header)
    writer.writerows([as_text(record[name]) for name in NAMES] for record in records)
    return held.getvalue().encode(codec)


def as_json(records: Sequence[Record], *, is_ascii: bool, indent: int | None) -> bytes:
    """Return a JSON array; amounts are numbers with all their digits."""
    plain = [_plain(record) for record in records]
    text = json.dumps(plain, ensure_ascii=is_ascii, indent=indent)
    return re.sub(r'"amount!(-?[0-9.]+)"', r"\1", text).encode()


def as_lines(records: Sequence[Record], *, is_ascii: bool) -> bytes:
    """Return JSON Lines."""
    return b"".join(as_json([one], is_ascii=is_ascii, indent=None)[1:-1] + b"\n" for one in records)


def _plain(record: Record) -> dict[str, Any]:
    found = dict(record)
    for name in ("day", "moment"):
        found[name] = record[name] and record[name].isoformat()
    if record["amount"] is not None:
        found["amount"] = f"amount!{record['amount']}"
    return found


def for_sheets(record: Record, *, has_carriage_returns: bool) -> dict[str, Any]:
    """Return what a sheet can hold of a record: fifteen digits, and line ends as LF."""
    found = dict(record)
    if found["moment"] is not None and found["moment"].time() == dt.time(0):
        # Midnight in a sheet may be a day without a time, which is refused for an instant.
        found["moment"] += dt.timedelta(seconds=1)
    if found["ratio"] is not None:
        short = float(f"{found['ratio']:.15g}")
        found["ratio"] = short if 1e-290 < abs(short) < 1e15 else 0.5
    if not has_carriage_returns:
        for name in ("code", "note"):
            if found[name]:
                found[name] = found[name].replace("\r\n", "\n").replace("\r", "\n")
    return found


def by_xlsxwriter(records: Sequence[Record], header: Sequence[str] = NAMES) -> bytes:
    """Return a workbook of XlsxWriter: figures as numbers, dates as dates, texts as texts."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for row, values in enumerate(
            [header, *([record[name] for name in NAMES] for record in records)]
        ):
            for column, value in enumerate(values):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif isinstance(value, bool):
                    sheet.write_boolean(row, column, value)
                elif isinstance(value, dt.datetime):
                    sheet.write_datetime(row, column, value.replace(tzinfo=None), moments)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(row, column, value, days)
                elif value is not None and _is_exact(value):
                    sheet.write_number(row, column, value)
                elif value is not None:
                    sheet.write_string(row, column, str(value))
    return buffer.getvalue()


def by_openpyxl(records: Sequence[Record], header: Sequence[str] = NAMES) -> bytes:
    """Return a workbook of openpyxl, whose texts are marked as texts."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, values in enumerate(
        [header, *([record[name] for name in NAMES] for record in records)], start=1
    ):
        for column, value in enumerate(values, start=1):
            cell: Any = sheet.cell(row, column)
            if isinstance(value, dt.datetime):
                cell.value = value.replace(tzinfo=None)
            elif (
                value is not None
                and not isinstance(value, str)
                and (isinstance(value, dt.date) or _is_exact(value))
            ):
                cell.value = value
            elif value is not None:
                cell.value = str(value)
                cell.data_type = "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _is_exact(value: Any) -> bool:
    """Tell whether fifteen digits say all of a number."""
    if isinstance(value, bool | float):
        return True
    return len(str(value).strip("-0.").replace(".", "")) <= 15 and abs(value) < 10**15


def as_old_workbook(records: Sequence[Record]) -> bytes:
    """Return an .xls whose dates are texts."""

    def cell(value: Any) -> Any:
        if value is None or isinstance(value, bool | str):
            return value
        is_number = isinstance(value, int | float | Decimal) and _is_exact(value)
        return float(value) if is_number else as_text(value)

    return biff.book([NAMES, *([cell(record[name]) for name in NAMES] for record in records)])


Written = tuple[bytes, str | None]
CODECS = (
    ("utf-8", "utf-8"),
    ("utf-8-sig", None),
    ("utf-16", None),
    ("utf-16-be", "utf-16-be"),
    ("gb18030", "gb18030"),
)
TEXT_FILES: st.SearchStrategy[Callable[[Sequence[Record]], Written]] = st.builds(
    lambda delimiter, newline, codec, quoting, header: (
        lambda records: (
            delimited(
                records,
                delimiter=delimiter,
                newline=newline,
                codec=codec[0],
                quoting=quoting,
                header=header,
            ),
            codec[1],
        )
    ),
    st.sampled_from((",", "\t", ";", "|")),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.sampled_from(CODECS),
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    st.sampled_from((NAMES, LABELS)),
)
JSON_FILES: st.SearchStrategy[Callable[[Sequence[Record]], Written]] = st.builds(
    lambda is_lines, is_ascii, indent, mark: (
        lambda records: (
            mark
            + (
                as_lines(records, is_ascii=is_ascii)
                if is_lines
                else as_json(records, is_ascii=is_ascii, indent=indent)
            ),
            "utf-8",
        )
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from((None, 1)),
    st.sampled_from((b"", codecs.BOM_UTF8)),
)


def zipped(content: bytes) -> bytes:
    """Return an archive of one file."""
    return packed(("数据/table", content))
