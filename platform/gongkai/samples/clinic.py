"""Staff, departments and clinics: who works where, and when to find them."""

from datetime import date, datetime, time, timedelta

from gongkai.domain.times import SHANGHAI
from gongkai.samples import chance
from gongkai.samples.catalogs import table, texts
from gongkai.samples.people import departments_of, person_name, roster
from gongkai.samples.scene import Maker, Row, Scene, Values

_SESSIONS = {"am": ("08:00", "11:30"), "pm": ("14:00", "17:30"), "evening": ("18:00", "20:30")}
_FEES = {"chief": 30, "associate_chief": 20, "attending": 10, "junior": 6}
_QUOTAS = {"chief": 25, "associate_chief": 30, "attending": 40, "junior": 45}


def staff_registration(scene: Scene) -> list[Values]:
    """Who is registered on ``period``."""
    people = roster(scene.institution, scene.seed, scene.period, scene.size)
    return [
        {
            "public_staff_no": person.number,
            "name": person.name,
            "staff_type": person.staff_type,
            "practice_category": person.category,
            "practice_scope": person.scope,
            "title": person.title,
            "department": person.department,
            "registered_place": scene.institution.name.zh,
            "multi_site": person.multi_site,
            "registration_status": "changed" if scene.share(person.number) < 0.01 else "registered",
            "badge_type": person.badge,
            "as_of": scene.period,
        }
        for person in people
    ]


def clinical_departments(scene: Scene) -> list[Values]:
    """Departments and wards; a head changes every few years."""
    rows: list[Values] = []
    is_large = scene.institution.beds >= 900
    for number, row in enumerate(departments_of(scene.institution), 1):
        beds = round(int(row["beds"]) * scene.institution.beds / 1500) if row["beds"] else 0
        wards = ("一病区", "二病区") if is_large and beds >= 60 else ("",)
        for ward, suffix in enumerate(wards):
            name = row["dept"] + suffix
            head_changes = chance.changes_until(
                scene.period, scene.random("head", name), each_month=0.012
            )
            services = row["specialties"].replace("|", "、")
            rows.append(
                {
                    "dept_code": row["code"],
                    "subject_name": row["subject"],
                    "dept_name": name,
                    "approved_on": date(2009 + scene.whole(0, 12, "y", name), 1 + number % 12, 8),
                    "is_key_specialty": _key_specialty(scene, row["dept"]),
                    "beds": beds // len(wards),
                    "location": f"{'住院部' if beds else '门诊楼'}{row['floor']}层"
                    + "AB"[ward]
                    + "区",
                    "phone": scene.institution.phone(600 + 2 * number + ward),
                    "head": person_name(
                        scene.seed, scene.institution.slug, name, len(head_changes)
                    ),
                    "services": f"{services}等疾病的诊治" if services else "",
                    "outpatient": bool(row["specialties"]),
                }
            )
    return scene.sized(rows)


def _key_specialty(scene: Scene, department: str) -> str:
    if scene.institution.beds < 300:
        return "none"
    draw = scene.share("key", department)
    if draw < 0.12 and scene.institution.level_grade == "3A":
        return "provincial"
    return "municipal" if draw < 0.35 else "none"


def outpatient_schedule(scene: Scene) -> list[Values]:
    """Each doctor's weekly sessions; a few doctors change theirs each month."""
    rows: list[Values] = []
    for person in _doctors(scene):
        number = person["public_staff_no"]
        changes = chance.changes_until(
            scene.period, scene.random("changes", number), each_month=0.05
        )
        rows += _sessions_of(scene, person, changes)
        if scene.size is not None and len(rows) >= scene.size:
            break
    return scene.sized(rows)


