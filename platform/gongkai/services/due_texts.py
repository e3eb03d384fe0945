"""What people read beside a due date: what it comes from, by which rule, why an estimate."""

from datetime import datetime
from typing import Any

from gongkai.domain.items import DeadlineRule
from gongkai.domain.periods import period_named
from gongkai.domain.text import Text
from gongkai.domain.times import SHANGHAI
from gongkai.models.obligation import Obligation, ObligationState
from gongkai.plugins import Plugins

STATE_TITLES = {
    ObligationState.OPEN: Text("未到期", "Open"),
    ObligationState.DUE_SOON: Text("即将到期", "Due soon"),
    ObligationState.OVERDUE: Text("逾期", "Overdue"),
    ObligationState.SUSPENDED: Text("中止", "Suspended"),
    ObligationState.PROVISIONAL: Text("暂定", "Provisional"),
    ObligationState.MET: Text("按时公开", "On time"),
    ObligationState.MET_LATE: Text("逾期公开", "Published late"),
    ObligationState.WAIVED: Text("豁免", "Waived"),
}
# Green, amber, red, grey, blue (DOMAIN.md §1.3); a word always stands beside the colour.
LIGHTS = {
    ObligationState.OPEN: "green",
    ObligationState.DUE_SOON: "amber",
    ObligationState.OVERDUE: "red",
    ObligationState.SUSPENDED: "grey",
    ObligationState.PROVISIONAL: "blue",
    ObligationState.MET: "green",
    ObligationState.MET_LATE: "amber",
    ObligationState.WAIVED: "grey",
}
DEFAULT_LABEL = Text("产品默认期限", "Product default")


def occasion_title(obligation: Obligation) -> Text:
    """Return what an obligation comes from: a period, a change on a day, the starting plan."""
    kind, _, name = obligation.occasion.partition(":")
    if kind == "period":
        try:
            return period_named(name).title
        except ValueError:
            return Text(name, name)
    if kind == "start":
        return Text("起步计划", "Starting plan")
    if kind != "change":
        return Text(obligation.occasion, obligation.occasion)
    day, at = obligation.trigger_on, obligation.trigger_at
    clock = f" {at.astimezone(SHANGHAI):%H:%M}" if at else ""
    return Text(
        f"{day.year}年{day.month}月{day.day}日{clock}形成或变更",
        f"Formed or changed on {day.day} {day:%B %Y}{clock}",
    )


def rule_of(plugins: Plugins, obligation: Obligation) -> dict[str, Any]:
    """Return the rule of an obligation with its source, as data; what is left of one that no
    loaded plugin defines any more.
    """
    found: DeadlineRule | None = plugins.deadline_rules.get(obligation.rule_key)
    if found is None:
        gone = Text("规则已不在所装插件中", "No installed plugin defines this rule any more")
        return {
            "key": obligation.rule_key,
            "title": {"zh": obligation.rule_key, "en": obligation.rule_key},
            "source": gone.as_json(),
            "article": "",
            "grade": None,
            "level": None,
            "is_default": False,
        }
    return {
        "key": found.key,
        "title": found.title.as_json(),
        "source": found.source.as_json(),
        "article": found.article,
        "grade": found.grade.value,
        "level": found.level.value,
        "is_default": found.is_default,
    }


def provisional_reason(missing_year: int) -> Text:
    """Return why a due date is an estimate."""
    return Text(
        f"{missing_year}年的节假日安排尚未录入，此日期按周一至周五推算，为暂定日期，"
        "不会据此判定逾期；录入后自动重新计算。",
        f"The public holidays of {missing_year} are not loaded yet, so this date assumes Monday "
        "to Friday. It is an estimate and makes nothing overdue; it is counted anew when the "
        "year is loaded.",
    )


def due_text(obligation: Obligation) -> Text:
    """Return the due date as people read it, with the hour where the rule names one."""
    day = obligation.due_on
    zh, en = f"{day.year}年{day.month}月{day.day}日", f"{day.day} {day:%B %Y}"
    if obligation.due_at is None:
        return Text(zh, en)
    at: datetime = obligation.due_at.astimezone(SHANGHAI)
    return Text(f"{zh} {at:%H:%M}", f"{en}, {at:%H:%M}")
