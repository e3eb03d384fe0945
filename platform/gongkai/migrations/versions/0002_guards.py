"""The database has the last word: what is public stays, and nothing unsigned becomes public."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Columns of a release and a notice that withdrawal fills, once.
_WITHDRAWAL = {
    "release": ("withdrawn_at", "withdrawn_reason", "withdrawn_by_id"),
    "notice": ("withdrawn_at", "withdrawn_reason"),
}
_FROZEN = {
    "release": (
        "id",
        "dataset_id",
        "draft_id",
        "version",
        "issued",
        "content_sha256",
        "rows_sha256",
        "row_count",
        "is_correction",
        "change_note",
        "formed_on",
        "authorised_doc",
    ),
    "notice": (
        "id",
        "institution_id",
        "draft_id",
        "title",
        "body_markdown",
        "body_html",
        "language",
        "content_sha256",
        "published_at",
    ),
}
# Documents: compared as text, because PostgreSQL's json has no equality.
_FROZEN_JSON = {"release": ("item", "license", "changes"), "notice": ()}
_ADD_ONLY = ("distribution", "announcement", "audit_entry", "signature", "draft_actor")
_UNDELETABLE = ("release", "notice", *_ADD_ONLY)

# A draft may be published when every step it owes has, for this content and in this round, an
# approval, and it owes at least one.
_UNSIGNED = """
    NOT EXISTS (SELECT 1 FROM draft_step s WHERE s.draft_id = NEW.draft_id)
    OR EXISTS (
        SELECT 1 FROM draft_step s JOIN draft d ON d.id = s.draft_id
        WHERE s.draft_id = NEW.draft_id AND NOT EXISTS (
            SELECT 1 FROM signature g
            WHERE g.draft_id = s.draft_id AND g.step = s.step AND g.decision = 'approve'
              AND g.round = d.round AND g.content_sha256 = NEW.content_sha256
        )
    )
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name in _names():
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")


def _names() -> list[tuple[str, str]]:
    return (
        [(table, f"{table}_is_never_deleted") for table in _UNDELETABLE]
        + [(table, f"{table}_is_never_edited") for table in (*_ADD_ONLY, *_FROZEN)]
        + [(table, f"{table}_is_signed") for table in _FROZEN]
    )


def _edited(table: str, differs: str, as_text: str) -> str:
    """Return the condition under which an UPDATE changes more than a first withdrawal."""
    parts = [f"NEW.{column} {differs} OLD.{column}" for column in _FROZEN[table]]
    parts += [
        f"CAST(NEW.{column} AS {as_text}) {differs} CAST(OLD.{column} AS {as_text})"
        for column in _FROZEN_JSON[table]
    ]
    parts += [
        f"(OLD.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column})"
        for column in _WITHDRAWAL[table]
    ]
    return " OR ".join(parts)


def _upgrade_sqlite() -> None:
    for table in _UNDELETABLE:
        _sqlite(table, "never_deleted", "BEFORE DELETE", "1")
    for table in _ADD_ONLY:
        _sqlite(table, "never_edited", "BEFORE UPDATE", "1")
    for table in _FROZEN:
        _sqlite(table, "never_edited", "BEFORE UPDATE", _edited(table, "IS NOT", "TEXT"))
        _sqlite(table, "signed", "BEFORE INSERT", _UNSIGNED)


def _sqlite(table: str, rule: str, moment: str, forbidden: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_is_{rule} {moment} ON {table} WHEN {forbidden} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is {rule}'); END"
    )


def _upgrade_postgresql() -> None:
    for table in _UNDELETABLE:
        _postgresql(table, "never_deleted", "BEFORE DELETE", "true", "OLD")
    for table in _ADD_ONLY:
        _postgresql(table, "never_edited", "BEFORE UPDATE", "true", "NEW")
    for table in _FROZEN:
        edited = _edited(table, "IS DISTINCT FROM", "text")
        _postgresql(table, "never_edited", "BEFORE UPDATE", edited, "NEW")
        _postgresql(table, "signed", "BEFORE INSERT", _UNSIGNED, "NEW")


def _postgresql(table: str, rule: str, moment: str, forbidden: str, row: str) -> None:
    name = f"{table}_is_{rule}"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {forbidden} THEN RAISE EXCEPTION '{table} is {rule}' USING ERRCODE = '23514'; "
        f"END IF; RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
