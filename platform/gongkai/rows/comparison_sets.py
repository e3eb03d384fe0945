"""Rows, periods and categories that are gone, or far more than there were."""

from collections.abc import Iterator
from typing import Any

from gongkai.domain.problems import Problem, ProblemGroup, Severity
from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.check_messages import message, shorten
from gongkai.rows.columns import identifier
from gongkai.rows.comparison_facts import GONE, OLD, Comparison

_FEW, _MANY = 0.5, 3.0
_FEWER_BY, _MORE_BY = 10, 30
_HARDLY_ANY = 0.1
_GONE_SHARE, _GONE_ROWS = 0.2, 5
_VALUES, _OF_EACH = 60, 3
_TAKEN_ALONG = 3


def periods_and_counts(facts: Comparison) -> list[ProblemGroup]:
    """Look for periods and rows that are gone, and for far fewer or more rows than before."""
    groups = [*_periods(facts)]
    counted = _counted(facts)
    if counted:
        return groups + counted
    if facts.matched == 0 and facts.period is None and not facts.times:
        return groups + _unmatched(facts)
    return groups + _removed(facts)


def _periods(facts: Comparison) -> Iterator[ProblemGroup]:
    field = facts.period
    if field is None:
        return
    old, new = facts.old_periods, facts.new_periods
    if not old or not new:
        return
    if max(new) < max(old):
        named = {"value": _shown(max(new)), "before": _shown(max(old))}
        yield facts.group("older-than-previous", field, 1, [named], severity=Severity.REVIEW)
    # Behind the first of the new file nothing may be missing; before it, only if it moved on.
    missing = [
        period
        for period in sorted(set(old) - set(new))
        if period < max(new) and (period > min(new) or not facts.is_newer)
    ]
    if missing:
        places = [
            {"value": _shown(period), "count": f"{old[period]:,}"}
            for period in missing[: facts.listed]
        ]
        yield facts.group("period-vanished", field, len(missing), places)


def _counted(facts: Comparison) -> list[ProblemGroup]:
    """Compare the number of rows: of the newest period where there are periods."""
    found, expected = facts.new_count, facts.old_count
    words = dict.fromkeys(("period_zh", "period_en", "before_zh", "before_en"), "")
    if facts.period is not None:
        old, new = facts.old_periods, facts.new_periods
        if not old or not new:
            return []
        found, expected = new[max(new)], old[max(old)]
        newest, before = _shown(max(new)), _shown(max(old))
        words = {
            "period_zh": f"{newest} ",
            "period_en": f"{newest}: ",
            "before_zh": f"在 {before} ",
            "before_en": f" in {before}",
        }
    numbers = {"found": f"{found:,}", "expected": f"{expected:,}", **words}
    if found < _FEW * expected and expected - found >= _FEWER_BY and not _moved_on(facts, found):
        hardly = found < _HARDLY_ANY * expected
        severity = Severity.REVIEW if hardly else Severity.WARNING
        return [facts.said("fewer-rows", severity=severity, **numbers)]
    if found > _MANY * expected and found - expected >= _MORE_BY:
        return [facts.said("more-rows", **numbers)]
    return []


def _moved_on(facts: Comparison, found: int) -> bool:
    """Tell whether what a list of events left behind is why it is so much shorter."""
    if facts.passed == "false":
        return False
    [expected] = facts.one(f"SELECT count(*) FROM {OLD} p WHERE NOT {facts.passed}")
    return found >= _FEW * int(expected)


def _unmatched(facts: Comparison) -> list[ProblemGroup]:
    """Say that a list kept up to date has no row in common with its last state."""
    if facts.item.frequency.value != "as_needed" or facts.old_count < _GONE_ROWS:
        return []
    titles = [field.title for field in facts.key]
    named = {
        "fields_zh": "、".join(title.zh for title in titles),
        "fields_en": ", ".join(title.en for title in titles),
    }
    return [facts.said("no-row-in-common", severity=Severity.REVIEW, **named)]


