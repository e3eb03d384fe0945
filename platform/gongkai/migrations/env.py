"""What Alembic runs: on the connection it is given, inside that connection's transaction."""

from alembic import context

from gongkai.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
context.run_migrations()
