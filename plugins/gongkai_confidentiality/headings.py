"""What a column is about, by its name and titles in both languages."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from gongkai import Field, FieldType


class Role(StrEnum):
    """What the cells of a column say, as far as its heading tells."""

    IDENTITY = "identity"
    PHONE = "phone"
    BANK = "bank"
    TRAVEL = "travel"
    RECORD = "record"
    NAME = "name"
    SEX = "sex"
    AGE = "age"
    BIRTH = "birth"
    SCHOOL = "school"
    TRAIT = "trait"
    AREA = "area"
    VISIT = "visit"
    DIAGNOSIS = "diagnosis"
    COUNT = "count"
    STAFF = "staff"
    INSTITUTION = "institution"
    PLACE = "place"
    HOME = "home"
    ADDRESS = "address"
    EXPERT = "expert"
    COMMERCIAL = "commercial"
    THING = "thing"


_HEADINGS: dict[Role, str] = {
    Role.IDENTITY: r"身份证|证件号|公民身份|\bid ?card\b|\bidentity (?:no|number|card)\b|\bsfz",
    Role.PHONE: r"电话|手机|联系方式|\b(?:phone|mobile|tel|telephone|cell|fax)\b",
    Role.BANK: r"卡号|账号|帐号|银行账户|\b(?:bank|card|account) (?:no|number|account)\b|\biban\b",
    Role.TRAVEL: r"护照|通行证|台胞证|回乡证|居留证|居住证|\bpassport|\btravel (?:doc|permit)",
    Role.RECORD: (
        r"医保(?:卡|个人)?(?:编?号|号码)|医保卡|社保(?:卡)?号|社会保障(?:卡)?号|参保(?:人)?编?号|"
        r"住院(?:病人)?号|门诊号|病案号|病历号|就诊(?:卡)?号|诊疗卡号|床号|床位号|(?:标本|样本|检验)条码|"
        r"^条码号?$|\bmrn\b|\bmedical record (?:no|num)|"
        r"\b(?:inpatient|outpatient|admission|patient) "
        r"(?:no|number|id)\b|\b(?:bed|chart) (?:no|number)\b|\binsur(?:ed|ance) (?:no|id)\b"
    ),
    Role.NAME: (
        r"姓名|患者名|病人名|名字$|^(?:患者|病人|献血者|死者|当事人)$|"
        r"\b(?:patient|person|full|first|last|family|given|child|student|doctor|expert) name\b|"
        r"^name$"
    ),
    Role.SEX: r"性别|\b(?:sex|gender)\b",
    Role.AGE: (
        r"(?<!接种)(?<!适用)(?<!平均)(?<!限制)年龄(?!组|段|别|分|要求|范围|限制|中位)|岁数|"
        r"(?<!mean )(?<!median )(?<!minimum )(?<!maximum )\bage\b(?! (?:group|band|range|class))"
    ),
    Role.BIRTH: r"出生(?:日期|年月日?|时间|年份|日)|^出生$|生日|\bbirth ?(?:date|day|year)\b|"
    r"\bdate of birth\b|\bdob\b",
    Role.SCHOOL: r"学校|幼儿园|班级|\b(?:school|kindergarten)\b",
    Role.TRAIT: (
        r"职业|工作单位|民族|婚姻|文化程度|学历|国籍|籍贯|年龄(?:组|段)|"
        r"\b(?:occupation|employer|workplace|ethnic\w*|marital|education|nationality|race)\b|"
        r"\bage (?:group|band)\b"
    ),
    Role.AREA: (
        r"街道|居委|社区|乡镇|区县|县区|地区|现住|户籍|行政区划|所在地|省|地市|"
        r"\b(?:street|district|county|province|state|city|region|division|zip|postcode)\b"
    ),
    Role.VISIT: (
        r"(?:就诊|入院|出院|发病|确诊|诊断|报告|采样|死亡|手术|献血|接种)(?:日期|时间)|"
        r"\b(?:admission|discharge|onset|visit|diagnosis|report|death|test) (?:date|time)\b|"
        r"\bdate of (?:admission|discharge|onset|visit|diagnosis|death)\b"
    ),
    Role.DIAGNOSIS: (
        r"诊断(?!日期|时间)|病种|疾病|病名|病情|检验结果|化验|抗体|HIV|艾滋|用药|处方|临床表现|症状|主诉|病史|"
        r"病理|ICD|检测结果|检查结果|感染(?:途径|类型|情况)|临床(?:分型|严重)|"
        r"\b(?:diagnos[ei]s|disease|icd(?: ?10)?|symptoms?|medications?|prescription|hiv|"
        r"antibod\w+|(?:lab|test) results?)\b"
    ),
    Role.COUNT: (
        r"人数|人次|例数|病例数|发病数|死亡数|患者数|件数|户数|次数$|发病率|死亡率|构成比|占比|比例|百分|"
        r"^(?:数量|合计|总数|小计|总计|数值|计数|病例|指标值|率)$|"
        r"\b(?:counts?|cases|deaths|totals?|numbers? of|numerator|denominator|rate|percent|pct|"
        r"population|incidence|mortality)\b|^(?:n|value|number|num)$"
    ),
    Role.STAFF: (
        r"职称|执业|工号|职务|专长|出诊|诊室|注册状态|岗位|任职|分工|"
        r"\b(?:doctor|physician|staff|nurse|licen[cs]e|specialty|post|duties)\b"
    ),
    Role.INSTITUTION: (
        r"机构|医院|单位名称|门诊部|采血点|站点|接种点|监测点|企业|公司|"
        r"\b(?:institution|hospital|facility|clinic|site|station|supplier|manufacturer)\b"
    ),
    Role.PLACE: r"经度|纬度|坐标|\b(?:longitude|latitude|lon|lat|lng|coordinates?)\b|经纬",
    Role.HOME: (
        r"家庭(?:住|地)址|住址|现住址|居住地址|户籍(?:所在)?地址|"
        r"\b(?:home|residential|household) address"
    ),
    Role.ADDRESS: (
        r"地址|地点|位置|场所|诊室|交通|路线|停放|\b(?:address|location|place|venue|transport|room)\b"
    ),
    Role.EXPERT: (
        r"(?:评审|评标|鉴定|论证|谈判|磋商|咨询)(?:专家|人员|小组|组|委员)|评委|鉴定人|"
        r"\b(?:review|evaluation|appraisal) (?:experts?|panel)\b|\bevaluators?\b"
    ),
    Role.COMMERCIAL: (
        r"底价|标底|报价|进价|进货价|采购价|成本价|拦标|投标人(?:联系|手机|电话)|"
        r"\b(?:reserve|floor|bid|purchase|acquisition|cost) price\b|\bbidder (?:contact|phone)\b"
    ),
    Role.THING: (
        r"药|耗材|项目|病(?!人)|疾|科室|科目|疫苗|物资|设备|技术|地区|省|市$|县|区$|名称|品种|类|"
        r"\b(?:drug|item|disease|department|product|vaccine|city|province|county|state|description|"
        r"category|class|type)\b"
    ),
}
_PATTERNS = {role: re.compile(pattern, re.IGNORECASE) for role, pattern in _HEADINGS.items()}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Column:
    """A field and what its heading says it holds."""

    field: Field
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    @cached_property
    def is_text(self) -> bool:
        """Tell whether any text can stand in it: codes, dates and truth values are closed."""
        is_open = self.field.type in (FieldType.STRING, FieldType.LIST)
        return is_open and not self.field.categories and not self.field.list_values


def column_of(field: Field) -> Column:
    """Return what the name and the titles of a field say; the hint is talk and says nothing."""
    headings = [field.title.zh.strip(), _spoken(field.title.en), _spoken(field.name)]
    roles = {
        role
        for role, pattern in _PATTERNS.items()
        if any(pattern.search(heading) for heading in headings)
    }
    if field.personal_count:
        roles.add(Role.COUNT)
    if field.public_official:
        roles.add(Role.STAFF)
    return Column(field, frozenset(roles))


def _spoken(name: str) -> str:
    return re.sub(r"[_\s\-./()]+", " ", _CAMEL.sub(" ", name)).strip()
