"""The row store: what goes in as typed rows comes out as exact, repeatable files."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.domain.problems import Severity
from gongkai.domain.releases import Rows
from gongkai.domain.table_schema import Category, Field, FieldType, TableSchema
from gongkai.domain.text import Text
from gongkai.rows.columns import identifier, storage_type
from gongkai.rows.connections import locked_connection
from gongkai.rows.store import TableRows, open_rows, write_typed_parquet

TITLE = Text("列", "column")
SCHEMA = TableSchema(
    (
        Field("code", FieldType.STRING, Text("编码", "Code"), "a"),
        Field("name", FieldType.STRING, TITLE, "a"),
        Field("stock", FieldType.NUMBER, Text("库存", "Stock"), "1.5"),
        Field("price", FieldType.NUMBER, TITLE, "1.50", decimals=2),
        Field("used", FieldType.INTEGER, TITLE, "1"),
        Field(
            "flag", FieldType.STRING, TITLE, "p", categories=(Category("p", Text("初步", "prov.")),)
        ),
        Field("is_open", FieldType.BOOLEAN, TITLE, "true"),
        Field("day", FieldType.DATE, TITLE, "2026-01-30"),
        Field("moment", FieldType.DATETIME, TITLE, "2026-01-30T08:00:00+08:00"),
    ),
    primary_key=("code",),
)
TEXTS = TableSchema(SCHEMA.fields[:2], ("code",))
Row = dict[str, Any]


def table(
    connection: duckdb.DuckDBPyConnection, rows: list[Row], schema: TableSchema = SCHEMA
) -> TableRows:
    """Put rows into a table of ``connection``, with the row numbers of a spreadsheet."""
    columns = ", ".join(f"{identifier(field.name)} {storage_type(field)}" for field in schema)
    connection.execute(f"CREATE OR REPLACE TABLE rows (line BIGINT, {columns})")
    for number, row in enumerate(rows, start=2):
        values = [number, *(row.get(name) for name in schema.names)]
        connection.execute(f"INSERT INTO rows VALUES ({', '.join('?' * len(values))})", values)
    return TableRows(connection, "rows", schema, "line")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def test_the_table_is_what_plugins_are_promised(connection: duckdb.DuckDBPyConnection) -> None:
    rows: Rows = table(connection, [{"code": "a"}, {"code": "b"}])
    assert (rows.count, rows.names) == (2, SCHEMA.names)


def test_canonical_text_keeps_every_figure(connection: duckdb.DuckDBPyConnection) -> None:
    rows = table(
        connection,
        [{"code": "010100", "stock": -10.0, "price": "240", "used": 10**18 - 1, "is_open": True,
          "day": "2026-01-30", "moment": "2026-01-29T16:00:00+00:00"},
         {"stock": 5523.5, "price": "-0.5"}, {"stock": 0.1}],
    )  # fmt: skip
    (batch,) = rows.text_batches()
    assert batch[0] == (
        "010100",
        None,
        "-10",
        "240.00",
        "999999999999999999",
        None,
        "true",
        "2026-01-30",
        "2026-01-30T00:00:00+08:00",
    )
    assert [(row[2], row[3]) for row in batch[1:]] == [("5523.5", "-0.50"), ("0.1", None)]
    (values,) = rows.value_batches()
    assert values[0][:7] == ("010100", None, -10.0, 240.0, 10**18 - 1, None, True)


def test_batches_may_be_read_side_by_side(connection: duckdb.DuckDBPyConnection) -> None:
    rows = table(connection, [{"code": str(number)} for number in range(10)])
    pairs = zip(rows.text_batches(3), rows.value_batches(3), strict=True)
    sizes = [(len(texts), len(values), rows.count) for texts, values in pairs]
    assert sizes == [(3, 3, 10), (3, 3, 10), (3, 3, 10), (1, 1, 10)]


@pytest.mark.parametrize(
    "cell",
    [
        "１３８００１３８０００",
        "138 0013 8000",
        "138-0013-8000",
        "1\u200b380013800\ufeff0",
        "138－0013　8000",
        "电话138\u20600013\u00ad8000",
        "138‐0013–8000",
    ],
)
def test_a_hidden_number_is_found_and_shown_as_written(
    connection: duckdb.DuckDBPyConnection, cell: str
) -> None:
    rows = table(connection, [{"name": "无"}, {"name": cell}, {}])
    assert list(rows.matches("name", "1[3-9][0-9]{9}", squeezed=True)) == [(3, cell)]
    assert list(rows.matches("name", "1[3-9][0-9]{9}")) == []


def test_matches_reads_any_type_as_its_text_in_row_order(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = table(connection, [{"used": 5 - n, "day": "2026-01-30"} for n in range(3)])
    assert list(rows.matches("used", "[35]")) == [(2, "5"), (4, "3")]
    assert list(rows.matches("day", "^2026")) == [(n, "2026-01-30") for n in (2, 3, 4)]
    with pytest.raises(ValueError, match="RE2"):
        list(rows.matches("name", "(?=x)"))


def test_mismatches_count_all_and_show_the_first_hundred(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = table(connection, [{"stock": 8.4, "used": n} for n in range(150)] + [{"stock": 1}])
    (group,) = rows.mismatches("stock", "round(used / 10, 1)", severity=Severity.REVIEW)
    assert (group.code, group.field, group.total) == ("mismatch", "stock", 149)
    first = group.first[0]
    assert (first.row, first.value, first.severity) == (2, "8.4", Severity.REVIEW)
    assert "“库存”填的是 8.4" in first.message.zh
    assert "应为 0" in first.message.zh
    assert [problem.row for problem in group.first] == list(range(2, 86)) + list(range(87, 103))


def test_binary_noise_and_the_tolerance_are_no_mismatch(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = table(connection, [{"stock": 0.3, "price": "0.35"}, {"stock": 0.3, "price": "0.36"}])
    assert rows.mismatches("stock", "0.1 + 0.2") == []
    assert [g.total for g in rows.mismatches("price", "stock", tolerance="0.05")] == [1]
    big = table(connection, [{"used": 10**17 + 1}])
    assert big.mismatches("used", str(10**17))[0].first[0].row == 2


def test_violations_say_the_rule_s_own_words_where_it_applies(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = table(connection, [{"used": 1, "flag": "p"}, {"used": 1}, {"flag": "p"}, {"used": 0}])
    message = Text("应为 0", "must be 0")
    (group,) = rows.violations(
        "used == 0", code="not-zero", message=message, when="flag == 'p'", field="used"
    )
    assert (group.total, group.first[0].row, group.first[0].message) == (1, 2, message)
    assert rows.violations("used < 2", code="x", message=message) == []


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    rows: list[Row] = [{"code": str(n % 7) or None, "stock": float(n)} for n in range(40)]
    rows += [{"stock": 0.0}, {"stock": -0.0}, {"code": "", "name": ""}, {}]
    seen = set()
    for seed in range(3):
        Random(seed).shuffle(rows)
        with duckdb.connect(config={"threads": seed % 2 + 1}) as connection:
            table(connection, rows)
            count = write_typed_parquet(connection, "rows", SCHEMA, tmp_path / "x.parquet")
        assert count == 44
        seen.add((tmp_path / "x.parquet").read_bytes())
    assert len(seen) == 1


def test_many_row_groups_give_the_same_bytes_and_all_rows(tmp_path: Path) -> None:
    written = []
    for order in ("ASC", "DESC"):
        path = tmp_path / f"{order}.parquet"
        with duckdb.connect() as connection:
            columns = "'c' || range AS code, 'n' AS name"
            source = f"(SELECT {columns} FROM range(250000) ORDER BY range {order})"
            assert write_typed_parquet(connection, source, TEXTS, path) == 250_000
        written.append(path.read_bytes())
    assert written[0] == written[1]
    file = pq.ParquetFile(tmp_path / "ASC.parquet", page_checksum_verification=True)
    assert file.metadata.num_row_groups == 3
    assert file.read()["code"].to_pylist() == sorted(f"c{number}" for number in range(250_000))


def test_parquet_has_checksums_and_plain_types(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with duckdb.connect() as connection:
        table(connection, [{"code": "a", "price": "1.5", "moment": "2026-01-30T00:00:00+08:00"}])
        write_typed_parquet(connection, "rows", SCHEMA, path)
    schema = pq.read_schema(path)
    assert schema.metadata is None
    assert str(schema.field("price").type) == "decimal128(36, 2)"
    assert str(schema.field("moment").type) == "timestamp[us, tz=UTC]"
    column = pq.read_metadata(path).row_group(0).column(0)
    data = bytearray(path.read_bytes())
    data[column.dictionary_page_offset + column.total_compressed_size - 1] ^= 1
    path.write_bytes(data)
    with pytest.raises(OSError, match=r"(?i)crc|checksum"):
        pq.read_table(path, page_checksum_verification=True)


def test_a_release_s_rows_are_read_behind_a_locked_door(tmp_path: Path) -> None:
    path, other = tmp_path / "it's.parquet", tmp_path / "other.parquet"
    with duckdb.connect() as connection:
        table(connection, [{"code": "a"}])
        for file in (path, other):
            write_typed_parquet(connection, "rows", SCHEMA, file)
    with open_rows(path, SCHEMA) as rows:
        assert rows.count == 1
    before = path.read_bytes()
    with locked_connection(path) as locked:
        for statement in (
            f"SELECT * FROM read_parquet('{other}')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            f"COPY (SELECT 1) TO '{str(path).replace(chr(39), chr(39) * 2)}'",
            f"ATTACH '{tmp_path}/x.db'",
            "SELECT * FROM read_csv('/etc/passwd')",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SET memory_limit = '100GB'",
        ):
            with pytest.raises(duckdb.Error):
                locked.execute(statement)
    assert path.read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {path.name, other.name}


def test_the_spreadsheet_csv_is_labelled_and_guarded(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    cells = ["=1", "+1", "-1", "@x", "\t=1", "\r1", " =1", "＝1", "a=1", None]
    same = {"used": -1, "flag": "p", "is_open": True}
    rows = table(connection, [{"name": cell, **same} for cell in cells])
    rows.write_csv(tmp_path / "x.csv", header=["=H"] * 9, bom=True, labels="zh", guarded=True)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *found = csv.reader(file)
    assert header[0] == "'=H"
    assert [row[1] for row in found] == [*("'" + str(cell) for cell in cells[:8]), "a=1", ""]
    assert found[0][4:7] == ["-1", "初步", "是"]
    rows.write_csv(tmp_path / "plain.csv")
    assert "p,true" in (tmp_path / "plain.csv").read_text("utf-8")


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "code": st.none() | st.text(max_size=5),
                "name": st.none() | st.text(",\"\r\n'=é血𠮷\u2028\x00\x07", max_size=6),
            }
        ),
        max_size=6,
    )
)
def test_any_text_survives_csv_json_and_parquet(rows: list[Row]) -> None:
    with TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        stored = table(connection, rows, TEXTS)
        stored.write_csv(folder / "x.csv")
        stored.write_json(folder / "x.json")
        stored.write_json_lines(folder / "x.jsonl")
        stored.write_parquet(folder / "x.parquet")
        assert json.loads((folder / "x.json").read_bytes()) == rows
        lines = (folder / "x.jsonl").read_bytes().split(b"\n")
        assert [json.loads(line) for line in lines[:-1]] == rows
        assert pq.read_table(folder / "x.parquet").to_pylist() == rows
        with (folder / "x.csv").open(encoding="utf-8", newline="") as file:
            header, *found = csv.reader(file)
    assert header == ["code", "name"]
    assert found == [[row["code"] or "", row["name"] or ""] for row in rows]


def test_a_lone_empty_cell_is_still_a_line(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lone = TableSchema(SCHEMA.fields[:1], ("code",))
    table(connection, [{"code": "a"}, {}, {"code": "b"}], lone).write_csv(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b'code\r\na\r\n""\r\nb\r\n'


def test_no_rows_are_a_header_an_empty_array_and_nothing(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = table(connection, [], TEXTS)
    rows.write_csv(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"code,name\r\n"
    rows.write_json(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"[]\n"
    rows.write_json_lines(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b""
    rows.write_parquet(tmp_path / "x")
    assert pq.read_table(tmp_path / "x").num_rows == 0
