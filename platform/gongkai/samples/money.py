"""Money and goods: donations, procurement, budget, the annual report's figures."""

from datetime import date, timedelta

from gongkai.samples import chance
from gongkai.samples.catalogs import table
from gongkai.samples.institutions import unified_code
from gongkai.samples.listed import kinds_of
from gongkai.samples.places import PROVINCE_CODE
from gongkai.samples.scene import Maker, Row, Scene, Values

_SUPPLIERS = {
    "equipment": "示例医疗设备有限公司",
    "works": "示例云河工程有限公司",
    "service": "示例澄湖物业服务有限公司",
    "consumable": "示例沧澜器械有限公司",
    "drug": "示例沧澜医药科技有限公司",
}
_STEPS = (("intent", 0), ("tender", 34), ("award", 62), ("contract", 76), ("acceptance", 170))
_FUNCTION_LINES = {
    "J100": ("2100401", "疾病预防控制机构"),
    "F120": ("2100406", "采供血机构"),
    "A100": ("2100201", "综合医院"),
    "A210": ("2100202", "中医（民族）医院"),
    "G100": ("2100403", "妇幼保健机构"),
    "B100": ("2100301", "城市社区卫生机构"),
    "C220": ("2100302", "乡镇卫生院"),
    "A519": ("2100299", "其他公立医院支出"),
}
_USERS = ("办公室", "财务科", "综合业务科", "后勤保障科")
_APPLICANTS = ("natural", "company", "research", "ngo", "law_firm", "other_org")


