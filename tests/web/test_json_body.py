from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.web.errors import InvalidJson
from gongkai.web.json_body import MAX_DEPTH, parse_json

BAD = {
    "NaN": b'{"a": NaN}',
    "Infinity": b"[-Infinity]",
    "a key twice": b'{"a": 1, "a": 2}',
    "half of a surrogate pair": rb'{"a": "\ud800"}',
    "half of a pair as a key": rb'{"\udfff": 1}',
    "NUL": rb'{"a": "x\u0000"}',
    "raw NUL": b'{"a": "x\x00"}',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-8 surrogate": b'{"a": "\xed\xa0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "one level too many": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "100,000 levels": b"[" * 100_000,
    "levels behind a quote": b'{"a": "' + b'\\"' * 50_000,
    "a number without end": b'{"a": ' + b"9" * 5000 + b"}",
    "a number out of range": b'{"a": 1e999}',
    "a cut off body": b'{"a": ',
    "two values": b"{} {}",
    "single quotes": b"{'a': 1}",
    "a comment": b"{} // x",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_two_parsers_could_read_differently_is_refused(body):
    with pytest.raises(InvalidJson):
        parse_json(body)


def test_brackets_inside_texts_are_not_levels():
    assert parse_json(b'{"a": "' + b"[" * 500 + b'"}') == {"a": "[" * 500}


def test_the_deepest_allowed_body_is_read():
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    with suppress(InvalidJson):
        assert not isinstance(parse_json(body), bytes)
