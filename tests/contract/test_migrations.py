"""Models equal migrations, up and down, on every database."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from gongkai import db
from gongkai.migrations import downgrade, is_current, upgrade
from gongkai.models import Base


@pytest.fixture
def engine(database_url):
    made = db.connect(database_url)
    yield made
    made.dispose()


def test_the_migrated_database_has_exactly_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert is_current(engine)


def test_down_to_nothing_and_up_again(engine):
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert not is_current(engine)

    upgrade(engine)

    assert is_current(engine)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def test_migrating_twice_changes_nothing(engine):
    upgrade(engine)

    assert is_current(engine)
