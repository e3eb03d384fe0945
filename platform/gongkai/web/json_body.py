"""Bodies of strict JSON: what two parsers could read differently is refused."""

import json
import math
import re
from collections import Counter
from typing import Any

from flask import request

from gongkai.web.errors import InvalidJson, UnsupportedMediaType

MAX_DEPTH = 32
_SURROGATE = re.compile("[\ud800-\udfff]")
# Whole strings, so that brackets inside them do not count. Nothing here can backtrack.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]+|\\.)*"?|[\[\]{}]', re.DOTALL)


def read_json_object() -> dict[str, Any]:
    """Return the body as an object; an empty body is ``{}``.

    Raises InvalidJson for anything that RFC 8259 leaves open: duplicate keys, NaN, lone
    surrogates, NUL, bad UTF-8, more than 32 levels, numbers too long to be meant.
    """
    body = request.get_data(cache=True)
    if not body.strip():
        return {}
    if not request.is_json:
        raise UnsupportedMediaType("Send the body as application/json.")
    found = parse_json(body)
    if not isinstance(found, dict):
        raise InvalidJson(f"The body is a JSON {_kind(found)}; it must be an object.")
    return found


def parse_json(body: bytes) -> Any:
    """Return the value that ``body`` holds. Raises InvalidJson."""
    _check_depth(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson(f"The body is not UTF-8: byte {error.start} does not fit.") from error
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_short_integer,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise InvalidJson(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    _check_texts(found)
    return found


def _check_depth(body: bytes) -> None:
    """Count brackets outside strings before any parser recurses into them."""
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(body):
        if found[0] in (b"[", b"{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidJson(f"The body is nested more than {MAX_DEPTH} levels deep.")
        elif found[0] in (b"]", b"}"):
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise InvalidJson(f"The key {twice!r} is there twice.")
    return found


def _no_constant(name: str) -> Any:
    raise InvalidJson(f"{name} is not JSON.")


def _short_integer(text: str) -> int:
    if len(text) > 20:
        raise InvalidJson("A number has more digits than any number here can have.")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJson(f"{text[:20]} is larger than any number here can be.")
    return number


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidJson("A text holds the character NUL.")
        if _SURROGATE.search(value):
            raise InvalidJson("A text holds half of a surrogate pair.")
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_texts(key)
            _check_texts(member)
    elif isinstance(value, list):
        for member in value:
            _check_texts(member)


def _kind(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
