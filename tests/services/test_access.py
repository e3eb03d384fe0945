"""Accounts, roles and tokens."""

from datetime import timedelta

import pytest

from gongkai.errors import Conflict, Forbidden, Rejected, Unauthenticated
from gongkai.models import ApiToken, Role
from gongkai.services.access import (
    Actor,
    authenticate,
    check_password,
    create_account,
    create_token,
    get_account,
    grant,
    require_role,
    require_scope,
    revoke_tokens,
)
from gongkai.testing import NOON, make_institution

PASSWORD = "correct horse battery"


@pytest.fixture
def account(site):
    with site.transaction() as session:
        return create_account(session, "wang", "王芳", password=PASSWORD, now=NOON)


def token_for(site, **given):
    with site.transaction() as session:
        given = {"label": "t", "days": 30, "now": NOON, **given}
        return create_token(session, get_account(session, "wang"), **given)


def test_a_password_is_kept_as_argon2id_and_opens_the_account(site, account):
    with site.reading() as session:
        assert get_account(session, "wang").password_hash.startswith("$argon2id$")
        assert check_password(session, "wang", PASSWORD).login == "wang"


@pytest.mark.parametrize(("login", "password"), [("wang", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_login_and_a_wrong_password_get_one_answer(site, account, login, password):
    with site.reading() as session, pytest.raises(Unauthenticated, match="login or the password"):
        check_password(session, login, password)


def test_an_account_without_a_password_opens_for_nobody(site):
    with site.transaction() as session:
        create_account(session, "post", "岗位", now=NOON)
    with site.reading() as session, pytest.raises(Unauthenticated):
        check_password(session, "post", "")


def test_a_short_password_and_a_login_in_use_are_refused(site, account):
    with site.transaction() as session, pytest.raises(Rejected, match="12 characters"):
        create_account(session, "li", "李", password="short", now=NOON)
    with pytest.raises(Conflict, match="wang already"), site.transaction() as session:
        create_account(session, "wang", "王", now=NOON)


def test_a_token_speaks_for_its_account_and_is_stored_hashed(site, account):
    secret = token_for(site)

    with site.reading() as session:
        assert authenticate(session, secret, now=NOON).login == "wang"
        assert secret not in str([vars(token) for token in session.query(ApiToken)])


def test_a_token_ends_when_it_expires_is_revoked_or_its_account_is_disabled(site, account):
    expired, revoked = token_for(site, days=1), token_for(site)
    with site.reading() as session, pytest.raises(Unauthenticated):
        authenticate(session, expired, now=NOON + timedelta(days=1))
    with site.transaction() as session:
        assert revoke_tokens(session, get_account(session, "wang"), now=NOON) == 2
    with site.reading() as session, pytest.raises(Unauthenticated):
        authenticate(session, revoked, now=NOON)
    disabled = token_for(site)
    with site.transaction() as session:
        get_account(session, "wang").disabled_at = NOON
    with site.reading() as session, pytest.raises(Unauthenticated):
        authenticate(session, disabled, now=NOON)


def test_a_token_may_only_what_its_scopes_say(site, account):
    secret = token_for(site, scopes=["draft"])
    with site.reading() as session:
        actor = authenticate(session, secret, now=NOON)
    require_scope(actor, "draft")
    with pytest.raises(Forbidden, match="may not publish"):
        require_scope(actor, "publish")


def test_an_unknown_scope_is_refused(site, account):
    with pytest.raises(Rejected, match="no scope everything"):
        token_for(site, scopes=["everything"])


def test_a_role_holds_in_its_institution_only(site, account):
    here = make_institution(site)
    there = make_institution(site, "haiyun-blood")
    with site.transaction() as session:
        wang = get_account(session, "wang")
        grant(session, wang, Role.SUBMITTER, here)
        grant(session, wang, Role.SUBMITTER, here)
    with site.reading() as session:
        actor = Actor(get_account(session, "wang"), "test")
    require_role(actor, here, Role.SUBMITTER)
    with pytest.raises(Forbidden, match="haiyun-blood"):
        require_role(actor, there, Role.SUBMITTER)
    with pytest.raises(Forbidden):
        require_role(actor, here, Role.REVIEWER)
