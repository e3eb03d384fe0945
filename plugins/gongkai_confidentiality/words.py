"""Words in a cell that no public table may hold, or that somebody has to look at."""

import re
from collections.abc import Iterator

from gongkai_confidentiality import kinds
from gongkai_confidentiality.folding import RE2_GAP, simplified
from gongkai_confidentiality.kinds import Finding
from gongkai_confidentiality.names import SURNAME

_LEVELS = ("绝密", "机密", "秘密")
_INSIDE = (
    "内部资料", "内部文件", "内部参考", "内部使用", "不得外传", "严禁外传", "禁止外传",
    "仅供内部", "注意保密",
)  # fmt: skip
_NOT_PUBLIC_WORDS = ("依申请公开", "不予公开", "此件不公开", "不予主动公开")
_RECORD_WORDS = (
    r"医保(?:卡|个人)?(?:编?号|号码)|社保(?:卡)?号|社会保障(?:卡)?号码?|参保(?:人)?(?:编)?号|"
    r"住院(?:病人)?号|门诊号|病案号|病历号|病例号|就诊(?:卡)?号|诊疗卡号|床位?号|床号|"
    r"(?:标本|样本|检验)条码"
)
_AT_HOME = (
    r"[0-9]+(?:号楼|栋|幢|座|号院|弄)[^，。,;；]{0,10}?[0-9]+(?:单元|室|户|号房|号室)|"
    r"[0-9]+单元[^，。,;；]{0,6}?[0-9]+|门牌号?[:：]?[0-9]+|[0-9]+弄[0-9]+号[^，。,;；]{0,6}?[0-9]+室|"
    r"(?:小区|花园|家园|公寓|新村|苑|里)[0-9一二三四五六七八九十-]+[^，。,;；]{0,6}?[0-9]+(?:室|户|号)"
)
_AD_CLAIM = (
    r"(?:治愈|有效|成功|康复|好转)率?[^，。；,;0-9]{0,6}(?:9[0-9](?:\.[0-9]+)?|100)[%％]|"
    r"保证(?:治愈|疗效|有效|治好|康复|成功|安全无)|包治|药到病除|"
    r"根治(?!术|術|性|切|手|[（(]|后|率|[\u4e00-\u9fff]{0,6}切除)|"
    r"永不复发|无效退款|零风险|(?:优于|好于|领先于?|超过|胜过)(?:其他|其它|同类|周边|本地|别的)"
    r"[^，。；]{0,6}(?:医院|机构|诊所|单位)"
)
_AD_WORD = (
    r"最佳(?:医院|疗效|治疗效果|选择|品牌|口碑)|最(?:先进|好的|权威|专业|顶尖|便宜|低价)|"
    r"(?:全国|全省|全市|全球|世界|国内|省内|市内|行业|同行|业内|位列|排名|实力|综合)[^，。；]{0,6}第一"
    r"(?![个批次类人届阶部轮])|(?:全国|全省|全市|我省|我市|本省|本市|国内|区域内?)[^，。；]{0,6}唯一|"
    r"首选(?:医院|机构|品牌|专家|之地)|国家级(?:专家|名医|水平|医院|品质|服务)|顶级|"
    r"(?:国际|国内|行业)领先|权威(?:专家|医院|机构|治疗|团队)|祖传|秘方|神效|特效(?!药)|独家"
)
_PRIVATE = (
    r"@(?:qq|foxmail|163|126|yeah|sina|sohu|139|189|wo|gmail|hotmail|outlook|live|yahoo|aliyun|"
    r"icloud|21cn|tom)\.(?:com|cn|net)|微信号?[:：]?[A-Za-z][A-Za-z0-9_-]{5,19}|"
    r"(?:微信|加v|加微)[^，。；]{0,4}wxid_|wxid_[a-z0-9]{6,}|(?<![A-Za-z0-9])QQ号?码?[:：]?[1-9][0-9]{4,10}"
)
_UPSTREAM = (
    r"[\u4e00-\u9fff]{0,8}(?:密|机要)[\u4e00-\u9fff]{0,3}[〔\[(（【][0-9]{4}[〕\])）】]第?[0-9]+号|"
    r"(?:内部明电|内部电报|机要文件|涉密文件|未公开文件|内部明传|机密级?文件)"
)
_PRICE_BEFORE_AWARD = r"(?:标底|底价|拦标价|进货价|采购底价)[:：为是]?[0-9]"
# 患者 before two characters is mostly a sentence (患者申请…); sex or age behind makes it a person.
_PATIENT = (
    r"(?:(?:患者|病人|死者|产妇|伤者|献血者|捐献者|感染者|确诊者|病例|患儿)(?:姓名)?|姓名)[:：]?"
    rf"(?:{SURNAME})[\u4e00-\u9fff]{{1,2}}[，,、（(；;:：]{{0,2}}(?:性别)?[:：]?(?:[男女](?!性)|[0-9]{{1,3}}(?:周?岁|个月))"
)


def _for_engine(pattern: str) -> str:
    """Return a pattern of Python's for RE2: no looking around, code points in its notation."""
    pattern = re.sub(r"\(\?[!=](?:[^()\[\]]|\[[^\]]*\]|\([^()]*\))*\)", "", pattern)
    return pattern.replace(r"\u4e00-\u9fff", r"\x{4E00}-\x{9FFF}")


