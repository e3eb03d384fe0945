"""What every health institution discloses, the deadline rules, and the announcements' journal."""

import logging

from stdnum.cn import uscc

from gongkai import (
    DeadlineRule,
    DisclosureItem,
    ObligationOverdue,
    Problem,
    ProblemGroup,
    ReleasePublished,
    ReleaseWithdrawn,
    Rows,
    Severity,
    Text,
    hookimpl,
    load_deadline_rules,
    load_disclosure_items,
)

GONGKAI_API = 1

# One line for each announcement, for whoever watches the log: `journalctl | grep announce`.
journal = logging.getLogger("gongkai.announcements")


@hookimpl
def register_disclosure_items() -> list[DisclosureItem]:
    """Return the items all bodies owe (Order 75, arts 7, 9 and 15)."""
    return load_disclosure_items(__name__)


@hookimpl
def register_deadline_rules() -> list[DeadlineRule]:
    """Return the rules of publication in time (DOMAIN.md §1.3)."""
    return load_deadline_rules(__name__, "deadline_rules.yaml")


@hookimpl
def check_release(item: DisclosureItem, rows: Rows) -> list[Problem | ProblemGroup]:
    """Warn of a unified social credit code whose check character is wrong.

    Some real codes of early pilot areas fail GB 32100-2015, so this never blocks.
    """
    if "uscc" not in item.table_schema.names:
        return []
    field = item.table_schema.by_name["uscc"]
    return [
        Problem(
            code="uscc-checksum",
            row=row,
            field="uscc",
            label=field.title,
            value=value,
            severity=Severity.WARNING,
            message=Text(
                zh=f"统一社会信用代码{value}的校验码不符（GB 32100-2015），请核对",
                en=f"The check character of {value} is wrong (GB 32100-2015); please compare",
            ),
        )
        for row, value in rows.matches("uscc", ".")
        if not uscc.is_valid(value)
    ]


@hookimpl
def release_published(event: ReleasePublished) -> None:
    """Write the release into the journal."""
    kind = "correction" if event.correction else "release"
    journal.info("%s %s %s rows=%d", kind, event.dataset, event.version, event.row_count)


@hookimpl
def release_withdrawn(event: ReleaseWithdrawn) -> None:
    """Write the withdrawal and its reason into the journal."""
    journal.info("withdrawal %s %s reason=%r", event.dataset, event.version, event.reason)


@hookimpl
def obligation_overdue(event: ObligationOverdue) -> None:
    """Write the missed deadline into the journal."""
    journal.warning("overdue %s due=%s rule=%s", event.dataset, event.due_on, event.rule)
