"""A province that does not exist. GB/T 2260 assigns no code that begins with 39."""

from dataclasses import dataclass
from functools import cached_property

from gongkai.domain.text import Text

PROVINCE = Text("沧澜省", "Canglan Province")
# What the province's documents begin with, as 鲁 or 浙 do elsewhere.
PROVINCE_SHORT = "澜"
PROVINCE_CODE = "390000"


@dataclass(frozen=True)
class Place:
    """A city, district or county with the names that addresses use."""

    code: str
    name: Text
    population: int
    longitude: float
    latitude: float
    streets: tuple[str, ...]
    landmarks: tuple[str, ...] = ()

    @property
    def is_city(self) -> bool:
        return self.code.endswith("00")

    @cached_property
    def city(self) -> "Place":
        """Return the city this place belongs to, or itself."""
        return PLACES.get(self.code[:4] + "00", self)

    @cached_property
    def districts(self) -> tuple["Place", ...]:
        """Return a city's districts and counties; a district is its own only one."""
        below = tuple(
            place
            for place in PLACES.values()
            if place.code[:4] == self.code[:4] and not place.is_city
        )
        return below if self.is_city and below else (self,)


def _place(
    code: str,
    zh: str,
    en: str,
    population: int,
    where: tuple[float, float],
    streets: str,
    landmarks: str = "",
) -> Place:
    return Place(
        code, Text(zh, en), population, *where, tuple(streets.split()), tuple(landmarks.split())
    )


_ALL = (
    _place(
        "390100",
        "云河市",
        "Yunhe City",
        4_862_000,
        (113.4212, 30.5120),
        "文汇路 滨河大道 云龙街 建设路 长宁路",
    ),
    _place(
        "390102",
        "青山区",
        "Qingshan District",
        1_184_000,
        (113.4365, 30.5286),
        "青山湖 文汇路 翠屏 松涛 学府路 长安里",
        "青山广场 翠屏公园 学府路步行街",
    ),
    _place(
        "390103",
        "望湖区",
        "Wanghu District",
        1_052_000,
        (113.3874, 30.5019),
        "望湖门 春晓路 荷花池 东风里 临湖",
        "望湖天地 荷花池公园",
    ),
    _place(
        "390104",
        "河东区",
        "Hedong District",
        987_000,
        (113.4921, 30.4987),
        "河东 朝阳里 和平路 东仓 新港",
        "河东火车站 朝阳里商业街",
    ),
    _place(
        "390105",
        "锦桥区",
        "Jinqiao District",
        861_000,
        (113.4570, 30.4508),
        "锦桥 南门外 丝绸厂 桃园 七里亭",
        "锦桥万象城 桃园文化广场",
    ),
    _place(
        "390122",
        "鹿溪县",
        "Luxi County",
        778_000,
        (113.7140, 30.3266),
        "城关镇 白石镇 柳泉镇 青石岭乡 大河口镇",
        "鹿溪文化广场",
    ),
    _place(
        "390200",
        "澄湖市",
        "Chenghu City",
        3_127_000,
        (114.8032, 29.8847),
        "湖滨路 解放路 澄江大道 育才街",
    ),
    _place(
        "390202",
        "南浦区",
        "Nanpu District",
        1_246_000,
        (114.8118, 29.8713),
        "南浦 渔港路 大成街 湖滨路 望江",
        "南浦大剧院 渔港码头",
    ),
    _place(
        "390203",
        "北屏区",
        "Beiping District",
        1_038_000,
        (114.7865, 29.9204),
        "北屏 石榴园 育才街 龙泉里",
        "北屏体育中心 石榴园商场",
    ),
    _place(
        "390221",
        "松川县",
        "Songchuan County",
        843_000,
        (114.5206, 29.7419),
        "松川镇 黄坪镇 双塘乡 洛口镇",
        "松川人民广场",
    ),
    _place(
        "390300", "白鹭市", "Bailu City", 2_415_000, (115.6610, 30.1073), "海月路 中兴大街 港口路"
    ),
    _place(
        "390302",
        "海月区",
        "Haiyue District",
        1_372_000,
        (115.6748, 30.1115),
        "海月 中兴大街 渔歌里 观澜",
        "海月湾广场",
    ),
    _place(
        "390303",
        "古渡区",
        "Gudu District",
        1_043_000,
        (115.6203, 30.0862),
        "古渡 码头街 老城 梧桐里",
        "古渡老街",
    ),
)
PLACES = {place.code: place for place in _ALL}


def place_of(code: str) -> Place:
    """Return the place with this code; for an unknown one the first city's twin with it."""
    if code in PLACES:
        return PLACES[code]
    twin = PLACES["390100"]
    return Place(
        code,
        Text("示例市", "Shili City"),
        twin.population,
        twin.longitude,
        twin.latitude,
        twin.streets,
        ("人民广场", "中心公园"),
    )
