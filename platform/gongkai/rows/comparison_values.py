"""Values that moved: of the same row, against their series, and of whole columns."""

from collections.abc import Iterator, Mapping
from typing import Any

from gongkai.domain.problems import ProblemGroup, Severity
from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows import comparison_sql as sql
from gongkai.rows.columns import canonical, identifier
from gongkai.rows.comparison_facts import FRESH, OLD, Comparison, first_of, same

_PAIRS = 10  # fewer say nothing about a column
_JUMPED = 5
_EMPTIED, _EMPTIED_SHARE = 3, 0.1
_UNRELATED_ROWS, _UNRELATED_SHIFT = 30, 5.0
_WAYS = {"higher": ("偏高", "higher"), "lower": ("偏低", "lower")}
_SIGNS = {"negative": ("负", "negative"), "positive": ("正", "positive")}


def same_rows(facts: Comparison) -> tuple[list[ProblemGroup], int, dict[str, int]]:
    """Match the rows by key in one pass; return warnings, rows changed, and rows by field."""
    alike, numeric = facts.alike, facts.numeric
    any_differs = " OR ".join(sql.differs(field) for field in alike) or "false"
    wanted = ["count(*)", f"count(*) FILTER ({any_differs})"]
    for field in alike:
        wanted += [
            f"count(*) FILTER ({sql.differs(field)})",
            f"count(p.{identifier(field.name)})",
            f"count(*) FILTER ({sql.emptied(field, facts.flag)})",
        ]
    for field in numeric:
        wanted += [
            f"count(*) FILTER ({condition})"
            for condition in (
                sql.is_pair(field),
                sql.jumps(field),
                sql.shifts(field, "higher"),
                sql.shifts(field, "lower"),
            )
        ]
    joined = f"FROM {facts.relation} c JOIN {OLD} p ON {same(facts.key)}"
    matched, changed, *counts = facts.one(f"SELECT {', '.join(wanted)} {joined}")
    cells = {field.name: counts[3 * i : 3 * i + 3] for i, field in enumerate(alike)}
    moves = counts[3 * len(alike) :]
    moved = {field.name: moves[4 * i : 4 * i + 4] for i, field in enumerate(numeric)}
    fields = {name: found[0] for name, found in cells.items() if found[0]}
    facts.matched, facts.changed = matched, fields
    groups: list[ProblemGroup] = []
    for field in alike:
        _, filled, empty = cells[field.name]
        # A flag that goes is good news: preliminary figures became final.
        is_usual = 2 * filled >= matched
        if field != facts.flag and is_usual and empty >= max(_EMPTIED, _EMPTIED_SHARE * filled):
            groups.append(_emptied(facts, field, empty, joined))
    for field in numeric:
        pairs, jumped, *shifted = moved[field.name]
        ways = dict(zip(_WAYS, shifted, strict=True))
        groups += _moved(facts, field, pairs, jumped, ways, _Same(facts, field, joined))
    return groups, changed, fields


def same_series(facts: Comparison) -> list[ProblemGroup]:
    """Hold rows of new keys against all that their series was in the previous release."""
    fields = facts.numeric
    if not facts.times or not fields or not facts.fresh_count:
        return []
    signed = _mixed(facts)
    fields = tuple(field for field in fields if field.name not in signed)
    if not fields:
        return []
    names = ", ".join(identifier(field.name) for field in facts.series)
    lows = ", ".join(sql.history(field) for field in fields)
    grouped = f"SELECT {names}, {lows} FROM {OLD} p GROUP BY {names}" if names else ""
    grouped = grouped or f"SELECT {lows} FROM {OLD} p"
    joined = f"FROM {FRESH} c JOIN ({grouped}) p ON {same(facts.series) or 'true'}"
    wanted: list[str] = []
    for field in fields:
        has_both = f"c.{identifier(field.name)} IS NOT NULL AND p.{_low(field)} IS NOT NULL"
        wanted += [
            f"count(*) FILTER ({condition})"
            for condition in (
                has_both,
                sql.series_jumps(field),
                sql.series_shifts(field, "higher"),
                sql.series_shifts(field, "lower"),
            )
        ]
    counts = facts.one(f"SELECT {', '.join(wanted)} {joined}")
    groups: list[ProblemGroup] = []
    for index, field in enumerate(fields):
        pairs, jumped, *shifted = counts[4 * index : 4 * index + 4]
        ways = dict(zip(_WAYS, shifted, strict=True))
        groups += _moved(facts, field, pairs, jumped, ways, _Series(facts, field, joined))
    return groups


