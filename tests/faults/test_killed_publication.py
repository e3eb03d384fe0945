"""A publication killed at any system call leaves the release wholly there or not at all."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gongkai.domain.identifiers import DatasetId
from gongkai.models.draft import Step
from gongkai.services import review
from gongkai.services.catalog import get_dataset, list_releases
from gongkai.services.intake_drafts import receive_file
from gongkai.services.publishing import publish_draft
from gongkai.services.verification import verify_site
from gongkai.site import Site
from gongkai.testing import NOON, actor, make_institution, make_settings, publish_rows, write_rows
from tests.conftest import need
from tests.effort import effort

ROOT = Path(__file__).parents[2]
COSTS = DatasetId("yunhe-blood", "blood_costs")
FIRST = [{"year": 2025, "cost_item": "test", "amount_wan": "1260.40"}]
SECOND = [{"year": 2025, "cost_item": "test", "amount_wan": "1260.50"}]
# The calls that make things durable or visible, and how many points of each are tried.
CALLS = {
    "fsync": effort(6, 40),
    "rename": effort(5, 40),
    "fdatasync,pwrite64": effort(6, 40),
    "unlink": effort(4, 40),
}


def approved_draft(site):
    """Return a draft that only waits for publication, over a release 1.0.0."""
    make_institution(site)
    publish_rows(site, str(COSTS), FIRST)
    path = write_rows(site.settings.storage.data / "next.csv", SECOND)
    draft = receive_file(site, COSTS, path, filename="next.csv", by=actor(site, Step.SUBMIT))
    verbs = zip(
        (Step.SUBMIT, Step.SIGN, Step.REVIEW, Step.APPROVE),
        (review.submit_draft, review.sign_draft, review.review_draft, review.approve_draft),
        strict=True,
    )
    for step, verb in verbs:
        with site.transaction() as session:
            verb(session, draft.id, by=actor(site, step), now=NOON)
    return draft.id


def run_publisher(folder, url, draft_id, *strace):
    command = [sys.executable, "-m", "tests.faults.publish_once", str(folder), url, draft_id]
    return subprocess.run(
        [*strace, *command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def points(total, wanted):
    """Spread ``wanted`` kill points over ``total`` calls, the first and the last among them."""
    if total <= wanted:
        return list(range(1, total + 1))
    return sorted({1 + round(i * (total - 1) / (wanted - 1)) for i in range(wanted)})


def state_of(folder, url):
    """Return the versions that are public; fail on anything half done."""
    site = Site(make_settings(folder, database={"url": url}))
    with site.reading() as session:
        assert verify_site(session, site.blobs).faults == ()
        releases = list_releases(session, get_dataset(session, COSTS))
        assert all(len(release.distributions) >= 10 for release in releases)
        found = [release.version for release in releases]
    site.close()
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, sqlite_template):
    """A site on SQLite with an approved draft, and how often its publication makes each call."""
    need(shutil.which("strace"), "strace (apt-get install strace)")
    folder = tmp_path_factory.mktemp("kill")
    with sqlite_template.database(folder) as url:
        site = Site(make_settings(folder / "data", database={"url": url}))
        draft_id = approved_draft(site)
        site.close()
    whole = folder / "whole"
    place(folder, whole)
    log = folder / "calls.log"
    names = ",".join(CALLS)
    trace = ("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={names}", "-e", "signal=none")
    done = run_publisher(whole / "data", f"sqlite:///{whole / 'gongkai.db'}", draft_id, *trace)
    assert done.stdout == "1.0.1\n", done.stderr
    made = re.findall(r"^\d+\s+(\w+)\(", log.read_text(), flags=re.MULTILINE)
    counts = {names: sum(made.count(n) for n in names.split(",")) for names in CALLS}
    return folder, draft_id, counts


def place(source, target):
    target.mkdir()
    shutil.copytree(source / "data", target / "data")
    shutil.copyfile(source / "gongkai.db", target / "gongkai.db")


@pytest.mark.parametrize("calls", CALLS)
def test_killed_at_any_call_it_is_there_whole_or_not_at_all(prepared, tmp_path, calls):
    source, draft_id, counts = prepared
    assert counts[calls] > 0
    killed = 0
    for point in points(counts[calls], CALLS[calls]):
        folder = tmp_path / str(point)
        place(source, folder)
        url = f"sqlite:///{folder / 'gongkai.db'}"
        inject = f"inject={calls}:signal=KILL:when={point}"
        strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", inject)

        done = run_publisher(folder / "data", url, draft_id, *strace)

        killed += done.returncode != 0
        versions = state_of(folder / "data", url)
        assert versions in (["1.0.0"], ["1.0.1", "1.0.0"]), f"{calls} {point}"
        assert "1.0.1" not in done.stdout or versions[0] == "1.0.1"
        site = Site(make_settings(folder / "data", database={"url": url}))
        again = publish_draft(site, draft_id, by=actor(site, Step.SUBMIT))
        site.close()
        assert again.version == "1.0.1"
        assert state_of(folder / "data", url) == ["1.0.1", "1.0.0"]
        shutil.rmtree(folder)
    assert killed > 0
