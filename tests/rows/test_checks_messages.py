import re
from string import Formatter

import pytest

from gongkai.rows.check_messages import MESSAGES, message


def asked(sentence: str) -> set[str]:
    """Return what a sentence must be told, whatever the language."""
    names = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    return {re.sub(r"_(zh|en)$", "", name) for name in names}


@pytest.mark.parametrize("code", MESSAGES)
def test_both_languages_say_the_same_and_end_as_sentences(code):
    said = MESSAGES[code]

    assert asked(said.zh) - asked(said.en) <= {"label"}
    assert asked(said.en) - asked(said.zh) <= {"label"}
    assert said.zh.endswith(("。", "）"))
    assert said.en.endswith((".", ")"))
    assert re.fullmatch("[a-z]+(-[a-z]+)*", code)


def test_braces_in_a_value_are_text():
    assert "{row}" in message("step", value="{row}", bound="0.5").en
