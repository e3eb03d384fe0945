"""The score of an institution (DOMAIN.md §4.10): explained line by line, computed from facts.

``facts`` are whole numbers under the names below; every figure of a score follows from them, so
that a score that was frozen can be computed again by anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gongkai.domain.text import Text

FORMULA = "gongkai-score-1"


@dataclass(frozen=True)
class Indicator:
    """One line of the score: ``numerator`` / ``denominator`` are names of facts.

    ``denominator`` None is what this site cannot count yet.
    """

    code: str
    title: Text
    weight: int
    meaning: Text
    numerator: str = ""
    denominator: str | None = None


_LATER = Text(
    "本站尚无相应业务数据，暂不计分。", "This site keeps no records of this yet; not counted."
)
INDICATORS = (
    Indicator(
        "A1",
        Text("目录覆盖率", "Catalogue coverage"),
        15,
        Text(
            "应公开的数据集中，目前已公开的比例。",
            "Of the datasets owed, those that are published at present.",
        ),
        "published",
        "owed",
    ),
    Indicator(
        "A2",
        Text("公开及时率", "Timeliness"),
        20,
        Text(
            "期内到期的公开义务中，按时完成的比例；暂定、中止和豁免的不计。",
            "Of what fell due in the period, what was published in time; estimates, suspensions "
            "and waivers are left out.",
        ),
        "on_time",
        "due",
    ),
    Indicator(
        "A3",
        Text("更新及时性", "Freshness"),
        10,
        Text(
            "已公开或已逾期的应公开数据集中，目前没有逾期事项的比例。",
            "Of the datasets owed that are published or overdue, those with nothing overdue now.",
        ),
        "fresh",
        "running",
    ),
    Indicator(
        "A4",
        Text("数据质量", "Data quality"),
        10,
        Text(
            "期内公开的数据行中，校验（含勾稽关系）未提出问题的比例；一处问题计一行。",
            "Of the rows published in the period, those that the checks, identities included, "
            "found nothing in; each place counts as one row.",
        ),
        "sound_rows",
        "rows",
    ),
    Indicator(
        "A5",
        Text("机器可读率", "Machine readability"),
        5,
        Text(
            "当前版本中，同时提供 CSV 和 JSON 的比例。",
            "Of the current releases, those that come as both CSV and JSON.",
        ),
        "readable",
        "current",
    ),
    Indicator("B1", Text("申请和咨询按时办理", "Requests answered in time"), 10, _LATER),
    Indicator("B2", Text("投诉查实与按时答复", "Complaints answered in time"), 5, _LATER),
    Indicator(
        "C1",
        Text("审查完备率", "Review completeness"),
        10,
        Text(
            "期内公开的版本中，每一步审查都有针对该内容的签字的比例。",
            "Of the releases of the period, those whose every step was signed for that very "
            "content.",
        ),
        "signed",
        "released",
    ),
    Indicator(
        "C2",
        Text("按时整改率", "Rectified in time"),
        5,
        Text(
            "期内到期的整改事项中，按时整改到位的比例。",
            "Of the rectifications that fell due in the period, those closed in time.",
        ),
        "rectified",
        "rectifications",
    ),
    Indicator(
        "D1",
        Text("年度报告按时公开", "Annual report on time"),
        5,
        Text(
            "期内到期的年度报告统计表，按时公开的比例。",
            "Of the annual report tables due in the period, those published in time.",
        ),
        "reported",
        "reports",
    ),
    Indicator("E1", Text("公众评价", "Public rating"), 3, _LATER),
    Indicator("E2", Text("专家评分", "Expert score"), 2, _LATER),
)
FACTS = tuple(
    name
    for one in INDICATORS
    if one.denominator is not None
    for name in (one.numerator, one.denominator)
)


@dataclass(frozen=True)
class ScoreLine:
    """One indicator as it came out; without a value it is left out of the sum, and says why."""

    code: str
    title: Text
    weight: int
    numerator: int | None
    denominator: int | None
    value: float | None
    points: float | None
    explanation: Text

    @property
    def is_counted(self) -> bool:
        return self.value is not None


@dataclass(frozen=True)
class Score:
    """A score of 0 to 100 over the indicators that apply; None where none does.

    ``weight`` is the weight of those that were counted, out of 100.
    """

    value: float | None
    weight: int
    lines: tuple[ScoreLine, ...]


def score_of(facts: Mapping[str, int]) -> Score:
    """Return the score that follows from ``facts``; a fact that is missing is 0."""
    lines = tuple(_line(one, facts) for one in INDICATORS)
    counted = [one for one in lines if one.is_counted]
    weight = sum(one.weight for one in counted)
    if not weight:
        return Score(None, 0, lines)
    # Exact, so that the same facts give the same figure everywhere.
    points = sum(
        (one.weight * Fraction(one.numerator or 0, one.denominator or 1) for one in counted),
        Fraction(0),
    )
    return Score(round(float(100 * points / weight), 1), weight, lines)


def _line(one: Indicator, facts: Mapping[str, int]) -> ScoreLine:
    if one.denominator is None:
        return ScoreLine(one.code, one.title, one.weight, None, None, None, None, one.meaning)
    numerator, denominator = facts.get(one.numerator, 0), facts.get(one.denominator, 0)
    if not denominator:
        none = Text(
            f"{one.meaning.zh}期内没有可计的事项，不计分。",
            f"{one.meaning.en} There was nothing to count, so it is left out.",
        )
        return ScoreLine(one.code, one.title, one.weight, 0, 0, None, None, none)
    share = Fraction(numerator, denominator)
    return ScoreLine(
        one.code,
        one.title,
        one.weight,
        numerator,
        denominator,
        round(float(share), 4),
        round(float(one.weight * share), 2),
        one.meaning,
    )
