"""Frozen snapshots of scores, and the indexes that counting obligations needs."""

import sqlalchemy as sa
from alembic import op

from gongkai.db import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COUNTED = ["state", "due_on", "provisional_year", "due_at"]


def upgrade() -> None:
    op.create_table(
        "score_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_score_snapshot_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_snapshot")),
        sa.UniqueConstraint(
            "institution_id", "period", name=op.f("uq_score_snapshot_institution_id_period")
        ),
    )
    for key in ("institution_id", "item_key"):
        op.create_index(f"ix_obligation_board_{key}", "obligation", [key, *_COUNTED])
    was_late = sa.text("overdue_on IS NOT NULL")
    op.create_index(
        "ix_obligation_overdue_on",
        "obligation",
        ["overdue_on", "id"],
        sqlite_where=was_late,
        postgresql_where=was_late,
    )
    _freeze()


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for act in ("update", "delete"):
        name = f"score_snapshot_no_{act}"
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else " ON score_snapshot"))
    if not is_sqlite:
        op.execute("DROP FUNCTION score_snapshot_is_frozen()")
    op.drop_index("ix_obligation_overdue_on", "obligation")
    for key in ("institution_id", "item_key"):
        op.drop_index(f"ix_obligation_board_{key}", "obligation")
    op.drop_table("score_snapshot")


def _freeze() -> None:
    """Let nobody change or remove what was frozen."""
    message = "a frozen score is never changed or deleted"
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(
            "CREATE FUNCTION score_snapshot_is_frozen() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        )
    for act in ("update", "delete"):
        body = (
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            if is_sqlite
            else "FOR EACH ROW EXECUTE FUNCTION score_snapshot_is_frozen()"
        )
        op.execute(
            f"CREATE TRIGGER score_snapshot_no_{act} BEFORE {act.upper()} ON score_snapshot {body}"
        )
