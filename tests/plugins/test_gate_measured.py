"""The measurements of docs/confidentiality.md in small; ./dev bench gate takes them whole."""

import pytest

from gongkai.domain.problems import Severity
from gongkai.samples.institutions import sample_institution
from gongkai_confidentiality.kinds import KINDS
from tests.bench.gate import random_numbers, real_alarms, recall, sample_alarms
from tests.bench.real_tables import DATA

# Together they owe every item.
BODIES = ("yunhe-cdc", "yunhe-first-hospital", "yunhe-blood", "qingshan-community")


@pytest.fixture(scope="module")
def found():
    return recall(each=100, seed=11)


@pytest.mark.parametrize("kind", ["id18", "mobile"])
def test_every_planted_identity_number_and_mobile_is_found(found, kind):
    missed = {way: pair for way, pair in found[kind].items() if pair[0] < pair[1]}

    assert missed == {}
    assert sum(size for _, size in found[kind].values()) >= 100


def test_of_every_other_kind_nineteen_in_twenty_are_found(found):
    assert len(found) == 19
    for kind, ways in found.items():
        some, planted = (sum(pair[at] for pair in ways.values()) for at in (0, 1))
        assert some >= 0.95 * planted, (kind, ways)


def test_random_numbers_of_18_digits_are_seldom_identity_numbers():
    numbers = random_numbers(40_000, seed=11)

    # One in 8,000 has the shape and the check digit: 5 expected.
    assert numbers["resident-id"] < 20


def test_nothing_blocks_the_sample_rows_of_any_item():
    alarms = {
        name: [(group.code, group.field) for group in groups if group.severity is Severity.ERROR]
        for name, _, groups in sample_alarms(11, [sample_institution(slug) for slug in BODIES])
    }

    assert len({name.partition("/")[2] for name in alarms}) == 60
    assert {name: groups for name, groups in alarms.items() if groups} == {}


@pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not here")
def test_nothing_blocks_the_real_files():
    alarms = {
        name: [(group.code, group.field) for group in groups if group.severity is Severity.ERROR]
        for name, _, groups in real_alarms(most_rows=5000)
    }

    assert len(alarms) > 20
    assert {name: groups for name, groups in alarms.items() if groups} == {}


def test_every_kind_says_what_is_wrong_and_what_to_do_in_both_languages():
    for code, kind in KINDS.items():
        said = kind.said(size=1, least=5) if code == "person-rows" else kind.said()
        assert kind.title.zh
        assert kind.title.en
        assert said.zh.endswith("。")
        assert said.en.endswith(".")
        assert "{" not in said.zh + said.en
