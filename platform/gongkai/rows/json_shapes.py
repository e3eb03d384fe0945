"""What a JSON object that is no list of records looks like, and where in it the records are."""

from collections.abc import Iterator
from typing import Any

from gongkai.domain.table_schema import TableSchema
from gongkai.domain.text import Text
from gongkai.rows.headers import HeaderIndex, fold

_SHOWN = 4
_DEEPEST = 8


class Members(list[tuple[str, Any]]):
    """The members of an object in order, repeats included."""


def describe_object(found: Members, schema: TableSchema) -> Text | None:
    """Return what ``found`` is and where in it the records are; None if it may be a record."""
    index = HeaderIndex(schema)
    most, where = _count_fields(found, index), ""
    for path, record in _listed(found, ()):
        count = _count_fields(record, index)
        if count > most:
            most, where = count, " › ".join(path)
    names = ", ".join(name for name, _ in found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    if where:
        return Text(
            f"一个对象，记录在它的 {where} 里（最外层的成员：{names}）",
            f"one object whose records are in {where} (its own members: {names})",
        )
    if most:
        return None
    return Text(f"一个对象（成员：{names}）", f"one object (members: {names})")


def _count_fields(found: Members, index: HeaderIndex) -> int:
    return sum(bool(fold(name)) and index.find_field(name) is not None for name, _ in found)


def _listed(found: Members, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Members]]:
    """Yield the first object of every list below ``found``, with the names that lead there."""
    if len(path) >= _DEEPEST:
        return
    for name, value in found:
        inner = value if isinstance(value, Members) else None
        if inner is None and isinstance(value, list):
            inner = next((one for one in value if isinstance(one, Members)), None)
            if inner is not None:
                yield (*path, name), inner
        if inner is not None:
            yield from _listed(inner, (*path, name))
