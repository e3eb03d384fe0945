"""Names, and who works where: one roster per institution that every table draws on."""

from dataclasses import dataclass
from datetime import date, timedelta

from gongkai.samples import chance
from gongkai.samples.catalogs import table, texts
from gongkai.samples.institutions import SampleInstitution

_BADGES = {
    "doctor": "白底蓝字胸牌，含姓名、职称、科室",
    "assistant_doctor": "白底蓝字胸牌，含姓名、职称、科室",
    "nurse": "白底粉字胸牌，含姓名、职称、科室",
    "pharmacist": "白底绿字胸牌，含姓名、职称、科室",
    "technician": "白底灰字胸牌，含姓名、职称、科室",
}
_LETTERS = {
    "doctor": "D",
    "assistant_doctor": "A",
    "nurse": "N",
    "pharmacist": "P",
    "technician": "T",
}
_LADDER = ("junior", "attending", "associate_chief", "chief")
_FULLY_STAFFED = date(2016, 1, 1)
_DIAGNOSTIC = frozenset({"检验科", "放射科", "超声医学科", "病理科", "成分制备科", "质量管理科"})


@dataclass(frozen=True)
class Person:
    """A registered member of staff, in the public words of staff_registration."""

    number: str
    name: str
    staff_type: str
    category: str
    scope: str
    title: str
    department: str
    specialty: str
    multi_site: bool
    badge: str


def person_name(*names: object) -> str:
    """Return a Chinese personal name for ``names``."""
    random, words = chance.draw("name", *names), texts("words")
    name: str = random.choice(words["surnames"]) + random.choice(words["given_names"].split())
    return name


def departments_of(institution: SampleInstitution) -> list[dict[str, str]]:
    """Return the rows of ``departments.csv`` that such a body has."""
    if institution.type_key == "blood_station":
        letter = "B"
    elif institution.type_key == "primary_care":
        letter = "P"
    else:
        letter = {"A210": "T", "G100": "M", "A519": "R"}.get(institution.category_code, "G")
    return [row for row in table("departments") if letter in row["where"]]


def roster(
    institution: SampleInstitution, seed: int, period: date, size: int | None = None
) -> list[Person]:
    """Return who is registered on ``period``: people join, leave and are promoted over time.

    A person keeps number, name and department for good.
    """
    found: list[Person] = []
    number, period = 0, max(period, _FULLY_STAFFED)
    wanted = size if size is not None else institution.staff
    while len(found) < wanted:
        number += 1
        person = _person(institution, seed, number, period)
        if person is not None:
            found.append(person)
        elif size is None and number >= institution.staff * 5 // 4:
            break
    return found


def _person(institution: SampleInstitution, seed: int, number: int, period: date) -> Person | None:
    random = chance.draw(seed, institution.slug, "staff", number)
    joined = date(2008, 1, 1) + timedelta(days=int(7200 * random.random() ** 1.2))
    left = joined + timedelta(days=int(random.expovariate(1 / 16000)) + 400)
    staff_type = random.choices(tuple(_LETTERS), weights=(46, 3, 36, 6, 9))[0]
    departments = departments_of(institution)
    if staff_type == "technician":
        departments = [row for row in departments if row["dept"] in _DIAGNOSTIC] or departments
    else:
        departments = [row for row in departments if row["specialties"]] or departments
    department = random.choice(departments)
    is_doctor = staff_type in ("doctor", "assistant_doctor")
    rank, climb = random.choices((0, 1, 2, 3), weights=(28, 40, 22, 10))[0], random.random()
    multi_site = random.random() < 0.06
    specialties = department["specialties"].split("|")
    specialty = "、".join(random.sample(specialties, min(len(specialties), 2)))
    if not joined <= period < left:
        return None
    years = (period - joined).days / 365
    if climb < 0.03 * years and rank < 3:
        rank += 1
    return Person(
        number=f"{_LETTERS[staff_type]}{institution.line:02d}{number:03d}",
        name=person_name(seed, institution.slug, number),
        staff_type=staff_type,
        category=department["category"] if is_doctor else "",
        scope=department["scope"] if is_doctor else "",
        title="junior" if staff_type == "assistant_doctor" else _LADDER[rank],
        department="药剂科" if staff_type == "pharmacist" else department["dept"],
        specialty=specialty if is_doctor else "",
        multi_site=multi_site and is_doctor,
        badge=_BADGES[staff_type],
    )
