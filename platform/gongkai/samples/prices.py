"""Price lists: services, drugs, consumables, vaccines. A few prices change every month."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from gongkai.domain.items import ServiceKind
from gongkai.samples import chance
from gongkai.samples.catalogs import table, texts
from gongkai.samples.places import PROVINCE_SHORT
from gongkai.samples.scene import Maker, Scene, Values

_LETTERS = "ABCDEFGHJKLMNPQRTUWXY"
_VARIANTS = {
    "项": ("", "（化学发光法）"),
    "每个部位": ("", "（加收：增加一个部位）"),
    "次": ("", "（儿童加收）"),
}


def _makers(of_what: str) -> list[str]:
    found: list[str] = texts("words")["makers"][of_what]
    return found


@dataclass(frozen=True)
class _Priced:
    """A price in force: how many times it changed, since when, and the multiple it became."""

    since: date
    factor: float
    changes: int


def _price_history(
    scene: Scene, key: str, *, each_month: float, first: date, cheaper: bool
) -> _Priced | None:
    """Return the price in force on ``period``, or None for a line that came later."""
    random = scene.random("price", key)
    arrived = random.random()
    if arrived > 0.9:
        begins = date(2025, 1, 1) + timedelta(days=int((arrived - 0.9) * 10 * 1000))
        if begins > scene.period:
            return None
        first = begins.replace(day=1)
    changes = chance.changes_until(scene.period, random, each_month=each_month, since=first)
    factor, steps = 1.0, scene.random("steps", key)
    for _ in changes:
        factor *= steps.uniform(0.72, 0.98) if cheaper else steps.uniform(1.0, 1.12)
    return _Priced(changes[-1] if changes else first, factor, len(changes))


def _grown(scene: Scene, make: Callable[[int], Iterator[Values]]) -> list[Values]:
    """Run through a list once, or, for a ``size``, as often as it takes."""
    rows = list(make(0))
    turn = 0
    while scene.size is not None and len(rows) < scene.size:
        turn += 1
        rows += make(turn)
    return scene.sized(rows)


def service_item_prices(scene: Scene) -> list[Values]:
    """What a body of this size offers; an item has one price in force."""

    def lines(turn: int) -> Iterator[Values]:
        for line in table("services"):
            if not _offers(scene, line):
                continue
            for part, suffix in enumerate(_VARIANTS.get(line["charge_unit"], ("",))):
                ending = f"-{part}{_code36(turn)}" if turn else f"-{part}" if part else ""
                row = _service(scene, line, line["item_code"] + ending, suffix, part)
                if row is not None:
                    yield row

    return _grown(scene, lines)


def _offers(scene: Scene, line: dict[str, str]) -> bool:
    """Tell whether a body of this size does this: primary care and small hospitals do less."""
    if scene.size is not None:
        return True
    price, kinds = float(line["price"]), scene.institution.service_kinds
    if ServiceKind.PRIMARY in kinds:
        return price <= 180 and line["category"] != "clinical"
    if scene.institution.beds < 500:
        return price <= 2000 and scene.share("offers", line["item_code"]) < 0.86
    return scene.share("offers", line["item_code"]) < 0.97


def _service(
    scene: Scene, line: dict[str, str], code: str, suffix: str, part: int
) -> Values | None:
    if part and scene.share("variant", code) < 0.45:
        return None
    first = date(2023 + scene.whole(0, 1, "first", code), scene.whole(1, 12, "month", code), 1)
    history = _price_history(scene, code, each_month=0.007, first=first, cheaper=False)
    if history is None:
        return None
    level = {"3": 1.0, "2": 0.9, "1": 0.8}.get(scene.institution.level_grade[0], 0.75)
    price = _rounded(float(line["price"]) * level * history.factor * (0.3 if part else 1.0))
    market = scene.share("market", line["item_code"]) < 0.05 or line["insurance_class"] == "bing"
    kind, self_pay = line["insurance_class"], int(line["self_pay"])
    year = history.since.year if history.changes else 2023
    return {
        "item_code": code,
        "national_code": _national_code(line["item_code"]),
        "item_name": line["item_name"] + suffix,
        "category": line["category"],
        "content": line["content"],
        "excluded": line["excluded"],
        "charge_unit": line["charge_unit"],
        "price_cny": price,
        "price_type": "market" if market else "gov_guided",
        "ceiling_cny": None if market else _rounded(price * 1.0 if level == 1.0 else price / level),
        "insurance_class": kind,
        "self_pay_first_pct": self_pay,
        "reimburse_employee_pct": 0 if kind == "bing" else 85,
        "reimburse_resident_pct": 0 if kind == "bing" else 60,
        "reimburse_cap_cny": price if kind == "yi" and price > 300 else None,
        "notes": "6周岁及以下儿童加收不超过30%" if part and line["charge_unit"] == "次" else "",
        "basis_doc": f"{PROVINCE_SHORT}医保发〔{year}〕{history.since.month + 8}号",
        "effective_from": history.since,
    }


def _rounded(price: float) -> float:
    """Round as price lists do: to whole yuan from 20 on, to a tenth below."""
    return float(round(price)) if price >= 20 else round(price, 1)


def _national_code(code: str) -> str:
    """Return the 15 digits of the insurance code, with the local one behind where it differs."""
    return code if len(code) == 15 else f"00{code}0000-{code}"


def _code36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    found = ""
    while number:
        number, rest = divmod(number, 36)
        found = digits[rest] + found
    return found


def drug_prices(scene: Scene) -> list[Values]:
    """One to three makers a drug; bulk buying makes the first of them cheaper over time."""

    def lines(turn: int) -> Iterator[Values]:
        for line in table("drugs"):
            for place, maker in enumerate(_makers_for(scene, line["generic_name"], turn)):
                row = _drug(scene, line, maker, place)
                if row is not None:
                    yield row

    return _grown(scene, lines)


def _makers_for(scene: Scene, name: str, turn: int) -> list[str]:
    count = 1 if scene.institution.beds < 100 else chance.pick((1, 2, 2, 3), "makers", name)
    makers = chance.draw("makers", name).sample(_makers("drugs"), count)
    return [_other_maker(maker, turn) for maker in makers]


def _other_maker(maker: str, turn: int) -> str:
    """Return the maker, or its namesake that stands in when a list is run through again."""
    return f"示例{turn}号{maker.removeprefix('示例')}" if turn else maker


def _drug(scene: Scene, line: dict[str, str], maker: str, place: int) -> Values | None:
    key = f"{line['generic_name']} {maker}"
    history = _price_history(
        scene, key, each_month=0.006, first=date(2024, 1, 1), cheaper=line["vbp"] == "1"
    )
    if history is None:
        return None
    random = chance.draw("drug", key)
    price = float(line["price"]) * (1 + 0.18 * place) * random.uniform(0.94, 1.06)
    is_bulk = line["vbp"] == "1" and place == 0
    insurance = line["insurance"]
    return {
        "insurance_code": _drug_code(random, line["kind"]),
        "approval_no": f"国药准字{_letter(line)}{random.choice(('19', '20'))}"
        f"{random.randint(0, 999999):06d}",
        "generic_name": line["generic_name"],
        "dosage_form": line["dosage_form"],
        "spec": line["spec"],
        "pack_spec": line["pack_spec"],
        "unit": line["unit"],
        "price_cny": round(price * history.factor, 4 if random.random() < 0.3 else 2),
        "manufacturer": maker,
        "is_essential": line["essential"] == "1",
        "is_vbp": is_bulk,
        "insurance_class": insurance,
        "self_pay_first_pct": {"jia": 0, "yi": 10}.get(insurance, 20),
        "reimburse_employee_pct": 85,
        "reimburse_resident_pct": 60,
        "payment_limit": "限二线用药" if insurance == "yi" and random.random() < 0.2 else "无",
        "effective_from": history.since,
    }


def _letter(line: dict[str, str]) -> str:
    """Return the letter of an approval number: Z for Chinese, S for biological medicine, H else."""
    if line["kind"] == "Z":
        return "Z"
    return "S" if "单抗" in line["generic_name"] or "重组" in line["generic_name"] else "H"


def _drug_code(random: Random, kind: str) -> str:
    """Return a code shaped like the national one: 23 characters X…, Chinese medicine 20 Z…."""
    digits = "".join(random.choices("0123456789", k=30))
    if kind == "Z":
        return f"ZA{random.choice(_LETTERS)}{random.choice(_LETTERS)}{digits[:16]}"
    return f"X{kind}{random.choice(_LETTERS)}{random.choice(_LETTERS)}{digits[:3]}A{digits[3:15]}"


def essential_medicines(scene: Scene) -> list[Values]:
    """One maker a drug; a few are out of stock each month."""
    essential = [line for line in table("drugs") if line["essential"] == "1"]
    month = (scene.year, scene.period.month)

    def lines(turn: int) -> Iterator[Values]:
        for number, line in enumerate(essential, 1):
            if scene.size is None and scene.share("kept", number) < 0.25:
                continue
            maker = chance.pick(_makers("drugs"), "essential", line["generic_name"])
            row = _drug(scene, line, _other_maker(maker, turn), 0)
            if row is not None:
                if row["insurance_class"] == "negotiated":
                    row["insurance_class"] = "yi"
                in_stock = scene.share("stock", line["generic_name"], month) > 0.04
                yield row | {
                    "eml_no": f"{number * 3:03d}",
                    "zero_markup": True,
                    "in_stock": in_stock,
                }

    return _grown(scene, lines)


def consumable_prices(scene: Scene) -> list[Values]:
    """Each model has a price of its own; bulk buying makes some cheaper."""

    def lines(turn: int) -> Iterator[Values]:
        for line in table("consumables"):
            if scene.institution.beds < 100 and float(line["price"]) > 200:
                continue
            for spec in line["specs"].split("|"):
                row = _consumable(scene, line, spec, turn)
                if row is not None:
                    yield row

    return _grown(scene, lines)


def _consumable(scene: Scene, line: dict[str, str], spec: str, turn: int) -> Values | None:
    key = f"{line['name']} {spec} {turn}"
    history = _price_history(scene, key, each_month=0.008, first=date(2024, 4, 1), cheaper=True)
    if history is None:
        return None
    maker = chance.pick(_makers("devices"), line["name"], turn)
    random = chance.draw("consumable", line["name"], turn)
    year, serial = random.randint(2017, 2024), random.randint(0, 9999)
    middle = f"{'3' if line['class'] == 'Ⅲ' else '2'}{random.randint(1, 22):02d}"
    country = "国" if line["class"] == "Ⅲ" else PROVINCE_SHORT
    price = round(float(line["price"]) * history.factor * (1 + 0.07 * (turn % 9)), 4)
    digits = "".join(random.choices("0123456789", k=19))
    return {
        "insurance_code": f"C{digits}",
        "reg_no": f"{country}械注准{year}{middle}{serial:04d}",
        "name": line["name"],
        "spec_model": f"{spec} {_code36(turn)}型" if turn else spec,
        "unit": line["unit"],
        "price_cny": price,
        "high_value": price >= 1000,
        "manufacturer": maker,
        "is_vbp": chance.share("vbp", line["name"]) < 0.45,
        "insurance_class": "none" if line["price"] == "0.38" else "yi" if price >= 100 else "jia",
        "self_pay_first_pct": 20 if price >= 1000 else 10 if price >= 100 else 0,
        "reimburse_employee_pct": 0 if line["price"] == "0.38" else 80,
        "reimburse_resident_pct": 0 if line["price"] == "0.38" else 55,
        "related_item_code": line["related"],
        "effective_from": history.since,
    }


def vaccine_prices(scene: Scene) -> list[Values]:
    """Vaccines of the immunisation programme are free (疫苗管理法 art. 49), others are not."""
    rows: list[Values] = []
    for number, line in enumerate(table("vaccines")):
        is_free = line["programme_type"] != "non_nip"
        makers = 1 if is_free else 1 + number % 2
        for maker in chance.draw(line["vaccine_name"]).sample(_makers("vaccines"), makers):
            key = f"{line['vaccine_name']} {maker}"
            history = _price_history(
                scene, key, each_month=0.006, first=date(2024, 1, 1), cheaper=True
            )
            if history is None or scene.share("carried", key) < 0.06:
                continue
            rows.append(_vaccine(scene, line, maker, history))
    return scene.sized(rows)


def _vaccine(scene: Scene, line: dict[str, str], maker: str, history: _Priced) -> Values:
    is_free = line["programme_type"] != "non_nip"
    year = history.since.year
    month = (scene.year, scene.period.month)
    return {
        "vaccine_name": line["vaccine_name"],
        "manufacturer": maker,
        "dosage_form": line["dosage_form"],
        "spec": line["spec"],
        "unit": "剂",
        "programme_type": line["programme_type"],
        "vaccine_price_cny": 0 if is_free else round(float(line["price"]) * history.factor, 1),
        "storage_fee_cny": 0 if is_free else 8,
        "service_fee_cny": 0 if is_free else 28,
        "target_group": line["target_group"],
        "schedule": line["schedule"],
        "basis_doc": "《中华人民共和国疫苗管理法》第四十九条"
        if is_free
        else f"{PROVINCE_SHORT}疾控免疫发〔{year}〕{history.since.month + 2}号",
        "in_stock": scene.share("stock", line["vaccine_name"], month) > 0.07,
        "effective_from": history.since,
    }


MAKERS: dict[str, Maker] = {
    "consumable_prices": consumable_prices,
    "drug_prices": drug_prices,
    "essential_medicines": essential_medicines,
    "service_item_prices": service_item_prices,
    "vaccine_prices": vaccine_prices,
}
