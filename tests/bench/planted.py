"""What the gate must find, made up: a thousand of each kind, in the ways people write them."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from stdnum import luhn
from stdnum.cn import ric

Chance = random.Random
AREAS = (
    "110101 110105 110228 120103 130102 130730 140105 150102 210102 220203 230104 310104 310230 "
    "320106 320583 330106 330782 340103 350203 360102 370102 370181 410105 420106 430102 440103 "
    "440304 450103 460105 500103 510104 513425 520102 522701 530102 532901 540102 610103 620102 "
    "622301 630102 640104 650102 653101 710000 810000 820000"
).split()
CARDS = ("622202", "621700", "622848", "625906", "436742", "512345", "955880", "601382", "370285")
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕欧肖闫覃冉"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英建国志海燕玉梅华晓东文博雨欣子涵浩然"
DISEASES = (
    "肺结核",
    "高血压",
    "2型糖尿病",
    "梅毒",
    "乙型病毒性肝炎",
    "HIV抗体阳性",
    "肺炎",
    "胃癌",
    "骨折",
)
SENTENCES = (
    "联系人张三，{}，请于工作日联系。", "身份信息：{}", "经办人{}已核对", "详见附件（{}）。", "备注{}；无其他",
    "王五\n{}", "“{}”", "A12、{}、已缴费",
)  # fmt: skip


@dataclass(frozen=True)
class Plant:
    """One way of hiding one kind of thing: a table with planted rows, and the code they ask for.

    ``cell`` makes the planted cell under ``heading``; ``beside`` are other columns with their
    makers. ``split`` says where the planted text is cut to fill the columns beside it.
    """

    kind: str
    way: str
    codes: tuple[str, ...]
    heading: str
    cell: Callable[[Chance], str]
    beside: Mapping[str, Callable[[Chance], str]] = field(default_factory=dict)
    split: tuple[int, ...] = ()


def resident_id(chance: Chance) -> str:
    """Return an identity number of somebody born from 1900 to 2025 in a real county."""
    born = date(1900, 1, 1) + timedelta(days=chance.randrange(46_000))
    stem = f"{chance.choice(AREAS)}{born:%Y%m%d}{chance.randrange(1000):03d}"
    return stem + ric.calc_check_digit(stem + "0")


def old_id(chance: Chance) -> str:
    born = date(1920, 1, 1) + timedelta(days=chance.randrange(29_000))
    return f"{chance.choice(AREAS[:-3])}{born:%y%m%d}{chance.randrange(1000):03d}"


def mobile(chance: Chance) -> str:
    return f"1{chance.randrange(3, 10)}{chance.randrange(10**9):09d}"


def card(chance: Chance) -> str:
    """Return a card number as long as its issuer's are, with its Luhn digit."""
    prefix = chance.choice(CARDS)
    length = {"4": 16, "5": 16, "3": 15, "9": 19}.get(prefix[0], chance.choice((16, 17, 18, 19)))
    stem = prefix + "".join(chance.choice("0123456789") for _ in range(length - len(prefix) - 1))
    return stem + luhn.calc_check_digit(stem)


def name(chance: Chance) -> str:
    given = "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))
    return chance.choice(SURNAMES) + given


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def in_script(digits: str) -> Callable[[str], str]:
    return lambda text: text.translate(str.maketrans("0123456789", digits))


def marked(mark: str, *places: int) -> Callable[[str], str]:
    """Return a writer that puts ``mark`` before ``places``, or between all characters."""

    def write(text: str) -> str:
        if not places:
            return mark.join(text)
        return "".join((mark if at in places else "") + char for at, char in enumerate(text))

    return write


