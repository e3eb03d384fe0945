"""One file from bytes to checked rows, inside the process that may die of it."""

import errno
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from gongkai.domain.disclosure_control import CONFIDENTIAL, ROUNDED_TO, ControlProfile
from gongkai.domain.items import DisclosureItem
from gongkai.domain.problems import ProblemGroup, Report
from gongkai.domain.table_schema import TableSchema
from gongkai.rows.archives import MEMBER, unpack
from gongkai.rows.checks import check_rows
from gongkai.rows.coded_rows import CodedRows, CodedTableRows
from gongkai.rows.comparison import compare_with_previous
from gongkai.rows.decode import as_utf8, file_sha256
from gongkai.rows.delimited import load_delimited
from gongkai.rows.disclosure_control import Controlled, control_small_counts, hide_in_table
from gongkai.rows.encodings import labels_of
from gongkai.rows.json_rows import load_json
from gongkai.rows.limits import MIB, IntakeLimits
from gongkai.rows.problem_lists import Unreadable, file_problem, refuse
from gongkai.rows.raw import RawTable
from gongkai.rows.sheet_columns import field_letters
from gongkai.rows.sniff import FileKind, sniff
from gongkai.rows.staging import ROW, TYPED, Staged
from gongkai.rows.staging_coded import stage_cells
from gongkai.rows.staging_table import stage_table
from gongkai.rows.store import TableRows, open_rows, write_typed_parquet

DATABASE = "intake.duckdb"
# A thread that cannot start found no room for its stack.
_OUT_OF_MEMORY = (
    "Out of Memory",
    "bad_alloc",
    "bad allocation",
    # There is no room for the stack of one.
    "can't start new thread",
    "Failed to launch worker thread",
)
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


@dataclass(frozen=True)
class FileRows:
    """The checked rows of a file, in the working database or as codes in memory."""

    connection: duckdb.DuckDBPyConnection
    item: DisclosureItem
    coded: CodedRows | None
    limits: IntakeLimits

    def as_hooks_see(self) -> TableRows:
        """Return the rows with the row numbers of the file, to be read lazily."""
        if self.coded is not None:
            return CodedTableRows(self.connection, self.coded)
        return TableRows(self.connection, TYPED, self.item.table_schema, ROW)

    def control(
        self, profile: ControlProfile, previous: Path | None
    ) -> tuple["FileRows", Controlled]:
        """Guard small counts of persons as ``profile`` says; return the rows that are left."""
        schema = self.item.table_schema
        found = control_small_counts(self.connection, schema, profile, previous)
        if not found.hidden and not found.rounded:
            return self, found
        flag = CONFIDENTIAL if schema.has_obs_flag else None
        if self.coded is None:
            hide_in_table(self.connection, schema, found, step=ROUNDED_TO, flag=flag)
            return self, found
        coded = self.coded.without(found.hidden, found.rounded, step=ROUNDED_TO, flag=flag)
        coded.register()
        return replace(self, coded=coded), found

    def compare(
        self, previous: Path, table_schema: TableSchema
    ) -> tuple[list[ProblemGroup], dict[str, Any]]:
        """Return the warnings about what differs from ``previous``, and the comparison."""
        return compare_with_previous(
            self.connection,
            TYPED,
            self.item,
            previous,
            table_schema,
            listed=self.limits.listed,
        )

    def write(self, path: Path) -> tuple[int, str]:
        """Write the rows as Parquet sorted by key; return their number and the content hash.

        The hash is the SHA-256 of the canonical ``data.csv``: what the signers sign.
        """
        if self.coded is not None:
            return self.coded.write(path)
        schema = self.item.table_schema
        count = write_typed_parquet(self.connection, TYPED, schema, path)
        copy = path.with_suffix(".csv")
        memory = f"{self.limits.engine_bytes // MIB}MiB"
        with open_rows(path, schema, memory_limit=memory) as rows:
            rows.write_csv(copy)
        content_sha256 = file_sha256(copy)
        copy.unlink()
        return count, content_sha256


