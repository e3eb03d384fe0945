"""Pages of lists: data, where it goes on, and the link to it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from gongkai.web.urls import address


def listed(
    data: Sequence[Any], *, limit: int, next_cursor: str | None, total: int
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return a page of a list with the Link header to the next one."""
    body = {"data": data, "page": {"limit": limit, "next": next_cursor, "total": total}}
    return body, 200, next_link(next_cursor)


def next_link(cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next page of this very question."""
    if cursor is None:
        return {}
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = urlencode([*pairs, ("cursor", cursor)])
    return {"Link": f'<{address(request.path)}?{query}>; rel="next"'}


def stretch(
    found: Sequence[Any], key: str, *, limit: int, cursor: str | None
) -> tuple[Sequence[Any], str | None]:
    """Return the part of a whole list that follows the entry whose ``key`` is ``cursor``."""
    start = 0
    if cursor is not None:
        start = next((i + 1 for i, one in enumerate(found) if one[key] == cursor), len(found))
    part = found[start : start + limit]
    is_last = start + limit >= len(found)
    return part, None if is_last else part[-1][key]
