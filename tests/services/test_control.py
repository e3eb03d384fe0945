"""What an institution chooses for small counts, from the choice to the public files."""

import csv
import io
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from gongkai.domain.disclosure_control import ControlProfile, Method
from gongkai.errors import Forbidden
from gongkai.models.draft import Step
from gongkai.services.catalog import get_institution
from gongkai.services.control import choose_control
from gongkai.testing import actor, make_institution, publish_rows

SLUG = "yunhe-cdc"
ADDRESS = f"{SLUG}/notifiable_diseases_monthly"


def row(code, name, cases, deaths=0, **given):
    return {
        "period": "2026-01",
        "division_code": "370102",
        "disease_class": "B",
        "disease_code": code,
        "disease_name": name,
        "cases": cases,
        "deaths": deaths,
        "obs_flag": "",
        "authorised_doc": "云卫发〔2026〕3号",
        **given,
    }


ROWS = [row("B10", "麻疹", 3), row("B05", "脊髓灰质炎", 0), row("B21", "猩红热", 64)]


@pytest.fixture
def cdc(site):
    make_institution(site, SLUG, "disease_control", name_zh="云河疾控", name_en="Yunhe CDC")
    return site


def choose(site, method, step=Step.REVIEW):
    with site.transaction() as session:
        choose_control(
            session,
            get_institution(session, SLUG),
            ControlProfile(method),
            by=actor(site, step, SLUG),
            now=site.now(),
        )


def files(site, release):
    return {
        file.name: site.blobs.path(file.sha256).read_bytes()
        for file in release.distributions
        if file.sha256
    }


def test_a_chosen_suppression_reaches_every_file_with_its_legend(cdc):
    choose(cdc, Method.SUPPRESS)
    release = publish_rows(cdc, ADDRESS, ROWS, authorised_doc="云卫发〔2026〕3号")
    written = files(cdc, release)
    table = {
        row["disease_name"]: row
        for row in csv.DictReader(io.StringIO(written["data.csv"].decode()))
    }
    assert (table["麻疹"]["cases"], table["麻疹"]["obs_flag"]) == ("", "c")
    assert table["脊髓灰质炎"]["cases"] == "0"
    assert table["猩红热"]["cases"] == "64"
    package = json.loads(written["datapackage.json"])
    assert package["disclosure_control"]["thresholds"] == [5]
    assert "n=5" in written["dictionary.csv"].decode()
    assert release.control["cells"] == {"cases": 1}, "not which was small and which went along"


def test_the_reviewer_sees_small_counts_where_nothing_was_chosen(cdc):
    release = publish_rows(cdc, ADDRESS, ROWS, authorised_doc="云卫发〔2026〕3号")
    assert release.control is None
    with cdc.reading() as session:
        found = session.execute(text("SELECT code, severity, total FROM finding")).all()
    assert ("small-count", "review", 1) in [tuple(one) for one in found]


def test_only_who_answers_for_confidentiality_chooses(cdc):
    with pytest.raises(Forbidden):
        choose(cdc, Method.SUPPRESS, Step.SUBMIT)


def test_what_was_hidden_stays_on_record(cdc):
    choose(cdc, Method.SUPPRESS)
    publish_rows(cdc, ADDRESS, ROWS, authorised_doc="云卫发〔2026〕3号")
    with pytest.raises(DatabaseError, match="never_edited"), cdc.transaction() as session:
        session.execute(text("UPDATE release SET control = '{}'"))
