"""Zip archives: one file inside is read, everything else is refused with what it is."""

import gzip
import io
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gongkai.rows.limits import MIB, IntakeLimits
from tests.corpus.case import Case, of_family, refusal
from tests.corpus.delimited import PLAIN, TWO
from tests.corpus.workbooks import BOOK_ITEM, DATA
from tests.corpus.workbooks import TWO as BOOK_TWO
from tests.rows import biff
from tests.rows.xlsx_books import workbook

TABLE = PLAIN.encode()
Entry = tuple[str | zipfile.ZipInfo, bytes]


def packed(*entries: Entry, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """Return an archive of ``entries``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
        archive.comment = comment
    return buffer.getvalue()


def right(name: str, about: str, content: bytes, member: str, **given: Any) -> Case:
    rows = given.pop("rows", TWO)
    return Case(
        name,
        about,
        content,
        rows,
        filename="table.zip",
        seen={"archive": {"member": member}},
        **given,
    )


def refused(
    name: str,
    about: str,
    content: bytes | Callable[[Path], object],
    code: str,
    *says: str,
    **given: Any,
) -> Case:
    return Case(name, about, content, filename="table.zip", **refusal(code, *says), **given)


def windows(name: bytes) -> bytes:
    """Return an archive as Chinese Windows makes it: a GBK name, not marked as anything."""
    return packed(("x" * len(name), TABLE)).replace(b"x" * len(name), name)


def linked() -> bytes:
    entry = zipfile.ZipInfo("a.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed((entry, b"/etc/gongkai-lure"))


def encrypted() -> bytes:
    made = bytearray(packed(("a.csv", TABLE)))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + flags] |= 1
    return bytes(made)


def overlapping() -> bytes:
    """Return an archive whose second entry is the bytes of the first."""
    made = packed(("a.csv", TABLE), ("b.csv", TABLE))
    at = made.rindex(b"PK\x01\x02")
    return made[: at + 42] + struct.pack("<I", 0) + made[at + 46 :]


def two_names() -> bytes:
    """Return an archive whose directory calls a file otherwise than the file does itself."""
    made = packed(("a.csv", TABLE))
    at = made.rindex(b"a.csv")
    return made[:at] + b"b.csv" + made[at + 5 :]


def flipped() -> bytes:
    made = bytearray(packed(("a.csv", TABLE), method=zipfile.ZIP_STORED))
    made[made.index(TABLE) + 3] ^= 1
    return bytes(made)


def streamed() -> bytes:
    """Return an archive written to a pipe: sizes stand behind the data."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.pieces: list[bytes] = []

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.pieces.append(bytes(data))
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", TABLE)
    return b"".join(pipe.pieces)


def bomb(path: Path) -> None:
    """Write 200 MB of rows in 200 KB."""
    block = b"A,1\n" * (MIB // 4)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as file,
    ):
        file.write(b"code,count\n")
        for _ in range(200):
            file.write(block)


def lying_bomb(path: Path) -> None:
    """Say of 200 MB that they are a thousand bytes."""
    bomb(path)
    made = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = made.rindex(mark)
        made[at + place : at + place + 4] = struct.pack("<I", 1000)
    path.write_bytes(made)


def noise(path: Path) -> None:
    """Write 3 MB that do not pack, with a limit of one."""
    text = random.Random(3).randbytes(3 * MIB).hex().encode()
    path.write_bytes(packed(("a.csv", b"code\n" + text)))


def matryoshka() -> bytes:
    content = TABLE
    for depth in range(20):
        content = packed((f"{depth}.zip", content))
    return content


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("a.csv")
        entry.size = len(TABLE)
        archive.addfile(entry, io.BytesIO(TABLE))
    return buffer.getvalue()


def twice() -> bytes:
    """Return an archive with two files of one name."""
    made = packed(("a.csv", TABLE), ("b.csv", TABLE))
    return made.replace(b"b.csv", b"a.csv")


def zipped(name: str) -> bytes:
    return packed((name, TABLE))


CASES = of_family(
    "archives",
    [
        right("one CSV", "In a folder.", zipped("数据/价格.csv"), "数据/价格.csv"),
        right("one CSV named .jpg", "The bytes decide.", zipped("a.jpg"), "a.jpg"),
        right(
            "GB18030",
            "Inside.",
            packed(("a.csv", PLAIN.replace("甲", "一般门诊诊察费").encode("gb18030"))),
            "a.csv",
            rows=[TWO[0] | {"name": "一般门诊诊察费"}, TWO[1]],
        ),
        right(
            "JSON",
            "Inside.",
            packed(("a.json", b'[{"code": "A"}]')),
            "a.json",
            rows=[{"code": "A"}],
        ),
        right(
            "a workbook",
            "Which is an archive too.",
            packed(("a.xlsx", workbook(DATA))),
            "a.xlsx",
            rows=BOOK_TWO,
            item=BOOK_ITEM,
        ),
        right(
            "an old workbook",
            "Inside.",
            packed(("a.xls", biff.book([("code", "x"), ("A", "1"), ("B", "2")]))),
            "a.xls",
            rows=BOOK_TWO,
            item=BOOK_ITEM,
        ),
        right(
            "what macOS and Windows put in",
            "Clutter is no second file.",
            packed(
                ("__MACOSX/._a.csv", b"x"),
                ("f/", b""),
                ("f/.DS_Store", b"x"),
                ("Thumbs.db", b"x"),
                ("f/a.csv", TABLE),
            ),
            "f/a.csv",
        ),
        right(
            "a name in GBK",
            "As Chinese Windows writes it.",
            windows("价格表.csv".encode("gb18030")),
            "价格表.csv",
        ),
        right(
            "stored",
            "Not packed at all.",
            packed(("a.csv", TABLE), method=zipfile.ZIP_STORED),
            "a.csv",
        ),
        right("written to a pipe", "Sizes stand behind the data.", streamed(), "a.csv"),
        right(
            "a comment",
            "Of the archive itself.",
            packed(("a.csv", TABLE), comment=b"<script>alert(1)</script>"),
            "a.csv",
        ),
        refused("no file", "An empty archive.", packed(), "archive-empty"),
        refused(
            "only folders",
            "And clutter.",
            packed(("a/", b""), ("__MACOSX/a", b"x")),
            "archive-empty",
        ),
        refused(
            "two files",
            "Which to read is not sure.",
            packed(("价格.csv", TABLE), ("说明.txt", b"x")),
            "archive-several-files",
            "价格.csv",
            "说明.txt",
        ),
        refused("two files of one name", "Likewise.", twice(), "archive-several-files"),
        refused(
            "an archive inside",
            "Nested.",
            packed(("b.zip", zipped("a.csv"))),
            "archive-nested",
            "b.zip",
        ),
        refused(
            "twenty archives in one another", "Nested without end.", matryoshka(), "archive-nested"
        ),
        refused(
            "gzip inside", "Nested.", packed(("a.csv.gz", gzip.compress(TABLE))), "archive-nested"
        ),
        refused("RAR inside", "Nested.", packed(("a.rar", b"Rar!\x1a\x07\x00x")), "archive-nested"),
        refused(
            "a PDF inside",
            "No table.",
            packed(("a.csv", b"%PDF-1.7\n")),
            "unsupported-format",
            "PDF",
        ),
        refused("a password", "On the only file.", encrypted(), "archive-encrypted"),
        refused(
            "bzip2 inside zip",
            "A way of packing that is not read.",
            packed(("a.csv", TABLE), method=zipfile.ZIP_BZIP2),
            "archive-unsafe",
            "compression",
        ),
        refused(
            "LZMA inside zip",
            "Likewise.",
            packed(("a.csv", TABLE), method=zipfile.ZIP_LZMA),
            "archive-unsafe",
            "compression",
        ),
        refused(
            "a symbolic link",
            "To a file of this machine.",
            linked(),
            "archive-unsafe",
            "symbolic link",
        ),
        refused(
            "a path that leaves",
            "../../a.csv.",
            zipped("../../a.csv"),
            "archive-unsafe",
            "points out",
        ),
        refused(
            "an absolute path",
            "/etc/cron.d/a.csv.",
            zipped("/etc/cron.d/a.csv"),
            "archive-unsafe",
            "points out",
        ),
        refused("a drive", "C:\\a.csv.", zipped("C:\\a.csv"), "archive-unsafe", "points out"),
        refused(
            "a path of Windows that leaves",
            "..\\a.csv.",
            zipped("..\\a.csv"),
            "archive-unsafe",
            "points out",
        ),
        refused(
            "files that overlap",
            "The kernel of a non-recursive bomb.",
            overlapping(),
            "archive-unsafe",
            "overlap",
        ),
        refused(
            "bytes behind",
            "A second format may be in them.",
            zipped("a.csv") + b"tail",
            "archive-unsafe",
            "behind",
        ),
        refused(
            "bytes in front",
            "As of a program that unpacks itself.",
            b"PK\x03\x04junk" + zipped("a.csv"),
            "archive-unsafe",
        ),
        refused(
            "two names of one file",
            "The directory and the file disagree.",
            two_names(),
            "archive-damaged",
        ),
        refused("a flipped bit", "The checksum tells.", flipped(), "archive-damaged"),
        refused(
            "200 MB in 200 KB",
            "Counted as it comes out.",
            bomb,
            "too-large",
            "unpacks to more than",
        ),
        refused(
            "200 MB that claim to be 1,000 bytes",
            "What the directory says is not believed.",
            lying_bomb,
            "archive-damaged",
        ),
        refused(
            "more than the limit",
            "Though nothing was packed tightly.",
            noise,
            "too-large",
            limits=IntakeLimits(inflated_bytes=MIB),
        ),
        refused(
            "2,001 folders",
            "More than are allowed.",
            packed(*((f"{n}/", b"") for n in range(2001))),
            "too-large",
            "2001 files",
        ),
        refused("gzip", "Alone.", gzip.compress(TABLE), "unsupported-format", "gzip"),
        refused("tar", "Alone.", tarred(), "nul-byte"),
    ],
)
