"""The legal clock: the working-day calendar, obligations, and what happens to them."""

import sqlalchemy as sa
from alembic import op

from gongkai.db import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "institution",
        sa.Column("local_rules", sa.JSON(), nullable=False, server_default="[]"),
    )
    _create_calendar()
    _create_obligation()
    _create_history()
    op.create_table(
        "clock_mark",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_mark")),
    )


def downgrade() -> None:
    for table in (
        "clock_mark",
        "obligation_event",
        "obligation_suspension",
        "obligation",
        "calendar_day",
        "calendar_exception",
        "calendar_year",
    ):
        op.drop_table(table)
    op.drop_column("institution", "local_rules")


def _create_calendar() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(1000), nullable=False),
        sa.Column("loaded_by", sa.String(100), nullable=False),
        sa.Column("loaded_at", Instant(), nullable=False),
        sa.CheckConstraint("source <> ''", name=op.f("ck_calendar_year_has_source")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "calendar_exception",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("notice_year", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_exception")),
    )
    op.create_index(
        op.f("ix_calendar_exception_notice_year"), "calendar_exception", ["notice_year"]
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_index(op.f("ix_calendar_day_ordinal"), "calendar_day", ["ordinal"])


def _create_obligation() -> None:
    op.create_table(
        "obligation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(64), nullable=False),
        sa.Column("rule_key", sa.String(64), nullable=False),
        sa.Column("occasion", sa.String(80), nullable=False),
        sa.Column("opened_by", sa.String(10), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("trigger_on", sa.Date(), nullable=False),
        sa.Column("trigger_at", Instant(), nullable=True),
        sa.Column("event_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("provisional_year", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("overdue_on", sa.Date(), nullable=True),
        sa.Column("is_extended", sa.Boolean(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("met_at", Instant(), nullable=True),
        sa.Column("met_release_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.Column("waived_reason", sa.String(2000), nullable=True),
        sa.Column("waived_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state <> 'waived' OR waived_reason <> ''", name=op.f("ck_obligation_waiver_reasoned")
        ),
        sa.CheckConstraint(
            "state <> 'overdue' OR provisional_year IS NULL",
            name=op.f("ck_obligation_estimate_never_overdue"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_obligation_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_obligation_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["met_release_id"], ["release.id"], name=op.f("fk_obligation_met_release_id")
        ),
        sa.ForeignKeyConstraint(
            ["waived_by_id"], ["account.id"], name=op.f("fk_obligation_waived_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
        sa.UniqueConstraint(
            "dataset_id",
            "rule_key",
            "occasion",
            name=op.f("uq_obligation_dataset_id_rule_key_occasion"),
        ),
    )
    for columns in (("state", "due_on"), ("dataset_id", "state")):
        op.create_index(f"ix_obligation_{'_'.join(columns)}", "obligation", list(columns))
    is_estimate = sa.text("provisional_year IS NOT NULL")
    op.create_index(
        "ix_obligation_provisional_year",
        "obligation",
        ["provisional_year"],
        sqlite_where=is_estimate,
        postgresql_where=is_estimate,
    )
    op.create_index(op.f("ix_obligation_met_release_id"), "obligation", ["met_release_id"])


def _create_history() -> None:
    op.create_table(
        "obligation_suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_obligation_suspension_reasoned")),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligation.id"],
            name=op.f("fk_obligation_suspension_obligation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_suspension")),
    )
    op.create_index(
        op.f("ix_obligation_suspension_obligation_id"), "obligation_suspension", ["obligation_id"]
    )
    op.create_table(
        "obligation_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_obligation_event_obligation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_event")),
    )
    op.create_index(
        op.f("ix_obligation_event_obligation_id"), "obligation_event", ["obligation_id"]
    )
