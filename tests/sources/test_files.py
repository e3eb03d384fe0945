"""A watched file: only under the folders that the operator allows, however it is named."""

import os

import pytest

from gongkai.errors import Rejected
from tests.sources.serving import costs


@pytest.fixture
def file(quick):
    path = quick.folder / "costs.csv"
    path.write_bytes(costs())
    return path


def test_a_file_that_changes_starts_the_clock(watching):
    path = watching.folder / "costs.csv"
    path.write_bytes(costs())
    watching.add(path)
    assert watching.later() == 0
    os.utime(path, (0, 0))  # another date of the file means nothing
    assert watching.later(hours=1) == 0
    path.write_bytes(costs("2.00"))

    assert watching.later(hours=1) == 1
    assert len(watching.clocks()) == 1
    assert [one.edition for one in watching.drafts()] == [2]


def test_a_file_that_vanishes_fails_and_comes_back(quick, file):
    source = quick.add(file)
    quick.later()
    file.unlink()
    quick.later(hours=1)
    assert quick.now_of(source).last_error == "There is no file at this path now."

    file.write_bytes(costs())
    assert quick.later(days=1) == 0
    assert quick.now_of(source).last_error == ""


def test_a_path_outside_is_refused_at_once(quick, tmp_path):
    outside = tmp_path / "secret.csv"
    outside.write_bytes(costs())
    (quick.folder / "link.csv").symlink_to(outside)

    for path in (outside, quick.folder / ".." / "secret.csv", quick.folder / "link.csv"):
        with pytest.raises(Rejected, match=r"sources\.allowed_folders"):
            quick.add(path)
    with pytest.raises(Rejected, match=r"sources\.allowed_folders"):
        quick.add(quick.folder)


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_that_appears_later_leads_nowhere(quick, tmp_path, where):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "costs.csv").write_bytes(costs("666.00"))
    folder = quick.folder / "out"
    folder.mkdir()
    path = folder / "costs.csv"
    path.write_bytes(costs())
    source = quick.add(path)
    quick.later()
    path.unlink()
    if where == "file":
        path.symlink_to(outside / "costs.csv")
    else:
        folder.rmdir()
        folder.symlink_to(outside)

    assert quick.later(hours=1) == 0
    assert "not in a folder that the operator allows" in quick.now_of(source).last_error
    assert quick.clocks() == []


def test_a_link_inside_the_folder_is_followed(quick, file):
    link = quick.folder / "latest.csv"
    link.symlink_to(file)
    source = quick.add(link)
    quick.later()

    assert quick.now_of(source).failures == 0


@pytest.mark.parametrize("kind", ["pipe", "folder", "circle", "large", "empty"])
def test_what_is_no_proper_file_fails_with_a_sentence(quick, kind):
    path = quick.folder / "thing"
    said = {
        "pipe": "not a file",
        "folder": "not a file",
        "circle": "cannot be followed",
        "large": "more than 4,096 bytes",
        "empty": "is empty",
    }[kind]
    source = quick.add(path)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "circle":
            path.symlink_to(path)
        case "large":
            path.write_bytes(b"x" * 4097)
        case "empty":
            path.touch()

    assert quick.later() == 0
    assert said in quick.now_of(source).last_error
    assert quick.drafts() == []


def test_nothing_is_left_in_the_work_folder(quick, file):
    source = quick.add(file)
    quick.check(source)

    assert list(quick.site.settings.storage.work.iterdir()) == []
