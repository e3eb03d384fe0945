"""Text with delimiters: quotes, line ends, widths, blanks, and what stands where a table should."""

from tests.corpus.case import Case, of_family, refusal

A, B = {"code": "A", "name": "甲", "count": "1"}, {"code": "B", "name": "乙", "count": "2"}
TWO = [A, B]
PLAIN = "code,name,count\nA,甲,1\nB,乙,2\n"


def csv(text: str) -> bytes:
    return text.encode()


def named(text: str, **fields: str) -> list[dict[str, str]]:
    return [{"code": "A", "name": text, **fields}]


WELL_FORMED = [
    Case(
        "line feeds", "The plainest CSV.", csv(PLAIN), TWO, seen={"format": "csv", "newline": "LF"}
    ),
    Case(
        "windows line ends",
        "CR LF.",
        csv(PLAIN.replace("\n", "\r\n")),
        TWO,
        seen={"newline": "CRLF"},
    ),
    Case(
        "old mac line ends",
        "CR alone.",
        csv(PLAIN.replace("\n", "\r")),
        TWO,
        seen={"newline": "CR"},
    ),
    Case("no last line end", "The file ends behind the last cell.", csv(PLAIN.rstrip()), TWO),
    Case(
        "three kinds of line end",
        "LF, CR LF and CR in one file, as pieces of three systems pasted together.",
        csv("code,name,count\nA,甲,1\r\nB,乙,2\rC,丙,3\n"),
        [*TWO, {"code": "C", "name": "丙", "count": "3"}],
    ),
    Case(
        "tabs",
        "TSV named .xls.",
        csv(PLAIN.replace(",", "\t")),
        TWO,
        seen={"format": "tsv"},
        filename="table.xls",
    ),
    Case(
        "semicolons",
        "What Excel writes in half of Europe.",
        csv(PLAIN.replace(",", ";")),
        TWO,
        seen={"delimiter": ";"},
    ),
    Case(
        "pipes",
        "What old hospital systems write.",
        csv(PLAIN.replace(",", "|")),
        TWO,
        seen={"delimiter": "|"},
    ),
    Case(
        "semicolons beside commas",
        "Semicolons delimit; the texts are full of commas, which would be the more frequent mark.",
        csv("code;name;count\nA;a,b,c,d,e;1\nB;f,g,h,i,j;2\n"),
        [
            {"code": "A", "name": "a,b,c,d,e", "count": "1"},
            {"code": "B", "name": "f,g,h,i,j", "count": "2"},
        ],
        seen={"delimiter": ";"},
    ),
    Case(
        "only one column",
        "No delimiter anywhere.",
        csv("code\nA\nB\n"),
        [{"code": "A"}, {"code": "B"}],
    ),
    Case(
        "columns in another order, some left out",
        "Columns are found by name, not by place.",
        csv("count,code\n1,A\n"),
        [{"code": "A", "count": "1"}],
    ),
    Case(
        "everything in quotes",
        "All cells, the header too.",
        csv('"code","name","count"\n"A","甲","1"\n"B","乙","2"\n'),
        TWO,
    ),
    Case(
        "quotes that hold all there is",
        "A line break, a delimiter and two quotes inside one cell.",
        csv('code,name\nA,"x\ny, ""z"""\nB,b\n'),
        [{"code": "A", "name": 'x\ny, "z"'}, {"code": "B", "name": "b"}],
    ),
    Case(
        "windows line ends inside quotes",
        "CR LF inside a cell stays CR LF.",
        csv('code,name\r\nA,"x\r\ny"\r\n'),
        named("x\r\ny"),
    ),
    Case(
        "a quote inside an unquoted cell",
        "12 inches, written as people do; nothing is lost by reading it as it stands.",
        csv('code,name\nA,12" 管\n'),
        named('12" 管'),
    ),
    Case("single quotes", "They quote nothing.", csv("code,name\nA,'x'\n"), named("'x'")),
    Case("curly quotes", "Nor do these.", csv("code,name\nA,“x，y”\n"), named("“x，y”")),
    Case(
        "an empty quoted cell",
        "Empty is empty.",
        csv('code,name,count\nA,"",1\n'),
        [{"code": "A", "count": "1"}],
    ),
    Case(
        "blank lines between rows",
        "They are no rows, but count as rows of a sheet.",
        csv("code,name,count\n\nA,甲,1\n\n\nB,乙,2\n\n"),
        TWO,
    ),
    Case(
        "blank lines before the header",
        "The header is the first row that says anything.",
        csv("\n\n" + PLAIN),
        TWO,
    ),
    Case(
        "5,000 blank lines before the header",
        "More than is looked at first.",
        csv("\n" * 5000 + PLAIN),
        TWO,
    ),
    Case(
        "rows of delimiters alone",
        "What a sheet with cleared rows leaves behind.",
        csv("code,name,count\nA,甲,1\n,,\n,,\nB,乙,2\n,,\n"),
        TWO,
    ),
    Case(
        "rows of blanks alone",
        "Ideographic and other blanks.",
        csv("code,name,count\nA,甲,1\n \u3000,\u3000,\xa0\nB,乙,2\n"),
        TWO,
        cleaned={"trimmed": 3},
    ),
    Case(
        "a delimiter behind every row",
        "An empty column without a header is no column.",
        csv("code,name,count,\nA,甲,1,\nB,乙,2,\n"),
        TWO,
    ),
    Case(
        "labels first, keys second",
        "The two header rows of our own template.",
        csv("字段code,项目名称,例数\ncode,name,count\nA,甲,1\nB,乙,2\n"),
        TWO,
    ),
    Case(
        "blanks around everything",
        "Blanks at the edges are taken away and counted.",
        csv(" code , name \n A , 甲 \n"),
        named("甲"),
        cleaned={"trimmed": 2},
    ),
    Case(
        "a cell of 32,767 characters",
        "The longest that a workbook can hold.",
        csv("code,name\nA," + "字" * 32_767 + "\n"),
        named("字" * 32_767),
    ),
    Case(
        "two thousand columns",
        "As many as are allowed, all but two of them empty and without a name.",
        csv("code,name" + "," * 1998 + "\nA,甲" + "," * 1998 + "\n"),
        named("甲"),
    ),
]

