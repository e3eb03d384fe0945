"""One file from bytes to checked rows, inside the process that may die of it."""

import errno
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Report
from gongkai.rows.checks import check_rows
from gongkai.rows.decode import as_utf8, file_sha256
from gongkai.rows.delimited import load_delimited
from gongkai.rows.json_rows import load_json
from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import Unreadable, file_problem
from gongkai.rows.raw import RawTable
from gongkai.rows.sniff import FileKind, sniff
from gongkai.rows.staging import ROW, TYPED, stage
from gongkai.rows.store import TableRows, open_rows, write_typed_parquet

DATABASE = "intake.duckdb"
_OUT_OF_MEMORY = ("Out of Memory", "bad_alloc", "bad allocation")
Progress = Callable[[str, int, int | None], None]


def open_engine(work_dir: Path, limits: IntakeLimits) -> duckdb.DuckDBPyConnection:
    """Open the working database of one intake; it lives on disk, so memory stays flat."""
    connection = duckdb.connect(
        str(work_dir / DATABASE),
        config={
            "threads": limits.threads,
            "memory_limit": f"{limits.engine_bytes // MIB}MiB",
            "temp_directory": str(work_dir / "spill"),
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        },
    )
    connection.execute("SET TimeZone = 'Asia/Shanghai'")
    connection.execute("SET python_enable_replacements = false")
    return connection


def read_table(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    item: DisclosureItem,
    *,
    filename: str,
    work_dir: Path,
    limits: IntakeLimits,
    references: Mapping[str, Path],
    progress: Progress,
) -> tuple[Report, bool]:
    """Read and check ``path``; return the report, and whether there are rows to look at.

    Problems of any kind are in the report; only a broken engine raises.
    """
    file: dict[str, Any] = {
        "name": filename,
        "byte_size": path.stat().st_size,
        "sha256": file_sha256(path),
    }
    try:
        raw = _load(connection, path, item, work_dir, limits, progress)
        file |= raw.details
        progress("checking", 0, None)
        staged = stage(connection, raw, item.table_schema, limits)
    except Unreadable as refusal:
        return Report(item.key, 0, tuple(refusal.groups), file), False
    groups = [*raw.header.groups, *raw.problems, *staged.problems]
    if staged.row_count == 0:
        groups.append(file_problem("no-rows"))
    elif staged.row_count > raw.dropped:
        absent = raw.header.absent
        groups += check_rows(connection, item, absent, references, limits.listed)
    return Report(item.key, staged.row_count, tuple(groups), file, staged.normalized), True


def _load(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    item: DisclosureItem,
    work_dir: Path,
    limits: IntakeLimits,
    progress: Progress,
) -> RawTable:
    def read(done: int, total: int | None) -> None:
        progress("reading", done, total)

    read(0, None)
    schema = item.table_schema
    kind = sniff(path)
    if kind is FileKind.XLSX:
        # Importing what knows number formats would cost every CSV a tenth of a second.
        from gongkai.rows.xlsx_rows import load_xlsx

        return load_xlsx(connection, path, schema, limits, read)
    # A JSON array is often one line; a table of such lines is none.
    longest = None if kind is FileKind.JSON else limits.line_bytes
    survey = as_utf8(path, work_dir, longest_line=longest)
    if kind is FileKind.DELIMITED:
        return load_delimited(connection, survey, schema, limits, read)
    lines = kind is FileKind.JSON_LINES
    return load_json(connection, survey, schema, limits, lines=lines, progress=read)


def rows_of(connection: duckdb.DuckDBPyConnection, item: DisclosureItem) -> TableRows:
    """Return the checked rows as hooks see them, with the row numbers of the file."""
    return TableRows(connection, TYPED, item.table_schema, ROW)


def write_rows(
    connection: duckdb.DuckDBPyConnection, item: DisclosureItem, path: Path, limits: IntakeLimits
) -> tuple[int, str]:
    """Write the rows as Parquet sorted by key; return their number and the content hash.

    The hash is the SHA-256 of the canonical ``data.csv``: what the signers sign.
    """
    count = write_typed_parquet(connection, TYPED, item.table_schema, path)
    copy = path.with_suffix(".csv")
    memory = f"{limits.engine_bytes // MIB}MiB"
    with open_rows(path, item.table_schema, memory_limit=memory) as rows:
        rows.write_csv(copy)
    content_sha256 = file_sha256(copy)
    copy.unlink()
    return count, content_sha256


def close_engine(connection: duckdb.DuckDBPyConnection, work_dir: Path) -> None:
    """Close the working database and remove what only it needed."""
    connection.close()
    shutil.rmtree(work_dir / "spill", ignore_errors=True)
    for name in (DATABASE, f"{DATABASE}.wal", "utf8.txt"):
        (work_dir / name).unlink(missing_ok=True)


def problem_of(error: BaseException, limits: IntakeLimits) -> ProblemGroup | None:
    """Say what a limit did to the file; None when the machine, not the file, is at fault."""
    text = str(error)
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in text:
        return None
    if getattr(error, "errno", None) == errno.EFBIG or "File too large" in text:
        return _over("临时文件过大", "its working files grow too large")
    memory = isinstance(error, MemoryError | duckdb.OutOfMemoryException | pa.ArrowMemoryError)
    if memory or any(words in text for words in _OUT_OF_MEMORY):
        size = limits.memory_bytes // MIB
        return _over(f"读取需要的内存超过 {size} MiB", f"it needs more than {size} MiB of memory")
    return file_problem("reader-crashed", reason=type(error).__name__)


def _over(zh: str, en: str) -> ProblemGroup:
    return file_problem("too-large", reason_zh=zh, reason_en=en)