EVERYWHERE: dict[str, Callable[[str], str]] = {
    "plain": str,
    "full width": full_width,
    "circled": in_script("⓪①②③④⑤⑥⑦⑧⑨"),
    "bold": in_script("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "Arabic digits": in_script("٠١٢٣٤٥٦٧٨٩"),
    "Chinese numerals": in_script("〇一二三四五六七八九"),
    "spelt for the bank": in_script("零壹贰叁肆伍陆柒捌玖"),
    "zero width joined": marked("\u200b"),
    "word joiners": marked("\u2060", 3, 7),
    "bidi marks": lambda text: f"\u202d{text}\u202c\u200e",
    "soft hyphens": marked("\u00ad", 6),
    "underlined": marked("\u0332"),
    "every digit spaced": marked(" "),
    "tabs and breaks": lambda text: f"\t{text}\n",
    "end of a word": lambda text: f"备注：无{text}",
    "before a word": lambda text: f"{text}（本人）",
}
ID_WAYS = {
    **EVERYWHERE,
    "lower case x": str.lower,
    "spaced 6-8-4": marked(" ", 6, 14),
    "spaced by fours": marked(" ", 4, 8, 12, 16),
    "one blank": marked("  ", 9),
    "hyphened 6-4-4-4": marked("-", 6, 10, 14),
    "en dashes": marked("–", 6, 14),
    "dotted": marked(".", 6, 14),
    "starred": marked("*", 6, 14),
    "slashed": marked("/", 6, 10, 12, 14),
    "underscores": marked("_", 6, 14),
    "after Latin and a colon": lambda text: f"ID: {text}",
    "in an address": lambda text: f"https://example.org/p?sfz={text}&x=1",
}
MOBILE_WAYS = {
    **EVERYWHERE,
    "spaced 3-4-4": marked(" ", 3, 7),
    "hyphened 3-4-4": marked("-", 3, 7),
    "dotted 3-4-4": marked(".", 3, 7),
    "hyphened 3-8": marked("-", 3),
    "spaced 3-8": marked(" ", 3),
    "slashed": marked("/", 3, 7),
    "+86": lambda text: f"+86 {text}",
    "+86-": lambda text: f"+86-{text[:3]}-{text[3:7]}-{text[7:]}",
    "0086": lambda text: f"0086{text}",
    "0 before": lambda text: f"0{text}",
    "after Latin": lambda text: f"tel{text}",
    "two in a cell": lambda text: f"{text}/{text[::-1].replace(text[-1], '1', 1)}",
    "beside a fixed line": lambda text: f"0531-80001234、{text}",
}
CARD_WAYS = {
    "plain": str,
    "full width": full_width,
    "bold": in_script("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "spaced by fours": lambda text: " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    "hyphened by fours": lambda text: "-".join(text[at : at + 4] for at in range(0, len(text), 4)),
    "zero width joined": marked("\u200b"),
    "in a sentence": lambda text: f"退款至{text}，户名张三。",
}


def plants() -> Iterator[Plant]:
    """Yield every way of every kind."""
    yield from _of_numbers()
    yield from _under_headings()
    yield from _of_words()
    yield from _of_persons()


def _of_numbers() -> Iterator[Plant]:
    for kind, code, make, ways in (
        ("id18", "resident-id", resident_id, ID_WAYS),
        ("mobile", "mobile-number", mobile, MOBILE_WAYS),
        ("bank", "bank-account", card, CARD_WAYS),
    ):
        for way, write in ways.items():
            yield Plant(kind, way, (code,), "说明", _written(make, write))
        for sentence in SENTENCES:
            way = f"in “{sentence}”".replace("\n", "⏎")
            yield Plant(kind, way, (code,), "说明", _written(make, sentence.format))
    for kind, code, make, ends in (
        ("id18", "resident-id-split", resident_id, (6,)),
        ("id18", "resident-id-split", resident_id, (6, 14)),
        ("mobile", "mobile-number-split", mobile, (3,)),
    ):
        others = {f"列{at}": _nothing for at in range(len(ends))}
        way = f"split over {len(ends) + 1} columns"
        yield Plant(kind, way, (code,), "列", make, others, ends)
    yield Plant(
        "mobile",
        "Hong Kong",
        ("mobile-number",),
        "说明",
        lambda c: f"+852 9{c.choice('2358')}{c.randrange(9)}{c.randrange(10**5):05d}",
    )
    yield Plant(
        "mobile",
        "Taiwan",
        ("mobile-number",),
        "联络手机",
        lambda c: f"09{c.randrange(10, 80)}-{c.randrange(1000):03d}-{c.randrange(1000):03d}",
    )


def _under_headings() -> Iterator[Plant]:
    yield Plant("id15", "under its heading", ("resident-id-old",), "身份证号", old_id)
    yield Plant(
        "id15", "with the word", ("resident-id-old",), "说明", lambda c: f"证件号{old_id(c)}"
    )
    yield Plant("id15", "beside names", ("resident-id-old",), "号码", old_id, {"姓名": name})
    yield Plant(
        "bank",
        "account under its heading",
        ("bank-account",),
        "银行账号",
        lambda c: str(c.randrange(10**11, 10**18)),
    )
    yield Plant(
        "bank",
        "account with the word",
        ("bank-account",),
        "说明",
        lambda c: f"账号：{c.randrange(10**14, 10**16)}",
    )
    passports: tuple[Callable[[Chance], str], ...] = (
        lambda c: f"E{c.randrange(10**7, 10**8)}",
        lambda c: f"EJ{c.randrange(10**6, 10**7)}",
        lambda c: f"H{c.randrange(10**8, 10**9)}",
        lambda c: f"{c.randrange(10**7, 10**8)}",
    )
    for heading in ("护照号码", "港澳通行证号", "台胞证号"):
        yield Plant(
            "travel_doc", heading, ("travel-document",), heading, lambda c: c.choice(passports)(c)
        )
    yield Plant(
        "travel_doc",
        "with the word",
        ("travel-document",),
        "说明",
        lambda c: f"持护照{passports[0](c)}入境",
    )
    for heading in (
        "医保号",
        "住院号",
        "门诊号",
        "病案号",
        "床号",
        "参保编号",
        "标本条码",
        "MRN",
        "就诊卡号",
    ):
        yield Plant(
            "record_no",
            heading,
            ("record-number",),
            heading,
            lambda c: f"{c.choice(['', 'ZY', 'B'])}{c.randrange(10**6, 10**8)}",
        )
        if heading != "MRN":
            yield Plant(
                "record_no",
                f"{heading} with the word",
                ("record-number",),
                "说明",
                _worded(heading),
            )
    yield Plant("expert_names", "评审专家", ("expert-name",), "评审专家", name)
    yield Plant(
        "commercial", "标底", ("commercial",), "标底", lambda c: f"{c.randrange(10**4, 10**6)}.00"
    )
    yield Plant(
        "commercial",
        "with the word",
        ("commercial",),
        "说明",
        lambda c: f"标底：{c.randrange(10**4, 10**6)}元",
    )


def _of_words() -> Iterator[Plant]:
    for kind, codes, texts in (
        ("secret_mark", ("secret-mark",), (
            "机密★10年", "绝密", "秘 密", "秘密☆长期", "机\u200b密", "密级：秘密", "内部资料，不得外传", "仅供内部使用",
            "㊙", "內部文件", "本表为内部文件", "机密 ★ 20 年", "工作秘密", "国家秘密★长期", "注意保密", "绝\u3000密",
        )),
        ("attr_mark", ("not-public-mark",), (
            "依申请公开", "公开属性：不予公开", "此件不公开", "（依申请公开）", "依 申 请 公 开", "不予主动公开",
        )),
        ("upstream_mark", ("upstream-mark",), (
            "根据国卫密〔2020〕5号", "转发内部明电", "依据云卫机密发〔2021〕12号文件", "见机要文件",
        )),
        ("contact_private", ("private-contact",), (
            "zhangsan@qq.com", "微信号：zhang_san88", "QQ：12345678", "请加微信 wxid_abc123def", "lisi@163.com",
        )),
        ("ad_words", ("ad-word", "ad-claim"), (
            "全省第一", "最先进的设备", "治愈率高达98%", "根治糖尿病", "保证治愈", "疗效优于其他医院", "祖传秘方", "权威专家坐诊",
            "全国唯一", "包治百病", "国际领先水平",
        )),
        ("exact_addr", ("home-address",), (
            "住幸福小区3号楼2单元501室", "家住建设路12弄3号401室", "云河市和平花园5栋1203室", "现住平安里6号楼2单元", "居住于新苑3-2-501室",
        )),
    ):  # fmt: skip
        for text in texts:
            yield Plant(kind, text, codes, "说明", lambda _, text=text: text)
    yield Plant(
        "exact_addr",
        "under its heading",
        ("home-address",),
        "家庭住址",
        lambda c: f"云河市建设街道{c.randrange(1, 99)}号{c.randrange(1, 30)}室",
    )


def _of_persons() -> Iterator[Plant]:
    disease = {"诊断": lambda c: c.choice(DISEASES)}
    icd = {"编码": lambda c: f"{c.choice('ABEIJK')}{c.randrange(100):02d}.{c.randrange(10)}"}
    unnamed = {"栏二": lambda c: c.choice(DISEASES)}
    found = ("name-with-diagnosis",)
    yield Plant("name_dx", "姓名 beside 诊断", found, "姓名", name, disease)
    yield Plant("name_dx", "under no heading, beside 诊断", found, "栏一", name, disease)
    yield Plant("name_dx", "beside ICD-10 codes", found, "栏一", name, icd)
    yield Plant("name_dx", "beside diseases under no heading", found, "栏一", name, unnamed)
    yield Plant("name_dx", "half hidden", found, "患者", lambda c: f"{name(c)[0]}某某", disease)
    yield Plant(
        "name_dx",
        "in a sentence",
        found,
        "说明",
        lambda c: (
            f"患者{name(c)}，{c.choice('男女')}，{c.randrange(20, 80)}岁，诊断为{c.choice(DISEASES)}。"
        ),
    )
    traits = {
        "年龄": lambda c: str(c.randrange(15, 89)),
        "就诊日期": lambda c: f"2026-{c.randrange(1, 13):02d}-{c.randrange(1, 29):02d}",
        "街道": lambda c: c.choice(("东关街道", "西关街道", "南关街道")),
    }
    yield Plant(
        "person_rows",
        "sex, age, date, street",
        ("person-rows",),
        "性别",
        lambda c: c.choice("男女"),
        traits,
    )
    yield Plant(
        "birth_age",
        "出生日期",
        ("birth-date",),
        "出生日期",
        lambda c: f"{c.randrange(1930, 2020)}-0{c.randrange(1, 10)}-1{c.randrange(10)}",
    )
    yield Plant(
        "birth_age",
        "over 89",
        ("age-over-89",),
        "年龄",
        lambda c: f"{c.randrange(90, 104)}{c.choice(['', '岁'])}",
        {"性别": lambda c: c.choice("男女"), **disease},
    )
    yield Plant(
        "minor",
        "beside a school",
        ("minor",),
        "年龄",
        lambda c: str(c.randrange(3, 14)),
        {"性别": lambda c: c.choice("男女"), "学校": lambda _: "实验小学"},
    )
    yield Plant(
        "geo_point",
        "beside diagnoses",
        ("precise-place",),
        "经度",
        lambda c: f"116.{c.randrange(10**4, 10**6)}1",
        disease,
    )


def _nothing(_: Chance) -> str:
    return ""


def _written(make: Callable[[Chance], str], write: Callable[[str], str]) -> Callable[[Chance], str]:
    return lambda chance: write(make(chance))


def _worded(word: str) -> Callable[[Chance], str]:
    return lambda chance: f"{word}：{chance.randrange(10**6, 10**8)}，已出院"
