"""No file makes its reader open another file or talk to a network, as the kernel sees it."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import need

ROOT = Path(__file__).parents[2]
LURES = (
    "hostile: an outer entity",
    "hostile: an outer document type",
    "hostile: a relationship that leaves",
    "hidden: a formula that fetches",
    "archives: a symbolic link",
)
SCRIPT = """
import sys
from pathlib import Path
from gongkai.services.intake import read_file
from tests.corpus.cases import BY_ID
for number, name in enumerate(sys.argv[2:]):
    case, folder = BY_ID[name], Path(sys.argv[1]) / str(number)
    (folder / "work").mkdir(parents=True)
    case.write(folder / "upload")
    read_file(folder / "upload", case.item, filename=case.filename, work_dir=folder / "work")
    print(name)
"""


def test_lures_are_not_followed(tmp_path):
    need(shutil.which("strace"), "strace (apt-get install strace)")
    told = tmp_path / "calls"
    command = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-o",
        str(told),
        "-e",
        "trace=connect,openat",
    ]
    done = subprocess.run(
        [*command, sys.executable, "-c", SCRIPT, str(tmp_path / "files"), *LURES],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    calls = told.read_text(encoding="utf-8", errors="replace")

    assert done.stdout.splitlines() == list(LURES)
    assert "AF_INET" not in calls
    assert calls.count("openat(") > 1000
    assert "gongkai-lure" not in calls
