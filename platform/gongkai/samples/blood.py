"""Blood stations: sites, buses, stock, collection and supply."""

import math
from datetime import date, datetime, time, timedelta

from gongkai.domain.times import SHANGHAI
from gongkai.samples import chance
from gongkai.samples.places import Place
from gongkai.samples.scene import Maker, Scene, Values

_GROUPS = {"A": 0.28, "B": 0.31, "O": 0.32, "AB": 0.09}
_RHD = {"pos": 0.996, "neg": 0.004}
# Component: unit, daily use per million people, usual days of cover, step of the stock figure.
_COMPONENTS = {
    "whole_blood": ("U", 0.2, 8.0, 0.5),
    "rbc": ("U", 46.0, 6.2, 0.5),
    "platelet_apheresis": ("dose", 6.4, 1.9, 0.5),
    "platelet_pooled": ("dose", 1.1, 1.6, 0.5),
    "ffp": ("ml", 4300.0, 24.0, 50),
    "fp": ("ml", 1500.0, 31.0, 50),
    "cryo": ("U", 12.0, 21.0, 0.5),
    "granulocyte": ("dose", 0.0, 0.0, 0.5),
}
_PLATELETS = frozenset({"platelet_apheresis", "platelet_pooled"})
# Fewer donors around the Spring Festival and in the heat, more in spring and autumn.
_DONORS_BY_MONTH = (0.86, 0.72, 1.05, 1.10, 1.08, 1.12, 0.94, 0.88, 1.03, 1.08, 1.10, 1.14)
_SITE_KINDS = ("广场献血屋", "公园献血屋", "商圈献血屋")