class _Same:
    """How a field of the same rows is listed and told."""

    code = "tenfold-jump"

    def __init__(self, facts: Comparison, field: Field, joined: str) -> None:
        self._facts, self._field, self._joined = facts, field, joined
        self.jumps = sql.jumps(field)
        self.before = sql.number("p", field)
        self.shown_before = sql.text("p", field)
        self.pair = sql.is_pair(field)

    def shifts(self, way: str) -> str:
        return sql.shifts(self._field, way)

    def places(self, condition: str) -> list[Mapping[str, Any]]:
        """Return the first rows where ``condition`` holds, with what the sentence tells."""
        first = first_of(
            self._facts,
            condition,
            value=sql.text("c", self._field),
            before=self.shown_before,
            now=sql.number("c", self._field),
            then=self.before,
        )
        [(found,)] = self._facts.all(f"SELECT {first} {self._joined}")
        return [place | change(place.pop("then"), place.pop("now")) for place in found or ()]

    def medians(self) -> tuple[str, str]:
        """Return the median before and now, as texts."""
        now = sql.number("c", self._field)
        before, after = self._facts.one(
            f"SELECT median({self.before}) FILTER ({self.pair}), median({now}) "
            f"FILTER ({self.pair}) {self._joined}"
        )
        return _figure(before), _figure(after)

    def jumped(self) -> tuple[list[Mapping[str, Any]], dict[str, str]]:
        """Return the first jumps, and how many times as large as before all are in the median."""
        now = sql.number("c", self._field)
        first = first_of(self._facts, self.jumps, value=sql.text("c", self._field))
        places, ratio = self._facts.one(
            f"SELECT {first}, median({now} / {self.before}) FILTER ({self.jumps}) {self._joined}"
        )
        return places, change(1.0, ratio)


class _Series(_Same):
    """The same for a value and the range of its series, whose nearer end it is told by."""

    code = "unlike-earlier-periods"

    def __init__(self, facts: Comparison, field: Field, joined: str) -> None:
        super().__init__(facts, field, joined)
        low, high = f"p.{_low(field)}", f"p.{identifier(f'high!{field.name}')}"
        self.jumps = sql.series_jumps(field)
        self.before = f"CASE WHEN abs({sql.number('c', field)}) > {high} THEN {high} ELSE {low} END"
        shown_low, shown_high = (_shown(field, end) for end in (low, high))
        self.shown_before = (
            f"CASE WHEN {low} = {high} THEN {shown_low} ELSE {shown_low} || '–' || {shown_high} END"
        )
        self.pair = f"{sql.number('c', field)} IS NOT NULL AND {low} IS NOT NULL"

    def shifts(self, way: str) -> str:
        return sql.series_shifts(self._field, way)


def _moved(
    facts: Comparison,
    field: Field,
    pairs: int,
    jumped: int,
    shifted: Mapping[str, int],
    told: _Same,
) -> Iterator[ProblemGroup]:
    """Yield what a field's moves come to: another unit, a shift, or single jumps."""
    if jumped >= max(_JUMPED, pairs / 2):
        places, typical = told.jumped()
        words: dict[str, Any] = {"share": _share(jumped, pairs), **typical}
        yield facts.group("unit-slip", field, jumped, places, severity=Severity.REVIEW, **words)
        return
    for way, count in shifted.items():
        if pairs >= _PAIRS and count > pairs / 2:
            before, after = told.medians()
            words = {"way_zh": _WAYS[way][0], "way_en": _WAYS[way][1]}
            place = {"value": after, "before": before, "share": _share(count, pairs), **words}
            yield facts.group("column-shift", field, 1, [place])
    if jumped:
        yield facts.group(told.code, field, jumped, told.places(told.jumps))


def whole_columns(facts: Comparison) -> list[ProblemGroup]:
    """Look at columns as a whole: signs, and in rows without a counterpart empties and medians."""
    groups: list[ProblemGroup] = []
    for field in facts.numeric:
        groups += _signs(facts, field)
    if facts.fresh_count >= _PAIRS:
        groups += _fewer_values(facts)
    is_unrelated = facts.matched == 0 and not facts.times
    if is_unrelated and min(facts.new_count, facts.old_count) >= _UNRELATED_ROWS:
        groups += _unrelated(facts)
    return groups


