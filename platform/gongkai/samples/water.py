"""Drinking water: what each sample had, and what a quarter's samples add up to."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from gongkai.samples import chance
from gongkai.samples.catalogs import table
from gongkai.samples.places import Place
from gongkai.samples.scene import Maker, Row, Scene, Values

_STAGES = {"source": "S", "plant": "P", "tap": "T", "secondary": "E"}
_SOURCE_INDICATORS = frozenset({"free_cl", "chloroform", "colony", "odour", "visible"})
_LABELS = {"turbidity": "浑浊度", "colony": "菌落总数", "free_cl": "游离氯", "iron": "铁"}


@dataclass(frozen=True)
class _Sample:
    number: str
    period: str
    supplier: str
    stage: str
    site: str
    place: Place
    day: date


def water_quality_results(scene: Scene) -> list[Values]:
    """Every indicator of every sample, in the quarters of the year up to ``period``.

    ``size`` asks for about so many rows by taking more tap samples.
    """
    return [row for sample in _samples(scene) for row in _measured(scene, sample)]


def _samples(scene: Scene) -> list[_Sample]:
    quarters = chance.quarters_until(scene.period)
    taps = 2
    if scene.size is not None:
        districts = len(scene.place.districts)
        taps = max(1, scene.size // (len(quarters) * 21) // districts - 2)
    found: list[_Sample] = []
    for year, quarter in quarters:
        for district in scene.place.districts:
            found += _district_samples(scene, year, quarter, district, taps)
    return found


def _district_samples(
    scene: Scene, year: int, quarter: int, district: Place, taps: int
) -> list[_Sample]:
    county = district.name.zh.endswith("县")
    supplier = (
        f"{district.name.zh}自来水公司" if county else f"{district.city.name.zh}水务集团有限公司"
    )
    stages = ["plant", *["tap"] * taps, "secondary"]
    if county or district is scene.place.districts[0]:
        stages.insert(0, "source")
    found: list[_Sample] = []
    for number, stage in enumerate(stages, 1):
        random = scene.random("sample", year, quarter, district.code, number)
        month = quarter * 3 - random.randint(0, 2)
        street = district.streets[number % len(district.streets)]
        where = {
            "source": "集中式饮用水水源地取水口",
            "plant": "水厂出厂水监测点",
            "tap": f"{street}片区监测点",
            "secondary": f"{street}片区二次供水监测点",
        }[stage]
        prefix = f"WQ{district.code[2:]}-{year % 100}Q{quarter}"
        found.append(
            _Sample(
                number=f"{prefix}-{_STAGES[stage]}{number:03d}",
                period=f"{year}-Q{quarter}",
                supplier=supplier,
                stage=stage,
                site=district.name.zh + where,
                place=district,
                day=date(year, month, 3) + timedelta(days=random.randint(0, 22)),
            )
        )
    return found


def _measured(scene: Scene, sample: _Sample) -> list[Values]:
    rows: list[Values] = []
    for entry in table("water_indicators"):
        indicator = entry["indicator"]
        if sample.stage == "source" and indicator in _SOURCE_INDICATORS:
            continue
        value, text, passes = _result(scene.random(sample.number, indicator), entry, sample.stage)
        rows.append(
            {
                "period": sample.period,
                "sample_no": sample.number,
                "supplier": sample.supplier,
                "stage": sample.stage,
                "site": sample.site,
                "division_code": sample.place.code,
                "sampled_on": sample.day,
                "indicator": indicator,
                "value": value,
                "value_text": text,
                "unit": entry["unit"],
                "limit_text": entry["limit_text"],
                "qualified": passes,
                "data_source": f"{sample.place.city.name.zh}疾病预防控制中心",
            }
        )
    return rows


def _result(random: Random, entry: dict[str, str], stage: str) -> tuple[float | None, str, bool]:
    """Return value, wording and whether the limit of GB 5749-2022 is kept."""
    if entry["kind"] in ("absent", "none"):
        return None, "未检出" if entry["kind"] == "absent" else "无", True
    low, high, limit = float(entry["low"]), float(entry["high"]), float(entry["limit"])
    decimals = int(entry["decimals"])
    if entry["kind"] == "below" and random.random() < 0.75:
        return None, f"<{max(low, 10.0**-decimals):.{decimals}f}", True
    value = round(random.uniform(low, high), decimals)
    if entry["kind"] == "rare" and random.random() < 0.6:
        value = 0.0
    fails = random.random() < 0.004 and stage in ("tap", "secondary")
    if fails and entry["indicator"] in ("turbidity", "colony", "iron"):
        value = round(limit * random.uniform(1.1, 1.6), decimals)
    return value, "", value <= limit


def water_quality_summary(scene: Scene) -> list[Values]:
    """Per quarter, district and stage: the published samples if there are any, or our own."""
    results = scene.published("water_quality_results", water_quality_results)
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in results:
        key = (row["period"], row["division_code"], row["stage"], row["supplier"])
        groups.setdefault(key, []).append(row)
    rows: list[Values] = []
    for (period, division, stage, supplier), measured in groups.items():
        samples = {row["sample_no"] for row in measured}
        failed = [row for row in measured if row["qualified"] in ("False", "false")]
        passed = len(samples - {row["sample_no"] for row in failed})
        rows.append(
            {
                "period": period,
                "division_code": division,
                "stage": stage,
                "supplier": supplier,
                "points": len({row["site"] for row in measured}),
                "samples": len(samples),
                "indicators_n": len({row["indicator"] for row in measured}),
                "qualified_samples": passed,
                "pass_rate_pct": round(100 * passed / len(samples), 2),
                "failed_indicators": "、".join(sorted({_failure(row) for row in failed})) or "无",
                "standard": "GB 3838-2002" if stage == "source" else "GB 5749-2022",
                "report_unit": f"{scene.place.city.name.zh}疾病预防控制中心",
            }
        )
    return rows


def _failure(row: Row) -> str:
    limits = {entry["indicator"]: entry["limit"] for entry in table("water_indicators")}
    times = float(row["value"]) / float(limits[row["indicator"]]) - 1
    return f"{_LABELS.get(row['indicator'], row['indicator'])}（超标{times:.2f}倍）"


MAKERS: dict[str, Maker] = {
    "water_quality_results": water_quality_results,
    "water_quality_summary": water_quality_summary,
}
