"""Values that are refused: damaged, in doubt, out of bounds, or against another row."""

from collections.abc import Sequence

from gongkai.testing import make_field
from tests.corpus.case import FLAGGED, Case, of_family
from tests.corpus.values import cell
from tests.rows.tables import item_of_fields

LIMITED = item_of_fields(
    make_field("note", constraints={"maxLength": 5}),
    make_field("amount", type="number", step="0.5", constraints={"minimum": 1, "maximum": 10}),
    make_field("total", type="integer"),
    make_field("part", type="integer", constraints={"required": True}),
    make_field("serial", constraints={"unique": True}),
    rules=[
        {
            "key": "part_in_total",
            "expect": "part <= total",
            "field": "part",
            "message": {"zh": "分项不大于合计", "en": "a part is at most the total"},
        }
    ],
)


def wrong(
    name: str, about: str, code: str, field: str, *texts: str, says: Sequence[str] = ()
) -> Case:
    """Return a case all of whose texts are wrong in the same way."""
    places = [(code, row, field) for row in range(2, 2 + len(texts))]
    return Case(name, about, cell(field, *texts), problems=places, says=says)


DAMAGED = [
    wrong(
        "a code in scientific notation",
        "Its last digits are gone.",
        "scientific-code",
        "region",
        "3.701E+05",
        says=["scientific notation"],
    ),
    wrong(
        "zeros that were lost",
        "Five digits where six are wanted.",
        "lost-zeros",
        "region",
        "12345",
        "1",
        says=["012345"],
    ),
    wrong(
        "a code as a decimal number",
        "370100.0",
        "number-for-code",
        "region",
        "370100.0",
        says=["370100"],
    ),
    wrong(
        "bands that became dates",
        "17-24 is no longer to be seen in 17-Feb.",
        "mangled-date",
        "band",
        "17-Feb",
        "2月17日",
        "3-Feb",
        "2026-02-03",
    ),
    wrong(
        "binary tails",
        "0.1 + 0.2, exported.",
        "float-tail",
        "price",
        "0.30000000000000004",
        "12.499999999999998",
        says=["0.30"],
    ),
    wrong(
        "digits that were not exported",
        "1.23E+11 stands for a thousand millions of numbers.",
        "lost-digits",
        "count",
        "1.23E+11",
        "1.2E+12",
    ),
    wrong("columns too narrow", "Hash signs.", "hidden-by-width", "price", "########"),
    wrong(
        "error values",
        "Of a spreadsheet, as text.",
        "error-cell",
        "price",
        "#N/A",
        "#REF!",
        "#DIV/0!",
    ),
    wrong(
        "error values in a text",
        "They are no text that anybody meant.",
        "error-cell",
        "name",
        "#VALUE!",
    ),
    wrong(
        "limits and ranges",
        "Censored values are no numbers.",
        "censored-value",
        "rate",
        "<1",
        ">200.5",
        "≤0.05",
        "小于5",
        "1-4",
        "10以上",
        "＜1",
    ),
    wrong(
        "marks for nothing",
        "Which this field does not declare.",
        "not-a-number-mark",
        "rate",
        "N/A",
        "-",
        "—",
        "/",
        "无",
        "未检出",
    ),
    wrong("marks for no date", "Likewise.", "no-value-mark", "day", "N/A", "不详"),
    wrong("other units", "Nothing is converted.", "other-unit", "price", "1.5万元", "$5", "10 USD"),
    wrong(
        "days and months in doubt", "01/02/2020.", "ambiguous-date", "day", "01/02/2020", "1.2.2020"
    ),
    wrong("years of two digits", "20-1-11.", "short-year", "day", "20-1-11", "11-Jan-20"),
    wrong("dates without a year", "1月11日.", "short-year", "day", "1月11日"),
    wrong(
        "dates without a day",
        "2020年1月.",
        "incomplete-date",
        "day",
        "2020年1月",
        "2020-01",
        "2020",
    ),
    wrong(
        "days that no calendar has",
        "30 February and its like.",
        "type-date",
        "day",
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026年4月31日",
    ),
    wrong(
        "a date where an instant is wanted",
        "Midnight is not assumed.",
        "no-time-of-day",
        "moment",
        "2026-01-31",
    ),
    wrong(
        "a leap second", "No clock here has one.", "type-datetime", "moment", "2016-12-31T23:59:60Z"
    ),
    wrong(
        "numbers that are none",
        "Two points, letters, signs.",
        "type-number",
        "rate",
        "1.2.3",
        "12a4",
        "--5",
        "1,23",
        "0x1F",
        "abc",
    ),
    wrong(
        "digits of other scripts",
        "No number to a program.",
        "type-integer",
        "count",
        "١٢٣",
        "④",
        "²",
    ),
    wrong(
        "numbers beyond all bounds",
        "And what is called infinite.",
        "type-number",
        "rate",
        "1e400",
        "inf",
        "-Infinity",
    ),
    wrong(
        "a whole number beyond 64 bits",
        "It cannot be kept.",
        "type-integer",
        "count",
        "99999999999999999999",
    ),
    wrong("fractions of a person", "Nothing is rounded.", "type-integer", "count", "1.5"),
    wrong(
        "more decimals than allowed",
        "Nothing is rounded.",
        "too-many-decimals",
        "price",
        "1.005",
        "0.001",
    ),
    wrong(
        "more digits than a double holds",
        "They would change.",
        "number-too-precise",
        "rate",
        "0.12345678901234567891",
    ),
    wrong("below the least", "A negative price.", "minimum", "price", "-0.01"),
    wrong("above the most", "A price of more than a million.", "maximum", "price", "1000000.01"),
    wrong("yes and no, perhaps", "Neither.", "type-boolean", "open", "maybe", "2"),
    wrong(
        "choices that are none",
        "The choices are named.",
        "enum",
        "kind",
        "急诊",
        "x",
        says=["out (Outpatient)"],
    ),
    wrong(
        "a list with a stranger", "One part is not listed.", "list-value", "channels", "网站;微信"
    ),
    wrong(
        "codes of the wrong form", "Letters, too long.", "pattern", "region", "37010A", "3701000"
    ),
]

