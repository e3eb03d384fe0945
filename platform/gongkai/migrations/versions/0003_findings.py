"""What the gate finds is decided by a person: findings, decisions, and the last word on both."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ADD_ONLY = ("finding", "decided_finding")

# Every finding of the edition to be published has a decision on this content in this round, by
# an account that passed the review itself; and what was overridden is attested by the principal.
_UNDECIDED = """
    EXISTS (
        SELECT 1 FROM finding f JOIN draft d ON d.id = f.draft_id
        WHERE f.draft_id = NEW.draft_id AND f.edition = d.edition AND NOT EXISTS (
            SELECT 1 FROM decided_finding c
            JOIN signature g ON g.draft_id = c.draft_id AND g.account_id = c.account_id
             AND g.step = 'review' AND g.decision = 'approve' AND g.round = c.round
             AND g.content_sha256 = c.content_sha256
            WHERE c.finding_id = f.id AND c.round = d.round
              AND c.content_sha256 = NEW.content_sha256
        )
    )
    OR EXISTS (
        SELECT 1 FROM finding f JOIN draft d ON d.id = f.draft_id
        WHERE f.draft_id = NEW.draft_id AND f.edition = d.edition AND f.severity = 'error'
          AND NOT EXISTS (
            SELECT 1 FROM signature g
            WHERE g.draft_id = d.id AND g.step = 'attest' AND g.decision = 'approve'
              AND g.round = d.round AND g.content_sha256 = NEW.content_sha256
        )
    )
"""
# A draft that is given another file begins its way anew, so that nobody's findings are lost.
_CARRIED_ON = "NEW.edition <> OLD.edition AND (NEW.edition < OLD.edition OR NEW.state <> 'draft')"
# (table, rule, moment, what is forbidden, the row that PostgreSQL lets through)
_GUARDS = (
    *((table, "never_deleted", "BEFORE DELETE", None, "OLD") for table in _ADD_ONLY),
    *((table, "never_edited", "BEFORE UPDATE", None, "NEW") for table in _ADD_ONLY),
    ("release", "decided", "BEFORE INSERT", _UNDECIDED, "NEW"),
    ("draft", "begun_anew", "BEFORE UPDATE", _CARRIED_ON, "NEW"),
)


def upgrade() -> None:
    op.add_column("draft", sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
    _create_finding()
    _create_decided_finding()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, rule, moment, forbidden, row in _GUARDS:
        if sqlite:
            _guard_sqlite(table, rule, moment, forbidden or "1")
        else:
            _guard_postgresql(table, rule, moment, forbidden or "true", row)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, rule, *_ in _GUARDS:
        name = f"{table}_is_{rule}"
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("decided_finding")
    op.drop_table("finding")
    op.drop_column("draft", "edition")


def _create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("label", sa.JSON(), nullable=True),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "severity IN ('error', 'review')", name=op.f("ck_finding_severity_known")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_finding_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint(
            "draft_id",
            "edition",
            "code",
            "field",
            name=op.f("uq_finding_draft_id_edition_code_field"),
        ),
        sa.UniqueConstraint(
            "id", "draft_id", "content_sha256", "severity", name="uq_finding_decided"
        ),
    )


def _create_decided_finding() -> None:
    op.create_table(
        "decided_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step = 'review'", name=op.f("ck_decided_finding_by_reviewer")),
        sa.CheckConstraint(
            "(severity = 'error') = (decision = 'override')",
            name=op.f("ck_decided_finding_decision_fits"),
        ),
        sa.CheckConstraint(
            "decision <> 'override' OR length(trim(reason)) >= 8",
            name=op.f("ck_decided_finding_override_reasoned"),
        ),
        sa.ForeignKeyConstraint(
            ["finding_id", "draft_id", "content_sha256", "severity"],
            ["finding.id", "finding.draft_id", "finding.content_sha256", "finding.severity"],
            name="fk_decided_finding_finding",
        ),
        sa.ForeignKeyConstraint(
            ["draft_id", "account_id", "step"],
            ["draft_actor.draft_id", "draft_actor.account_id", "draft_actor.step"],
            name=op.f("fk_decided_finding_draft_id_account_id_step"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_decided_finding_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decided_finding")),
        sa.UniqueConstraint(
            "finding_id", "round", name=op.f("uq_decided_finding_finding_id_round")
        ),
    )
    op.create_index(op.f("ix_decided_finding_draft_id"), "decided_finding", ["draft_id"])


def _guard_sqlite(table: str, rule: str, moment: str, forbidden: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_is_{rule} {moment} ON {table} WHEN {forbidden} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is {rule}'); END"
    )


def _guard_postgresql(table: str, rule: str, moment: str, forbidden: str, row: str) -> None:
    name = f"{table}_is_{rule}"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {forbidden} THEN RAISE EXCEPTION '{table} is {rule}' USING ERRCODE = '23514'; "
        f"END IF; RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
