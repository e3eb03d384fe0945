"""Every kind of finding: its code, how grave it is, and what it says (DOMAIN.md §3.2)."""

from dataclasses import dataclass

from gongkai import Severity, Text


@dataclass(frozen=True, eq=False)
class Finding:
    """One kind of thing that must not, or may not, become public.

    ``message`` may have ``{size}`` and ``{least}`` for the small groups.
    """

    code: str
    severity: Severity
    title: Text
    message: Text

    def said(self, **given: object) -> Text:
        """Return the message with its figures."""
        if not given:
            return self.message
        return Text(self.message.zh.format(**given), self.message.en.format(**given))


KINDS: dict[str, Finding] = {}


def _kind(
    code: str, severity: Severity, title: tuple[str, str], message: tuple[str, str]
) -> Finding:
    """Make a kind and remember it by code."""
    KINDS[code] = Finding(code, severity, Text(*title), Text(*message))
    return KINDS[code]


B, R, W = Severity.ERROR, Severity.REVIEW, Severity.WARNING

RESIDENT_ID = _kind(
    "resident-id",
    B,
    ("居民身份证号码", "Resident identity number"),
    (
        "单元格含有居民身份证号码（校验码正确），依法不得公开；请删去或改用汇总数据。",
        "The cell holds a resident identity number (its check digit is right), which must not be "
        "published; remove it, or publish aggregates.",
    ),
)
DOUBTFUL_ID = _kind(
    "resident-id-doubtful",
    W,
    ("疑似身份证号码", "Possible identity number"),
    (
        "单元格中的数字形似居民身份证号码，但校验码不对，可能是误录；请核对，确为身份证号码须删去。",
        "The digits look like a resident identity number with a wrong check digit, perhaps "
        "mistyped; check, and remove them if they are one.",
    ),
)
SPLIT_ID = _kind(
    "resident-id-split",
    B,
    ("拆开填写的身份证号码", "Identity number in pieces"),
    (
        "本列与右侧相邻的列连起来是居民身份证号码（校验码正确），拆开填写同样不得公开；请删去。",
        "Together with the columns to its right the cell makes a resident identity number (its "
        "check digit is right); splitting it does not make it public. Remove it.",
    ),
)
OLD_ID = _kind(
    "resident-id-old",
    R,
    ("疑似15位旧身份证号码", "Possible 15-digit identity number"),
    (
        "单元格含有形似15位旧身份证号码的数字，且旁有姓名或证件字样；请审查人员确认，确是则删去。",
        "The cell holds 15 digits like an old identity number, beside a name or the word for it; "
        "the reviewer decides, and it goes if it is one.",
    ),
)
MOBILE = _kind(
    "mobile-number",
    B,
    ("手机号码", "Mobile number"),
    (
        "单元格含有手机号码，而该字段不是依法公开的联系电话；请删去，或改填单位的公开电话。",
        "The cell holds a mobile number, and the field is no public contact; remove it, or give "
        "the office's public telephone.",
    ),
)
SPLIT_MOBILE = _kind(
    "mobile-number-split",
    B,
    ("拆开填写的手机号码", "Mobile number in pieces"),
    (
        "本列与右侧相邻的列连起来是手机号码，拆开填写同样不得公开；请删去。",
        "Together with the columns to its right the cell makes a mobile number; splitting it does "
        "not make it public. Remove it.",
    ),
)
BANK = _kind(
    "bank-account",
    B,
    ("银行卡号或账号", "Bank card or account"),
    (
        "单元格含有银行卡号或账号，不得公开；请删去。依法公开的捐赠账户须由该字段标明为公开联系信息。",
        "The cell holds a bank card or account number, which must not be published; remove it. A "
        "donation account public by law belongs into a field marked as a public contact.",
    ),
)
DOUBTFUL_BANK = _kind(
    "bank-account-doubtful",
    W,
    ("疑似银行卡号", "Possible bank card"),
    (
        "单元格中的数字形似银行卡号，但校验位不对，可能是误录；请核对，确为卡号须删去。",
        "The digits look like a bank card with a wrong check digit, perhaps mistyped; check, and "
        "remove them if they are one.",
    ),
)
TRAVEL = _kind(
    "travel-document",
    R,
    ("护照或通行证号码", "Passport or travel permit"),
    (
        "单元格含有护照、通行证或境外身份证件号码；请审查人员确认，属个人证件的须删去。",
        "The cell holds the number of a passport, travel permit or foreign identity document; "
        "the reviewer decides, and a person's document is removed.",
    ),
)
RECORD = _kind(
    "record-number",
    B,
    ("医保号、住院号等个人记录号", "Insurance or patient record number"),
    (
        "单元格含有医保号、住院号、门诊号、病案号、床号或标本条码，能指向个人，不得公开；请删去。",
        "The cell holds an insurance, admission, outpatient, record or bed number or a specimen "
        "barcode, which leads to a person; remove it.",
    ),
)
NAME_DIAGNOSIS = _kind(
    "name-with-diagnosis",
    B,
    ("姓名与诊断信息并列", "Names beside diagnoses"),
    (
        "单元格是人名，同一张表又有诊断、病种、检验或用药信息，不得公开；请删去姓名或改用汇总数据。",
        "The cell is a personal name in a table of diagnoses, tests or medicines, which must not "
        "be published; remove the names, or publish aggregates.",
    ),
)
PERSON_ROWS = _kind(
    "person-rows",
    B,
    ("可推断个人的明细行", "Rows that point to one person"),
    (
        "本表一行一人，与本行性别、年龄、日期、地区等都相同的只有 {size} 行，少于 {least} 行，"
        "可能推断出本人；请改为汇总数据或放宽分组。",
        "Each row is a person, and only {size} row(s) share this one's sex, age, date, area and "
        "the like, fewer than {least}: the person could be inferred. Publish aggregates or "
        "coarser groups.",
    ),
)
HOME = _kind(
    "home-address",
    B,
    ("家庭住址", "Home address"),
    (
        "单元格含有精确到楼栋、单元或房号的住址，不得公开；请删去或只写到街道。",
        "The cell holds an address down to building, entrance or room, which must not be "
        "published; remove it, or stop at the street.",
    ),
)
POINT = _kind(
    "precise-place",
    B,
    ("病例的精确坐标", "Precise place of cases"),
    (
        "坐标精确到小数点后三位以上，且与病例或诊断信息并列，可定位到住户；请只保留两位小数或改用区县。",
        "The coordinate has more than three decimals beside cases or diagnoses and leads to a "
        "household; keep two decimals, or give the county.",
    ),
)
BIRTH = _kind(
    "birth-date",
    B,
    ("个人出生日期", "Date of birth"),
    (
        "单元格是个人出生日期，不得公开；请删去或改用年龄组。",
        "The cell is a person's date of birth, which must not be published; remove it, or give "
        "age groups.",
    ),
)
OLD_AGE = _kind(
    "age-over-89",
    B,
    ("89岁以上的个人年龄", "Age over 89"),
    (
        "一行一人的表中89岁以上者极易识别；请并入“90岁及以上”等年龄组。",
        "In a table of persons an age over 89 is easily recognised; put it into a group such as "
        "“90 and over”.",
    ),
)
MINOR = _kind(
    "minor",
    B,
    ("未满14周岁的个人", "A child under 14"),
    (
        "未满14周岁者与姓名或学校同列，属敏感个人信息（个人信息保护法第28条），不得公开；请删去。",
        "A child under 14 beside a name or a school is sensitive personal information (PIPL "
        "art. 28); remove it.",
    ),
)
SECRET_MARK = _kind(
    "secret-mark",
    B,
    ("密级或内部资料标志", "Mark of secrecy"),
    (
        "单元格含有密级或内部资料标志，不得公开；请送保密审查，未经审查不得上传。",
        "The cell carries a mark of secrecy or of internal use and must not be published; send "
        "it to confidentiality review first.",
    ),
)
SECRET_MENTION = _kind(
    "secret-mention",
    R,
    ("提到秘密或内部资料", "Talk of secrets"),
    (
        "单元格提到秘密或内部资料，可能只是说明文字；请保密审查人员确认。",
        "The cell speaks of secrets or internal material, perhaps only to explain; the "
        "confidentiality reviewer decides.",
    ),
)
NOT_PUBLIC_MARK = _kind(
    "not-public-mark",
    B,
    ("非主动公开标志", "Mark against publication"),
    (
        "单元格标明“依申请公开”“不予公开”或“此件不公开”，不能主动公开；请核对公开属性。",
        "The cell is marked as open on request only or not to be published; check its disclosure "
        "attribute.",
    ),
)
NOT_PUBLIC_MENTION = _kind(
    "not-public-mention",
    R,
    ("提到依申请公开或不予公开", "Talk of disclosure on request"),
    (
        "单元格提到依申请公开或不予公开，可能只是办事说明；请审查人员确认。",
        "The cell speaks of disclosure on request or refusal, perhaps as guidance; the reviewer "
        "decides.",
    ),
)
UPSTREAM = _kind(
    "upstream-mark",
    R,
    ("引用未公开的上级文件", "Quotes a document that is not public"),
    (
        "单元格引用涉密文号、内部明电或未公开的文件；请审查人员确认上级文件是否可以公开。",
        "The cell quotes a classified number, an internal telegram or a document that is not "
        "public; the reviewer says whether it may be quoted.",
    ),
)
COMMERCIAL = _kind(
    "commercial",
    R,
    ("商业秘密线索", "Sign of a commercial secret"),
    (
        "此处为底价、报价、进价或投标人联系方式，可能属商业秘密；请审查人员确认能否公开。",
        "This is a reserve, bid or purchase price or a bidder's contact, perhaps a commercial "
        "secret; the reviewer decides.",
    ),
)
EXPERTS = _kind(
    "expert-name",
    R,
    ("评审、鉴定专家姓名", "Names of review experts"),
    (
        "评审、鉴定专家的姓名未经本人同意不得公开（卫生部令第75号第14条）；请审查人员确认已获同意。",
        "Names of experts in review or appraisal need their consent (Order 75, art. 14); the "
        "reviewer makes sure of it.",
    ),
)
AD_CLAIM = _kind(
    "ad-claim",
    R,
    ("疗效承诺或同业比较", "Promise of a cure, or a comparison"),
    (
        "单元格含有治愈率、有效率、保证疗效或与其他机构比较的宣传用语，涉嫌违反广告法；请审查人员确认。",
        "The cell promises a cure or compares with other bodies, as advertising law forbids; the "
        "reviewer decides.",
    ),
)
AD_WORD = _kind(
    "ad-word",
    W,
    ("绝对化宣传用语", "Superlative of advertising"),
    (
        "单元格含有“最佳”“第一”“唯一”等绝对化用语；请改为客观表述。",
        "The cell uses a superlative such as “best”, “first” or “only”; say it plainly.",
    ),
)
PRIVATE_CONTACT = _kind(
    "private-contact",
    W,
    ("个人邮箱、微信或QQ", "Private e-mail, WeChat or QQ"),
    (
        "单元格含有个人邮箱、微信号或QQ号；请改用单位的公开联系方式。",
        "The cell gives a private e-mail, WeChat or QQ; give the office's contact.",
    ),
)
