"""What an institution chose for small counts of persons, and what a release hid of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_RULE = "release_control_is_never_edited"
_SAYS = "release control is never_edited"


def upgrade() -> None:
    op.add_column("institution", sa.Column("disclosure_control", sa.JSON(), nullable=True))
    op.add_column("release", sa.Column("control", sa.JSON(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {_RULE} BEFORE UPDATE ON release "
            "WHEN CAST(NEW.control AS TEXT) IS NOT CAST(OLD.control AS TEXT) "
            f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {_RULE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF CAST(NEW.control AS text) IS DISTINCT FROM CAST(OLD.control AS text) "
        f"THEN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_RULE} BEFORE UPDATE ON release FOR EACH ROW EXECUTE FUNCTION {_RULE}()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {_RULE}")
    else:
        op.execute(f"DROP TRIGGER {_RULE} ON release")
        op.execute(f"DROP FUNCTION {_RULE}()")
    op.drop_column("release", "control")
    op.drop_column("institution", "disclosure_control")
