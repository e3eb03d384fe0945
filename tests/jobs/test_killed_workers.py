import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.effort import effort

ROOT = Path(__file__).parents[2]
PERIODS = effort(300, 3000)


@pytest.mark.timeout(280)
def test_three_workers_killed_at_random_lose_and_double_nothing(database_url, tmp_path):
    command = [sys.executable, "-m", "tests.jobs.hammer", "--url", database_url]
    command += ["--folder", str(tmp_path / "data"), "--periods", str(PERIODS)]
    command += ["--faults", "60"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)

    print(figures)
    assert (figures["lost"], figures["doubled"], figures["broken"]) == (0, 0, 0)
    assert figures["effects"] == figures["marked"] == PERIODS
    assert figures["kills"] >= 10
    assert figures["taken_over"] >= 1
