"""Whether what came of a case is what was expected, difference by difference."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gongkai.domain.problems import ProblemGroup, Report
from gongkai.rows.store import open_rows
from tests.corpus.case import Case

OWN = "gongkai"


def differences(case: Case, report: Report, rows_path: Path | None) -> list[str]:
    """Return every way in which the answer is not the one that ``case`` expects."""
    own = [group for group in report.groups if group.source == OWN]
    found = [
        *_codes_that_are_never_right(report),
        *_problems(case, own),
        *_gate(case, report),
        *(f"the file is said to be {d}" for d in _missing(case.seen, report.file)),
    ]
    if bool(case.rows is not None) != (rows_path is not None):
        found.append(f"rows were {'written' if rows_path else 'not written'}")
    if case.rows is not None and rows_path is not None:
        found += _rows(case, rows_path)
        found += _cleaned(case, report)
    said = " | ".join(problem.message.en for group in own for problem in group.first)
    return found + [
        f"no problem says {text!r}: {said[:300]}" for text in case.says if text not in said
    ]


def _codes_that_are_never_right(report: Report) -> Iterator[str]:
    for code in ("reader-crashed", "plugin-failed", "rule-unusable"):
        for group in report.groups:
            if group.code == code:
                yield f"{code}: {group.first[0].message.en}"


def _problems(case: Case, groups: list[ProblemGroup]) -> Iterator[str]:
    listed = sorted(
        ((p.code, p.row, p.field and p.field[:200]) for group in groups for p in group.first),
        key=str,
    )
    wanted = sorted(
        ((code, row, name and _shown(name)) for code, row, name in case.problems), key=str
    )
    if listed != wanted:
        yield f"problems {listed[:12]}, not {wanted[:12]}"
    for group in groups:
        total = case.totals.get(group.code, len(group.first))
        if group.total != total:
            yield f"{group.code} is counted {group.total} times, not {total}"


def _shown(name: str) -> str:
    return name if len(name) <= 200 else name[:199] + "…"


def _gate(case: Case, report: Report) -> Iterator[str]:
    found = sorted({group.code for group in report.groups if group.source != OWN})
    if found != sorted(case.gate):
        yield f"plugins found {found}, not {sorted(case.gate)}"


def _missing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in wanted.items():
        if found.get(key) != value:
            yield f"{key}={found.get(key)!r}, not {value!r}"


def _rows(case: Case, rows_path: Path) -> Iterator[str]:
    schema = case.item.table_schema
    with open_rows(rows_path, schema) as rows:
        texts = [row for batch in rows.text_batches() for row in batch]
    assert case.rows is not None
    if isinstance(case.rows, int):
        if len(texts) != case.rows:
            yield f"{len(texts)} rows, not {case.rows}"
        return
    wanted = [tuple(row.get(name) for name in schema.names) for row in case.rows]
    if texts != wanted:
        yield f"rows {str(texts[:5])[:500]}, not {str(wanted[:5])[:500]}"


def _cleaned(case: Case, report: Report) -> Iterator[str]:
    found = {
        kind: sum(field["count"] for field in fields.values())
        for kind, fields in report.normalized.items()
    }
    if found != dict(case.cleaned):
        yield f"clean-ups {found}, not {dict(case.cleaned)}"
