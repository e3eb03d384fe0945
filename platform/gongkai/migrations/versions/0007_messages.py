"""Reminders, messages to people and programs, and where they go."""

import sqlalchemy as sa
from alembic import op

from gongkai.db import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("email", sa.String(320), nullable=True))
    op.add_column(
        "account", sa.Column("language", sa.String(2), nullable=False, server_default="zh")
    )
    _create_channel()
    _create_message()
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("batch", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(
            ["obligation_id"], ["obligation.id"], name=op.f("fk_reminder_obligation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "obligation_id", "due_on", "kind", name=op.f("uq_reminder_obligation_id_due_on_kind")
        ),
    )
    op.create_index(op.f("ix_reminder_batch"), "reminder", ["batch"])


def downgrade() -> None:
    for table in ("reminder", "message", "channel"):
        op.drop_table(table)
    op.drop_column("account", "language")
    op.drop_column("account", "email")


def _create_channel() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("disabled_reason", sa.String(500), nullable=True),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_channel_known_language")),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_reason IS NULL)",
            name=op.f("ck_channel_disabling_reasoned"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_channel_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    op.create_index(op.f("ix_channel_institution_id"), "channel", ["institution_id"])


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("dedup", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("send_after", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fencing", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("dead_at", Instant(), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.CheckConstraint("sent_at IS NULL OR dead_at IS NULL", name=op.f("ck_message_one_end")),
        sa.CheckConstraint(
            "(kind = 'mail') = (channel_id IS NULL)", name=op.f("ck_message_mail_or_channel")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_message_channel_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedup", name=op.f("uq_message_dedup")),
    )
    op.create_index("ix_message_waiting", "message", ["sent_at", "dead_at", "send_after"])
    for column in ("channel_id", "account_id"):
        op.create_index(op.f(f"ix_message_{column}"), "message", [column])
