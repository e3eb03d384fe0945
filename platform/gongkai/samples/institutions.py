"""Fictitious health institutions of every type."""

from dataclasses import dataclass

from gongkai.domain.items import ServiceKind
from gongkai.domain.text import Text
from gongkai.samples.places import place_of

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class SampleInstitution:
    """A body that publishes. ``category_code`` is WS 218-2002; ``staff`` and ``beds`` set scale."""

    slug: str
    type_key: str
    service_kinds: frozenset[ServiceKind]
    name: Text
    region_code: str
    region: Text
    uscc: str
    address: str
    ownership: str
    category_code: str = "A100"
    level_grade: str = "NA"
    staff: int = 120
    beds: int = 0
    line: int = 0

    def phone(self, extension: int) -> str:
        """Return one of the body's fixed lines, ``extension`` from 0 to 999.

        Numbers that no exchange has given out: seven digits from 8000000 on.
        """
        return f"0531-80{self.line:02d}{extension:03d}"

    @property
    def domain(self) -> str:
        """Return the body's host name under a domain reserved for examples."""
        return f"{self.slug}.example.org.cn"

    @property
    def is_public(self) -> bool:
        return self.ownership == "public"


def organisation_code(number: str) -> str:
    """Return the 9 characters of GB 11714 for the first eight; letters count from A = 10."""
    total = sum(
        int(character, 36) * weight
        for character, weight in zip(number, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    return number + {10: "X", 11: "0"}.get(check, str(check))


def unified_code(kind: str, division: str, number: str) -> str:
    """Return a unified social credit code with both check characters (GB 32100-2015)."""
    body = kind + division + organisation_code(number)
    total = sum(
        _ALPHABET.index(character) * weight
        for character, weight in zip(body, _USCC_WEIGHTS, strict=True)
    )
    return body + _ALPHABET[(31 - total % 31) % 31]


@dataclass(frozen=True)
class _Kind:
    type_key: str
    service_kinds: frozenset[ServiceKind]
    category_code: str
    level_grade: str = "NA"


_CDC = _Kind("disease_control", frozenset({ServiceKind.PUBLIC_HEALTH}), "J100")
_HOSPITAL = frozenset({ServiceKind.CLINICAL})
_BLOOD = _Kind("blood_station", frozenset({ServiceKind.BLOOD}), "F120")
_PRIMARY = frozenset({ServiceKind.PUBLIC_HEALTH, ServiceKind.CLINICAL, ServiceKind.PRIMARY})
_BOTH = frozenset({ServiceKind.PUBLIC_HEALTH, ServiceKind.CLINICAL})


def _institution(
    slug: str,
    kind: _Kind,
    name: tuple[str, str],
    code: str,
    address: str,
    *,
    line: int,
    staff: int,
    beds: int = 0,
    ownership: str = "public",
) -> SampleInstitution:
    registered_by = {"public": "12", "private_nonprofit": "52"}.get(ownership, "91")
    return SampleInstitution(
        slug=slug,
        type_key=kind.type_key,
        service_kinds=kind.service_kinds,
        name=Text(*name),
        region_code=code,
        region=place_of(code).name,
        uscc=unified_code(registered_by, code, f"4955{7010 + 37 * line}"),
        address=address,
        ownership=ownership,
        category_code=kind.category_code,
        level_grade=kind.level_grade,
        staff=staff,
        beds=beds,
        line=line,
    )


INSTITUTIONS: tuple[SampleInstitution, ...] = (
    _institution(
        "yunhe-cdc",
        _CDC,
        ("云河市疾病预防控制中心", "Yunhe CDC"),
        "390100",
        "云河市青山区学府路18号",
        line=1,
        staff=186,
    ),
    _institution(
        "yunhe-first-hospital",
        _Kind("hospital", _HOSPITAL, "A100", "3A"),
        ("云河市第一人民医院", "Yunhe First People's Hospital"),
        "390100",
        "云河市青山区文汇路66号",
        line=2,
        staff=320,
        beds=1500,
    ),
    _institution(
        "yunhe-blood",
        _BLOOD,
        ("云河市中心血站", "Yunhe Blood Station"),
        "390100",
        "云河市望湖区春晓路9号",
        line=3,
        staff=96,
    ),
    _institution(
        "yunhe-mch",
        _Kind("hospital", _BOTH, "G100", "3B"),
        ("云河市妇幼保健院", "Yunhe Maternal and Child Health Hospital"),
        "390100",
        "云河市锦桥区桃园路21号",
        line=4,
        staff=160,
        beds=420,
    ),
    _institution(
        "yunhe-tcm-hospital",
        _Kind("hospital", _HOSPITAL, "A210", "3A"),
        ("云河市中医医院", "Yunhe Hospital of Traditional Chinese Medicine"),
        "390100",
        "云河市河东区和平路102号",
        line=5,
        staff=150,
        beds=600,
    ),
    _institution(
        "qingshan-community",
        _Kind("primary_care", _PRIMARY, "B100"),
        ("云河市青山区青山湖社区卫生服务中心", "Qingshan Lake Community Health Centre"),
        "390102",
        "云河市青山区青山湖路5号",
        line=6,
        staff=58,
        beds=30,
    ),
    _institution(
        "luxi-county-hospital",
        _Kind("hospital", _HOSPITAL, "A100", "2A"),
        ("鹿溪县人民医院", "Luxi County People's Hospital"),
        "390122",
        "鹿溪县城关镇建设路33号",
        line=7,
        staff=140,
        beds=380,
    ),
    _institution(
        "luxi-baishi-clinic",
        _Kind("primary_care", _PRIMARY, "C220"),
        ("鹿溪县白石镇卫生院", "Baishi Township Hospital, Luxi County"),
        "390122",
        "鹿溪县白石镇兴业街12号",
        line=8,
        staff=42,
        beds=40,
    ),
    _institution(
        "chenghu-cdc",
        _CDC,
        ("澄湖市疾病预防控制中心", "Chenghu CDC"),
        "390200",
        "澄湖市北屏区育才街77号",
        line=11,
        staff=132,
    ),
    _institution(
        "chenghu-blood",
        _BLOOD,
        ("澄湖市中心血站", "Chenghu Blood Station"),
        "390200",
        "澄湖市南浦区湖滨路140号",
        line=12,
        staff=64,
    ),
    _institution(
        "nanpu-community",
        _Kind("primary_care", _PRIMARY, "B100"),
        ("澄湖市南浦区渔港社区卫生服务中心", "Yugang Community Health Centre, Nanpu"),
        "390202",
        "澄湖市南浦区渔港路28号",
        line=13,
        staff=46,
        beds=20,
    ),
    _institution(
        "bailu-central-hospital",
        _Kind("hospital", _HOSPITAL, "A100", "3B"),
        ("白鹭市中心医院", "Bailu Central Hospital"),
        "390300",
        "白鹭市海月区中兴大街200号",
        line=21,
        staff=180,
        beds=900,
    ),
    _institution(
        "bailu-mingde-hospital",
        _Kind("hospital", _HOSPITAL, "A519", "2B"),
        ("白鹭明德康复医院", "Bailu Mingde Rehabilitation Hospital"),
        "390302",
        "白鹭市海月区观澜路8号",
        line=22,
        staff=70,
        beds=160,
        ownership="private_nonprofit",
    ),
)
_BY_SLUG = {institution.slug: institution for institution in INSTITUTIONS}


def sample_institution(slug: str) -> SampleInstitution:
    """Return the institution with this slug. Raises KeyError."""
    return _BY_SLUG[slug]
