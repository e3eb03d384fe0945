"""The fast reader takes what RFC 4180 knows, exactly as the csv module reads it, or nothing."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.rows import sections
from gongkai.rows.decode import as_utf8
from gongkai.rows.sections import NotPlain, read_sections

CELLS = st.text(alphabet='a1,;\t"\n\r 中é', max_size=6)


def read(folder, text, delimiter=",", width=None):
    path = folder / "text.csv"
    path.write_bytes(text.encode())
    survey = as_utf8(path, folder, longest_line=None, encoding="utf-8")
    width = width or text.splitlines()[0].count(delimiter) + 1
    rows = []
    for columns in read_sections(survey, delimiter, width, 1):
        rows += zip(*(column.cast(pa.string()).to_pylist() for column in columns), strict=True)
    return [list(row) for row in rows]


def read_by_csv(text, delimiter=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))[1:]


@pytest.fixture(params=[32 * 1024 * 1024, 7, 23], ids=["one section", "7 bytes", "23 bytes"])
def cut(request, monkeypatch):
    """Sections so small that every seam is tried."""
    monkeypatch.setattr(sections, "SECTION_BYTES", request.param)
    monkeypatch.setattr(sections, "MOST_BYTES", 1 << 20)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_rows_written_by_the_csv_module_come_back(tmp_path, cut, end, delimiter):
    rows = [["k", "v"], ["甲", 'say "no"'], ["", "a,b;c|d\te"], ["line\nbreak", ""], ['"', '""']]
    if end != "\n":
        rows = [[cell.replace("\n", end) for cell in row] for row in rows]
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=delimiter, lineterminator=end).writerows(rows)
    assert read(tmp_path, held.getvalue(), delimiter, 2) == rows[1:]


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ends_open=st.booleans(),
    size=st.integers(5, 60),
)
def test_any_table_is_read_as_the_csv_module_reads_it_or_left_to_it(
    tmp_path_factory, rows, quoting, ends_open, size
):
    held = io.StringIO(newline="")
    csv.writer(held, quoting=quoting, lineterminator="\n").writerows([["k", "v"], *rows])
    text = held.getvalue()
    if ends_open:
        text = text.removesuffix("\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SECTION_BYTES", size)
        try:
            found = read(tmp_path_factory.mktemp("s"), text, width=2)
        except NotPlain:
            # A return or an empty line inside a cell looks like one between rows.
            assert "\r" in text or "\n\n" in text
            return
    assert found == read_by_csv(text)


@given(text=st.text(alphabet='a,"\n', max_size=30), size=st.integers(3, 40))
def test_a_quote_that_rfc_4180_does_not_know_is_never_read(tmp_path_factory, text, size):
    text = "k,v\n" + text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sections, "SECTION_BYTES", size)
        try:
            found = read(tmp_path_factory.mktemp("s"), text, width=2)
        except NotPlain:
            return
    assert found == read_by_csv(text)


@pytest.mark.parametrize(
    "text",
    [
        "k,v\na,b,c\n",
        "k,v\na\n",
        "k,v\n\na,b\n",
        "k,v\r\na,b\n",
        'k,v\na,"b"c\n',
        'k,v\na,b"c\n',
        'k,v\na,"b\n',
    ],
    ids=["too wide", "too narrow", "blank", "mixed ends", "behind a quote", "inside", "open"],
)
def test_what_is_not_plain_is_left_alone(tmp_path, text):
    with pytest.raises(NotPlain):
        read(tmp_path, text, width=2)


def test_a_cell_without_end_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sections, "SECTION_BYTES", 1000)
    monkeypatch.setattr(sections, "MOST_BYTES", 4000)
    with pytest.raises(NotPlain):
        read(tmp_path, 'k,v\na,"' + "b\n" * 5000 + '"\n', width=2)
