"""Tables whose rows are written out in ``data/lists``, with a few words filled in.

A cell may hold ``{name}`` ``{city}`` ``{place}`` ``{short}`` ``{code}`` ``{citycode}`` ``{domain}``
``{address}``, ``{y}`` or ``{y-1}`` (the year), ``{phone:315}`` (a line of the body),
``{n:20-60}`` (a whole number, new each year), ``{x:1.5-2.5:1}`` (a number with so many decimals,
new each year). The columns that are no fields say for whom and when a row stands: ``_for``
(letters of service kinds), ``_from`` and ``_to``.
"""

import re

from gongkai.domain.items import ServiceKind
from gongkai.samples.catalogs import table
from gongkai.samples.places import PROVINCE_SHORT
from gongkai.samples.scene import Scene, Values

_KINDS = {
    "C": ServiceKind.CLINICAL,
    "B": ServiceKind.BLOOD,
    "P": ServiceKind.PRIMARY,
    "H": ServiceKind.PUBLIC_HEALTH,
}
_WORD = re.compile(r"\{([a-z]+)([-+]\d+)?(?::([^}]*))?\}")


def listed(scene: Scene) -> list[Values]:
    """Return the rows written for this body that stand on ``period``."""
    rows: list[Values] = []
    for number, line in enumerate(table(f"lists/{scene.key}")):
        if _stands(scene, line):
            rows.append(
                {
                    name: _filled(scene, number, name, cell)
                    for name, cell in line.items()
                    if not name.startswith("_")
                }
            )
    return scene.sized(rows)


def kinds_of(line: dict[str, str]) -> frozenset[ServiceKind]:
    """Return the service kinds that a line is for; all when it names none."""
    return frozenset(_KINDS[letter] for letter in line.get("_for") or _KINDS)


def _stands(scene: Scene, line: dict[str, str]) -> bool:
    today = scene.period.isoformat()
    return (
        bool(scene.institution.service_kinds & kinds_of(line))
        and line.get("_from", "") <= today
        and (not line.get("_to") or today < line["_to"])
    )


def _filled(scene: Scene, number: int, field: str, cell: str) -> str:
    return _WORD.sub(
        lambda found: _word(scene, number, field, found[1], int(found[2] or 0), found[3] or ""),
        cell,
    )


def _word(scene: Scene, number: int, field: str, word: str, offset: int, detail: str) -> str:
    body = scene.institution
    match word:
        case "y":
            return str(scene.year + offset)
        case "phone":
            return body.phone(int(detail))
        case "n":
            low, high = detail.split("-")
            return str(scene.whole(int(low), int(high), number, field, scene.year))
        case "x":
            span, decimals = detail.split(":")
            lowest, highest = (float(part) for part in span.split("-"))
            drawn = lowest + (highest - lowest) * scene.share(number, field, scene.year)
            return f"{drawn:.{int(decimals)}f}"
    return {
        "name": body.name.zh,
        "address": body.address,
        "domain": body.domain,
        "code": body.region_code,
        "citycode": scene.place.city.code,
        "city": scene.place.city.name.zh,
        "place": scene.place.name.zh,
        "short": PROVINCE_SHORT,
        "line": f"{body.line:02d}",
        "uscc": body.uscc,
    }[word]
