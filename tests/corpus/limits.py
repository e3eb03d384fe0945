"""Files of any size, and limits: what goes over one is told, in little memory."""

from pathlib import Path

from gongkai.rows.limits import MIB, IntakeLimits
from tests.corpus.case import Case, Content, of_family, refusal
from tests.corpus.delimited import TWO
from tests.corpus.hostile import HUGE, repeated


def text(before: bytes, piece: bytes, size: int, after: bytes = b"") -> Content:
    """Return what writes a text file of about ``size`` bytes."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            for one in repeated(piece, size, before, after)():
                file.write(one)

    return write


ROWS_AND_LIMITS = [
    Case(
        "a cell of a gigabyte",
        "In quotes, so that only the closing one ends it.",
        text(b'code,name\nA,"', b"x" * 1023 + b"\n", HUGE, b'"\n'),
        problems=[("cell-too-long", 2, "name") if HUGE < 8 * MIB else ("cell-too-long", 2, None)],
    ),
    Case(
        "a line of a gigabyte",
        "Without a line end.",
        text(b"code,name\nA,", b"x" * 1024, max(HUGE, 20 * MIB)),
        **refusal("line-too-long", "Line 2"),
    ),
    Case(
        "a line over a smaller limit",
        "As the administrator sets it.",
        text(b"code,name\nA,", b"x" * 1024, 2 * MIB),
        limits=IntakeLimits(line_bytes=MIB),
        **refusal("line-too-long", "1048576 bytes"),
    ),
    Case(
        "a million columns",
        "And a row of them.",
        text(b"code", b",x", 2_000_000, b"\nA\n"),
        **refusal("too-many-columns"),
    ),
    Case(
        "ten million empty lines",
        "And one row.",
        text(b"code,name,count\n", b"\n", 10_000_000, "A,甲,1\nB,乙,2\n".encode()),
        TWO,
    ),
    Case(
        "a million empty rows",
        "Of delimiters.",
        text(b"code,name,count\n", b",,\n", 3_000_000, "A,甲,1\nB,乙,2\n".encode()),
        TWO,
    ),
    Case(
        "two million quotes",
        "Each doubled, in one cell.",
        text(b'code,name\nA,"', b'""', 2 * MIB, b'"\n'),
        problems=[("cell-too-long", 2, "name")],
    ),
    Case(
        "a JSON text of a gigabyte",
        "One value without end.",
        text(b'[{"code": "A", "name": "', b"x" * 1024, max(HUGE, 40 * MIB), b'"}]'),
        **refusal("line-too-long"),
    ),
    Case(
        "a file over the limit",
        "Not even opened.",
        text(b"code\n", b"A\n", 2 * MIB),
        limits=IntakeLimits(file_bytes=MIB),
        **refusal("too-large", "1 MiB are allowed"),
    ),
    Case(
        "more memory than is allowed",
        "Four million numbers nested in one value.",
        b'[{"code": [' + b",".join(b"%d" % n for n in range(10**6, 5 * 10**6)) + b"]}]",
        limits=IntakeLimits(memory_bytes=600 * MIB, line_bytes=10**9),
        **refusal("too-large", "600 MiB of memory"),
    ),
    Case(
        "more time than is allowed",
        "A second of the processor.",
        text(b"code,name\n", b'"K","x y"\n', 30 * MIB),
        limits=IntakeLimits(cpu_seconds=1),
        **refusal("too-slow", "1 seconds"),
    ),
    Case(
        "working files over the limit",
        "A hundred kilobytes.",
        b"code,name\n" + b"".join(b'K%d,"note %d"\n' % (n, n) for n in range(200_000)),
        limits=IntakeLimits(output_bytes=100_000),
        **refusal("too-large", "working files"),
    ),
]

CASES = of_family("hostile", ROWS_AND_LIMITS)