def blood_inventory(scene: Scene) -> list[Values]:
    """The stock at 08:00 on ``period``; ``size`` asks for earlier days as well, whole days."""
    days = 1 if scene.size is None else max(1, scene.size // 64)
    return [
        _stock(scene, scene.period - timedelta(days=back), component, abo, rh)
        for back in range(days)
        for component in _COMPONENTS
        for abo in _GROUPS
        for rh in _RHD
    ]


def _stock(scene: Scene, day: date, component: str, abo: str, rh: str) -> Values:
    unit, per_million, usual, step = _COMPONENTS[component]
    mean = per_million * scene.place.population / 1e6 * _GROUPS[abo] * _RHD[rh]
    random = scene.random(day, component, abo, rh)
    use = max(0.1, round(mean * random.uniform(0.93, 1.07), 1)) if mean else 0.0
    tide = math.sin(day.toordinal() / 17 + scene.share("phase", abo) * 6.3)
    cover = usual * _DONORS_BY_MONTH[day.month - 1] * (1 + 0.28 * tide) * random.uniform(0.8, 1.2)
    stock = min(round(use * cover / step), 10_000_000) * step
    days_cover = round(stock / use, 1) if use else 0.0
    scale = 3.4 if component in _PLATELETS else 1.0
    return {
        "as_of": datetime.combine(day, time(8), SHANGHAI),
        "component": component,
        "abo": abo,
        "rh": rh,
        "stock_qty": stock,
        "stock_unit": unit,
        "avg_daily_use": use,
        "days_cover": min(days_cover, 365.0),
        "status": _status(days_cover * scale) if use else "normal",
        "alert_level": "none",
    }


def _status(days: float) -> str:
    for floor, word in ((7, "sufficient"), (5, "normal"), (3, "low")):
        if days >= floor:
            return word
    return "critical"


def blood_collection_supply(scene: Scene) -> list[Values]:
    """Each month of the year up to ``period``, the city first and then its districts."""
    rows: list[Values] = []
    for month in chance.months_until(scene.period):
        parts = [_collected(scene, month, place) for place in scene.place.districts]
        if scene.place not in scene.place.districts:
            rows.append(_sum_of(parts) | {"division_code": scene.place.code})
        rows += parts
    return rows


def _collected(scene: Scene, month: date, place: Place) -> Values:
    random = scene.random(month, place.code)
    mean = place.population * 0.0115 / 12 * _DONORS_BY_MONTH[month.month - 1]
    donors = round(mean * random.uniform(0.92, 1.08))
    platelet = round(donors * random.uniform(0.075, 0.105))
    other = chance.poisson(random, donors * 0.002)
    whole = donors - platelet - other
    fixed, mobile = (round(donors * random.uniform(*span)) for span in ((0.4, 0.5), (0.26, 0.36)))
    first = round(donors * random.uniform(0.42, 0.53))
    a, b, ab = (
        round(donors * _GROUPS[group] * random.uniform(0.96, 1.04)) for group in ("A", "B", "AB")
    )
    doses = round(platelet * random.uniform(1.62, 1.8) * 2) / 2
    return {
        "period": f"{month:%Y-%m}",
        "division_code": place.code,
        "donations_total": donors,
        "whole_blood": whole,
        "apheresis_platelet": platelet,
        "other_donations": other,
        "fixed_site": fixed,
        "mobile_site": mobile,
        "group_site": donors - fixed - mobile,
        "first_time": first,
        "repeat": donors - first,
        "abo_a": a,
        "abo_b": b,
        "abo_o": donors - a - b - ab,
        "abo_ab": ab,
        "abo_unknown": 0,
        "whole_blood_litre": round(whole * random.uniform(0.325, 0.345), 1),
        "platelet_dose": doses,
        "rbc_supplied_u": round(whole * random.uniform(1.6, 1.7) * 2) / 2,
        "plasma_supplied_ml": round(whole * random.uniform(2.7, 3.1)) * 50,
        "platelet_supplied_dose": max(0.0, doses - random.randint(0, 12) / 2),
        "hospitals_served": max(3, round(place.population / 52_000)),
        "discard_rate_pct": round(random.uniform(1.2, 2.9), 2),
    }


def _sum_of(parts: list[Values]) -> Values:
    """Add up the districts; the discard rate is their mean, weighted by donations."""
    total: Values = {"period": parts[0]["period"]}
    for name in parts[0]:
        if name not in ("period", "division_code", "discard_rate_pct"):
            total[name] = round(sum(part[name] for part in parts), 1)
    discarded = sum(part["discard_rate_pct"] * part["donations_total"] for part in parts)
    return total | {"discard_rate_pct": round(discarded / total["donations_total"], 2)}


def blood_fee_exemption(scene: Scene) -> list[Values]:
    """The months of the year up to ``period``; never fewer than ten persons a figure."""
    rows: list[Values] = []
    for month in chance.months_until(scene.period):
        for beneficiary, rate, each in (("donor", 9.0, 1480), ("spouse_kin", 14.0, 1260)):
            random = scene.random(month, beneficiary)
            cases = max(10, round(scene.place.population / 1e6 * rate * random.uniform(0.8, 1.2)))
            rows.append(
                {
                    "period": f"{month:%Y-%m}",
                    "division_code": scene.place.code,
                    "beneficiary": beneficiary,
                    "cases": cases,
                    "amount_cny": round(cases * each * random.uniform(0.9, 1.1), 2),
                    "direct_settle_pct": round(random.uniform(88, 97), 1),
                }
            )
    return rows


def blood_costs(scene: Scene) -> list[Values]:
    """The costs of ``period``'s year."""
    shares = {
        "recruit": (0.05, "含宣传品与志愿者活动"),
        "collect": (0.16, "含采血耗材与纪念品"),
        "process": (0.10, ""),
        "test": (0.21, "含核酸检测试剂"),
        "store": (0.06, "含冷链运输"),
        "staff": (0.25, ""),
        "consumable": (0.07, ""),
        "depreciation": (0.05, ""),
        "admin": (0.04, ""),
        "other": (0.01, ""),
    }
    donors = scene.place.population * 0.0115
    rows: list[Values] = []
    for name, (part, note) in shares.items():
        each = 520 * part * scene.random(scene.year, name).uniform(0.92, 1.08)
        rows.append(
            {
                "year": scene.year,
                "cost_item": name,
                "amount_wan": round(donors * each / 1e4, 2),
                "unit_cost_cny": round(each, 2),
                "note_text": note,
            }
        )
    return rows


def donation_sites(scene: Scene) -> list[Values]:
    """The station itself and the donation houses; one or two open, close or move over time."""
    body = scene.institution
    rows: list[Values] = [
        {
            "site_code": "GD-01",
            "site_name": f"{body.name.zh}献血大厅",
            "site_type": "centre",
            "division_code": _district_of(scene).code,
            "address": body.address,
            "services": "全血;单采血小板;造血干细胞登记",
            "status": "open",
        }
    ]
    landmarks = [(place, name) for place in scene.place.districts for name in place.landmarks]
    for number, (district, landmark) in enumerate(landmarks, 2):
        opened = date(2025, 1, 1) + timedelta(days=scene.whole(-1600, 690, "opened", number))
        if opened <= scene.period or len(rows) < 3:
            rows.append(_site(scene, number, district, landmark))
    for row in rows:
        random = scene.random("where", row["site_code"])
        district = next(
            place for place in scene.place.districts if place.code == row["division_code"]
        )
        row["longitude"] = round(district.longitude + random.uniform(-0.03, 0.03), 4)
        row["latitude"] = round(district.latitude + random.uniform(-0.03, 0.03), 4)
        row["phone"] = body.phone(900 + int(row["site_code"][3:]))
        row["transport"] = f"公交{random.randint(1, 90)}路、K{random.randint(1, 30)}路"
    return scene.sized(rows)


def _district_of(scene: Scene) -> Place:
    """Return the district that the body's address names, or the first one."""
    districts = scene.place.districts
    named = [place for place in districts if place.name.zh in scene.institution.address]
    return (named or list(districts))[0]


def _site(scene: Scene, number: int, district: Place, landmark: str) -> Values:
    code = f"GD-{number:02d}"
    row: Values = {
        "site_code": code,
        "site_name": f"{landmark}献血屋",
        "site_type": "fixed",
        "division_code": district.code,
        "address": f"{district.name.zh}{landmark}东侧",
        "services": "全血;单采血小板" if scene.share("services", code) < 0.4 else "全血",
        "status": "open",
    }
    works = chance.changes_until(scene.period, scene.random("works", code), each_month=0.06)
    if works and (scene.period - works[-1]).days < 60:
        row |= {
            "status": "suspended",
            "suspend_reason": "周边道路改造",
            "resume_on": works[-1] + timedelta(days=75),
        }
    return row


def donation_site_hours(scene: Scene) -> list[Values]:
    """One row per site, weekday and interval; summer hours in July to September."""
    sites = scene.published("donation_sites", donation_sites)
    codes = [row["site_code"] for row in sites]
    is_summer = scene.period.month in (7, 8, 9)
    begins = (
        date(scene.year, 7, 1)
        if is_summer
        else date(scene.year if scene.period.month > 9 else scene.year - 1, 10, 1)
    )
    ends = date(begins.year, 9, 30) if is_summer else date(begins.year + 1, 6, 30)
    rows: list[Values] = []
    for code in codes:
        closed = scene.whole(1, 3, "closed", code) if code != "GD-01" else 0
        for weekday in range(1, 8):
            if weekday == closed:
                continue
            for start, end in _intervals(scene, code, weekday, is_summer):
                rows.append(
                    {
                        "site_code": code,
                        "valid_from": begins,
                        "valid_to": ends,
                        "weekday": weekday,
                        "open_time": start,
                        "close_time": end,
                        "holiday_rule": "same" if weekday > 5 else "special",
                        "remark": "如有献血者等候，顺延至采集完毕" if weekday > 5 else "",
                    }
                )
    return scene.sized(rows)


def _intervals(
    scene: Scene, code: str, weekday: int, is_summer: bool
) -> tuple[tuple[str, str], ...]:
    if code == "GD-01":
        return (("08:00", "12:00"), ("13:00", "16:30")) if weekday < 6 else (("08:30", "16:30"),)
    if is_summer:
        return (("09:00", "12:00"), ("15:30", "21:30"))
    if weekday >= 6:
        return (("09:00", "18:30" if scene.share("late", code) < 0.5 else "17:30"),)
    return (("09:30", "16:30"),)


def mobile_bus_schedule(scene: Scene) -> list[Values]:
    """The buses of ``period``'s week and of the next one."""
    monday = chance.monday_of(scene.period)
    weeks = 2 if scene.size is None else max(1, scene.size // 18)
    buses = 3 if scene.place.population > 4e6 else 2
    rows: list[Values] = []
    for offset in range(7 * weeks):
        day = monday + timedelta(days=offset)
        for bus in range(1, buses + 1):
            random = scene.random(day, bus)
            if random.random() < 0.15:
                continue
            district = random.choice(scene.place.districts)
            spots = (*district.landmarks, f"{random.choice(district.streets)}社区文化广场")
            is_group = day.weekday() < 5 and random.random() < 0.3
            place = f"{district.name.zh}{'政务中心' if is_group else random.choice(spots)}"
            is_past = day < scene.period
            rows.append(
                {
                    "bus_code": f"CXC-{bus:02d}",
                    "service_date": day,
                    "start_time": random.choice(("08:30", "09:00", "09:30")),
                    "end_time": random.choice(("15:30", "16:00", "16:30", "17:00")),
                    "place": place,
                    "division_code": district.code,
                    "longitude": round(district.longitude + random.uniform(-0.03, 0.03), 4),
                    "latitude": round(district.latitude + random.uniform(-0.03, 0.03), 4),
                    "is_group": is_group,
                    "status": "cancelled"
                    if random.random() < 0.04
                    else "confirmed"
                    if is_past or offset < 7
                    else "planned",
                    "phone": scene.institution.phone(999),
                }
            )
    return scene.sized(rows)


MAKERS: dict[str, Maker] = {
    "blood_collection_supply": blood_collection_supply,
    "blood_costs": blood_costs,
    "blood_fee_exemption": blood_fee_exemption,
    "blood_inventory": blood_inventory,
    "donation_site_hours": donation_site_hours,
    "donation_sites": donation_sites,
    "mobile_bus_schedule": mobile_bus_schedule,
}
