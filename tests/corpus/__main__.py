"""``python -m tests.corpus OUT_DIR``: write every file for a person to try, and a list of them."""

import argparse
import csv
import sys
from pathlib import Path

from tests.corpus.case import Case
from tests.corpus.cases import CASES, table

LIST = "corpus.csv"


def main(arguments: list[str]) -> int:
    """Write the files of the corpus, or the table that counts them."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("out_dir", type=Path, nargs="?", help="where the files go")
    parser.add_argument("--table", action="store_true", help="print the files by outcome instead")
    given = parser.parse_args(arguments)
    if given.table:
        print("\n".join(table()))
        return 0
    if given.out_dir is None:
        parser.error("say where the files are to go, or --table")
    write(given.out_dir)
    print(
        f"{len(CASES)} files in {given.out_dir}; {LIST} says what each is and what must come of it"
    )
    return 0


def write(out_dir: Path) -> None:
    """Write every file of the corpus and the list."""
    out_dir.mkdir(parents=True, exist_ok=True)
    with (out_dir / LIST).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "family", "name", "what it is", "outcome", "rows", "problems"])
        for number, case in enumerate(CASES, start=1):
            folder = out_dir / case.family.replace(" ", "-")
            folder.mkdir(exist_ok=True)
            suffix = Path(case.filename).suffix if case.filename.startswith("table.") else ".csv"
            path = folder / f"{number:03d}{suffix}"
            case.write(path)
            writer.writerow(
                [path.relative_to(out_dir), case.family, case.name, case.about, *_wanted(case)]
            )


def _wanted(case: Case) -> list[str]:
    rows = case.rows if isinstance(case.rows, int) else len(case.rows or ())
    places = [f"{code} {field or ''} {row or ''}".strip() for code, row, field in case.problems]
    shown = places[:5] + (["…"] if places[5:] else []) + list(case.gate)
    return [case.outcome.value, str(rows), "; ".join(shown)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
