"""The audit log is a chain: whatever is changed in it shows."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from gongkai.services.access import Actor, create_account
from gongkai.services.audit import broken_links, count_entries, record_act
from gongkai.testing import NOON


@pytest.fixture
def log(site):
    with site.transaction() as session:
        by = Actor(create_account(session, "wang", "王芳", now=NOON), "test")
    for number in range(5):
        with site.transaction() as session:
            record_act(session, by, "draft.submit", f"draft {number}", now=NOON, 说明="测试")
    return site


def faults(site):
    with site.reading() as session:
        return list(broken_links(session))


def tamper(site, statement):
    """Change the log behind the triggers' back, as somebody with the database file could."""
    with site.transaction() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER IF EXISTS audit_entry_is_never_edited"))
            session.execute(text("DROP TRIGGER IF EXISTS audit_entry_is_never_deleted"))
        else:
            session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        session.execute(text(statement))


def test_an_untouched_log_holds(log):
    with log.reading() as session:
        assert count_entries(session) == 5
    assert faults(log) == []


def test_an_edit_shows(log):
    tamper(log, "UPDATE audit_entry SET actor = 'li' WHERE id = 3")

    assert faults(log) == ["entry 3 was changed after it was written"]


def test_a_removed_entry_shows(log):
    tamper(log, "DELETE FROM audit_entry WHERE id = 3")

    assert "entry 3 is missing before entry 4" in faults(log)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'li'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_the_log(log, statement):
    with pytest.raises(DatabaseError, match="never_"), log.transaction() as session:
        session.execute(text(statement))


def test_an_act_that_is_rolled_back_leaves_no_entry(log):
    def fail():
        with log.transaction() as session:
            by = Actor(create_account(session, "li", "李", now=NOON), "test")
            record_act(session, by, "draft.submit", "x", now=NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert faults(log) == []
    with log.reading() as session:
        assert count_entries(session) == 5
