from gongkai.web.kept import Answer, KeptAnswers


def answer(size):
    return Answer(b"x" * size, ())


def test_what_was_not_asked_for_longest_is_forgotten_first():
    kept = KeptAnswers(all_bytes=30, one_bytes=20)
    for key in "abc":
        kept.keep(key, answer(10))
    kept.find("a")

    kept.keep("d", answer(10))

    assert kept.find("b") is None
    assert [bool(kept.find(key)) for key in "acd"] == [True, True, True]


def test_long_answers_are_not_kept_and_keeping_twice_counts_once():
    kept = KeptAnswers(all_bytes=30, one_bytes=20)

    kept.keep("long", answer(21))
    for _ in range(5):
        kept.keep("a", answer(20))
    kept.keep("b", answer(10))

    assert kept.find("long") is None
    assert kept.find("a") is not None
    assert kept.find("b") is not None