WRONG = [
    Case(
        "short and long rows",
        "The delimiter stands in texts that are not quoted; each such row is named.",
        csv("code,name,count\nA,甲,1\nB,乙\nC,丙,丁,3\nD,戊,4\nE\n"),
        problems=[("ragged-row", 3, None), ("ragged-row", 4, None), ("ragged-row", 6, None)],
        says=["2 cells where the header has 3"],
    ),
    Case(
        "150 ragged rows",
        "The list is capped at 100, the total is true.",
        csv("code,name\n" + "".join(f"K{n},a,b\n" for n in range(2, 152)) + "Z,z\n"),
        problems=[("ragged-row", row, None) for row in range(2, 102)],
        totals={"ragged-row": 150},
    ),
    Case(
        "a remark under the table",
        "One cell where three are wanted.",
        csv(PLAIN + "注：数据截至3月\n"),
        problems=[("ragged-row", 4, None)],
    ),
    Case(
        "ragged behind a quoted line break",
        "Rows count as a spreadsheet counts them, not as lines.",
        csv('code,name\nA,"1\n2\n3"\nB\n'),
        problems=[("ragged-row", 3, None)],
    ),
    Case(
        "text behind a closing quote",
        "The row is named, and what came before it too.",
        csv('code,name\nA\nB,"x"y\nC,z\n'),
        problems=[("ragged-row", 2, None), ("stray-quote", 3, None)],
    ),
    Case(
        "backslashes before quotes",
        "As programs escape, which no spreadsheet reads.",
        csv('code,name\nA,"say \\"yes\\""\n'),
        problems=[("stray-quote", 2, None)],
    ),
    Case(
        "a quote that is never closed",
        "The row in which it opens is named.",
        csv('code,name\nA,a\nB,"b\nC,c\nD,d\n'),
        problems=[("unterminated-quote", 3, None)],
    ),
    Case(
        "quotes of another table",
        "A stray closing quote swallows the rows up to the next quote.",
        csv('code,name\nA,"a\nB,"b\nC,c\n'),
        problems=[("stray-quote", 2, None)],
    ),
    Case(
        "a title above the header",
        "It may give a unit, so it is not passed over; the row of the header is named.",
        csv("2026年价格表,,\n" + PLAIN),
        problems=[("header-below", 2, None)],
        says=["not the first row but row 2"],
    ),
    Case(
        "sep= before the header",
        "Excel's own hint about the delimiter is no header.",
        csv("sep=;\ncode;name\nA;甲\n"),
        problems=[("header-below", 2, None)],
    ),
    Case(
        "two files one behind the other",
        "The second header is a row of wrong values and nothing else.",
        csv(PLAIN + PLAIN.replace("A,", "C,").replace("B,", "D,")),
        problems=[("type-integer", 4, "count")],
    ),
    Case(
        "a decimal comma",
        "12,5 is never taken for 125; with semicolons it is one cell.",
        csv("code;price\nA;12,5\n"),
        problems=[("type-number", 2, "price")],
    ),
    Case(
        "columns of fixed width",
        "No delimiter at all.",
        csv("code  name  count\nA     x         1\n"),
        problems=[("no-header", 1, None)],
    ),
    Case(
        "a Markdown table",
        "Its ruler is a row of wrong values.",
        csv("|code|count|\n|----|-----|\n|A|1|\n"),
        problems=[("type-integer", 2, "count")],
    ),
    Case(
        "SQL",
        "A dump named .csv.",
        csv("INSERT INTO prices (code, name) VALUES ('A', 'x');\n"),
        problems=[("no-header", 1, None)],
    ),
    Case("YAML", "Named .csv.", csv("- code: A\n  name: x\n"), problems=[("no-header", 1, None)]),
    Case(
        "an INI file",
        "Named .csv, and beginning with a bracket as JSON does.",
        csv("[table]\ncode=A\n"),
        problems=[("no-header", 1, None)],
    ),
    Case(
        "a comment first",
        "Programs skip # lines, people do not.",
        csv("# exported\n" + PLAIN),
        problems=[("header-below", 2, None)],
    ),
    Case(
        "an end-of-file mark of DOS",
        "Ctrl-Z behind the last row is one more cell.",
        csv(PLAIN + "\x1a"),
        problems=[("ragged-row", 4, None)],
    ),
    Case("nothing at all", "No byte.", b"", **refusal("empty-file")),
    Case(
        "blanks and line ends", "Nothing that shows.", b" \r\n\t\r\n  \r\n", **refusal("empty-file")
    ),
    Case("a byte order mark alone", "Three bytes.", b"\xef\xbb\xbf", **refusal("empty-file")),
    Case(
        "5,000 line ends and nothing else",
        "Longer than what is looked at first.",
        b"\n" * 5000,
        **refusal("empty-file"),
    ),
    Case(
        "ideographic blanks alone",
        "Blank to the eye.",
        csv("\u3000\u3000\n\u3000\n"),
        **refusal("empty-file"),
    ),
    Case(
        "a header alone",
        "And no row.",
        csv("code,name,count\n"),
        **refusal("no-rows", "Zero is written 0"),
    ),
    Case(
        "a header and blank rows",
        "And no row that says anything.",
        csv("code,name,count\n,,\n\n ,,\n"),
        **refusal("no-rows"),
    ),
    Case(
        "a header and keys",
        "An empty template.",
        csv("字段code,项目名称\ncode,name\n"),
        **refusal("no-rows"),
    ),
    Case(
        "a cell of 32,768 characters",
        "One more than a workbook can hold.",
        csv("code,name\nA,甲\nB," + "字" * 32_768 + "\n"),
        problems=[("cell-too-long", 3, "name")],
        says=["32768 characters"],
    ),
    Case(
        "a cell of 200 KB in quotes",
        "More than the csv module of Python takes.",
        csv('code,name\nA,"' + "x\n" * 100_000 + '"\n'),
        problems=[("cell-too-long", 2, "name")],
        says=["200000 characters"],
    ),
]

CASES = of_family("delimited", [*WELL_FORMED, *WRONG])
