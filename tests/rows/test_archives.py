import io
import stat
import struct
import zipfile

import pytest

from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows import biff
from tests.rows.tables import cells, item_of_fields, read_bytes, read_path
from tests.rows.test_readers_xlsx import book

ITEM = item_of_fields(make_field("x"))
TABLE = cells("一般门诊诊察费").encode()


def packed(
    *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return an archive of ``entries``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def windows_zip(name: bytes, content: bytes) -> bytes:
    """Return an archive as Chinese Windows makes it: a GBK name, not marked as anything."""
    made = packed(("x" * len(name), content))
    return made.replace(b"x" * len(name), name)


def named(value):
    """Name a case by its words: archives hold the time they were made."""
    return "file" if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (TABLE, "csv"),
        (cells("一般门诊诊察费").encode("gb18030"), "csv"),
        (cells("一般门诊诊察费").replace(",", "\t").encode("utf-16"), "tsv"),
        ('[{"code": "K2", "x": "一般门诊诊察费"}]'.encode(), "json"),
        (book(("code", "x"), ("K2", "一般门诊诊察费")), "xlsx"),
        (biff.book([("code", "x"), ("K2", "一般门诊诊察费")]), "xls"),
    ],
    ids=named,
)
def test_the_only_file_of_an_archive_is_read_whatever_it_is(tmp_path, content, kind):
    reading = read_bytes(tmp_path, packed(("数据/价格.dat", content)), ITEM)

    assert reading.rows == [("K2", "一般门诊诊察费")]
    assert reading.codes == []
    assert reading.report.file["format"] == kind
    assert reading.report.file["archive"] == {"member": "数据/价格.dat"}


def test_what_systems_put_beside_a_file_is_no_second_file(tmp_path):
    clutter = [("__MACOSX/._a.csv", b"x"), ("f/.DS_Store", b"x"), ("f/", b""), ("Thumbs.db", b"x")]

    assert read_bytes(tmp_path, packed(*clutter, ("f/a.csv", TABLE)), ITEM).codes == []


@pytest.mark.parametrize("codec", ["gb18030", "utf-8"])
def test_names_that_windows_wrote_are_readable(tmp_path, codec):
    reading = read_bytes(tmp_path, windows_zip("价格表.csv".encode(codec), TABLE), ITEM)

    assert reading.report.file["archive"] == {"member": "价格表.csv"}
    assert reading.codes == []


def test_two_files_are_refused_by_name(tmp_path):
    two = packed(("价格.csv", TABLE), ("说明.txt", b"x"))

    problem = read_bytes(tmp_path, two, ITEM).group("archive-several-files").first[0]

    assert "2 个文件（价格.csv、说明.txt）" in problem.message.zh


def linked() -> bytes:
    entry = zipfile.ZipInfo("a.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed((entry, b"/etc/passwd"))


def encrypted() -> bytes:
    made = bytearray(packed(("a.csv", TABLE)))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + flags] |= 1
    return bytes(made)


def strangely_packed() -> bytes:
    return packed(("a.csv", TABLE), method=zipfile.ZIP_BZIP2)


def overlapping() -> bytes:
    """Return an archive whose second entry is the bytes of the first."""
    made = packed(("a.csv", TABLE), ("b.csv", TABLE))
    at = made.rindex(b"PK\x01\x02")
    return made[: at + 42] + struct.pack("<I", 0) + made[at + 46 :]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (packed(), "archive-empty", "no file"),
        (packed(("__MACOSX/a", b"x")), "archive-empty", "no file"),
        (packed(("b.zip", packed(("a.csv", TABLE)))), "archive-nested", "b.zip"),
        (packed(("b.rar", b"Rar!\x1a\x07xx")), "archive-nested", "b.rar"),
        (packed(("b.csv.gz", b"\x1f\x8b\x08xx")), "archive-nested", "b.csv.gz"),
        (encrypted(), "archive-encrypted", "password"),
        (strangely_packed(), "archive-unsafe", "compression"),
        (linked(), "archive-unsafe", "symbolic link"),
        (packed(("../a.csv", TABLE)), "archive-unsafe", "points out"),
        (packed(("/etc/a.csv", TABLE)), "archive-unsafe", "points out"),
        (packed(("C:\\a.csv", TABLE)), "archive-unsafe", "points out"),
        (overlapping(), "archive-unsafe", "overlap"),
        (packed(("a.csv", TABLE)) + b"tail", "archive-unsafe", "behind"),
        (packed(*((f"{n}/", b"") for n in range(2001))), "too-large", "2001 files"),
        (packed(("a.csv", TABLE))[:60] + b"PK\x05\x06", "broken-workbook", "damaged"),
    ],
    ids=named,
)
def test_an_archive_that_is_not_to_be_trusted_is_refused(tmp_path, content, code, said):
    reading = read_bytes(tmp_path, content, ITEM)

    assert reading.codes == [code]
    assert said in reading.report.groups[0].first[0].message.en


def test_a_changed_byte_inside_is_noticed(tmp_path):
    made = bytearray(packed(("a.csv", TABLE), method=zipfile.ZIP_STORED))
    made[made.index(TABLE) + 3] ^= 1

    assert read_bytes(tmp_path, bytes(made), ITEM).codes == ["archive-damaged"]


def test_a_bomb_is_stopped_by_what_really_comes_out(tmp_path):
    bomb = packed(("a.csv", b"code,x\n" + b"A,1\n" * (20 * MIB)))
    lying = bytearray(bomb)
    at = lying.rindex(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 1000)

    for content in (bomb, bytes(lying)):
        reading = read_bytes(tmp_path, content, ITEM)
        assert reading.codes[0] in ("too-large", "archive-damaged")
        assert (tmp_path / "member").stat().st_size <= 66 * MIB


def test_what_unpacks_to_more_than_the_limit_is_refused(tmp_path):
    content = packed(("a.csv", TABLE * 5000), method=zipfile.ZIP_STORED)

    reading = read_bytes(tmp_path, content, ITEM, limits=IntakeLimits(inflated_bytes=50_000))

    assert reading.codes == ["too-large"]


def test_what_is_wrong_inside_still_names_the_member(tmp_path):
    reading = read_bytes(tmp_path, packed(("a.csv", b"foo,bar\n1,2\n")), ITEM)

    assert reading.codes == ["no-header"]
    assert reading.report.file["archive"] == {"member": "a.csv"}


def test_the_real_packed_charge_master_is_opened(tmp_path):
    path = SHARED_DATA / "hosp_prices_us" / "BWH-Standard-Charges.zip"
    need(path.exists(), "shared/data")

    reading = read_path(tmp_path, path, ITEM)

    assert reading.report.file["archive"] == {"member": "BWH Standard Charge File.xlsx"}
    assert reading.codes == ["no-header", "other-sheets"]