def _removed(facts: Comparison) -> list[ProblemGroup]:
    total = facts.gone_count
    if not total:
        return []
    if facts.period is None and (total < _GONE_ROWS or total < _GONE_SHARE * facts.old_count):
        return []
    keys = facts.all(
        f"SELECT {facts.key_text('p')} FROM {GONE} p "
        f"ORDER BY {', '.join(identifier(f.name) for f in facts.key)} LIMIT {facts.listed}"
    )
    first = tuple(
        Problem(
            code="rows-removed",
            message=message("rows-removed", value=key),
            value=shorten(key),
            severity=Severity.WARNING,
        )
        for (key,) in keys
    )
    return [ProblemGroup("rows-removed", None, None, Severity.WARNING, total, first)]


def vanished_categories(facts: Comparison) -> list[ProblemGroup]:
    """Look for codes, regions and bodies of which no row is left."""
    groups: list[ProblemGroup] = []
    for field in _categorical(facts):
        is_of_key = field in facts.key
        if is_of_key and facts.period is not None and facts.is_newer:
            found = _not_in_newest(facts, field)
        else:
            found = _taken_along(facts, field) if facts.gone_count >= _TAKEN_ALONG else []
        if found:
            places = [
                {"value": _named(field, value), "count": f"{count:,}"}
                for value, count in found[: facts.listed]
            ]
            groups.append(facts.group("category-vanished", field, len(found), places))
    return groups


def _categorical(facts: Comparison) -> list[Field]:
    """Return the fields with codes, and those of few values: of the key, or with a pattern."""
    fields = [
        field
        for field in (*facts.series, *facts.alike)
        if field != facts.period and (field.type is FieldType.STRING or field.categories)
    ]
    if not fields:
        return []
    counts = ", ".join(f"approx_count_distinct({identifier(field.name)})" for field in fields)
    distinct = facts.one(f"SELECT {counts} FROM {OLD}")
    return [
        field
        for field, count in zip(fields, distinct, strict=True)
        if field.categories
        or (
            (field in facts.key or field.pattern)
            and count <= _VALUES
            and count * _OF_EACH <= facts.old_count
        )
    ]


def _not_in_newest(facts: Comparison, field: Field) -> list[tuple[Any, int]]:
    """Return the values that every earlier period had and no newer one has."""
    assert facts.period is not None  # noqa: S101 - asked only of items with periods
    name, period = identifier(field.name), identifier(facts.period.name)
    found = facts.all(
        f"SELECT {name}, count(*) FROM {OLD} WHERE {name} IS NOT NULL GROUP BY 1 "
        f"HAVING count(DISTINCT {period}) = (SELECT count(DISTINCT {period}) FROM {OLD}) "
        f"AND {name} NOT IN (SELECT {name} FROM {facts.relation} WHERE {name} IS NOT NULL "
        f"AND {period} > (SELECT max({period}) FROM {OLD})) ORDER BY 1"
    )
    [of_all] = facts.one(f"SELECT count(DISTINCT {name}) FROM {OLD}")
    # Where most of the values went they were names of single things, new each time.
    return found if field.categories or 2 * len(found) <= of_all else []


def _without_rows(facts: Comparison, field: Field, at_least: int) -> list[tuple[Any, int]]:
    """Return the values that no row has any more, with how many had them."""
    name = identifier(field.name)
    return facts.all(
        f"SELECT {name}, count(*) FROM {OLD} WHERE {name} IS NOT NULL AND {name} NOT IN "
        f"(SELECT {name} FROM {facts.relation} WHERE {name} IS NOT NULL) "
        f"GROUP BY 1 HAVING count(*) >= {at_least} ORDER BY 1"
    )


def _taken_along(facts: Comparison, field: Field) -> list[tuple[Any, int]]:
    """Return the values that went because the rows went; a row that stayed may say otherwise."""
    name = identifier(field.name)
    gone = dict(facts.all(f"SELECT {name}, count(*) FROM {GONE} GROUP BY 1"))
    return [
        (value, count)
        for value, count in _without_rows(facts, field, _TAKEN_ALONG)
        if gone.get(value, 0) >= 0.8 * count
    ]


def _named(field: Field, value: Any) -> str:
    """Return a code with its label."""
    label = next((one.label.zh for one in field.categories if one.value == value), None)
    return f"{value} {label}" if label else str(value)


def _shown(period: Any) -> str:
    return period.isoformat() if hasattr(period, "isoformat") else str(period)