def donations_received(scene: Scene) -> list[Values]:
    """What was received last year and this year up to ``period``, in order of receipt."""
    rows: list[Values] = []
    lines = [row for row in table("donations") if scene.institution.service_kinds & kinds_of(row)]
    for year in (scene.year - 1, scene.year):
        serial, wanted = 0, 9 if scene.size is None else scene.size
        for number in range(wanted):
            received = date(year, 1, 6) + timedelta(days=number * 350 // wanted)
            if received > scene.period:
                break
            random = scene.random(year, number)
            line, serial = random.choice(lines), serial + 1
            is_goods = line["form"] == "goods"
            quantity = (
                max(1, round(int(line["quantity"]) * random.uniform(0.5, 1.5)))
                if is_goods
                else None
            )
            amount = int(line["amount"]) * (
                quantity / int(line["quantity"]) if quantity else random.uniform(0.4, 1.6)
            )
            rows.append(
                {
                    "donation_no": f"{year}-{serial:04d}",
                    "received_on": received,
                    "donor_name": line["donor"].format(city=scene.place.city.name.zh),
                    "donor_kind": line["kind"],
                    "donor_public": line["kind"] == "org",
                    "form": line["form"],
                    "item_name": line["item"],
                    "quantity": quantity,
                    "quantity_unit": line["unit"],
                    "amount_cny": round(amount, 2),
                    "restricted_purpose": line["purpose"],
                    "agreement_no": f"捐协{year}-{serial:02d}" if line["kind"] == "org" else "",
                }
            )
    return rows if scene.size is None else rows[-scene.size :]


def donations_used(scene: Scene) -> list[Values]:
    """What became of the donations of ``context``, or of those that we make."""
    received = scene.published("donations_received", donations_received)
    rows: list[Values] = []
    for row in received:
        used = date.fromisoformat(row["received_on"]) + timedelta(
            days=scene.whole(12, 70, row["donation_no"])
        )
        if used > scene.period:
            continue
        rows.append(_used(scene, row, used))
    return scene.sized(
        rows or [_used(scene, row, date.fromisoformat(row["received_on"])) for row in received[:1]]
    )


def _used(scene: Scene, row: Row, used: date) -> Values:
    is_goods = row["form"] == "goods"
    amount = float(row["amount_cny"])
    share = 1.0 if is_goods or scene.share("all", row["donation_no"]) < 0.6 else 0.75
    spent = round(amount * share, 2)
    return {
        "donation_no": row["donation_no"],
        "used_on": used,
        "use_desc": row["restricted_purpose"] or "统筹用于日常业务",
        "user_unit": chance.pick(_USERS, row["donation_no"]),
        "amount_cny": spent,
        "quantity": row["quantity"] if is_goods else None,
        "balance_cny": round(amount - spent, 2),
        "asset_no": f"ZC{row['donation_no']}" if is_goods and amount > 10_000 else "",
    }


def procurement_notices(scene: Scene) -> list[Values]:
    """The notices published since the beginning of last year, project by project."""
    body = scene.institution
    lines = [row for row in table("procurement") if body.service_kinds & kinds_of(row)]
    count = len(lines) if scene.size is None else scene.size
    rows: list[Values] = []
    for year in (scene.year - 1, scene.year):
        order = scene.random("projects", year).sample(lines, len(lines))
        for number in range(count):
            start = date(year, 1, 8) + timedelta(days=number * 320 // count)
            rows += _project(scene, order[number % len(order)], number + 1, start)
    rows.sort(key=lambda row: (row["published_on"], row["project_no"]))
    return rows if scene.size is None else rows[-scene.size :]


def _project(scene: Scene, line: dict[str, str], number: int, start: date) -> list[Values]:
    body = scene.institution
    random = scene.random("project", start.year, number)
    budget = round(float(line["budget"]) * random.uniform(0.85, 1.15), -2)
    award = round(budget * random.uniform(0.88, 0.985), 2)
    supplier = _SUPPLIERS.get(line["category"], "示例海月供应链有限公司")
    rows: list[Values] = []
    for kind, after in _STEPS:
        event = _weekday(start + timedelta(days=after))
        published = _weekday(event + timedelta(days=1))
        if published > scene.period:
            break
        won = kind in ("award", "contract", "acceptance")
        rows.append(
            {
                "project_no": f"CLZC{body.region_code}-{start.year}-{body.line:02d}{number:03d}",
                "project_name": line["name"],
                "notice_type": kind,
                "category": line["category"],
                "method": line["method"],
                "budget_cny": budget,
                "award_cny": award if won else None,
                "supplier": supplier if won else "",
                "supplier_uscc": _supplier_code(supplier) if won else "",
                "event_on": event,
                "published_on": published,
                "url": f"https://ggzy.example.org.cn/notice/{start.year}{body.line:02d}{number:03d}-{kind}",
            }
        )
    return rows


def _weekday(day: date) -> date:
    """Return the day, or the Monday after it."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _supplier_code(supplier: str) -> str:
    number = chance.stable_number("supplier", supplier) % 10**6
    return unified_code("91", PROVINCE_CODE, f"MA{number:06d}")


def budget_accounts(scene: Scene) -> list[Values]:
    """The budget of ``period``'s year; from September on last year's final accounts as well."""
    rows = _accounts(scene, scene.year, "budget", date(scene.year, 2, 24))
    if scene.period.month >= 9:
        rows += _accounts(scene, scene.year - 1, "final", date(scene.year, 8, 26))
    return rows


def _accounts(scene: Scene, year: int, statement: str, approved: date) -> list[Values]:
    body = scene.institution
    code, name = _FUNCTION_LINES.get(body.category_code, ("2109901", "其他卫生健康支出"))
    total = body.staff * 30.0 * scene.random(year, statement).uniform(1.0, 1.08)
    lines = (
        ("income", "101", "财政拨款收入", "", "", "general", 0.42),
        ("income", "103", "事业收入", "", "", "business", 0.55),
        ("income", "109", "其他收入", "", "", "other", 0.03),
        ("expenditure", code, name, "", "basic", "business", 0.71),
        ("expenditure", "2100408", "基本公共卫生服务", "", "project", "general", 0.06),
        ("expenditure", "2100499", "其他公共卫生支出", "", "project", "general", 0.05),
        ("expenditure", "2080505", "基本养老保险缴费支出", "", "basic", "general", 0.08),
        ("expenditure", "2101102", "事业单位医疗", "", "basic", "general", 0.04),
        ("expenditure", "2210201", "住房公积金", "", "basic", "general", 0.06),
        ("expenditure", "30217", "公务接待费", "30217", "basic", "general", 0.0002),
        ("expenditure", "30231", "公务用车运行维护费", "30231", "basic", "general", 0.002),
        ("expenditure", "30212", "因公出国（境）费用", "30212", "basic", "general", 0.0),
    )
    return [
        {
            "fiscal_year": year,
            "statement": statement,
            "side": side,
            "line_code": line_code,
            "line_name": line_name,
            "economic_code": economic,
            "basic_or_project": kind,
            "fund_source": source,
            "amount_wan": round(total * part, 2),
            "is_three_public": line_code.startswith("302"),
            "approved_on": approved,
            "approving_body": f"{scene.place.name.zh}卫生健康委员会",
        }
        for side, line_code, line_name, economic, kind, source, part in lines
    ]


def annual_report_stats(scene: Scene) -> list[Values]:
    """The figures of ``period``'s year; each applicant type adds up to the total column."""
    counts = {
        (code, applicant): count
        for applicant in _APPLICANTS
        for code, count in _requests(scene, applicant).items()
    }
    rows: list[Values] = []
    for line in table("annual_rows"):
        code = line["row_code"]
        common: Values = {
            "report_year": scene.year,
            "row_code": code,
            "row_name": line["row_name"],
        }
        if line["kind"] == "single":
            rows.append(
                common
                | {
                    "applicant_type": "na",
                    "count": scene.whole(0, int(line["most"]), code, scene.year),
                    "amount_wan": 0 if code.startswith("P9") else None,
                }
            )
            continue
        numbers = {applicant: counts[code, applicant] for applicant in _APPLICANTS}
        numbers["total"] = sum(numbers.values())
        rows += [
            common | {"applicant_type": applicant, "count": number}
            for applicant, number in numbers.items()
        ]
    return rows


def _requests(scene: Scene, applicant: str) -> dict[str, int]:
    """Return one applicant type's column: received and carried in equals answered and carried."""
    random = scene.random("requests", scene.year, applicant)
    weight = {"natural": 8, "company": 3, "law_firm": 2}.get(applicant, 1)
    found = {line["row_code"]: 0 for line in table("annual_rows") if line["kind"] == "applicants"}
    found["1"] = chance.poisson(random, weight)
    found["2"] = random.randint(0, 1) if weight > 2 else 0
    total = found["1"] + found["2"]
    found["4"] = 1 if total > 4 and random.random() < 0.4 else 0
    answered = total - found["4"]
    choices = ("3.1", "3.1", "3.1", "3.2", "3.4.1", "3.4.3", "3.5.1", "3.6.1", "3.3.4")
    for _ in range(answered):
        found[random.choice(choices)] += 1
    found["3.7"] = answered
    return found


MAKERS: dict[str, Maker] = {
    "annual_report_stats": annual_report_stats,
    "budget_accounts": budget_accounts,
    "donations_received": donations_received,
    "donations_used": donations_used,
    "procurement_notices": procurement_notices,
}