def _sessions_of(scene: Scene, person: Row, changes: list[date]) -> list[Values]:
    random = scene.random("sessions", person["public_staff_no"], len(changes))
    quarter = date(scene.year, (scene.period.month - 1) // 3 * 3 + 1, 1)
    begins = max([quarter, *changes[-1:]])
    title = person["title"] or "junior"
    slots = [(day, session) for day in range(1, 7) for session in ("am", "pm")]
    if random.random() < 0.06:
        slots = [(day, "evening") for day in range(1, 6)]
    count = random.choice((1, 2, 2, 3)) if title in ("chief", "associate_chief") else 3
    found: list[Values] = []
    for day, session in sorted(random.sample(slots, count)):
        start, end = _SESSIONS[session]
        special = title == "chief" and random.random() < 0.2
        kind = "expert" if title in ("chief", "associate_chief") else "general"
        found.append(
            {
                "dept_name": person["department"],
                "clinic_type": "special" if special else kind,
                "doctor_no": person["public_staff_no"],
                "doctor_name": person["name"],
                "title": title,
                "specialty": specialty_of(person["department"], person["public_staff_no"]),
                "weekday": day,
                "session": session,
                "start_time": start,
                "end_time": end,
                "location": f"门诊楼{random.randint(2, 6)}层{random.randint(1, 32):02d}诊区",
                "quota": _QUOTAS[title] // (2 if special else 1),
                "fee_cny": 100 if special else _FEES[title],
                "effective_from": chance.monday_of(begins),
                "effective_to": chance.month_end(chance.month_before(quarter, -2)),
            }
        )
    return found


def specialty_of(department: str, number: str) -> str:
    """Return what a doctor of the department sees most, in plain nouns; ``""`` if unknown."""
    for row in table("departments"):
        if row["dept"] == department and row["specialties"]:
            choices = row["specialties"].split("|")
            picked = chance.draw("specialty", number).sample(choices, min(2, len(choices)))
            return "、".join(picked)
    return ""


def _doctors(scene: Scene) -> list[Row]:
    """Return the doctors who hold clinics: those of the published register, if there is one."""
    enough = None if scene.size is None else 2 * scene.size
    rows = scene.published("staff_registration", staff_registration, enough)
    outpatient = {row["dept"] for row in table("departments") if row["specialties"]}
    doctors = [row for row in rows if row["staff_type"] == "doctor"]
    return [row for row in doctors if row["department"] in outpatient] or doctors or rows


def outpatient_schedule_changes(scene: Scene) -> list[Values]:
    """The changes announced in the four weeks up to ``period``."""
    doctors = _doctors(scene)
    rows: list[Values] = []
    taken: set[tuple[object, ...]] = set()
    for back in range(27, -1, -1):
        day = scene.period - timedelta(days=back)
        random = scene.random(day)
        if day.weekday() >= 5:
            continue
        for _ in range(random.choice((0, 0, 1, 1, 2))):
            doctor, session = random.choice(doctors), random.choice(("am", "pm"))
            visit = day + timedelta(days=random.randint(1, 9))
            kind = random.choice(("cancel", "cancel", "substitute", "add"))
            others = [
                row
                for row in doctors
                if row["department"] == doctor["department"] and row is not doctor
            ]
            if (key := (doctor["public_staff_no"], visit, session)) in taken:
                continue
            taken.add(key)
            if kind == "substitute" and not others:
                kind = "cancel"
            rows.append(
                {
                    "doctor_no": doctor["public_staff_no"],
                    "dept_name": doctor["department"],
                    "visit_date": visit,
                    "session": session,
                    "change_type": kind,
                    "substitute_no": (
                        random.choice(others)["public_staff_no"] if kind == "substitute" else ""
                    ),
                    "published_at": datetime.combine(
                        day, time(random.randint(9, 16), random.choice((0, 15, 30, 45))), SHANGHAI
                    ),
                }
            )
    return scene.sized(rows)


def practice_licence(scene: Scene) -> list[Values]:
    """The body's main licence, and those for radiation and for maternal care."""
    body = scene.institution
    head = person_name(scene.seed, body.slug, "head")
    is_blood = body.type_key == "blood_station"
    since = date(2022 + scene.whole(0, 2, "since"), 1 + scene.whole(0, 11, "month"), 12)
    years = 3 if is_blood else 15
    verified = date(scene.year if scene.period.month > 6 else scene.year - 1, 6, 5)
    number = (
        f"澜血站字〔{since.year}〕第{body.line:03d}号"
        if is_blood
        else f"{body.uscc[8:17]}{body.region_code}11{body.category_code}1"
    )
    departments = ";".join(dict.fromkeys(row["subject"] for row in departments_of(body)))
    scopes = texts("words")["licences"]
    first: Values = {
        "licence_type": "blood_station" if is_blood else "medical",
        "licence_no": number,
        "scope": scopes["blood"] if is_blood else departments,
        "issued_by": "沧澜省卫生健康委员会" if is_blood else f"{scene.place.name.zh}行政审批服务局",
        "issued_on": since,
        "valid_from": since,
        "valid_to": date(since.year + years, since.month, 11),
    }
    rows = [first]
    if not is_blood and body.beds >= 100:
        rows.append(_extra_licence(scene, "radiation", "放射", scopes["radiation"]))
    if body.category_code == "G100":
        rows.append(_extra_licence(scene, "mch", "母婴", scopes["mch"]))
    shared: Values = {
        "holder_name": body.name.zh,
        "legal_rep": head,
        "main_person": head,
        "address": body.address,
        "last_verified_on": verified,
        "verify_result": "pass",
        "business_nature": "nonprofit",
        "status": "valid",
    }
    return scene.sized([row | shared for row in rows])


def _extra_licence(scene: Scene, kind: str, name: str, scope: str) -> Values:
    since = date(2023, 3, 1 + scene.whole(0, 25, kind))
    serial = f"{scene.institution.line:03d}{1 if kind == 'radiation' else 2}"
    return {
        "licence_type": kind,
        "licence_no": f"{scene.place.name.zh}卫{name}字〔{since.year}〕第{serial}号",
        "scope": scope,
        "issued_by": f"{scene.place.name.zh}卫生健康委员会",
        "issued_on": since,
        "valid_from": since,
        "valid_to": date(since.year + 4, since.month, since.day),
    }


def supporting_experts(scene: Scene) -> list[Values]:
    """Experts who come from the city's hospitals; the list is renewed each quarter."""
    quarter = date(scene.year, (scene.period.month - 1) // 3 * 3 + 1, 1)
    city = scene.place.city.name.zh
    hospitals = (("G", "第一人民医院"), ("T", "中医医院"), ("M", "妇幼保健院"))
    rows: list[Values] = []
    for number in range(scene.size or 9):
        steady = scene.share("steady", number) < 0.6
        random = scene.random(number, "" if steady else quarter)
        letter, hospital = random.choice(hospitals)
        department = random.choice(
            [row for row in table("departments") if row["specialties"] and letter in row["where"]]
        )
        title = random.choice(("chief", "associate_chief", "associate_chief", "attending"))
        name = person_name(scene.seed, scene.institution.slug, "expert", number, steady or quarter)
        rows.append(
            {
                "expert_name": name,
                "hospital": city + hospital,
                "title": title,
                "specialty": department["specialties"].replace("|", "、"),
                "weekday": number % 5 + 1,
                "session": random.choice(("am", "pm")),
                "valid_from": quarter,
                "valid_to": chance.month_end(chance.month_before(quarter, -2)),
                "fee_cny": 15 if title == "chief" else 10,
            }
        )
    return rows


def family_doctor_teams(scene: Scene) -> list[Values]:
    """The teams and their areas; the number of people signed up grows each month."""
    rows: list[Values] = []
    streets = scene.place.streets
    signed_growth = (scene.period - chance.EPOCH).days // 30
    for number in range(1, (scene.size or 12) + 1):
        street = streets[number % len(streets)]
        rows.append(
            {
                "team_no": f"T{number:02d}",
                "leader": person_name(scene.seed, scene.institution.slug, "team", number),
                "members_n": scene.whole(4, 7, "members", number),
                "area": f"{street}第{2 * number - 1}、第{2 * number}网格"
                if number % 3
                else f"{street}片区居民小区",
                "service_packages": "基础包（免费）、慢病管理包（120元/年）、"
                "老年健康包（160元/年）",
                "phone": scene.institution.phone(700 + number),
                "signed_n": scene.whole(1400, 3200, "signed", number)
                + signed_growth * scene.whole(3, 11, "growth", number),
            }
        )
    return rows


MAKERS: dict[str, Maker] = {
    "clinical_departments": clinical_departments,
    "family_doctor_teams": family_doctor_teams,
    "outpatient_schedule": outpatient_schedule,
    "outpatient_schedule_changes": outpatient_schedule_changes,
    "practice_licence": practice_licence,
    "staff_registration": staff_registration,
    "supporting_experts": supporting_experts,
}
