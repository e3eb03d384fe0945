"""Names, and who works where: one roster per institution that every table draws on."""

from dataclasses import dataclass
from datetime import date, timedelta

from gongkai.samples import chance
from gongkai.samples.catalogs import table
from gongkai.samples.institutions import SampleInstitution

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟 芳 敏 静 丽 强 磊 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂英 建华 文博 思远 雨桐 子涵 志强 海燕 晓东 建国 玉兰 "
    "国栋 婷婷 雪梅 春燕 立新 振华 佳怡 浩然 俊杰 欣怡 梦洁 宏伟 丽娟 秀珍 永康 庆丰 德明 淑华 凤英 亚楠 鹏飞 文静 "
    "晓琳 海涛 少峰 嘉宁 一鸣 若曦 书瑶 景行 怀远 清扬 诗涵 泽宇 天佑 慧敏 素芬 卫东 新民 红梅 月华 长青 学文 致远 "
    "安琪 晨曦 可心 润泽 启明 瑞霖 斯琪 沛然 瑾瑜 承志 世杰 宗翰 维新 湘云 玉珠 兰芝 银萍 爱民 保国 广义 兴邦 守信"
).split()
_BADGES = {
    "doctor": "白底蓝字胸牌，含姓名、职称、科室",
    "assistant_doctor": "白底蓝字胸牌，含姓名、职称、科室",
    "nurse": "白底粉字胸牌，含姓名、职称、科室",
    "pharmacist": "白底绿字胸牌，含姓名、职称、科室",
    "technician": "白底灰字胸牌，含姓名、职称、科室",
}
_LETTERS = {
    "doctor": "D", "assistant_doctor": "A", "nurse": "N", "pharmacist": "P", "technician": "T",
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
    random = chance.draw("name", *names)
    return random.choice(_SURNAMES) + random.choice(_GIVEN)


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


def _person(
    institution: SampleInstitution, seed: int, number: int, period: date
) -> Person | None:
    random = chance.draw(seed, institution.slug, "staff", number)
    joined = date(2008, 1, 1) + timedelta(days=int(7200 * random.random() ** 1.2))
    left = joined + timedelta(days=int(random.expovariate(1 / 16000)) + 400)
    staff_type = random.choices(
        tuple(_LETTERS), weights=(46, 3, 36, 6, 9)
    )[0]
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
