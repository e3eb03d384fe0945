import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import gongkai
from gongkai.web.language import LOCALE_FOLDER, load_catalogs

SOURCES = Path(gongkai.__file__).parent
KEYWORDS = {"_": None, "ngettext": (1, 2), "translate": None, "marked": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def said():
    """Every message of the sources; a pair where there is a plural."""
    found = extract_from_dir(SOURCES, METHODS, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


@pytest.fixture(scope="module")
def translated():
    with (LOCALE_FOLDER / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return {message.id: message for message in read_po(source) if message.id}


def test_no_message_is_missing_and_none_is_stale(said, translated):
    assert sorted(map(str, said - set(translated))) == []
    assert sorted(map(str, set(translated) - said)) == []


def test_every_translation_is_there_and_keeps_its_placeholders(translated):
    for wanted, message in translated.items():
        english = wanted if isinstance(wanted, str) else wanted[1]
        chinese = message.string if isinstance(message.string, str) else message.string[0]
        assert chinese.strip(), english
        assert set(PLACEHOLDER.findall(chinese)) == set(PLACEHOLDER.findall(english)), english
        assert not message.fuzzy


def test_the_catalog_is_compiled_without_a_file(tmp_path):
    assert not list(SOURCES.rglob("*.mo"))
    assert load_catalogs()["zh"].gettext("Datasets") == "数据集"
    assert load_catalogs()["en"].gettext("Datasets") == "Datasets"
