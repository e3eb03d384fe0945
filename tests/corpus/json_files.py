"""JSON of every right and wrong shape, in one array or a record a line."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.corpus.case import Case, Content, Place, Row, of_family

A = {"code": "A", "name": "甲", "count": "1"}
B = {"code": "B", "name": "乙", "count": "2"}
RECORDS = [{"code": "A", "name": "甲", "count": 1}, {"code": "B", "name": "乙", "count": 2}]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
ARRAY = json.dumps(RECORDS, ensure_ascii=False)


def array(text: str) -> bytes:
    """Return an array of one record whose members are ``text``."""
    return ('[{"code": "A", ' + text + "}]").encode()


def right(
    name: str, about: str, content: str | bytes, rows: Sequence[Row], **given: object
) -> Case:
    raw = content.encode() if isinstance(content, str) else content
    return Case(name, about, raw, rows, filename="table.json", **given)  # type: ignore[arg-type]


def wrong(
    name: str, about: str, content: str | Content, *places: Place, says: Sequence[str] = ()
) -> Case:
    raw = content.encode() if isinstance(content, str) else content
    return Case(name, about, raw, problems=places, says=says, filename="table.json")


def invalid(name: str, about: str, content: str | Content, *says: str) -> Case:
    return wrong(name, about, content, ("invalid-json", None, None), says=says)


def no_array(name: str, about: str, content: str, *says: str) -> Case:
    return wrong(name, about, content, ("not-an-array", None, None), says=says)


def of_depth(path: Path) -> None:
    path.write_bytes(b'[{"code": ' + b"[" * 200_000 + b"]" * 200_000 + b"}]")


def of_objects(path: Path) -> None:
    path.write_bytes(b'[{"code": ' + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"}]")


def of_names(path: Path) -> None:
    members = b",".join(b'"n%d":1' % n for n in range(300_000))
    path.write_bytes(b'[{"code":"A",' + members + b"}]")


def of_repeats(path: Path) -> None:
    members = b",".join(b'"n%d":1' % n for n in range(100_000))
    path.write_bytes(b'[{"n0":"A",' + members + b"}]")


def in_line_30_000() -> bytes:
    lines = [f'{{"code": "K{n:05d}", "name": "一般门诊诊察费"}},' for n in range(2, 60_000)]
    lines[29_998] = lines[29_998].replace(' "name"', "name'")
    return ("[\n" + "\n".join(lines) + '\n{"code": "Z"}]').encode()


RIGHT = [
    right("an array", "Of flat objects.", ARRAY, [A, B], seen={"format": "json"}),
    right("an array over many lines", "Indented.", json.dumps(RECORDS, indent=4), [A, B]),
    right("JSON Lines", "A record a line.", LINES, [A, B], seen={"format": "jsonl"}),
    right(
        "JSON Lines with CR LF and blank lines",
        "From Windows.",
        LINES.replace("\n", "\r\n\r\n"),
        [A, B],
    ),
    right(
        "JSON Lines with a byte order mark",
        "As PowerShell writes it.",
        LINES.encode("utf-8-sig"),
        [A, B],
        seen={"encoding": "UTF-8 BOM"},
    ),
    right("an array with a byte order mark", "Likewise.", ARRAY.encode("utf-8-sig"), [A, B]),
    right(
        "an array in UTF-16",
        "From Windows too.",
        ARRAY.encode("utf-16"),
        [A, B],
        seen={"encoding": "UTF-16 LE BOM"},
    ),
    right(
        "an array in GB18030",
        "Not allowed by the standard, and read all the same.",
        ARRAY.replace("甲", "一般门诊诊察费").encode("gb18030"),
        [A | {"name": "一般门诊诊察费"}, B],
        seen={"encoding": "GB18030"},
    ),
    right("blanks before the array", "And behind it.", "\n\t " + ARRAY + " \n", [A, B]),
    right(
        "labels as names",
        "Chinese and English.",
        '[{"字段code": "A", "Item name": "甲"}]',
        [{"code": "A", "name": "甲"}],
    ),
    right(
        "names in another order in each record",
        "And left out where empty.",
        '[{"name": "甲", "code": "A"}, {"code": "B"}, {"count": 3, "code": "C"}]',
        [{"code": "A", "name": "甲"}, {"code": "B"}, {"code": "C", "count": "3"}],
    ),
    right(
        "null, true and false",
        "Empty and yes or no.",
        '[{"code": "A", "name": null, "open": true}, {"code": "B", "open": false}]',
        [{"code": "A", "open": "true"}, {"code": "B", "open": "false"}],
    ),
    right(
        "escapes",
        "A pair of surrogates, a solidus, a tab inside.",
        array('"name": "\\ud83c\\udfe5\\u4e00\\/a\\tb"'),
        [{"code": "A", "name": "🏥一/a\tb"}],
    ),
    right(
        "numbers as they are written",
        "No detour through doubles.",
        array('"rate": 0.1, "price": 1.10, "count": 999999999999999999'),
        [{"code": "A", "rate": "0.1", "price": "1.10", "count": "999999999999999999"}],
    ),
    right(
        "numbers for codes",
        "As they are written: 7 is 7.",
        '[{"code": 7, "name": 1.50}]',
        [{"code": "7", "name": "1.50"}],
    ),
    right(
        "numbers in text",
        "Cleaned as in CSV.",
        array('"price": "1,234.5"'),
        [{"code": "A", "price": "1234.50"}],
        cleaned={"thousands": 1},
    ),
    right(
        "__proto__ as a text",
        "Text is text.",
        array('"name": "__proto__"'),
        [{"code": "A", "name": "__proto__"}],
    ),
]

WRONG = [
    wrong("an empty array", "No record.", "[]", ("no-rows", None, None)),
    wrong("empty objects", "Records that say nothing.", "[{}, {}]", ("no-rows", None, None)),
    no_array("one object", "Over several lines.", '{\n  "code": "A",\n  "name": "x"\n}'),
    no_array(
        "a wrapper around the array",
        "As most interfaces answer.",
        '{\n"status": 200,\n"data": [{"code": "A"}]\n}',
    ),
    no_array(
        "a wrapper on one line",
        "Where the records are is said.",
        '{"status": 200, "data": [{"code": "A"}]}',
        "records are in data",
    ),
    wrong(
        "an array of arrays",
        "Rows without names.",
        '[["code", "name"], ["A", "x"]]',
        ("not-an-object", 1, None),
        ("not-an-object", 2, None),
    ),
    wrong(
        "an array of numbers",
        "No records.",
        "[1, 2]",
        ("not-an-object", 1, None),
        ("not-an-object", 2, None),
    ),
    wrong(
        "an array of texts and null",
        "No records.",
        '["A", null]',
        ("not-an-object", 1, None),
        ("not-an-object", 2, None),
    ),
    wrong(
        "a stranger among the records",
        "It is named, the others are read.",
        '[{"code": "A"}, 7, {"code": "B"}]',
        ("not-an-object", 2, None),
    ),
    wrong(
        "a nested object",
        "The value is named.",
        array('"name": {"zh": "甲"}'),
        ("nested-value", 1, "name"),
    ),
    wrong(
        "a nested list", "Likewise.", array('"channels": ["网站"]'), ("nested-value", 1, "channels")
    ),
    wrong(
        "a name twice in one record",
        "Which counts is not sure.",
        '[{"code": "A", "code": "B"}]',
        ("duplicate-name", 1, "code"),
    ),
    wrong(
        "a key and its label in one record",
        "Two names of one field.",
        '[{"code": "A", "name": "x", "项目名称": "y"}]',
        ("duplicate-column", None, "项目名称"),
    ),
    wrong(
        "names that are no fields",
        "One of them __proto__.",
        array('"__proto__": 1, "constructor": 2'),
        ("unknown-column", None, "__proto__"),
        ("unknown-column", None, "constructor"),
    ),
    wrong(
        "no name that is a field", "Another table.", '[{"a": 1, "b": 2}]', ("no-names", None, None)
    ),
    wrong(
        "a lone surrogate",
        "\\ud800 stands for no character.",
        array('"name": "x\\ud800y"'),
        ("control-character", 1, "name"),
        says=["lone surrogate"],
    ),
    wrong(
        "a lone surrogate as a name",
        "Of a member.",
        array('"x\\udfff": 1'),
        ("unknown-column", None, "x\\udfff"),
    ),
    wrong(
        "NUL in an escape",
        "\\u0000.",
        array('"name": "x\\u0000y"'),
        ("control-character", 1, "name"),
        says=["U+0000"],
    ),
    wrong(
        "U+FFFF in an escape",
        "No character.",
        array('"name": "\\uffff"'),
        ("control-character", 1, "name"),
    ),
    wrong(
        "a whole number of 30 digits",
        "It cannot be kept.",
        array('"count": ' + "9" * 30),
        ("type-integer", 1, "count"),
    ),
    wrong(
        "a whole number of 100,000 digits",
        "Python alone refuses to read it.",
        array('"count": ' + "9" * 100_000),
        ("cell-too-long", 1, "count"),
        ("type-integer", 1, "count"),
    ),
    wrong("1e400", "Beyond a double.", array('"rate": 1e400'), ("type-number", 1, "rate")),
    wrong("true for a number", "No number.", array('"count": true'), ("type-integer", 1, "count")),
    wrong("an empty key", "As null.", '[{"code": null, "name": "x"}]', ("key-empty", 1, "code")),
    invalid("NaN", "Which JSON does not have.", array('"rate": NaN'), "NaN is no number"),
    invalid("Infinity", "Nor this.", array('"rate": -Infinity'), "is no number"),
    invalid("a comma too many", "Behind the last member.", '[{"code": "A",}]', "line 1, column 15"),
    invalid(
        "a comma too many in the array", "Behind the last record.", '[{"code": "A"},\n]', "line 2"
    ),
    invalid(
        "a comma too few", "Between records.", '[{"code": "A"}\n{"code": "B"}]', "line 2, column 1"
    ),
    invalid("single quotes", "As Python prints.", "[{'code': 'A'}]", "line 1, column 3"),
    invalid("names without quotes", "As JavaScript has them.", "[{code: 1}]", "line 1, column 3"),
    invalid(
        "a comment", "As people write them.", '[{"code": "A"},\n// prices\n{"code": "B"}]', "line 2"
    ),
    wrong(
        "a comment first",
        "What begins so is no JSON.",
        '[\n// prices\n{"code": "A"}]',
        ("no-header", 1, None),
    ),
    invalid(
        "an error in line 30,000",
        "In the middle of three megabytes.",
        in_line_30_000(),
        "line 30000, column 19",
    ),
    invalid("two arrays", "One behind the other.", ARRAY + ARRAY, "Extra data"),
    invalid(
        "two objects on a line",
        "Without a line end between them.",
        '{"code": "A"}{"code": "B"}\n',
        "line 1, column 14",
    ),
    invalid(
        "a broken line among good ones",
        "JSON Lines cut by a full disk.",
        LINES + '{"code": "C", "na',
        "line 3",
    ),
    invalid("an array cut in the middle", "The end is missing.", ARRAY[:-20], "line 1"),
    invalid("an array that is never closed", "Only the bracket is missing.", ARRAY[:-1], "line 1"),
    invalid("a line end inside a text", "Raw, not escaped.", '[{"code": "A\nB"}]', "line 1"),
    invalid("a wrong escape", "\\x41 is not JSON.", array('"name": "\\x41"'), "escape"),
    invalid("zeros before a number", "007 is no number.", array('"count": 007'), "line 1"),
    invalid("a plus before a number", "+1 is no number.", array('"count": +1'), "line 1"),
    invalid("lists 200,000 deep", "More than any stack.", of_depth, "nested too deep"),
    invalid("objects 200,000 deep", "Likewise.", of_objects, "nested too deep"),
    no_array(
        "a wrapper whose names are no characters",
        "Half a pair of surrogates each.",
        '{"\\ud800": 1, "data": [{"code": "A"}]}',
    ),
    wrong(
        "a value of a strange kind under a strange name",
        "Shown as numbers.",
        array('"\\udfff": [1], "\\udffe": "\\ud800"'),
        ("unknown-column", None, "\\udfff"),
        ("unknown-column", None, "\\udffe"),
        ("nested-value", 1, "\\udfff"),
        ("control-character", 1, "\\udffe"),
    ),
    wrong(
        "100,000 names, the first of them twice",
        "Counting them must not take a quadratic time.",
        of_repeats,
        ("too-many-columns", None, None),
    ),
    wrong("300,000 names", "Each would be a column.", of_names, ("too-many-columns", None, None)),
    wrong("a text alone", "A JSON value, but no table.", '"code"', ("no-rows", None, None)),
    wrong("a number alone", "Likewise.", "42", ("no-header", 1, None)),
    wrong("null alone", "Likewise.", "null", ("no-header", 1, None)),
    wrong("a call around the array", "JSONP.", f"callback({ARRAY});", ("no-header", 1, None)),
    no_array(
        "GeoJSON",
        "Nested by nature.",
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "A"}}]}',
        "features",
    ),
]

CASES = of_family("json", [*RIGHT, *WRONG])
