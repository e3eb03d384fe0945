"""A file of one institution is never read for another."""

import pytest

from gongkai.errors import Rejected
from gongkai.services.source_fetching import check_source_address, folders_of
from gongkai.testing import make_institution, make_settings, publish_rows
from tests.sources.conftest import COSTS


def test_each_institution_has_the_folder_of_its_name(tmp_path):
    wanted = {"allowed_folders": [str(tmp_path / "{institution}"), str(tmp_path / "shared")]}
    settings = make_settings(tmp_path / "data", sources=wanted)

    own = folders_of(settings, "donghe-cdc", is_alone=False)

    assert own == (str(tmp_path / "donghe-cdc"),)
    check_source_address(settings, str(tmp_path / "donghe-cdc" / "a.csv"), own)
    for other in ("yunhe-blood/a.csv", "shared/a.csv", "donghe-cdc/../yunhe-blood/a.csv"):
        with pytest.raises(Rejected, match=r"\{institution\}"):
            check_source_address(settings, str(tmp_path / other), own)
    assert len(folders_of(settings, "donghe-cdc", is_alone=True)) == 2


ROWS = "year,cost_item,amount_wan,note_text\n2025,test,1260.40,\n"


def test_a_source_stops_when_its_folder_is_no_longer_its_own(quick):
    file = quick.folder / "costs.csv"
    file.write_text(ROWS)
    source = quick.add(file)
    assert quick.check(source) == "first"
    make_institution(quick.site, "donghe-cdc", "disease_control")
    file.write_text(ROWS.replace("1260", "1300"))

    assert quick.check(source) == "failed"
    assert "{institution}" in quick.now_of(source).last_error


def test_other_bytes_with_the_same_rows_leave_nothing_owed(quick):
    file = quick.folder / "costs.csv"
    file.write_text(ROWS)
    source = quick.add(file)
    quick.check(source)
    rows = [{"year": 2025, "cost_item": "test", "amount_wan": "1260.40", "note_text": ""}]
    publish_rows(quick.site, COSTS, rows)
    file.write_text(ROWS + "\n")

    assert quick.check(source) == "unchanged"
    assert [one.state for one in quick.clocks()] == ["met"]
    assert [one.state for one in quick.drafts() if one.state == "draft"] == []
    file.write_text(ROWS.replace("1260", "1300"))
    assert quick.check(source) == "changed"
    assert [one.state for one in quick.clocks()] == ["met", "open"]
