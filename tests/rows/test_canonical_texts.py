import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.domain.table_schema import TableSchema
from gongkai.plugins import load_plugins
from gongkai.rows.canonical_texts import NOTHING, canonical_pattern
from gongkai.rows.normalise import Normaliser
from gongkai.testing import make_field
from tests.rows.fields import FIELDS, column, normaliser, schema_of
from tests.rows.test_normalise import CLEANED, KEPT
from tests.rows.test_normalise_properties import ANY_TEXT, NUMBERS

ENGINE = duckdb.connect()
NORMALISERS = {kind: normaliser(kind) for kind in FIELDS}
PATTERNS = {kind: canonical_pattern(*column(kind)) for kind in FIELDS}
WRITTEN = [line.split("|")[1].strip(" ") for line in CLEANED.strip().splitlines()]
LEFT = [text for line in KEPT.strip().splitlines() for text in line.split(": ", 1)[1].split(" | ")]
EDGES = [
    *"-/#+ \u3000\u200b",
    "#N/A",
    "#####",
    "1.2E+17",
    "1.2E+03",
    "-10",
    "missing",
    "true",
    "low",
]
CORPUS = sorted({*WRITTEN, *LEFT, *EDGES, *(f"{text} " for text in WRITTEN)} - {""})


def skipped(pattern, texts):
    """Return the texts that the engine would skip."""
    query = "SELECT x FROM (SELECT unnest(?::VARCHAR[]) AS x) WHERE regexp_full_match(x, ?)"
    return [text for (text,) in ENGINE.execute(query, [texts, pattern]).fetchall()]


def looked_at_in_vain(cleaner, texts):
    """Return the texts that should not have been skipped."""
    return [text for text in texts if cleaner.clean(text) or cleaner.advice(text)]


@pytest.mark.parametrize("kind", FIELDS)
def test_nothing_that_needs_a_look_is_skipped(kind):
    found = skipped(PATTERNS[kind], CORPUS)

    assert looked_at_in_vain(NORMALISERS[kind], found) == []


@pytest.mark.parametrize("kind", FIELDS)
@given(texts=st.lists(st.one_of(ANY_TEXT, NUMBERS), min_size=20, max_size=60))
@settings(max_examples=25, deadline=None)
def test_no_text_at_all_that_needs_a_look_is_skipped(kind, texts):
    found = skipped(PATTERNS[kind], [text for text in texts if "\0" not in text])

    assert looked_at_in_vain(NORMALISERS[kind], found) == []


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("text", ["甲", "a b", "多行\n文字", "1.5", "é"]),
        ("date", ["2020-01-11"]),
        ("instant", ["2020-01-11T08:05:00+08:00", "2020-01-11 08:05"]),
        ("flag", ["true", "false"]),
        ("number", ["0", "-1.5", "1e-7", "9.0611616116161091"]),
        ("amount", ["12.30", "12.3", "12", "12.300", "-1"]),
        ("count", ["0", "123456789012345678"]),
        ("measured", ["0.5", "+1"]),
        ("month", ["2026-01"]),
        ("clock", ["08:05"]),
        ("region", ["370100", "000000"]),
        ("icd", ["J45.x01", "A00"]),
        ("web", ["https://a.cn/b?c=1", "https://例子.cn/甲"]),
        ("stock", ["low", "normal"]),
        ("age", ["17-24", "MAR1"]),
        ("channels", ["网站;公开栏", "电子屏"]),
        ("words", ["甲", "a-"]),
    ],
)
def test_what_is_right_is_skipped_by_both_engines(kind, texts):
    assert skipped(PATTERNS[kind], texts) == texts
    whole = f"^(?:{PATTERNS[kind]})$"
    assert all(pc.match_substring_regex(pa.array(texts), whole).to_pylist())


def test_a_pattern_made_for_blanks_or_unknown_to_us_skips_nothing():
    for pattern in (
        r"^\w+ \w+$",
        r"^[\s\d]+$",
        r"^[a-z ]+$",
        r"\p{Han}+",
        r"(?!00)\d{4}",
        "a|b　c",
    ):
        schema = schema_of(make_field("x", constraints={"pattern": pattern}))
        assert canonical_pattern(schema, schema.by_name["x"]) == NOTHING
    assert skipped(NOTHING, ["", "a", "\n", "甲"]) == []


def test_a_word_for_a_missing_value_that_has_the_form_is_looked_at():
    schema = schema_of(
        make_field("x", missingValues=["999999"], constraints={"pattern": r"\d{6}"}),
        make_field("y", type="integer", missingValues=["-1", "+1", *map(str, range(10))]),
        make_field("z", type="date", missingValues=["9999-12-31"]),
    )
    found = {name: canonical_pattern(schema, schema.by_name[name]) for name in "xyz"}

    assert found["x"] == found["y"] == NOTHING
    assert skipped(found["z"], ["9999-12-31", "2026-01-01"]) == ["2026-01-01"]


def shipped_schemas():
    return {item.key: item.table_schema for item in load_plugins().items.values()}


def test_the_examples_of_every_shipped_item_are_right_and_nearly_all_are_skipped():
    looked_at = []
    for key, schema in shipped_schemas().items():
        assert isinstance(schema, TableSchema)
        for field in schema:
            cleaner, pattern = Normaliser(schema, field), canonical_pattern(schema, field)
            assert not looked_at_in_vain(cleaner, [field.example]), (key, field.name)
            if not skipped(pattern, [field.example]):
                looked_at.append((key, field.name, field.example, pattern))
    assert looked_at == []
