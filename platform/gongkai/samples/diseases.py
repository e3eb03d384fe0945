"""The monthly table of notifiable diseases: seasons, totals, revisions, zeros written."""

from datetime import date

from gongkai.samples import chance
from gongkai.samples.catalogs import table
from gongkai.samples.places import PROVINCE_SHORT
from gongkai.samples.scene import Maker, Scene, Values

# How much of its mean a disease has in each month of the year.
_SEASONS = {
    "flat": (1.0, 0.86, 1.05, 1.03, 1.04, 1.02, 1.04, 1.02, 1.0, 0.98, 0.97, 0.99),
    "winter": (1.9, 1.6, 1.3, 0.9, 0.7, 0.6, 0.5, 0.5, 0.6, 0.8, 1.2, 1.8),
    "spring": (0.7, 0.8, 1.2, 1.6, 1.8, 1.5, 1.1, 0.8, 0.7, 0.6, 0.6, 0.6),
    "summer": (0.4, 0.4, 0.6, 0.8, 1.2, 1.6, 1.9, 1.8, 1.4, 0.9, 0.6, 0.4),
    "late_summer": (0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 2.8, 3.0, 2.0, 0.7, 0.2),
    "autumn": (0.9, 0.6, 0.7, 0.8, 1.0, 1.0, 0.7, 0.6, 0.6, 1.1, 2.1, 1.9),
    "school": (0.9, 0.4, 0.9, 1.2, 1.6, 1.5, 0.7, 0.4, 0.7, 0.9, 1.2, 1.6),
    "flu": (2.6, 1.2, 1.1, 0.6, 0.4, 0.3, 0.3, 0.3, 0.3, 0.5, 1.3, 3.1),
    "hfmd": (0.4, 0.2, 0.4, 0.9, 1.7, 2.4, 1.9, 0.9, 0.9, 1.1, 0.8, 0.4),
    "wave": (0.7, 0.6, 0.9, 0.8, 1.4, 1.9, 1.6, 1.2, 0.8, 0.6, 0.6, 0.8),
}
_TOTALS = (
    ("TABC", "ABC", "甲乙丙类总计"),
    ("TAB", "AB", "甲乙类合计"),
    ("TA", "A", "甲类合计"),
    ("TB", "B", "乙类合计"),
    ("TC", "C", "丙类合计"),
)
Counts = dict[str, tuple[int, int]]


def notifiable_diseases_monthly(scene: Scene) -> list[Values]:
    """Each month of the year up to ``period``, whole: every disease, class and total.

    The last month is provisional and a few of its figures are revised in the next table.
    """
    return [row for month in chance.months_until(scene.period) for row in _month(scene, month)]


def _month(scene: Scene, month: date) -> list[Values]:
    is_last = (month.year, month.month) == (scene.year, scene.period.month)
    shown = _with_totals(_counts(scene, month, provisional=is_last))
    final = _with_totals(_counts(scene, month, provisional=False))
    first = _with_totals(_counts(scene, month, provisional=True))
    before = _with_totals(_counts(scene, chance.month_before(month), provisional=False))
    year_ago = _with_totals(_counts(scene, chance.month_before(month, 12), provisional=False))
    document = f"{PROVINCE_SHORT}疾控发布〔{month.year}〕{month.month + 3}号"
    rows: list[Values] = []
    for code, disease_class, parent, name in _lines():
        cases, deaths = shown[code]
        was_revised = not is_last and final[code] != first[code]
        rows.append(
            {
                "period": f"{month:%Y-%m}",
                "division_code": scene.place.code,
                "disease_class": disease_class,
                "disease_code": code,
                "disease_name": name,
                "parent_code": parent,
                "cases": cases,
                "deaths": deaths,
                "incidence_per_100k": round(cases / scene.place.population * 1e5, 4),
                "cases_prev_month": before[code][0],
                "cases_same_month_ly": year_ago[code][0],
                "obs_flag": "p" if is_last else "r" if was_revised else "",
                "authorised_doc": document,
            }
        )
    return rows


def _lines() -> list[tuple[str, str, str, str]]:
    totals = [(code, disease_class, "", name) for code, disease_class, name in _TOTALS]
    return totals + [
        (row["code"], row["class"], row["parent"], row["name"]) for row in table("diseases")
    ]


def _counts(scene: Scene, month: date, *, provisional: bool) -> Counts:
    found: Counts = {}
    for row in table("diseases"):
        if not row["monthly_per_million"]:
            continue
        random = scene.random(month, row["code"])
        mean = float(row["monthly_per_million"]) * scene.place.population / 1e6
        mean *= _SEASONS[row["season"]][month.month - 1] * random.uniform(0.9, 1.1)
        cases = chance.poisson(random, mean)
        fatality = float(row["fatality"])
        # Rabies kills everyone, often in a later month than the one that reports the case.
        deaths = chance.poisson(random, mean if fatality < 0 else cases * fatality)
        if provisional and cases > 20 and random.random() < 0.12:
            cases -= random.randint(1, 1 + cases // 60)
        found[row["code"]] = (cases, deaths)
    return found


def _with_totals(counts: Counts) -> Counts:
    found = dict(counts)
    parents = {row["code"]: row["parent"] for row in table("diseases")}
    classes = {row["code"]: row["class"] for row in table("diseases")}
    found["B04"] = _sum_of(counts, [code for code in counts if parents[code] == "B04"])
    for letter in "ABC":
        codes = [code for code in found if classes.get(code) == letter and not parents.get(code)]
        found[f"T{letter}"] = _sum_of(found, codes)
    found["TAB"] = _sum_of(found, ["TA", "TB"])
    found["TABC"] = _sum_of(found, ["TAB", "TC"])
    return found


def _sum_of(counts: Counts, codes: list[str]) -> tuple[int, int]:
    return sum(counts[code][0] for code in codes), sum(counts[code][1] for code in codes)


MAKERS: dict[str, Maker] = {"notifiable_diseases_monthly": notifiable_diseases_monthly}