def _signs(facts: Comparison, field: Field) -> Iterator[ProblemGroup]:
    name = identifier(field.name)
    ends = f"SELECT min({name}), max({name}) FROM"
    (old_low, old_high), (low, high) = (
        facts.one(f"{ends} {side}") for side in (OLD, facts.relation)
    )
    if old_low is None or low is None:
        return
    for way, condition, is_new in (
        ("negative", f"c.{name} < 0", old_low >= 0 > low and old_high > 0),
        ("positive", f"c.{name} > 0", old_high <= 0 < high and old_low < 0),
    ):
        if is_new:
            first = first_of(facts, condition, value=sql.text("c", field))
            total, places = facts.one(
                f"SELECT count(*) FILTER ({condition}), {first} FROM {facts.relation} c"
            )
            zh, en = _SIGNS[way]
            yield facts.group("sign-change", field, total, places, way_zh=zh, way_en=en)


def _emptied(facts: Comparison, field: Field, total: int, joined: str) -> ProblemGroup:
    first = first_of(facts, sql.emptied(field, facts.flag), before=sql.text("p", field))
    [(places,)] = facts.all(f"SELECT {first} {joined}")
    return facts.group("values-emptied", field, total, places)


def _fewer_values(facts: Comparison) -> Iterator[ProblemGroup]:
    """Yield the columns that nearly all rows had a value in and most new ones have not."""
    counted = ", ".join(f"count({identifier(field.name)})" for field in facts.alike)
    if not counted:
        return
    explained = f" WHERE {identifier(facts.flag.name)} IS NULL" if facts.flag else ""
    old = facts.one(f"SELECT count(*), {counted} FROM {OLD}{explained}")
    new = facts.one(f"SELECT count(*), {counted} FROM {FRESH}{explained}")
    for field, before, after in zip(facts.alike, old[1:], new[1:], strict=True):
        if field == facts.flag or not old[0] or not new[0]:
            continue
        if before >= 0.9 * old[0] and after < 0.5 * new[0]:
            place = {"share": _share(after, new[0]), "before": _share(before, old[0])}
            yield facts.group("fewer-values", field, 1, [place])


def _unrelated(facts: Comparison) -> Iterator[ProblemGroup]:
    """Yield columns whose median moved far where no row and no series can be matched."""
    for field in facts.numeric:
        name = identifier(field.name)
        sides = (OLD, facts.relation)
        medians = [facts.one(f"SELECT median({name}) FROM {side}")[0] for side in sides]
        if None in medians or min(medians) <= 0:
            continue
        before, after = (float(median) for median in medians)
        if max(before, after) > _UNRELATED_SHIFT * min(before, after):
            way = "higher" if after > before else "lower"
            words = {"way_zh": _WAYS[way][0], "way_en": _WAYS[way][1], "share": "50%"}
            place = {"value": _figure(after), "before": _figure(before), **words}
            yield facts.group("column-shift", field, 1, [place])


def _mixed(facts: Comparison) -> set[str]:
    """Return the fields that have both signs: rates of change, of which any size is honest."""
    ends = ", ".join(
        f"coalesce(min({name}) < 0 AND max({name}) > 0, false)"
        for name in (identifier(field.name) for field in facts.numeric)
    )
    found = facts.one(f"SELECT {ends} FROM {OLD}")
    return {field.name for field, is_mixed in zip(facts.numeric, found, strict=True) if is_mixed}


def change(before: float, after: float) -> dict[str, str]:
    """Return how many times as large a number became, in words."""
    ratio = abs(after / before) if before else float("inf")
    if ratio >= 1:
        shown = _figure(ratio)
        return {"change_zh": f"约 {shown} 倍", "change_en": f"about {shown} times"}
    part = _figure(1 / ratio)
    return {"change_zh": f"约 1/{part}", "change_en": f"about 1/{part}"}


def _share(count: int, total: int) -> str:
    return f"{100 * count / max(total, 1):.0f}%"


def _figure(number: float | None) -> str:
    """Return a number as people write it, to three digits or in full."""
    if number is None:
        return "–"
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _shown(field: Field, value: str) -> str:
    """Return SQL for a binary number in the manner of ``field``."""
    if field.type is FieldType.INTEGER:
        return f"CAST(CAST({value} AS BIGINT) AS VARCHAR)"
    if field.decimals is not None:
        return f"CAST(CAST({value} AS DECIMAL(36, {field.decimals})) AS VARCHAR)"
    return canonical(field, value)


def _low(field: Field) -> str:
    return identifier(f"low!{field.name}")
