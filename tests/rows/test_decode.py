import codecs

import pytest

from gongkai.domain.problems import Problem
from gongkai.rows import decode, transcoding
from gongkai.rows.limits import IntakeLimits
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows.tables import cells, item_of_fields, read_bytes, read_path

ITEM = item_of_fields(make_field("x"))
CHINESE = "一般门诊诊察费（不含牙科）"


def refusal(tmp_path, content: bytes) -> Problem:
    """Return the only problem of a file that is refused."""
    reading = read_bytes(tmp_path, content, ITEM)
    assert len(reading.report.groups) == 1, reading.codes
    assert reading.rows == []
    return reading.report.groups[0].first[0]


@pytest.mark.parametrize(
    ("codec", "mark", "named"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "UTF-8 BOM"),
        ("gb18030", b"", "GB18030"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16 LE BOM"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16 BE BOM"),
    ],
)
def test_each_encoding_gives_the_same_cells_and_is_recorded(tmp_path, codec, mark, named):
    text = cells(CHINESE, "㐂 𠮷 100", '"quoted, "')

    reading = read_bytes(tmp_path, mark + text.encode(codec), ITEM)

    assert reading.report.file["encoding"] == named
    assert [row[1] for row in reading.rows] == [CHINESE, "㐂 𠮷 100", "quoted,"]
    assert reading.codes == []


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le"])
def test_a_character_across_two_chunks_survives(tmp_path, monkeypatch, codec):
    monkeypatch.setattr(decode, "CHUNK_BYTES", 7)
    monkeypatch.setattr(transcoding, "CHUNK_BYTES", 7)
    mark = codecs.BOM_UTF16_LE if codec == "utf-16-le" else b""

    reading = read_bytes(tmp_path, mark + cells(CHINESE, "𠮷𠮷").encode(codec), ITEM)

    assert [row[1] for row in reading.rows] == [CHINESE, "𠮷𠮷"]


def test_two_encodings_in_one_file_are_refused_with_a_line_of_each(tmp_path):
    content = cells(CHINESE).encode("gb18030") + f"K9,{CHINESE}\n".encode()

    problem = refusal(tmp_path, content)

    assert problem.code == "mixed-encodings"
    assert "line 3 is UTF-8" in problem.message.en
    assert "line 2 is not" in problem.message.en


def test_bytes_of_no_encoding_are_refused_with_their_place(tmp_path):
    problem = refusal(tmp_path, b"code,x\nA,\xff\xff\n")

    assert problem.code == "unknown-encoding"
    assert "FF FF 0A at offset 9" in problem.message.en


def test_latin_text_that_gb18030_happens_to_accept_is_refused(tmp_path):
    problem = refusal(tmp_path, "code,x\nA,Müller Käse\n".encode("latin-1"))

    assert problem.code == "doubtful-encoding"


def test_a_file_that_belies_its_mark_is_refused(tmp_path):
    problem = refusal(tmp_path, codecs.BOM_UTF8 + cells("甲").encode("gb18030"))

    assert problem.code == "broken-encoding"
    assert "offset 13" in problem.message.en


def test_a_character_cut_off_at_the_end_is_refused(tmp_path):
    assert refusal(tmp_path, cells(CHINESE * 3).encode()[:-2]).code == "unknown-encoding"


@pytest.mark.parametrize(
    ("content", "line", "offset"),
    [(b"code,x\nA,1\nB,\x002\n", 3, 13), (b"code,x\x00\nA,1\n", 1, 6)],
)
def test_a_nul_byte_is_refused_with_line_and_offset(tmp_path, content, line, offset):
    problem = refusal(tmp_path, content)

    assert problem.code == "nul-byte"
    assert f"Line {line} (byte offset {offset})" in problem.message.en


def test_a_line_that_does_not_end_is_refused_before_it_fills_the_memory(tmp_path):
    limits = IntakeLimits(line_bytes=3 * 1024 * 1024)

    reading = read_bytes(tmp_path, "code,x\nA," + "x" * limits.line_bytes, ITEM, limits=limits)

    assert reading.codes == ["line-too-long"]


def test_the_real_gb18030_bulletins_are_read_without_a_wrong_character(tmp_path):
    path = SHARED_DATA / "cdc_covid_bulletins_gb18030" / "data.csv"
    need(path.exists(), "shared/data")
    header = path.read_bytes().split(b"\r\n")[0].decode("gb18030").split(",")
    fields = [
        make_field(f"c{n}", title={"zh": name, "en": f"Column {n}"})
        for n, name in enumerate(header)
    ]

    reading = read_path(tmp_path, path, item_of_fields(*fields, key="c0"))

    assert reading.report.file["encoding"] == "GB18030"
    assert reading.report.row_count == 27_424
    assert reading.rows[0][0] == "2020年1月11日"


def test_a_real_latin_file_is_not_read_as_chinese(tmp_path):
    path = SHARED_DATA / "hosp_prices_us" / "rex-published-charges.csv"
    need(path.exists(), "shared/data")

    assert read_path(tmp_path, path, ITEM).codes == ["doubtful-encoding"]
