"""What the comparison with the previous release asks of one field, as SQL over ``c`` and ``p``.

``c`` is a row that was checked, ``p`` a row of the previous release. A number is measured in
steps of its field: 1 for whole numbers, the last decimal place, or 0.05 where decimals are free.
Ratios of a few steps say nothing: 1 case and then 12 is no slip of the unit.
"""

from gongkai.domain.table_schema import Field, FieldType
from gongkai.rows.columns import canonical, identifier

# Rounding may leave a slip of a digit a little short of ten: 125 and 12.
TENFOLD = 9.5
# Where the larger value is so many times the least one that counts, the smaller may be any.
CLEARLY = 100
SHIFT, SERIES_SHIFT = 1.5, 3.0
# Years, quarters, months, weeks and days, as period columns have them.
PERIOD = r"(19|20)[0-9]{2}(-?(0[1-9]|1[0-2])|-?[QHSW][0-9]{1,2}|-(0[1-9]|1[0-2])-[0-9]{2})?"


def step(field: Field) -> float:
    """Return the step in which ``field`` counts."""
    if field.type is FieldType.INTEGER:
        return 1.0
    return 0.05 if field.decimals is None else 10.0**-field.decimals


def least(field: Field, *, of_series: bool = False) -> float:
    """Return the smaller value from which a tenfold jump counts.

    Of the same row: 3 for whole numbers (3 to 30 is no chance), 10 steps for others. From
    one period to the next, where honest figures move: 10, and 100 steps.
    """
    if field.type is FieldType.INTEGER:
        return 10.0 if of_series else 3.0
    return step(field) * (100 if of_series else 10)


def number(side: str, field: Field) -> str:
    """Return the value of ``field`` as a binary number."""
    return f"CAST({side}.{identifier(field.name)} AS DOUBLE)"


def differs(field: Field) -> str:
    """Return whether a row has another value than before."""
    name = identifier(field.name)
    return f"c.{name} IS DISTINCT FROM p.{name}"


def jumps(field: Field) -> str:
    """Return whether a value is ten times as far from zero as before, or a tenth."""
    new, old = f"abs({number('c', field)})", f"abs({number('p', field)})"
    same_sign = f"{number('c', field)} * {number('p', field)} > 0"
    small, large = f"least({new}, {old})", f"greatest({new}, {old})"
    return f"({same_sign} AND {_is_tenfold(small, large, least(field))})"


def _is_tenfold(small: str, large: str, base: float) -> str:
    """Return whether ``large`` is tenfold ``small``, and neither is a matter of a few steps."""
    counts = f"({small} >= {base} OR {large} >= {CLEARLY} * {base})"
    return f"{large} >= {TENFOLD} * {small} AND {counts}"


def is_pair(field: Field) -> str:
    """Return whether both rows have a value, not zero in both."""
    new, old = number("c", field), number("p", field)
    return f"({new} * {old} <> 0 OR abs({new}) + abs({old}) > 0)"


def shifts(field: Field, way: str) -> str:
    """Return whether a value is much ``higher`` or ``lower`` than before."""
    new, old = number("c", field), number("p", field)
    if way == "higher":
        return f"({new} > {SHIFT} * {old} AND {old} >= 0 AND {new} >= {least(field)})"
    return f"({SHIFT} * {new} < {old} AND {new} >= 0 AND {old} >= {least(field)})"


def emptied(field: Field, flag: Field | None) -> str:
    """Return whether a value is gone that no ``obs_flag`` explains."""
    name = identifier(field.name)
    gone = f"p.{name} IS NOT NULL AND c.{name} IS NULL"
    unexplained = f" AND c.{identifier(flag.name)} IS NULL" if flag and field != flag else ""
    return f"({gone}{unexplained})"


def series_jumps(field: Field) -> str:
    """Return whether a value lies tenfold outside of what its series ``p`` has ever been."""
    new, name = f"abs({number('c', field)})", field.name
    low, high = f"p.{identifier(f'low!{name}')}", f"p.{identifier(f'high!{name}')}"
    base = least(field, of_series=True)
    over, under = _is_tenfold(high, new, base), _is_tenfold(new, low, base)
    return f"(({over}) OR ({new} > 0 AND {under}))"


def series_shifts(field: Field, way: str) -> str:
    """Return whether a value lies far above or below what its series ``p`` has ever been."""
    new, base = number("c", field), least(field, of_series=True)
    low, high, zero = (
        f"p.{identifier(f'{what}!{field.name}')}" for what in ("low", "high", "zero")
    )
    if way == "higher":
        return f"({new} > {SERIES_SHIFT} * {high} AND {new} >= {base})"
    return f"({SERIES_SHIFT} * {new} < {low} AND {low} >= {base} AND ({new} > 0 OR NOT {zero}))"


def history(field: Field) -> str:
    """Return the columns that say between what a series has been, zeros apart."""
    value, name = number("p", field), field.name
    size = f"nullif(abs({value}), 0)"
    return (
        f"min({size}) AS {identifier(f'low!{name}')}, max({size}) AS {identifier(f'high!{name}')}, "
        f"coalesce(bool_or({value} = 0), false) AS {identifier(f'zero!{name}')}"
    )


def text(side: str, field: Field) -> str:
    """Return the canonical text of a value."""
    return canonical(field, f"{side}.{identifier(field.name)}")
