"""A hospital's figures: indicators, costs by disease, large equipment in use."""

from datetime import date

from gongkai.samples import chance
from gongkai.samples.catalogs import table
from gongkai.samples.listed import listed
from gongkai.samples.scene import Maker, Scene, Values

_BUSY = (1.04, 0.82, 1.06, 1.02, 0.99, 1.0, 1.03, 1.01, 0.99, 0.96, 1.03, 1.05)
_PER_BED = frozenset({"op_visits", "discharges", "surgeries"})
_SHARES = frozenset({"bed_use", "exam_positive", "satisfaction"})


def hospital_indicators(scene: Scene) -> list[Values]:
    """Each month of the year up to ``period``, with last month and the year before beside it."""
    rows: list[Values] = []
    for month in chance.months_until(scene.period):
        for line in table("indicators"):
            value, before, year_ago = (
                _indicator(scene, chance.month_before(month, back), line) for back in (0, 1, 12)
            )
            rows.append(
                {
                    "period": f"{month:%Y-%m}",
                    "indicator_code": line["indicator_code"],
                    "value": value,
                    "unit": line["unit"],
                    "prev_period_value": before,
                    "same_period_last_year": year_ago,
                    "yoy_pct": round(100 * (value - year_ago) / year_ago, 2) if year_ago else None,
                    "definition": line["definition"],
                }
            )
    return rows


def _indicator(scene: Scene, month: date, line: dict[str, str]) -> float:
    code, body = line["indicator_code"], scene.institution
    random = scene.random(code, month)
    value = float(line["value"]) * (1 + float(line["trend"])) ** (month.year - 2025)
    if code in _PER_BED:
        value *= max(60, body.beds)
    elif not code.endswith("share") and code not in _SHARES and body.beds < 500:
        value *= 0.74
    if line["season"] == "1":
        value *= _BUSY[month.month - 1]
    value *= 1 + float(line["noise"]) * random.uniform(-1, 1)
    if code in _SHARES:
        value = min(value, 99.5)
    decimals = int(line["decimals"])
    return round(value, decimals) if decimals else float(round(value))


def disease_costs(scene: Scene) -> list[Values]:
    """The quarters of the year up to ``period``; a mean never stands on fewer than ten cases."""
    letter = {"A210": "T", "G100": "M", "A519": "R"}.get(scene.institution.category_code, "G")
    scale = max(0.2, scene.institution.beds / 1500)
    rows: list[Values] = []
    for year, quarter in chance.quarters_until(scene.period):
        for line in table("disease_pairs"):
            if letter not in line["where"]:
                continue
            random = scene.random(year, quarter, line["disease_code"])
            cost = float(line["cost"]) * random.uniform(0.94, 1.05) * (0.985 ** (year - 2025))
            rows.append(
                {
                    "period": f"{year}-Q{quarter}",
                    "disease_code": line["disease_code"],
                    "disease_name": line["disease_name"],
                    "procedure_code": line["procedure_code"],
                    "procedure_name": line["procedure_name"],
                    "cases": max(10, round(int(line["cases"]) * scale * random.uniform(0.8, 1.2))),
                    "avg_cost_cny": round(cost, 2),
                    "median_cost_cny": round(cost * random.uniform(0.93, 0.99), 2),
                    "avg_stay_days": round(float(line["stay"]) * random.uniform(0.93, 1.06), 1),
                    "avg_selfpay_cny": round(cost * random.uniform(0.22, 0.34), 2),
                }
            )
    return rows


def large_equipment(scene: Scene) -> list[Values]:
    """What a body of this size has; the written list is that of the largest hospital."""
    beds, rows = scene.institution.beds, listed(scene)
    if beds >= 900:
        return rows
    kept = _SMALL if beds < 100 else _SMALL | {"DSA-01", "CT-01", "MR-01"}
    return [row for row in rows if row["equipment_no"] in kept]


_SMALL = frozenset({"DR-01", "US-01", "US-02"})


def large_equipment_usage(scene: Scene) -> list[Values]:
    """The year of ``period`` for each machine of ``context``, or of our own list."""
    machines = scene.published("large_equipment", large_equipment)
    rows: list[Values] = []
    for machine in machines:
        code = machine["equipment_no"]
        random = scene.random(scene.year, code)
        down = random.randint(1, 12)
        rows.append(
            {
                "equipment_no": code,
                "period": str(scene.year),
                "exams": round(
                    random.randint(1900, 6200) * max(0.3, scene.institution.beds / 1500)
                ),
                "positive_rate": None
                if code.startswith(("LINAC", "ROBOT"))
                else round(random.uniform(68, 88), 1),
                "working_days": 300 - down + random.randint(0, 8),
                "downtime_days": down,
                "avg_wait_days": round(random.uniform(0.4, 4.5), 1),
                "charge_cny": _CHARGES.get(code.split("-")[0], 260),
                "qc_result": "pass",
            }
        )
    return scene.sized(rows)


_CHARGES = {"PETCT": 5200, "MR": 420, "CT": 210, "DSA": 2700, "LINAC": 680, "SPECT": 420}


MAKERS: dict[str, Maker] = {
    "disease_costs": disease_costs,
    "hospital_indicators": hospital_indicators,
    "large_equipment": large_equipment,
    "large_equipment_usage": large_equipment_usage,
}
