"""Public health: immunisation, programmes, alerts, education, open days."""

from datetime import date, datetime, time, timedelta
from typing import Any

from gongkai.domain.items import ServiceKind
from gongkai.domain.times import SHANGHAI
from gongkai.samples import chance
from gongkai.samples.catalogs import table, texts
from gongkai.samples.listed import kinds_of
from gongkai.samples.scene import Maker, Scene, Values

# Vaccine, doses a child is due in a quarter, usual coverage.
_SCHEDULE = (
    ("hepb", (1, 2, 3), 98.9),
    ("bcg", (1,), 99.2),
    ("ipv", (1, 2), 98.7),
    ("bopv", (1, 2), 98.2),
    ("dtap", (1, 2, 3, 4), 98.3),
    ("dt", (1,), 97.4),
    ("mmr", (1, 2), 98.5),
    ("je", (1, 2), 98.0),
    ("mena", (1, 2), 97.9),
    ("menac", (1, 2), 97.2),
    ("hepa", (1,), 98.1),
    ("hpv", (1, 2), 88.4),
)


def vaccination_clinics(scene: Scene) -> list[Values]:
    """The district's clinics, or the body's own; hours and status change now and then."""
    places = (
        [scene.place]
        if ServiceKind.PRIMARY in scene.institution.service_kinds
        else list(scene.place.districts)
    )
    words = texts("words")["clinics"]
    kinds = tuple(words)
    rows: list[Values] = []
    each = 5 if scene.size is None else -(-scene.size // len(places))
    for place in places:
        for number in range(1, each + 1):
            kind = kinds[(number - 1) % len(kinds)]
            street = place.streets[(number - 1) % len(place.streets)]
            key = (place.code, number)
            changes = chance.changes_until(
                scene.period, scene.random("changes", *key), each_month=0.05
            )
            random = scene.random("hours", *key, len(changes))
            closed_now = bool(changes) and (scene.period - changes[-1]).days < 45
            rows.append(
                {
                    "clinic_code": f"{place.code}{number:04d}",
                    "name": f"{place.name.zh}{street}{words[kind]['name']}",
                    "clinic_type": kind,
                    "division_code": place.code,
                    "address": f"{place.name.zh}{street}{scene.whole(1, 260, 'no', *key)}号",
                    "phone": f"0531-80{(number + place.population) % 90:02d}{number % 1000:03d}",
                    "service_days": "每日"
                    if kind in ("rabies", "maternity")
                    else random.choice(
                        ("周一、三、五", "周二、四、六", "周一至周五", "周三至周日")
                    ),
                    "hours": "全天24小时"
                    if kind in ("rabies", "maternity")
                    else random.choice(("8:00-11:00，13:30-16:00", "8:30-11:30，14:00-16:30")),
                    "appointment": "现场登记" if kind == "rabies" else "“健康沧澜”小程序",
                    "vaccines": words[kind]["vaccines"],
                    "status": "suspended" if closed_now and random.random() < 0.4 else "open",
                }
            )
    return scene.sized(rows)


def vaccination_coverage(scene: Scene) -> list[Values]:
    """Every district, vaccine and dose, in the quarters of the year up to ``period``."""
    rows: list[Values] = []
    for year, quarter in chance.quarters_until(scene.period):
        for place in scene.place.districts:
            births = place.population * 0.0065 / 4
            for vaccine, doses, usual in _SCHEDULE:
                for dose in doses:
                    random = scene.random(year, quarter, place.code, vaccine, dose)
                    target = max(40, round(births * random.uniform(0.92, 1.08)))
                    percent = min(99.9, usual - 0.4 * (dose - 1) + random.uniform(-1.2, 0.9))
                    done = round(target * percent / 100)
                    rows.append(
                        {
                            "period": f"{year}-Q{quarter}",
                            "division_code": place.code,
                            "vaccine": vaccine,
                            "dose_no": dose,
                            "target_n": target,
                            "vaccinated_n": done,
                            "coverage_pct": round(100 * done / target, 2),
                        }
                    )
    return rows


def health_alerts(scene: Scene) -> list[Values]:
    """The events of last year and of this one up to ``period``, each with its later releases."""
    return scene.sized(
        [
            row
            for year in (scene.year - 1, scene.year)
            for serial, entry in enumerate(texts("alerts")["alert"], 1)
            for row in _alert(scene, year, serial, entry)
        ]
    )


def _alert(scene: Scene, year: int, serial: int, entry: dict[str, Any]) -> list[Values]:
    city, districts = scene.place.city.name.zh, scene.place.city.districts
    known = datetime.combine(date(year, entry["month"], entry["day"]), time(9, 10), SHANGHAI)
    stages = [
        (number, stage, known + timedelta(days=stage["after_days"], hours=2, minutes=20))
        for number, stage in enumerate(entry["stages"], 1)
    ]
    return [
        {
            "alert_no": f"{year}-{serial:03d}",
            "release_no": number,
            "alert_type": entry["type"],
            "level": entry["level"],
            "occurred_at": known,
            "released_at": released,
            "area": entry["area"].format(
                city=city, district=districts[0].name.zh, county=districts[-1].name.zh
            ),
            "facts": stage["facts"],
            "measures": stage.get("measures", ""),
            "advice": entry["advice"],
            "next_update_at": stages[number][2] if number < len(stages) else None,
            "authorised_doc": f"{city}疾病预防控制局授权发布〔{year}〕{serial}号",
            "ended": number == len(stages),
        }
        for number, stage, released in stages
        if released.date() <= scene.period
    ]


def basic_public_health(scene: Scene) -> list[Values]:
    """Each service of the national package, in the quarters of the year up to ``period``."""
    rows: list[Values] = []
    for year, quarter in chance.quarters_until(scene.period):
        for line in table("basic_services"):
            random = scene.random(year, quarter, line["indicator"])
            value = min(100.0, float(line["value"]) * random.uniform(0.985, 1.015) + quarter * 0.2)
            denominator = numerator = None
            if line["per_100k"]:
                people = scene.place.population / 1e5 * (1 + 0.002 * quarter)
                sure = scene.random(year, "people", line["indicator"]).uniform(0.98, 1.02)
                denominator = max(30, round(int(line["per_100k"]) * people * sure))
                numerator = round(denominator * value / 100)
                value = 100 * numerator / denominator
            rows.append(
                {
                    "period": f"{year}-Q{quarter}",
                    "service_item": line["service_item"],
                    "target_group": line["target_group"],
                    "content": line["content"],
                    "free_of_charge": True,
                    "indicator": line["indicator"],
                    "numerator": numerator,
                    "denominator": denominator,
                    "value": round(value, 2),
                    "target_value": line["target"],
                }
            )
    return rows


def disease_programmes(scene: Scene) -> list[Values]:
    """The half-years of the year up to ``period``."""
    rows: list[Values] = []
    for half in (1,) if scene.period.month <= 6 else (1, 2):
        for line in table("programmes"):
            random = scene.random(scene.year, half, line["indicator"])
            value = float(line["value"])
            if value < 99.5:
                value = min(99.9, value * random.uniform(0.985, 1.02))
            rows.append(
                {
                    "period": f"{scene.year}-H{half}",
                    "programme": line["programme"],
                    "disease": line["disease"],
                    "measure": line["measure"],
                    "indicator": line["indicator"],
                    "value": round(value, 1),
                    "unit": "%",
                    "sample_size": line["sample_size"],
                    "target_value": line["target"],
                    "area": f"{scene.place.name.zh}全域",
                }
            )
    return rows


def technical_service_progress(scene: Scene) -> list[Values]:
    """Each task's state at the end of the quarters of the year up to ``period``."""
    rows: list[Values] = []
    for year, quarter in chance.quarters_until(scene.period):
        for line in table("technical_tasks"):
            random = scene.random(year, quarter, line["task"])
            planned = int(line["planned_n"])
            done = min(planned, round(planned * quarter / 4 * random.uniform(0.86, 1.06)))
            passed = float(line["pass_rate"]) if line["pass_rate"] else None
            rows.append(
                {
                    "period": f"{year}-Q{quarter}",
                    "field": line["field"],
                    "task": line["task"],
                    "planned_n": planned,
                    "done_n": done,
                    "unit": line["unit"],
                    "pass_rate_pct": passed and round(min(100, passed + random.uniform(-2, 2)), 1),
                    "effect": "年度任务已完成" if done == planned else "",
                }
            )
    return rows


def health_status(scene: Scene) -> list[Values]:
    """The indicators of ``period``'s year."""
    rows: list[Values] = []
    for line in table("health_status"):
        random = scene.random(scene.year, line["indicator"], line["sex"])
        value = float(line["value"]) + float(line["yearly"]) * (scene.year - 2025)
        rows.append(
            {
                "year": scene.year,
                "division_code": scene.place.code,
                "indicator": line["indicator"],
                "sex": line["sex"],
                "value": max(0.1, round(value * random.uniform(0.995, 1.005), 2)),
                "unit": line["unit"],
                "main_problem": line["main_problem"],
                "risk_factors": line["risk_factors"],
                "measures": line["measures"],
                "source": f"{scene.place.city.name.zh}{scene.year}年度卫生健康统计与监测",
            }
        )
    return rows


def _dated(scene: Scene, name: str, ahead_days: int) -> list[tuple[date, dict[str, str]]]:
    """Return the lines for this body with their days, last year's and this year's, in order."""
    until = scene.period + timedelta(days=ahead_days)
    found = [
        (day, line)
        for line in table(name)
        if scene.institution.service_kinds & kinds_of(line)
        for year in (scene.year - 1, scene.year)
        if (day := date(year, int(line["month"]), int(line["day"]))) <= until
    ]
    return sorted(found, key=lambda pair: (pair[0], pair[1]["title"]))


def open_days(scene: Scene) -> list[Values]:
    """The open days of the last year and those of the next three months."""
    rows: list[Values] = []
    for day, line in _dated(scene, "open_days", 90):
        held = day < scene.period
        capacity = int(line["capacity"])
        came = round(capacity * (0.7 + 0.3 * scene.share(day, line["title"])))
        rows.append(
            {
                "event_date": day,
                "title": line["title"],
                "start_time": line["start_time"],
                "end_time": line["end_time"],
                "place": line["place"].format(name=scene.institution.name.zh),
                "capacity": capacity,
                "registration": f"电话{scene.institution.phone(188)}，或关注微信公众号报名",
                "held": held,
                "attendance": came if held else None,
                "summary": line["summary"] if held else "",
            }
        )
    return scene.sized(rows)


def health_education(scene: Scene) -> list[Values]:
    """What was held or published last year and this year up to ``period``."""
    rows: list[Values] = []
    for day, line in _dated(scene, "health_education", 0):
        crowd = {"lecture": (35, 160), "campaign": (180, 900), "consult": (60, 240)}
        low, high = crowd.get(line["kind"], (0, 0))
        is_kept = line["kind"] in ("article", "material", "video")
        rows.append(
            {
                "title": line["title"],
                "kind": line["kind"],
                "topic": line["topic"],
                "audience": line["audience"],
                "published_on": day,
                "place_or_url": line["place_or_url"].format(
                    domain=scene.institution.domain, name=scene.institution.name.zh
                ),
                "participants": scene.whole(low, high, day, line["title"]),
                "reviewed_by": line["reviewed_by"],
                "valid_to": day.replace(year=day.year + 2) if is_kept else None,
            }
        )
    return scene.sized(rows)


MAKERS: dict[str, Maker] = {
    "basic_public_health": basic_public_health,
    "disease_programmes": disease_programmes,
    "health_alerts": health_alerts,
    "health_education": health_education,
    "health_status": health_status,
    "open_days": open_days,
    "technical_service_progress": technical_service_progress,
    "vaccination_clinics": vaccination_clinics,
    "vaccination_coverage": vaccination_coverage,
}