KEYS = [
    Case(
        "the same key twice",
        "The first is named.",
        b"code,name\nA,x\nB,y\nA,z\n",
        problems=[("primary-key", 4, "code")],
        says=["row 2"],
    ),
    Case(
        "keys equal behind clean-ups",
        "A blank more is the same key.",
        b"code,name\nA,x\nA ,z\n",
        problems=[("primary-key", 3, "code")],
    ),
    Case(
        "an empty key",
        "A row without one.",
        b"code,name\nA,x\n,y\n",
        problems=[("key-empty", 3, "code")],
    ),
    Case(
        "keys that differ in case",
        "They are two keys.",
        b"code,name\nA,x\na,y\n",
        [{"code": "A", "name": "x"}, {"code": "a", "name": "y"}],
    ),
    Case(
        "keys of two widths",
        "Nothing is folded in a free text: two keys.",
        "code,name\nA,x\nＡ,y\n".encode(),
        [{"code": "A", "name": "x"}, {"code": "Ａ", "name": "y"}],
    ),
    Case(
        "keys composed in two ways",
        "é twice.",
        "code,name\ne\u0301,x\n\u00e9,y\n".encode(),
        [{"code": "e\u0301", "name": "x"}, {"code": "\u00e9", "name": "y"}],
    ),
    Case(
        "keys in scientific notation",
        "A spreadsheet cut them.",
        b"code,name\n1.23457E+17,x\n",
        problems=[("scientific-code", 2, "code")],
    ),
    Case(
        "a figure that is missing",
        "Without a flag that says why.",
        b"code,count,obs_flag\nA,,\nB,2,\n",
        problems=[("empty-without-flag", 2, "count")],
        item=FLAGGED,
    ),
    Case(
        "a figure that is missing, with its reason",
        "Suppressed.",
        b"code,count,obs_flag\nA,,c\n",
        [{"code": "A", "obs_flag": "c"}],
        item=FLAGGED,
    ),
    Case(
        "a figure that is suppressed and given",
        "One of them is wrong.",
        b"code,count,obs_flag\nA,3,c\n",
        problems=[("flagged-but-filled", 2, "count")],
        item=FLAGGED,
    ),
    Case(
        "a censored figure",
        "The flag is what to use.",
        b"code,count,obs_flag\nA,<5,\n",
        problems=[("censored-value", 2, "count")],
        says=["obs_flag"],
        item=FLAGGED,
    ),
    Case(
        "every rule broken in one row",
        "All of it in one report.",
        b"code,note,amount,total,part,serial\nA,too long,0.7,1,2,S\nB,ok,10.5,3,,S\n",
        problems=[
            ("max-length", 2, "note"),
            ("step", 2, "amount"),
            ("minimum", 2, "amount"),
            ("maximum", 3, "amount"),
            ("required", 3, "part"),
            ("unique", 3, "serial"),
            ("rule", 2, "part"),
        ],
        item=LIMITED,
    ),
    Case(
        "10,000 wrong cells",
        "The list is capped, the total is true.",
        b"code,count\n" + b"".join(b"K%d,x.%d\n" % (n, n) for n in range(2, 10_002)),
        problems=[("type-integer", row, "count") for row in range(2, 102)],
        totals={"type-integer": 10_000},
    ),
]

CASES = of_family("values", [*DAMAGED, *KEYS])
