"""The disposable process that makes one annotated workbook of a file anybody may have sent."""

import errno
import traceback
from pathlib import Path

from gongkai.domain.problems import Report
from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.rows.annotated import write_annotated
from gongkai.rows.limits import IntakeLimits
from gongkai.services.child_side import RESULT, end, take_job, write_json

WORKBOOK = "annotated.xlsx"


def main() -> int:
    """Do one job; return 0 when the result file says all there is to say."""
    job = take_job()
    work_dir = Path(job["work_dir"])
    try:
        write_annotated(
            Path(job["path"]) if job["path"] else None,
            Report.of(job["report"]),
            TableSchema.of(job["table_schema"]),
            work_dir / WORKBOOK,
            title=Text.of(job["title"]),
            language=job["language"],
            work_dir=work_dir,
            limits=IntakeLimits.of(job["limits"]),
            max_rows=job["max_rows"],
        )
    except Exception as error:  # noqa: BLE001 - the parent makes do without the file
        traceback.print_exc()
        full = getattr(error, "errno", None) == errno.ENOSPC
        write_json(work_dir / RESULT, {"failure": "store-full" if full else "unreadable"})
        return 0
    write_json(work_dir / RESULT, {"written": True})
    return 0


if __name__ == "__main__":
    end(main())