@dataclass(frozen=True)
class CheckedFile:
    """What came of reading: the report, and the rows if there are any to look at."""

    report: Report
    rows: FileRows | None = None


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
    encoding: str | None = None,
) -> CheckedFile:
    """Read and check ``path``; ``encoding`` is a person's choice for a text file.

    Problems of any kind are in the report; only a broken engine raises.
    """
    file: dict[str, Any] = {"name": filename, "byte_size": path.stat().st_size}
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(file_sha256, path)
        try:
            raw = _load(connection, path, item, work_dir, limits, progress, encoding)
            file |= raw.details
            if raw.header_row:
                file["columns"] = field_letters(raw.header.columns)
            progress("checking", 0, None)
            staged = _stage(connection, raw, item, limits)
        except Unreadable as refusal:
            file |= refusal.details
            file["sha256"] = digest.result()
            return CheckedFile(Report(item.key, 0, tuple(refusal.groups), file))
        file["sha256"] = digest.result()
    groups = [*raw.header.groups, *raw.problems, *staged.problems]
    if staged.row_count == 0:
        groups.append(file_problem("no-rows"))
    elif staged.row_count > raw.dropped:
        groups += check_rows(
            connection,
            item,
            raw.header.absent,
            references,
            limits.listed,
            distinct=staged.rows,
            advice=staged.advice,
        )
    report = Report(item.key, staged.row_count, tuple(groups), file, staged.normalized)
    return CheckedFile(report, FileRows(connection, item, staged.rows, limits))


def _stage(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    item: DisclosureItem,
    limits: IntakeLimits,
) -> Staged:
    if raw.cells is None:
        return stage_table(connection, raw, item.table_schema, limits)
    return stage_cells(connection, raw, raw.cells, item.table_schema, limits)


def _load(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    item: DisclosureItem,
    work_dir: Path,
    limits: IntakeLimits,
    progress: Progress,
    encoding: str | None = None,
) -> RawTable:
    def read(done: int, total: int | None) -> None:
        progress("reading", done, total)

    read(0, None)
    schema = item.table_schema
    seen: dict[str, Any] = {}
    try:
        kind = sniff(path)
        if kind is FileKind.ZIP:
            path, member = unpack(path, work_dir, limits)
            seen["archive"] = {"member": member}
            kind = sniff(path)
        if kind is FileKind.ZIP:
            raise refuse("archive-nested", name=member)
        if kind is FileKind.XLSX:
            # Importing what knows number formats would cost every CSV a tenth of a second.
            from gongkai.rows.xlsx_rows import load_xlsx

            raw = load_xlsx(connection, path, schema, limits, read)
        elif kind is FileKind.XLS:
            from gongkai.rows.xls_rows import load_xls

            raw = load_xls(connection, path, schema, limits, read)
        else:
            # A JSON array is often one line; a table of such lines is none.
            survey = as_utf8(
                path,
                work_dir,
                longest_line=None if kind is FileKind.JSON else limits.line_bytes,
                encoding=encoding,
                known_headers=labels_of(schema),
            )
            seen |= {"encoding": survey.encoding, **survey.evidence}
            if kind is FileKind.DELIMITED:
                raw = load_delimited(connection, survey, schema, limits, read)
            else:
                seen["format"] = kind.value
                lines = kind is FileKind.JSON_LINES
                raw = load_json(connection, survey, schema, limits, lines=lines, progress=read)
    except Unreadable as refusal:
        refusal.details = {**seen, **refusal.details}
        raise
    return replace(raw, details={**raw.details, **seen})


def close_engine(connection: duckdb.DuckDBPyConnection, work_dir: Path) -> None:
    """Close the working database and remove what only it needed."""
    connection.close()
    shutil.rmtree(work_dir / "spill", ignore_errors=True)
    for name in (DATABASE, f"{DATABASE}.wal", "utf8.txt", MEMBER):
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
        return out_of_memory(limits)
    return file_problem("reader-crashed", reason=type(error).__name__)


def out_of_memory(limits: IntakeLimits) -> ProblemGroup:
    """Say that a file needs more memory than is allowed."""
    size = limits.memory_bytes // MIB
    return _over(f"读取需要的内存超过 {size} MiB", f"it needs more than {size} MiB of memory")


def _over(zh: str, en: str) -> ProblemGroup:
    return file_problem("too-large", reason_zh=zh, reason_en=en)
