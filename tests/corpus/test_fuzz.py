"""Random files never bring the reader down: a short run of ``python -m tests.corpus.fuzz``."""

import pytest

from tests.corpus.fuzz import FAILURES, outcome_of
from tests.corpus.mutants import SEEDS, mutant
from tests.effort import effort

SEED = 3
PARTS = [range(start, start + 40) for start in range(0, effort(120, 1600), 40)]


def test_a_mutant_is_the_same_each_time():
    made = [mutant(SEED, number) for number in range(200)]

    assert made == [mutant(SEED, number) for number in range(200)]
    assert {one.kind for one in made} == set(SEEDS)
    assert len({one.content for one in made}) > 190


@pytest.mark.parametrize("numbers", PARTS, ids=lambda numbers: f"from {numbers.start}")
def test_the_caller_has_a_report_on_random_files(tmp_path, numbers):
    found = {number: outcome_of(mutant(SEED, number), tmp_path) for number in numbers}

    assert {number: said for number, said in found.items() if said[0] in FAILURES} == {}
