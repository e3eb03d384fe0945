"""Whatever anybody does in whatever order: what the gate stops is public only when overridden."""

from collections import Counter
from dataclasses import replace
from itertools import count
from typing import ClassVar

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

from gongkai.errors import GongkaiError
from gongkai.models import Draft
from gongkai.models.draft import Step
from gongkai.services.catalog import get_dataset, list_releases
from gongkai.services.publishing import publish_draft
from gongkai.services.review import pending_steps
from gongkai.testing import actor, make_institution
from tests.effort import effort
from tests.services.gate_chain import (
    BOTH,
    CLEAN,
    COSTS,
    FORGED,
    MENTION,
    REASON,
    SECRET,
    VERBS,
    act,
    hand_back,
    proper,
    send,
    verdicts,
)

CONTENTS = {"clean": CLEAN, "secret": SECRET, "mention": MENTION, "both": BOTH}
POSTS = st.sampled_from(list(VERBS))
# What stands behind a release, as the database tells it: findings, and who decided on them.
BEHIND = """
    SELECT f.severity, c.decision, c.reason, a.step,
           (SELECT count(*) FROM draft_actor b
            WHERE b.draft_id = d.id AND b.account_id = c.account_id) AS steps
    FROM draft d JOIN finding f ON f.draft_id = d.id AND f.edition = d.edition
    LEFT JOIN decided_finding c ON c.finding_id = f.id AND c.round = d.round
         AND c.content_sha256 = d.content_sha256
    LEFT JOIN draft_actor a ON a.draft_id = d.id AND a.account_id = c.account_id
    WHERE d.id = :id
"""


class WouldHaveWorkedError(Exception):
    """The forgery went through, and is rolled back."""


class Gate(RuleBasedStateMachine):
    """A model of the chain beside the real one: they must agree at each step."""

    site = None
    seen: ClassVar[Counter[str]] = Counter()
    numbers = count(1)

    @initialize(content=st.sampled_from(["secret", "both"]))
    def start(self, content):
        # Rows that are public already would not be published again.
        self.amount = f"{next(self.numbers)}.00"
        self.draft = self.send(content)
        self.content, self.approved, self.published = content, [], False

    def send(self, content, **given):
        rows = [{**row, "amount_wan": self.amount} for row in CONTENTS[content]]
        return send(self.site, rows, **given)

    @property
    def owed(self):
        return [step for step in VERBS if self.is_blocked or step is not Step.ATTEST]

    @property
    def due(self):
        return next((step for step in self.owed if step not in self.approved), None)

    def try_act(self, step, post, **given):
        try:
            act(self.site, step, self.draft, post, **given)
        except GongkaiError:
            return False
        assert step is self.due or (step, self.due) == (Step.APPROVE, Step.ATTEST)
        assert post is self.due
        self.approved.append(self.due)
        return True

    @property
    def is_blocked(self):
        return self.content in ("secret", "both")

    @rule(data=st.data())
    def something_happens(self, data):
        """One rule that draws among what can happen: many rules would each be drawn too seldom."""
        happens = [self.somebody_acts]
        if not self.published:
            happens += [self.send_another_file, *[self.publish] * 3]
            happens += [self.go_on] * 4 if self.due else []
            happens += [self.hand_back, self.forge, self.forge] if self.approved else []
        if self.due is Step.REVIEW and self.content != "clean":
            happens += [self.review_badly] * 4
        if self.due is Step.SUBMIT and self.is_blocked:
            happens += [self.submit_without_a_word]
        data.draw(st.sampled_from(happens))(data)

    def go_on(self, data):
        """Take the next steps as they should be taken."""
        for _ in range(data.draw(st.integers(1, 3))):
            if self.due is not None:
                assert self.try_act(self.due, self.due, **proper(self.due, self.fresh()))

    def somebody_acts(self, data):
        """Let anybody try any step, saying all that the right one would say."""
        step, post, before = data.draw(POSTS), data.draw(POSTS), self.due
        if self.try_act(step, post, **proper(step, self.fresh())):
            assert not self.published
            assert post is before

    def review_badly(self, data):
        draft = self.fresh()
        said = {"content_sha256": draft.content_sha256, "findings": verdicts(draft)}
        how = data.draw(
            st.sampled_from(["nothing", "one", "accept", "no reason", "stale", "unseen"])
        )
        match how:
            case "nothing":
                said["findings"] = []
            case "one":
                said["findings"] = said["findings"][1:]
            case "accept":
                said["findings"] = [replace(v, decision="accept") for v in said["findings"]]
            case "no reason":
                said["findings"] = verdicts(draft, reason="同意")
            case "stale":
                said["content_sha256"] = "0" * 64
            case "unseen":
                said["content_sha256"] = None
        # A mention is accepted, and needs no reason.
        if self.is_blocked or how not in ("accept", "no reason"):
            assert not self.try_act(Step.REVIEW, Step.REVIEW, **said)
            self.seen["bad review refused"] += 1

    def submit_without_a_word(self, _):
        assert not self.try_act(Step.SUBMIT, Step.SUBMIT)
        self.seen["bare submission refused"] += 1

    def send_another_file(self, data):
        self.content = data.draw(st.sampled_from(list(CONTENTS)))
        self.send(self.content, draft_id=self.draft.id)
        self.approved = []

    def hand_back(self, _):
        if self.due is not None:
            hand_back(self.site, self.draft, self.due)
            self.approved = []
            self.seen["returned"] += 1

    def forge(self, _):
        """Write a release into the database itself; it is taken back where it works."""
        try:
            with self.site.transaction() as session:
                session.execute(text(FORGED), {"id": self.draft.id})
                raise WouldHaveWorkedError
        except DatabaseError:
            assert self.due is not None
            self.seen["forgery refused"] += 1
        except WouldHaveWorkedError:
            assert self.due is None

    def publish(self, data):
        try:
            publish_draft(self.site, self.draft.id, by=actor(self.site, data.draw(POSTS)))
        except GongkaiError:
            return
        assert self.due is None
        self.published = True
        self.seen[f"published {self.content}"] += 1

    @invariant()
    def the_model_agrees(self):
        draft = self.fresh()
        assert self.published or pending_steps(draft) == [
            step for step in self.owed if step not in self.approved
        ]

    @invariant()
    def what_is_public_was_decided(self):
        with self.site.reading() as session:
            public = [
                one
                for one in list_releases(session, get_dataset(session, COSTS))
                if one.draft_id == self.draft.id
            ]
            behind = session.execute(text(BEHIND), {"id": self.draft.id}).all()
        assert bool(public) == self.published
        if public:
            for severity, decision, reason, step, steps in behind:
                assert decision == ("override" if severity == "error" else "accept")
                assert severity == "review" or reason == REASON
                assert (step, steps) == ("review", 1)

    def fresh(self):
        with self.site.reading() as session:
            return session.get_one(Draft, self.draft.id)


def test_no_order_of_acts_publishes_what_the_gate_stops_without_an_override(site):
    make_institution(site)
    Gate.site, Gate.seen = site, Counter()
    limits = settings(
        max_examples=effort(14, 40),
        stateful_step_count=16,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Gate, settings=limits)

    # The run would prove nothing if it never got that far.
    assert Gate.seen["published secret"] + Gate.seen["published both"] > 0, Gate.seen
    assert Gate.seen["forgery refused"] > 0, Gate.seen
    assert sum(Gate.seen[what] for what in Gate.seen if what.endswith("refused")) > 10, Gate.seen
