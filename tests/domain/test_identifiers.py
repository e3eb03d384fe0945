"""Names that stand in addresses."""

import pytest

from gongkai.domain.identifiers import DatasetId, Version, is_key, is_slug


@pytest.mark.parametrize("slug", ["a", "jinan-blood", "x1", "a" * 64])
def test_slugs(slug):
    assert is_slug(slug)


@pytest.mark.parametrize("slug", ["", "-a", "a-", "a--b", "A", "a_b", "é", "a" * 65, "a\n", "../x"])
def test_what_is_no_slug(slug):
    assert not is_slug(slug)


@pytest.mark.parametrize("key", ["", "A", "a-b", "1a", "a__b", "a_", "a\n", "x" * 65])
def test_what_is_no_key(key):
    assert not is_key(key)


def test_a_dataset_id_reads_what_it_writes():
    assert str(DatasetId.parse("jinan-blood/blood_inventory")) == "jinan-blood/blood_inventory"


@pytest.mark.parametrize("text", ["", "a", "a/", "/b", "a/b/c", "A/b", "a/B", "a/b\n"])
def test_what_is_no_dataset_id_says_how_one_looks(text):
    with pytest.raises(ValueError, match="institution/item"):
        DatasetId.parse(text)


def test_versions_sort_by_number():
    versions = [Version.parse(text) for text in ("1.10.0", "1.9.9", "2.0.0", "1.9.10")]

    assert [str(version) for version in sorted(versions)] == ["1.9.9", "1.9.10", "1.10.0", "2.0.0"]


@pytest.mark.parametrize("text", ["1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.-3", "1.2.3\n"])
def test_what_is_no_version(text):
    with pytest.raises(ValueError, match="version"):
        Version.parse(text)
