"""Headers: repeated, alike, unknown, missing, and written to do harm."""

from tests.corpus.case import Case, of_family

ONE = [{"code": "A", "name": "甲"}]


def headed(*titles: str, cells: str = "A,甲") -> bytes:
    """Return a table of one row under ``titles``, which are quoted."""
    quoted = ['"' + title.replace('"', '""') + '"' for title in titles]
    return (",".join(quoted) + "\n" + cells + "\n").encode()


def twice(name: str, about: str, *titles: str) -> Case:
    """Return a case whose second and third column are one field."""
    content = headed("code", *titles, cells="A,甲,乙")
    return Case(name, about, content, problems=[("duplicate-column", 1, titles[1])])


def strange(name: str, title: str, about: str = "It is shown as text and is no column.") -> Case:
    """Return a case with a third column that is no field."""
    content = headed("code", "name", title, cells="A,甲,1")
    return Case(name, about, content, problems=[("unknown-column", 1, title)])


CASES = of_family(
    "headers",
    [
        Case("keys", "The names of the fields.", headed("code", "name"), ONE),
        Case("Chinese labels", "As people write them.", headed("字段code", "项目名称"), ONE),
        Case("English labels", "In another case.", headed("CODE", "item NAME"), ONE),
        Case("full-width keys", "Equal after NFKC.", headed("ｃｏｄｅ", "ｎａｍｅ"), ONE),
        Case(
            "blanks and line breaks",
            "As cells with wrapped text have them.",
            headed(" code\n", "项目名称 \r\n"),
            ONE,
        ),
        Case(
            "two byte order marks",
            "One of the file, one of a program.",
            b"\xef\xbb\xbf\xef\xbb\xbfcode,name\nA,\xe7\x94\xb2\n",
            ONE,
        ),
        Case(
            "marks of required columns",
            "Stars and remarks in brackets.",
            headed("*code", "项目名称（必填）"),
            ONE,
        ),
        Case(
            "the unit in brackets",
            "The field's own unit, in brackets of full width.",
            headed("code", "价格（元）", cells="A,1.5"),
            [{"code": "A", "price": "1.50"}],
        ),
        Case(
            "another unit in brackets",
            "Ten thousand yuan are not yuan.",
            headed("code", "价格（万元）", cells="A,1.5"),
            problems=[("unknown-column", 1, "价格（万元）")],
        ),
        twice("a key twice", "The same header again.", "name", "name"),
        twice("a key in two cases", "Equal when case is folded.", "name", "NAME"),
        twice("a key in two widths", "Equal after NFKC.", "name", "ｎａｍｅ"),
        twice("a key and its label", "Two names of one field.", "name", "项目名称"),
        twice("two labels", "Chinese and English of one field.", "项目名称", "Item  name"),
        strange("an unknown column", "备注2"),
        strange("SQL", 'x"); DROP TABLE checked; --'),
        strange("__proto__", "__proto__"),
        strange("constructor", "constructor"),
        strange("a script", "<script>alert(1)</script>"),
        strange("a formula", "=cmd|'/c calc'!A1"),
        strange("a format string", "{value.__class__} %s %(x)s"),
        strange("a path", "../../etc/passwd"),
        strange("marks that turn the writing around", "\u202eeman\u202c"),
        strange("letters that look like others", "nаme", "The а is Cyrillic."),
        strange("a column of the engine", "_row"),
        strange("a column of the check", "name!text"),
        strange("100,000 characters", "长" * 30_000, "Shortened in the report."),
        strange("an emoji", "👩‍⚕️"),
        Case(
            "a column without a name",
            "It holds data, which nobody could find again.",
            headed("code", "name", "", cells="A,甲,丙"),
            problems=[("unnamed-column", 1, "C")],
        ),
        Case(
            "a key that is missing",
            "And two more columns than are known.",
            headed("name", "x", "y", cells="甲,1,2"),
            problems=[
                ("missing-column", 1, "code"),
                ("unknown-column", 1, "x"),
                ("unknown-column", 1, "y"),
            ],
        ),
        Case(
            "all at once",
            "Unknown, repeated, nameless and missing: all of them in one report.",
            headed("name", "项目名称", "x", "", cells="甲,乙,1,2"),
            problems=[
                ("duplicate-column", 1, "项目名称"),
                ("unknown-column", 1, "x"),
                ("unnamed-column", 1, "D"),
                ("missing-column", 1, "code"),
            ],
        ),
        Case(
            "no header",
            "The data begin at once.",
            headed("A", "甲"),
            problems=[("no-header", 1, None)],
        ),
        Case(
            "a header of numbers", "1, 2, 3.", headed("1", "2"), problems=[("no-header", 1, None)]
        ),
        Case(
            "a header that begins as an archive does",
            "PK stands for primary key, and the file is a table.",
            b"PK,code,name\n1,A,\xe7\x94\xb2\n",
            problems=[("unknown-column", 1, "PK")],
        ),
        Case(
            "2,001 columns",
            "One more than are allowed.",
            ("code" + ",x" * 2000 + "\n" + "A" + ",1" * 2000 + "\n").encode(),
            problems=[("too-many-columns", None, None)],
            says=["2001 columns"],
        ),
    ],
)
