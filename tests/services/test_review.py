"""The chain of signatures, in services and in the database."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from gongkai.domain.identifiers import DatasetId
from gongkai.errors import (
    ActedAlready,
    Conflict,
    Forbidden,
    GongkaiError,
    Rejected,
    ReleaseRejected,
    WrongState,
)
from gongkai.models import Role
from gongkai.models.draft import DraftState, Step
from gongkai.services import review
from gongkai.services.access import get_account, grant
from gongkai.services.catalog import get_dataset, get_institution, list_releases
from gongkai.services.intake_drafts import receive_file
from gongkai.services.news import draft_notice
from gongkai.services.publishing import publish_draft
from gongkai.testing import NOON, actor, make_institution, write_rows

COSTS = DatasetId("yunhe-blood", "blood_costs")
GOOD = [{"year": 2025, "cost_item": "test", "amount_wan": "1260.40"}]
OTHER = [{"year": 2025, "cost_item": "test", "amount_wan": "1260.50"}]
BAD = [{"year": 2025, "cost_item": "test", "amount_wan": "many"}]
VERBS = {
    Step.SUBMIT: review.submit_draft,
    Step.SIGN: review.sign_draft,
    Step.REVIEW: review.review_draft,
    Step.APPROVE: review.approve_draft,
}


@pytest.fixture
def blood(site):
    make_institution(site)
    return site


def send(site, rows=GOOD, **given):
    path = write_rows(site.settings.storage.data / "costs.csv", rows)
    return receive_file(
        site, COSTS, path, filename="costs.csv", by=actor(site, Step.SUBMIT), **given
    )


def act(site, step, draft, by=None, **given):
    with site.transaction() as session:
        return VERBS[step](session, draft.id, by=by or actor(site, step), now=NOON, **given)


def sign_through(site, draft, upto=Step.APPROVE):
    for step in VERBS:
        draft = act(site, step, draft)
        if step is upto:
            break
    return draft


def releases(site):
    with site.reading() as session:
        return list_releases(session, get_dataset(session, COSTS))


def test_a_draft_goes_through_every_step_to_its_release(blood):
    draft = send(blood)
    states = [act(blood, step, draft).state for step in VERBS]

    release = publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))

    assert states == ["submitted", "signed", "reviewed", "approved"]
    assert (release.version, release.row_count) == ("1.0.0", 1)
    assert release.content_sha256 == draft.content_sha256


@pytest.mark.parametrize("step", [Step.SIGN, Step.REVIEW, Step.APPROVE])
def test_no_step_can_be_skipped(blood, step):
    draft = send(blood)
    if step is not Step.SIGN:
        act(blood, Step.SUBMIT, draft)
    with pytest.raises(WrongState, match=r"submit it first|next step"):
        act(blood, step, draft)


def test_publishing_before_the_last_signature_names_who_is_waited_for(blood):
    draft = sign_through(blood, send(blood), upto=Step.REVIEW)

    with pytest.raises(WrongState, match=r"waits for leader"):
        publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))
    assert releases(blood) == []


def test_only_the_holder_of_the_post_signs(blood):
    draft = act(blood, Step.SUBMIT, send(blood))
    with pytest.raises(Forbidden, match=r"department_head"):
        act(blood, Step.SIGN, draft, by=actor(blood, Step.REVIEW))


def test_nobody_acts_twice_on_one_draft(blood):
    with blood.transaction() as session:
        clerk = get_account(session, "yunhe-blood.clerk")
        grant(session, clerk, Role.DEPARTMENT_HEAD, get_institution(session, "yunhe-blood"))
    draft = act(blood, Step.SUBMIT, send(blood))

    with pytest.raises(ActedAlready, match=r"clerk has acted .*submit.*somebody else"):
        act(blood, Step.SIGN, draft, by=actor(blood, Step.SUBMIT))


def test_a_returned_draft_carries_the_reason_and_voids_the_round(blood):
    draft = sign_through(blood, send(blood), upto=Step.SIGN)
    with blood.transaction() as session:
        review.return_draft(
            session, draft.id, by=actor(blood, Step.REVIEW), reason="含内部测算", now=NOON
        )
    draft = act(blood, Step.SUBMIT, draft)

    assert draft.state == DraftState.SUBMITTED
    assert [s.comment for s in draft.signatures if s.decision == "return"] == ["含内部测算"]
    with pytest.raises(WrongState, match=r"sign the draft"):
        act(blood, Step.REVIEW, draft)


def test_returning_needs_a_reason(blood):
    draft = act(blood, Step.SUBMIT, send(blood))
    with blood.transaction() as session, pytest.raises(Rejected, match=r"reason"):
        review.return_draft(session, draft.id, by=actor(blood, Step.SIGN), reason=" ", now=NOON)


def test_a_signature_is_bound_to_the_content(blood):
    draft = act(blood, Step.SUBMIT, send(blood))
    with pytest.raises(Conflict, match=r"content changed"):
        act(blood, Step.SIGN, draft, content_sha256="0" * 64)
    assert act(blood, Step.SIGN, draft, content_sha256=draft.content_sha256).state == "signed"


def test_new_content_voids_every_signature(blood):
    draft = sign_through(blood, send(blood))

    changed = send(blood, OTHER, draft_id=draft.id)

    assert (changed.id, changed.state) == (draft.id, DraftState.DRAFT)
    assert review.pending_steps(changed) == list(VERBS)
    with pytest.raises(WrongState, match=r"waits for submitter"):
        publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))


def test_a_file_with_problems_is_kept_but_cannot_be_submitted(blood):
    draft = send(blood, BAD)

    with pytest.raises(ReleaseRejected) as caught:
        act(blood, Step.SUBMIT, draft)

    assert draft.content_sha256 is None
    assert [(e["row"], e["field"]) for e in caught.value.errors] == [(2, "amount_wan")]


def test_a_stranger_does_not_even_see_the_draft(blood):
    make_institution(blood, "haiyun-blood")
    draft = send(blood)
    with blood.reading() as session, pytest.raises(GongkaiError, match=r"There is no draft"):
        review.get_draft(session, draft.id, actor(blood, Step.SIGN, "haiyun-blood"))


def test_a_discarded_draft_is_kept_closed_with_its_reason(blood):
    draft = send(blood)
    with blood.transaction() as session:
        review.discard_draft(
            session, draft.id, by=actor(blood, Step.SUBMIT), reason="重复提交", now=NOON
        )
    with pytest.raises(WrongState, match=r"discarded"):
        act(blood, Step.SUBMIT, draft)


def test_a_notice_needs_the_head_of_the_department_only(blood):
    with blood.transaction() as session:
        draft = draft_notice(
            session,
            "yunhe-blood",
            title="停电",
            body_markdown="周日停电。",
            by=actor(blood, Step.SUBMIT),
            now=NOON,
        )
    with pytest.raises(WrongState):
        publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))
    sign_through(blood, draft, upto=Step.SIGN)

    assert publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT)).title == "停电"


# What follows goes behind the services' backs: the database holds the rules too.

FORGED = """INSERT INTO release (dataset_id, draft_id, version, issued, content_sha256, rows_sha256,
    row_count, item, license, changes, is_correction, change_note, authorised_doc)
    SELECT d.dataset_id, d.id, '9.9.9', d.created_at, d.content_sha256, d.rows_sha256, 1,
    '{}', '{}', '{}', false, '', '' FROM draft d"""


def execute(site, statement, **values):
    with site.transaction() as session:
        session.execute(text(statement), values)


def test_the_database_refuses_a_release_that_lacks_a_signature(blood):
    sign_through(blood, send(blood), upto=Step.REVIEW)
    with pytest.raises(DatabaseError, match=r"release is signed"):
        execute(blood, FORGED)


def test_the_database_refuses_a_release_whose_content_was_not_signed(blood):
    draft = sign_through(blood, send(blood))
    execute(
        blood,
        "UPDATE draft SET content_sha256 = :other WHERE id = :id",
        other="0" * 64,
        id=draft.id,
    )
    with pytest.raises(DatabaseError, match=r"release is signed"):
        execute(blood, FORGED)


def test_the_database_refuses_a_second_step_by_one_account(blood):
    draft = act(blood, Step.SUBMIT, send(blood))
    with pytest.raises(DatabaseError, match=r"(?i)unique|foreign|duplicate"):
        execute(
            blood,
            "INSERT INTO draft_actor (draft_id, account_id, step) "
            "SELECT draft_id, account_id, 'sign' FROM draft_actor WHERE draft_id = :id",
            id=draft.id,
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release SET version = '2.0.0'",
        "UPDATE release SET item = '{}'",
        "DELETE FROM distribution",
        "DELETE FROM release",
        "UPDATE distribution SET sha256 = 'x'",
        "DELETE FROM signature",
        "UPDATE signature SET comment = 'x'",
        "UPDATE announcement SET kind = 'x'",
        "UPDATE release SET withdrawn_reason = 'x'",
    ],
)
def test_the_database_refuses_to_change_what_is_public(blood, statement):
    draft = sign_through(blood, send(blood))
    publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))
    with pytest.raises(DatabaseError):
        execute(blood, statement)


class Chain(RuleBasedStateMachine):
    """Any order of verbs by anybody: nothing unsigned ever becomes public."""

    site = None

    @initialize()
    def start(self):
        self.draft = send(self.site, [{**GOOD[0], "note_text": str(id(self))}])
        self.approved: set[Step] = set()
        self.published = False

    @rule(step=st.sampled_from(list(VERBS)), post=st.sampled_from(list(VERBS)))
    def act(self, step, post):
        before = [s for s in VERBS if s not in self.approved]
        try:
            act(self.site, step, self.draft, by=actor(self.site, post))
        except GongkaiError:
            assert self.published or post is not step or not before or before[0] is not step
        else:
            assert post is step is before[0]
            self.approved.add(step)

    @rule()
    def hand_back(self):
        pending = [s for s in VERBS if s not in self.approved]
        try:
            with self.site.transaction() as session:
                review.return_draft(
                    session,
                    self.draft.id,
                    by=actor(self.site, pending[0] if pending else Step.SIGN),
                    reason="改",
                    now=NOON,
                )
        except GongkaiError:
            return
        assert self.approved
        self.approved = set()

    @rule(post=st.sampled_from(list(VERBS)))
    def publish(self, post):
        try:
            publish_draft(self.site, self.draft.id, by=actor(self.site, post))
        except GongkaiError:
            return
        assert self.published or self.approved == set(VERBS)
        self.published = True

    @invariant()
    def public_means_signed(self):
        if getattr(self, "draft", None) is not None:
            public = [r for r in releases(self.site) if r.draft_id == self.draft.id]
            assert bool(public) == self.published


def test_no_order_of_verbs_publishes_what_is_not_signed(sqlite_site):
    make_institution(sqlite_site)
    Chain.site = sqlite_site
    limits = settings(
        max_examples=6,
        stateful_step_count=12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Chain, settings=limits)
