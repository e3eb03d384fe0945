import pytest

from gongkai.rows.limits import IntakeLimits
from gongkai.testing import make_field
from tests.conftest import SHARED_DATA, need
from tests.rows.tables import cells, item_of_fields, read_bytes, read_path

ITEM = item_of_fields(make_field("x"), make_field("y"))


def test_ragged_rows_are_listed_by_row_with_true_totals(tmp_path):
    text = "code,x,y\nA,1,2\nB,1\nC,1,2,3\nD,1,2\n" + "E,1\n" * 7

    reading = read_bytes(tmp_path, text, ITEM, limits=IntakeLimits(listed=3))

    group = reading.group("ragged-row")
    assert group.total == 9
    assert [problem.row for problem in group.first] == [3, 4, 6]
    assert "has 2 cells where the header has 3" in group.first[0].message.en
    assert reading.report.row_count == 11
    assert [row[0] for row in reading.rows] == ["A", "D"]


def test_one_delimiter_too_many_is_ragged_too(tmp_path):
    """The engine's own reader takes such a row without a word."""
    assert read_bytes(tmp_path, "code,x,y\nA,1,2,\nB,1,2\n", ITEM).places == [
        ("ragged-row", None, 2)
    ]


def test_rows_whose_errors_cancel_out_are_still_ragged(tmp_path):
    reading = read_bytes(tmp_path, "code,x,y\nA,1\nB,1,2,3\nC,1,2\n", ITEM)

    assert [row for _, _, row in reading.places] == [2, 3]


def test_rows_count_as_a_spreadsheet_counts_them(tmp_path):
    """A record over two lines is one row; a blank line is a row of its own."""
    text = 'code,x,y\n"A","two\nlines",1\n\n,,\nB,only two\nC,1,2\n'

    reading = read_bytes(tmp_path, text, ITEM)

    assert reading.places == [("ragged-row", None, 5)]
    assert [row[0] for row in reading.rows] == ["A", "C"]
    assert reading.report.row_count == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_newline_is_read_alike(tmp_path, newline):
    text = newline.join(["code,x,y", "A,1,", "B,,2"])

    assert read_bytes(tmp_path, text, ITEM).rows == [("A", "1", None), ("B", None, "2")]


def test_mixed_newlines_do_not_join_or_split_rows(tmp_path):
    reading = read_bytes(tmp_path, "code,x,y\r\nA,1,2\nB,1,2\rC,1,2", ITEM)

    assert [row[0] for row in reading.rows] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ('code,x,y\nA,1,2\nB,"1"2,3\n', "stray-quote", 3),
        ('code,x,y\nA,1,2\nB,"1,3\nC,1,2\n', "unterminated-quote", 3),
    ],
)
def test_a_wrong_quote_is_refused_with_its_row(tmp_path, text, code, row):
    assert read_bytes(tmp_path, text, ITEM).places == [(code, None, row)]


def test_a_quote_inside_an_unquoted_cell_is_kept(tmp_path):
    assert read_bytes(tmp_path, 'code,x,y\nA,5" pipe,2\n', ITEM).rows == [("A", '5" pipe', "2")]


def test_the_longest_cell_allowed_is_kept_and_one_more_is_refused(tmp_path):
    longest = "长" * 32_767
    text = f"code,x,y\nA,{longest},1\nB,{longest}长,1\n"

    reading = read_bytes(tmp_path, text, ITEM)

    assert reading.places == [("cell-too-long", "x", 3)]
    assert reading.rows[0][1] == longest


def test_too_many_columns_are_refused(tmp_path):
    text = ",".join(f"c{n}" for n in range(2001)) + "\n"

    assert read_bytes(tmp_path, text, ITEM).codes == ["too-many-columns"]


def test_a_header_alone_is_no_table(tmp_path):
    assert read_bytes(tmp_path, "code,x,y\n", ITEM).codes == ["no-rows"]
    assert read_bytes(tmp_path, "code,x,y\n,,\n", ITEM).codes == ["no-rows"]


def test_the_row_of_keys_below_the_labels_is_no_data(tmp_path):
    text = "字段code,字段x,字段y\ncode,x,y\nA,1,2\n"

    reading = read_bytes(tmp_path, text, ITEM)

    assert reading.rows == [("A", "1", "2")]
    assert reading.codes == []


def test_rows_after_a_row_of_keys_keep_their_numbers(tmp_path):
    item = item_of_fields(make_field("x", type="integer"))
    text = cells("1").replace("K2", "code").replace(",1", ",x") + "A,one\n"

    assert read_bytes(tmp_path, text, item).places == [("type-integer", "x", 3)]


def test_the_fast_and_the_exact_reader_agree(tmp_path):
    """A quoted cell sends a file to the exact reader; the rest of it is the same."""
    lines = [f"K{n},{n % 7}, v{n} ," for n in range(5000)]
    plain = "code,x,y,\n" + "\n".join(lines) + "\n"
    quoted = plain.replace(",3, v3 ,", ',"3", v3 ,', 1)

    fast, exact = (read_bytes(tmp_path / n, t, ITEM) for n, t in (("a", plain), ("b", quoted)))

    assert fast.rows == exact.rows
    assert len(fast.rows) == 5000
    assert fast.report.normalized == exact.report.normalized


def test_the_real_fee_schedule_has_641_ragged_rows(tmp_path):
    path = SHARED_DATA / "hosp_fee_schedule_tw" / "NHI_fee.csv"
    need(path.exists(), "shared/data")
    header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
    fields = [
        make_field(f"c{n}", title={"zh": name, "en": f"Column {n}"})
        for n, name in enumerate(header)
    ]

    reading = read_path(tmp_path, path, item_of_fields(*fields, key="c0"))

    group = reading.group("ragged-row")
    lines = path.read_text(encoding="utf-8").split("\n")
    assert group.total == 641 == sum(line.count(",") != 6 for line in lines if line)
    assert len(group.first) == 100
    assert reading.report.row_count == 5273
    assert len(reading.rows) == 5273 - 641
    assert all(lines[problem.row - 1].count(",") > 6 for problem in group.first)


def test_real_cells_with_newlines_keep_their_rows(tmp_path):
    folder = SHARED_DATA / "cdc_drinking_water_nyc"
    need(folder.exists(), "shared/data")
    path = next(folder.glob("*.csv"))
    fields = [
        make_field("number", title={"zh": "样品编号", "en": "Sample Number"}),
        make_field("location", title={"zh": "地点", "en": "Location"}),
    ]

    reading = read_path(tmp_path, path, item_of_fields(*fields, key="number"))

    assert reading.report.row_count == 23_382
    assert any("\n" in (row[1] or "") for row in reading.rows)
