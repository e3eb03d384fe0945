"""Who the body is and where to ask: profile, leaders, disclosure office."""

from datetime import date

from gongkai.samples import chance
from gongkai.samples.catalogs import table, texts
from gongkai.samples.people import person_name
from gongkai.samples.scene import Maker, Scene, Values

_POSTAL = {"3901": "439001", "3902": "439200", "3903": "439300"}


def disclosure_office(scene: Scene) -> list[Values]:
    """The one office in charge, and the counter that takes papers."""
    body = scene.institution
    hours = (
        "工作日8:30-12:00，13:30-17:00"
        if scene.period >= date(2026, 3, 1)
        else "工作日8:00-12:00，14:00-17:30"
    )
    head = person_name(scene.seed, body.slug, "disclosure")[0] + "主任"
    shared: Values = {
        "address": f"{body.address}行政楼二层",
        "division_code": body.region_code,
        "office_hours": hours,
        "phone": body.phone(318),
        "fax": body.phone(319),
        "email": f"xxgk@{body.domain}",
        "postal_code": _POSTAL.get(body.region_code[:4], "439000"),
        "responsible_person": head,
        "accepts_requests": True,
    }
    first = shared | {
        "office_name": f"{body.name.zh}信息公开办公室",
        "is_primary": True,
        "request_channels": "现场;信函;网站;电子邮件",
    }
    second = shared | {
        "office_name": f"{body.name.zh}综合服务窗口",
        "is_primary": False,
        "address": f"{body.address}一层大厅",
        "phone": body.phone(320),
        "fax": "无",
        "accepts_requests": False,
        "responsible_person": "",
        "request_channels": "",
    }
    return scene.sized([first, second])


def institution_profile(scene: Scene) -> list[Values]:
    """One row; staff grow a little each quarter."""
    body = scene.institution
    quarters = (scene.year - 2021) * 4 + scene.period.month // 4
    staff = max(20, body.staff * 3 + quarters * scene.whole(1, 4, "growth"))
    technical = round(staff * (0.83 + 0.04 * scene.share("technical")))
    place = scene.place
    return [
        {
            "uscc": body.uscc,
            "name": body.name.zh,
            "second_name": f"{place.name.zh}急救医院" if body.beds >= 900 else "",
            "category_code": body.category_code,
            "service_kinds": ";".join(
                kind
                for kind in ("public_health", "clinical", "blood", "primary")
                if kind in {kind.value for kind in body.service_kinds}
            ),
            "level_grade": body.level_grade,
            "ownership": body.ownership,
            "founded_on": date(scene.whole(1950, 1986, "founded"), scene.whole(1, 12, "month"), 1),
            "functions": _functions(body.type_key),
            "beds_licensed": body.beds,
            "beds_open": round(body.beds * (0.94 + 0.02 * (scene.year % 3))),
            "staff_total": staff,
            "health_tech_staff": technical,
            "division_code": body.region_code,
            "address": body.address,
            "longitude": round(place.longitude + 0.02 * (scene.share("x") - 0.5), 4),
            "latitude": round(place.latitude + 0.02 * (scene.share("y") - 0.5), 4),
            "phone": body.phone(0),
            "website": f"https://{body.domain}",
            "transport": f"公交{scene.whole(1, 60, 'bus')}路、"
            f"地铁{scene.whole(1, 4, 'metro')}号线，"
            f"步行约{scene.whole(2, 9, 'walk')}分钟",
        }
    ]


def _functions(type_key: str) -> str:
    """Return what such a body is for; that of a hospital for a type of a stranger's plugin."""
    known = texts("words")["functions"]
    found: str = known.get(type_key, known["hospital"])
    return found


def institution_leaders(scene: Scene) -> list[Values]:
    """The leaders by rank; a post passes to somebody else every few years."""
    letters = {"disease_control": "H", "blood_station": "B", "primary_care": "P"}
    letter = letters.get(scene.institution.type_key, "C")
    posts = [row for row in table("leaders") if row["where"] == letter]
    rows: list[Values] = []
    for number, row in enumerate(posts, 1):
        changes = chance.changes_until(scene.period, scene.random("post", number), each_month=0.022)
        rows.append(
            {
                "name": person_name(
                    scene.seed, scene.institution.slug, "leader", number, len(changes)
                ),
                "post": row["post"],
                "duties": row["duties"],
                "in_office_since": changes[-1].replace(day=12)
                if changes
                else date(2020, 8, number),
                "sort_order": number,
            }
        )
    return scene.sized(rows)


MAKERS: dict[str, Maker] = {
    "disclosure_office": disclosure_office,
    "institution_leaders": institution_leaders,
    "institution_profile": institution_profile,
}