# Two characters of each word are enough for the engine, with whatever stands between them.
_HINTS = (
    ("绝絕", "密"), ("机機", "密"), ("秘祕", "密"), ("内內", "部"), ("外", "传傳"), ("保", "密"),
    ("密", "级級"), ("依", "申"), ("不", "予"), ("此", "件"),
)  # fmt: skip
PREFILTER = "|".join(
    [
        *(f"[{first}]{RE2_GAP}*[{second}]" for first, second in _HINTS),
        *map(_for_engine, (_RECORD_WORDS, _AT_HOME, _AD_CLAIM, _AD_WORD, _UPSTREAM)),
        r"@[A-Za-z0-9]+\.(?:com|cn|net)|微信|[Ww][Xx][Ii][Dd]_|[Qq]{2}",
        r"标底|底价|拦标价|进货价|卡号|[账帐][号户]|护照|通行证|台胞证|回乡证|居留证|居住证|[Pp]assport",
        r"(?:患者|病人|死者|产妇|伤者|献血者|捐献者|感染者|确诊者|病例|患儿|姓名)[^\n]{2,10}(?:[男女岁]|个月)",
    ]
)
_SECRET = re.compile(
    rf"(?:{'|'.join(_LEVELS)})|(?:{'|'.join(_INSIDE)})|密级[:：](?:内部|绝密|机密|秘密)"
)
# The law's own words for kinds of secrets, and words that only hold the characters.
_SECRET_TALK = re.compile(
    r"(?:国家|商业|技术|企业|个人)秘密(?![★☆:：])|"
    r"(?:泄露|涉及|属于|保守|保护|侵犯|知悉|国家秘密[、和或及与])工作秘密|工作秘密(?=[、和或及与的])|"
    r"保守秘密|秘密(?:投票|表决|级|事项|范围|载体|文件管理)|机密性|不得作为内部资料|内部资料性出版物"
)
_NOT_PUBLIC = re.compile("|".join(_NOT_PUBLIC_WORDS))
_NOT_PUBLIC_TALK = re.compile(
    r"依申请公开(?:指南|流程|程序|办法|制度|工作|情况|申请|受理|渠道|信息|数|的|件数|答复|政府信息)|"
    r"(?:申请|办理|受理|处理|答复)依申请公开|"
    r"不予(?:主动)?公开(?:的|情形|理由|范围|答复|情况|件数|数|决定)|(?:决定|可以|依法|应当|部分)不予公开|"
    # The annual report’s form has a line of this name.
    r"^[(（]?[一二三四五六七八九十0-9]{1,3}[)）、.]{1,2}不予公开$"
)
_FOUND: tuple[tuple[Finding, re.Pattern[str]], ...] = (
    (kinds.UPSTREAM, re.compile(_UPSTREAM)),
    (kinds.COMMERCIAL, re.compile(_PRICE_BEFORE_AWARD)),
    (kinds.AD_CLAIM, re.compile(_AD_CLAIM)),
    (kinds.AD_WORD, re.compile(_AD_WORD)),
)
_PRIVATE_CONTACT = re.compile(_PRIVATE, re.IGNORECASE)
_RECORD = re.compile(
    rf"(?:{_RECORD_WORDS})[:：是为]{{0,2}}([A-Za-z]{{0,4}}[0-9][A-Za-z0-9-]{{2,}})"
)
_HOME = re.compile(_AT_HOME)
_INSTITUTION = re.compile(
    r"(?:医院|卫生院|中心|门诊|院区|服务站|血站|大楼|委员会|局|政府|公司|学校|大学|大厦|窗口|办公室)"
    r"(?:[^，。,;；]{0,12}|.{0,4}(?:地址|位于|地点|设在)[^，。,;；]{0,12})$"
)
_PATIENT_NAME = re.compile(_PATIENT)
_DIAGNOSED = re.compile(
    r"诊断|确诊|患有|感染|阳性|病|炎|癌|瘤|症|疹|痘|[甲乙丙丁戊]肝|结核|艾滋|梅毒|糖尿|高血压|骨折|"
    r"手术|死亡|入院|住院|HIV"
)


def marks_in(text: str) -> Iterator[tuple[Finding, str]]:
    """Yield marks of secrecy and against publication: a mark blocks, talk goes to review.

    ``text`` is folded and squeezed.
    """
    text = simplified(text)
    for words, talk, mark, mention in (
        (_SECRET, _SECRET_TALK, kinds.SECRET_MARK, kinds.SECRET_MENTION),
        (_NOT_PUBLIC, _NOT_PUBLIC_TALK, kinds.NOT_PUBLIC_MARK, kinds.NOT_PUBLIC_MENTION),
    ):
        if not words.search(text):
            continue
        marked, spoken = words.search(talk.sub(" ", text)), talk.search(text)
        if marked:
            yield mark, marked[0]
        elif spoken:
            yield mention, spoken[0]


def words_in(text: str) -> Iterator[tuple[Finding, str]]:
    """Yield what else the words of a folded, squeezed cell tell."""
    for finding, pattern in _FOUND:
        match = pattern.search(text)
        if match:
            yield finding, match[0][:20]
    yield from contacts_in(text)
    record = _RECORD.search(text)
    if record:
        yield kinds.RECORD, f"{text[record.start() : record.start(1)]}****{record[1][-2:]}"
    person = _PATIENT_NAME.search(text)
    if person and _DIAGNOSED.search(text, person.end()):
        yield kinds.NAME_DIAGNOSIS, f"{person[0][:3]}**"


def contacts_in(text: str) -> Iterator[tuple[Finding, str]]:
    """Yield private e-mail, WeChat and QQ in a folded, squeezed cell."""
    private = _PRIVATE_CONTACT.search(text)
    if private:
        yield kinds.PRIVATE_CONTACT, f"…{private[0][:3]}****"


def home_in(text: str) -> str | None:
    """Return what may be shown of a home address in free text, unless an institution's.

    ``text`` is folded and squeezed.
    """
    for match in _HOME.finditer(text):
        if not _INSTITUTION.search(text[: match.start()]):
            return f"{text[max(0, match.start() - 4) : match.start()]}****"
    return None
