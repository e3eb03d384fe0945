"""Rectification cases, and sources that are watched."""

import sqlalchemy as sa
from alembic import op

from gongkai.db import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_EVENTS = "rectification_event"
_GUARDS = (("never_deleted", "BEFORE DELETE", "OLD"), ("never_edited", "BEFORE UPDATE", "NEW"))


def upgrade() -> None:
    _create_case()
    _create_event()
    _create_source()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for rule, moment, row in _GUARDS:
        name = f"{_EVENTS}_is_{rule}"
        said = f"{_EVENTS} is {rule}"
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} {moment} ON {_EVENTS} "
                f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{said}' USING ERRCODE = '23514'; RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} {moment} ON {_EVENTS} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for rule, *_ in _GUARDS:
        name = f"{_EVENTS}_is_{rule}"
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {_EVENTS}")
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("watched_source", _EVENTS, "rectification_case"):
        op.drop_table(table)


def _create_case() -> None:
    table = "rectification_case"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("finding", sa.String(2000), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("term_from", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("provisional_year", sa.Integer(), nullable=True),
        sa.Column("is_extended", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("reported_at", Instant(), nullable=True),
        sa.Column("rechecked_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(12), nullable=True),
        sa.Column("release_id", sa.Integer(), nullable=True),
        _check(table, "(source = 'overdue') = (obligation_id IS NOT NULL)", "overdue_owes"),
        _check(table, "source = 'overdue' OR finding <> ''", "finding_told"),
        _check(table, "(state = 'closed') = (closed_at IS NOT NULL)", "closed_when"),
        _check(table, "(state = 'closed') = (outcome IS NOT NULL)", "closed_why"),
        _check(table, "NOT is_late OR provisional_year IS NULL", "estimate_never_late"),
        _refers(table, "obligation_id", "obligation.id"),
        _refers(table, "institution_id", "institution.id"),
        _refers(table, "dataset_id", "dataset.id"),
        _refers(table, "release_id", "release.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("obligation_id", name=op.f(f"uq_{table}_obligation_id")),
    )
    op.create_index(op.f(f"ix_{table}_dataset_id"), table, ["dataset_id"])
    for columns in (("state", "due_on"), ("institution_id", "state")):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    open_for_overdue = sa.text("source = 'overdue' AND state <> 'closed'")
    op.create_index(
        f"uq_{table}_open_for_overdue",
        table,
        ["dataset_id"],
        unique=True,
        sqlite_where=open_for_overdue,
        postgresql_where=open_for_overdue,
    )


def _create_event() -> None:
    op.create_table(
        _EVENTS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("comment", sa.String(2000), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        _refers(_EVENTS, "case_id", "rectification_case.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_EVENTS}")),
    )
    op.create_index(op.f(f"ix_{_EVENTS}_case_id"), _EVENTS, ["case_id"])


def _create_source() -> None:
    table = "watched_source"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(2000), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(500), nullable=True),
        sa.Column("last_modified", sa.String(100), nullable=True),
        sa.Column("content_sha256", sa.String(64), nullable=True),
        sa.Column("prepared_sha256", sa.String(64), nullable=True),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("next_check_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=True),
        sa.Column("draft_id", sa.String(32), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", Instant(), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        _check(table, "every_minutes > 0", "every_positive"),
        _refers(table, "dataset_id", "dataset.id"),
        _refers(table, "draft_id", "draft.id"),
        _refers(table, "created_by_id", "account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("dataset_id", "address", name=op.f(f"uq_{table}_dataset_id_address")),
    )
    op.create_index(f"ix_{table}_next_check_at", table, ["next_check_at"])


def _check(table: str, rule: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str, column: str, where: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [where], name=op.f(f"fk_{table}_{column}"))
