"""What one cell may hide, after the tricks that hide it are undone (DOMAIN.md §3.2)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric

from gongkai import Field, FieldType, Severity, Text


@dataclass(frozen=True)
class Finding:
    """One kind of thing that must not, or may not, become public."""

    code: str
    severity: Severity
    message: Text


RESIDENT_ID = Finding(
    "resident-id",
    Severity.ERROR,
    Text(
        "单元格含有居民身份证号码（校验码正确），依法不得公开；请删去或改用汇总数据。",
        "The cell holds a resident identity number (its check digit is right), which must not be "
        "published; remove it, or publish aggregates.",
    ),
)
DOUBTFUL_ID = Finding(
    "resident-id-doubtful",
    Severity.WARNING,
    Text(
        "单元格中的数字形似居民身份证号码，但校验码不对，可能是误录；请核对，确为身份证号码须删去。",
        "The digits look like a resident identity number with a wrong check digit, perhaps "
        "mistyped; check, and remove them if they are one.",
    ),
)
MOBILE = Finding(
    "mobile-number",
    Severity.ERROR,
    Text(
        "单元格含有手机号码，而该字段不是依法公开的联系电话；请删去，或改填单位的公开电话。",
        "The cell holds a mobile number, and the field is no public contact; remove it, or give "
        "the office's public telephone.",
    ),
)
SECRET_MARK = Finding(
    "secret-mark",
    Severity.ERROR,
    Text(
        "单元格含有密级或内部资料标志，不得公开；请送保密审查，未经审查不得上传。",
        "The cell carries a mark of secrecy or of internal use and must not be published; send "
        "it to confidentiality review first.",
    ),
)
SECRET_MENTION = Finding(
    "secret-mention",
    Severity.REVIEW,
    Text(
        "单元格提到秘密或内部资料，可能只是说明文字；请保密审查人员确认。",
        "The cell speaks of secrets or internal material, perhaps only to explain; the "
        "confidentiality reviewer decides.",
    ),
)
NOT_PUBLIC_MARK = Finding(
    "not-public-mark",
    Severity.ERROR,
    Text(
        "单元格标明“依申请公开”“不予公开”或“此件不公开”，不能主动公开；请核对公开属性。",
        "The cell is marked as open on request only or not to be published; check its disclosure "
        "attribute.",
    ),
)
NOT_PUBLIC_MENTION = Finding(
    "not-public-mention",
    Severity.REVIEW,
    Text(
        "单元格提到依申请公开或不予公开，可能只是办事说明；请审查人员确认。",
        "The cell speaks of disclosure on request or refusal, perhaps as guidance; the reviewer "
        "decides.",
    ),
)

# RE2 over the squeezed cell: whatever passes is looked at again with neighbours and dates.
PREFILTER = (
    r"[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx]|1[3-9][0-9]{9}"
    r"|绝密|机密|秘密|内部资料|内部文件|不得外传|仅供内部|依申请公开|不予公开|此件不公开"
)
_ID = re.compile(
    r"(?<![0-9A-Za-z])(?<!\d\.)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"\d{3}[\dXx](?![0-9A-Za-z])",
    re.ASCII,
)
# The same in groups of digits; looking ahead finds numbers that begin inside another try.
_SPACED_ID = re.compile(
    r"(?<![0-9A-Za-z])(?=([1-9](?:[\s\-‐-―−]{0,2}\d){16}[\s\-‐-―−]{0,2}[\dXx])(?![0-9A-Za-z]))",
    re.ASCII,
)
# Digits behind a decimal point are a measurement.
_MOBILE = re.compile(
    r"(?<!\d)(?<!\d\.)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\.?\d)", re.ASCII
)
# Digits in an address of the web are part of a hash or an article number.
_URL = re.compile(r"https?://[^\s，。；、（）]+", re.ASCII | re.IGNORECASE)
_SECRET = re.compile(r"绝密|机密|秘密|内部资料|内部文件|不得外传|仅供内部")
_SECRET_TALK = re.compile(
    r"(?:国家|商业|技术|企业|工作)秘密(?![★☆:：])|保守秘密|秘密(?:投票|表决|级)|机密性|"
    r"内部资料性出版物"
)
_NOT_PUBLIC = re.compile(r"依申请公开|不予公开|此件不公开")
_NOT_PUBLIC_TALK = re.compile(
    r"依申请公开(?:指南|流程|程序|办法|制度|工作|情况|申请|受理|渠道|信息|数|的|件数|答复)|"
    r"不予公开(?:的|情形|理由|范围|答复|情况|件数)"
)
_SEPARATORS = re.compile(r"[\s\-‐-―−]")


def look_at(text: str, field: Field) -> Iterator[tuple[Finding, str]]:
    """Yield each kind of finding in a cell once, with what may be shown of it."""
    plain = _plain(text)
    squeezed = _SEPARATORS.sub("", plain)
    yield from _identity_numbers(plain, squeezed)
    if field.type is not FieldType.INTEGER and not field.public_contact:
        yield from _mobiles(plain, squeezed)
    yield from _marks(squeezed)


def _plain(text: str) -> str:
    """Return the cell after NFKC without marks of no width."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


def _identity_numbers(*forms: str) -> Iterator[tuple[Finding, str]]:
    spaced = [_SEPARATORS.sub("", number) for number in _SPACED_ID.findall(forms[0])]
    found = [
        number.upper()
        for form in (*forms, *spaced)
        for number in _ID.findall(form)
        if _has_birthday(number)
    ]
    for finding, is_right in ((RESIDENT_ID, True), (DOUBTFUL_ID, False)):
        match = next((number for number in found if _has_right_digit(number) is is_right), None)
        if match:
            yield finding, f"{match[:6]}********{match[-4:]}"


def _has_birthday(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True


def _has_right_digit(number: str) -> bool:
    return ric.calc_check_digit(number) == number[-1]


def _mobiles(*forms: str) -> Iterator[tuple[Finding, str]]:
    for form in forms:
        match = _MOBILE.search(_URL.sub(" ", form))
        if match:
            digits = _SEPARATORS.sub("", match[1])
            yield MOBILE, f"{digits[:3]}****{digits[-4:]}"
            return


def _marks(squeezed: str) -> Iterator[tuple[Finding, str]]:
    """Tell a mark from talk about secrecy: talk goes to the reviewer, a mark blocks."""
    for words, talk, mark, mention in (
        (_SECRET, _SECRET_TALK, SECRET_MARK, SECRET_MENTION),
        (_NOT_PUBLIC, _NOT_PUBLIC_TALK, NOT_PUBLIC_MARK, NOT_PUBLIC_MENTION),
    ):
        marked = words.search(talk.sub(" ", squeezed))
        spoken = talk.search(squeezed)
        if marked:
            yield mark, marked[0]
        elif spoken:
            yield mention, spoken[0]
