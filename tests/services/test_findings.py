"""The reviewer's override: who, on what, with which reason, and what the database holds."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from gongkai.domain.items import Tier
from gongkai.domain.problems import Problem, ProblemGroup, Report, Severity
from gongkai.domain.text import Text
from gongkai.errors import (
    ActedAlready,
    Conflict,
    FindingsUndecided,
    Forbidden,
    Rejected,
    ReleaseRejected,
    WrongState,
)
from gongkai.models import AuditEntry, Draft, Finding, FindingDecision, Role
from gongkai.models.draft import DraftState, Step
from gongkai.services import review
from gongkai.services.access import get_account, grant
from gongkai.services.catalog import get_institution
from gongkai.services.findings import (
    Verdict,
    current_findings,
    find_decision,
    keep_findings,
    tier_of,
)
from gongkai.services.publishing import publish_draft
from gongkai.services.recorded import NamedDecision, Sheet, accept_all, verdicts_of
from gongkai.testing import NOON, actor, make_institution, publish_rows
from tests.services.gate_chain import (
    BOTH,
    CLEAN,
    COSTS,
    FORGED,
    MENTION,
    OTHER_SECRET,
    REASON,
    RESIDENT_ID,
    SECRET,
    WHY,
    WRONG,
    act,
    carry,
    hand_back,
    proper,
    send,
    verdicts,
)

OVERRIDE, ACCEPT = FindingDecision.OVERRIDE, FindingDecision.ACCEPT


@pytest.fixture
def blood(site):
    make_institution(site)
    return site


@pytest.fixture
def own(sqlite_site):
    """The same where the database is not what the test is about."""
    make_institution(sqlite_site)
    return sqlite_site


def owed(draft):
    return [entry.step for entry in draft.steps]


def found(draft):
    return [(one.code, one.field, one.severity, one.total) for one in current_findings(draft)]


def open_ones(caught):
    return [(error["code"], error["field"]) for error in caught.value.errors]


def test_what_the_gate_stops_is_kept_as_exact_content_with_its_findings(blood):
    draft = send(blood, BOTH)

    assert draft.report["blocks"]
    assert draft.report["overridable"]
    assert draft.content_sha256 is not None
    assert found(draft) == [
        ("resident-id", "note_text", "error", 1),
        ("not-public-mention", "note_text", "review", 1),
    ]
    assert [one.rows for one in current_findings(draft)] == [[2], [3]]
    assert (draft.tier, owed(draft)[-1]) == (Tier.SENSITIVE, "attest")


def test_what_is_for_review_alone_keeps_the_tier_of_data(own):
    draft = send(own, MENTION)

    assert (draft.report["blocks"], draft.report["overridable"]) == (False, False)
    assert (draft.tier, owed(draft)[-1]) == (Tier.DATA, "approve")


def test_a_general_item_with_findings_gets_a_review(own):
    findings = current_findings(send(own, MENTION))
    draft = Draft(edition=findings[0].edition, findings=findings)

    assert tier_of(draft, Tier.GENERAL) == Tier.DATA
    assert tier_of(Draft(edition=1, findings=[]), Tier.GENERAL) == Tier.GENERAL


def test_no_reviewer_overrides_what_is_wrong_with_the_data(own):
    draft = send(own, WRONG)

    assert (draft.content_sha256, draft.report["overridable"]) == (None, False)
    assert current_findings(draft) == []
    with pytest.raises(ReleaseRejected):
        act(own, Step.SUBMIT, draft, comment=WHY)


NO_REASONS = (
    "",
    " \t\n　",
    "可以公开",
    "。。。。。。。。。。。",
    "测试测试测试测试测试",
    "12345678901",
    "resident-id",
)


def test_the_submitter_says_why_it_may_be_public(own):
    draft = send(own)
    for comment in NO_REASONS:
        with pytest.raises(ReleaseRejected, match=r"resident-id in note_text \(1\)") as caught:
            act(own, Step.SUBMIT, draft, comment=comment)
        assert open_ones(caught) == [("resident-id", "note_text")]

    assert act(own, Step.SUBMIT, draft, comment=WHY).state == "submitted"


def test_what_is_for_review_is_submitted_without_a_comment(own):
    assert act(own, Step.SUBMIT, send(own, MENTION)).state == "submitted"


def test_an_override_goes_all_the_way_and_is_attested_by_the_principal(blood):
    draft = carry(blood, send(blood, BOTH), upto=Step.APPROVE)
    with pytest.raises(WrongState, match=r"waits for principal"):
        publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))
    act(blood, Step.ATTEST, draft)

    release = publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))

    assert release.content_sha256 == draft.content_sha256
    with blood.reading() as session:
        kept = review.get_draft(session, draft.id, actor(blood, Step.REVIEW))
        decided = [find_decision(kept, one) for one in current_findings(kept)]
        told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.decision, one.reason, one.account.login) for one in decided] == [
        ("override", REASON, "yunhe-blood.reviewer"),
        ("accept", "", "yunhe-blood.reviewer"),
    ]
    (act_of_override,) = [entry for entry in told if entry.action == "draft.override"]
    assert (act_of_override.actor, act_of_override.subject) == ("yunhe-blood.reviewer", draft.id)
    assert act_of_override.detail["reason"] == REASON
    assert act_of_override.detail["content_sha256"] == draft.content_sha256


def test_a_review_without_decisions_names_every_finding(own):
    draft = carry(own, send(own, BOTH), upto=Step.SIGN)

    with pytest.raises(FindingsUndecided, match=r"resident-id in note_text \(1\), not-public") as c:
        act(own, Step.REVIEW, draft, content_sha256=draft.content_sha256)

    assert open_ones(c) == [("resident-id", "note_text"), ("not-public-mention", "note_text")]


ACCEPTED = ("not-public-mention", "note_text", ACCEPT, "")
OVERRIDDEN = ("resident-id", "note_text", OVERRIDE, REASON)
# What a reviewer may get wrong, with the finding or the words that the answer names.
NO_VERDICTS = [
    ([OVERRIDDEN], "still open: not-public-mention in note_text"),
    ([ACCEPTED], "still open: resident-id in note_text"),
    ([("resident-id", "note_text", ACCEPT, REASON), ACCEPTED], "the gate blocks it: override it"),
    ([OVERRIDDEN, ("not-public-mention", "note_text", OVERRIDE, REASON)], "accept it, or return"),
    ([("resident-id", "note_text", OVERRIDE, "理" * 2001), ACCEPTED], "at most 2000 characters"),
    ([("resident-id", None, OVERRIDE, REASON), ACCEPTED], "no finding resident-id with field null"),
    (
        [("resident-id", "year", OVERRIDE, REASON), ACCEPTED],
        "no finding resident-id with field year",
    ),
    ([("mobile-number", "note_text", OVERRIDE, REASON), ACCEPTED], "no finding mobile-number"),
    ([OVERRIDDEN, OVERRIDDEN, ACCEPTED], "resident-id in note_text: it is decided twice"),
    *(
        ([("resident-id", "note_text", OVERRIDE, reason), ACCEPTED], "say in at least 8 letters")
        for reason in NO_REASONS
    ),
]


def test_a_decision_that_is_missing_unknown_or_empty_leaves_nothing_behind(own):
    draft = carry(own, send(own, BOTH), upto=Step.SIGN)

    for said, words in NO_VERDICTS:
        given = [Verdict(*one) for one in said]
        with pytest.raises(FindingsUndecided, match=re.escape(words)) as caught:
            act(own, Step.REVIEW, draft, content_sha256=draft.content_sha256, findings=given)
        assert caught.value.errors, said

    with own.reading() as session:
        kept = review.get_draft(session, draft.id, actor(own, Step.REVIEW))
        assert kept.state == "signed"
        assert all(one.decisions == [] for one in kept.findings)


def test_a_reason_that_repeats_the_finding_is_none(own):
    draft = carry(own, send(own), upto=Step.SIGN)
    echo = current_findings(draft)[0].message["zh"]

    with pytest.raises(FindingsUndecided, match="say in at least 8 letters"):
        act(
            own,
            Step.REVIEW,
            draft,
            content_sha256=draft.content_sha256,
            findings=verdicts(draft, reason=echo),
        )


def test_a_decision_says_which_content_it_is_about(own):
    draft = carry(own, send(own), upto=Step.SIGN)

    with pytest.raises(FindingsUndecided, match="content_sha256"):
        act(own, Step.REVIEW, draft, findings=verdicts(draft))
    with pytest.raises(Conflict, match="content changed"):
        act(own, Step.REVIEW, draft, findings=verdicts(draft), content_sha256="0" * 64)


@pytest.mark.parametrize("post", [Step.SUBMIT, Step.SIGN, Step.APPROVE, Step.ATTEST])
def test_nobody_but_the_reviewer_overrides(own, post):
    draft = carry(own, send(own), upto=Step.SIGN)

    with pytest.raises(Forbidden, match="reviewer"):
        act(own, Step.REVIEW, draft, post, **proper(Step.REVIEW, draft))


def test_a_submitter_who_is_a_reviewer_as_well_overrides_nothing_of_their_own(blood):
    with blood.transaction() as session:
        clerk = get_account(session, "yunhe-blood.clerk")
        grant(session, clerk, Role.REVIEWER, get_institution(session, "yunhe-blood"))
    draft = carry(blood, send(blood), upto=Step.SIGN)

    with pytest.raises(ActedAlready, match="somebody else must review"):
        act(blood, Step.REVIEW, draft, Step.SUBMIT, **proper(Step.REVIEW, draft))


@pytest.mark.parametrize("rows", [SECRET, OTHER_SECRET], ids=["the same", "other"])
def test_another_file_voids_every_decision(blood, rows):
    draft = carry(blood, send(blood))

    again = send(blood, rows, draft_id=draft.id)

    assert (again.state, again.edition, len(again.findings)) == (DraftState.DRAFT, 2, 2)
    assert [find_decision(again, one) for one in again.findings] == [None, None]
    with pytest.raises(WrongState, match="waits for submitter"):
        publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT))
    again = carry(blood, again, upto=Step.SIGN)
    with pytest.raises(FindingsUndecided):
        act(blood, Step.REVIEW, again, content_sha256=again.content_sha256)


def test_a_clean_file_takes_the_draft_back_to_its_own_tier(blood):
    draft = carry(blood, send(blood), upto=Step.REVIEW)

    mended = send(blood, CLEAN, draft_id=draft.id)

    assert (mended.tier, current_findings(mended)) == (Tier.DATA, [])
    assert owed(mended) == ["submit", "sign", "review", "approve"]
    assert len(mended.findings) == 1
    for step in (Step.SUBMIT, Step.SIGN, Step.REVIEW, Step.APPROVE):
        act(blood, step, mended)
    assert publish_draft(blood, draft.id, by=actor(blood, Step.SUBMIT)).version == "1.0.0"


def test_a_return_voids_the_round_and_its_decisions_stay_in_the_record(blood):
    draft = carry(blood, send(blood), upto=Step.REVIEW)
    hand_back(blood, draft, Step.APPROVE)
    again = carry(blood, draft, upto=Step.SIGN)

    with pytest.raises(FindingsUndecided):
        act(blood, Step.REVIEW, again, content_sha256=again.content_sha256)
    other = "第二轮复核：示例号码，确系虚构"
    said = {"findings": verdicts(again, reason=other), "content_sha256": again.content_sha256}
    again = act(blood, Step.REVIEW, again, **said)

    (finding,) = again.findings
    assert [(one.round, one.reason) for one in finding.decisions] == [(1, REASON), (2, other)]
    assert find_decision(again, finding).round == 2


def test_what_two_plugins_say_of_one_field_is_one_finding_as_grave_as_the_worst():
    draft = Draft(id="x", edition=1, content_sha256="0" * 64, findings=[])
    problem = Problem("found", Text("见", "seen the value 110101"), row=7, value="110101")
    mild = ProblemGroup("found", "a", None, Severity.REVIEW, 3, (problem,), "mild")
    grave = replace(mild, severity=Severity.ERROR, total=2**40, source="grave")
    hint = replace(mild, severity=Severity.WARNING, field="b")

    keep_findings(draft, Report("x", 9, (mild, grave, hint)), now=NOON)

    (finding,) = draft.findings
    assert (finding.code, finding.field, finding.severity) == ("found", "a", "error")
    assert (finding.total, finding.rows, finding.source) == (2**31 - 1, [7], "mild, grave")
    assert finding.message == {"zh": "见", "en": "seen the value …"}


def test_a_finding_keeps_no_cell_of_the_file(own):
    draft = send(own, BOTH)

    for one in draft.findings:
        kept = repr([one.message, one.label, one.rows, one.source, one.code, one.field])
        assert RESIDENT_ID not in kept
        assert "110101" not in kept


# What follows goes behind the services' backs: the database holds the rules too.


def execute(site, statement, **values):
    with site.transaction() as session:
        session.execute(text(statement), values)


SIGNED = """INSERT INTO signature (draft_id, step, account_id, decision, round, content_sha256,
    comment, signed_at) SELECT d.id, :step, a.account_id, 'approve', d.round, d.content_sha256,
    '', d.created_at FROM draft d JOIN draft_actor a ON a.draft_id = d.id AND a.step = :step
    WHERE d.id = :id"""
ACTOR = """INSERT INTO draft_actor (draft_id, account_id, step)
    SELECT :id, id, :step FROM account WHERE login = :login"""
DECIDED = """INSERT INTO decided_finding (finding_id, draft_id, content_sha256, severity, round,
    decision, reason, account_id, step, decided_at)
    SELECT f.id, f.draft_id, f.content_sha256, f.severity, d.round, :decision, :reason, a.id,
    :step, d.created_at FROM finding f JOIN draft d ON d.id = f.draft_id
    JOIN account a ON a.login = :login WHERE f.draft_id = :id AND f.edition = d.edition"""


def sign_everything(site, draft):
    """Write every signature the chain owes into the database, and no decision."""
    posts = {"review": "reviewer", "approve": "leader", "attest": "principal"}
    for step, post in posts.items():
        execute(site, ACTOR, id=draft.id, step=step, login=f"yunhe-blood.{post}")
        execute(site, SIGNED, id=draft.id, step=step)


def decide(site, draft, post="reviewer", reason=REASON, decision="override", step="review"):
    execute(
        site,
        DECIDED,
        id=draft.id,
        login=f"yunhe-blood.{post}",
        reason=reason,
        decision=decision,
        step=step,
    )


def test_the_database_refuses_a_release_whose_findings_are_not_overridden(blood):
    draft = carry(blood, send(blood), upto=Step.SIGN)
    sign_everything(blood, draft)

    with pytest.raises(DatabaseError, match="release is decided"):
        execute(blood, FORGED, id=draft.id)
    decide(blood, draft)
    execute(blood, FORGED, id=draft.id)


def test_signatures_without_the_decisions_are_no_review(own):
    draft = carry(own, send(own), upto=Step.SIGN)
    sign_everything(own, draft)

    with pytest.raises(WrongState, match="waits for reviewer"):
        publish_draft(own, draft.id, by=actor(own, Step.SUBMIT))


def test_the_database_refuses_other_content_than_the_decisions_are_about(blood):
    draft = carry(blood, send(blood))
    other = "UPDATE draft SET content_sha256 = :other WHERE id = :id"
    execute(blood, other, other="0" * 64, id=draft.id)
    for step in ("submit", "sign", "review", "approve", "attest"):
        execute(blood, SIGNED, id=draft.id, step=step)

    with pytest.raises(DatabaseError, match="release is decided"):
        execute(blood, FORGED, id=draft.id)


def test_the_database_refuses_a_release_whose_review_findings_are_not_accepted(blood):
    draft = carry(blood, send(blood, MENTION), upto=Step.SIGN)
    sign_everything(blood, draft)

    with pytest.raises(DatabaseError, match="release is decided"):
        execute(blood, FORGED, id=draft.id)


def test_the_database_refuses_an_override_that_the_principal_did_not_attest(blood):
    draft = carry(blood, send(blood), upto=Step.APPROVE)
    execute(blood, "DELETE FROM draft_step WHERE step = 'attest'")

    with pytest.raises(DatabaseError, match="release is decided"):
        execute(blood, FORGED, id=draft.id)


def test_the_database_refuses_decisions_of_an_earlier_round(blood):
    draft = carry(blood, send(blood))
    hand_back_is_over = "UPDATE draft SET round = round + 1 WHERE id = :id"
    execute(blood, hand_back_is_over, id=draft.id)
    for step in ("submit", "sign", "review", "approve", "attest"):
        execute(blood, SIGNED, id=draft.id, step=step)

    with pytest.raises(DatabaseError, match="release is decided"):
        execute(blood, FORGED, id=draft.id)


def test_the_database_refuses_an_override_by_another_or_without_a_reason(blood):
    draft = carry(blood, send(blood), upto=Step.SIGN)
    sign_everything(blood, draft)

    for forged in (
        {"post": "clerk"},
        {"post": "leader"},
        {"post": "clerk", "step": "submit"},
        {"reason": ""},
        {"reason": "   可以    "},
        {"decision": "accept"},
        {"decision": "ignore"},
    ):
        with pytest.raises(DatabaseError):
            decide(blood, draft, **forged)


def test_the_database_refuses_to_change_what_was_found_and_decided(blood):
    carry(blood, send(blood))

    for statement in (
        "UPDATE finding SET severity = 'review'",
        "UPDATE finding SET edition = 0",
        "DELETE FROM finding",
        "UPDATE decided_finding SET reason = 'another, longer reason'",
        "DELETE FROM decided_finding",
        "UPDATE draft SET edition = edition + 1",
        "UPDATE draft SET edition = edition - 1, state = 'draft'",
    ):
        with pytest.raises(DatabaseError, match=r"is never|begun.anew"):
            execute(blood, statement)


# Publication in one go, with what the paper sheet says.


def sheet(**given):
    said = [
        NamedDecision("resident-id", None, OVERRIDE, REASON),
        NamedDecision("not-public-mention", "note_text", ACCEPT),
    ]
    return Sheet(**{"number": "2026-07", "why": WHY, "decisions": said} | given)


def test_a_sheet_that_decides_on_everything_publishes(blood):
    release = publish_rows(blood, str(COSTS), BOTH, sheet=sheet())

    with blood.reading() as session:
        draft = review.get_draft(session, release.draft_id, actor(blood, Step.SUBMIT))
    assert [one.decisions[0].reason for one in current_findings(draft)] == [REASON, ""]
    assert draft.signatures[0].comment == f"{WHY}；审查单 2026-07"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"decisions": ()}, FindingsUndecided),
        ({"why": ""}, ReleaseRejected),
        ({"decisions": [NamedDecision("resident-id", None, OVERRIDE, REASON)]}, FindingsUndecided),
    ],
    ids=["no decision", "no reason of the submitter", "one of two"],
)
def test_a_sheet_that_leaves_something_open_signs_nothing(own, said, error):
    with pytest.raises(error):
        publish_rows(own, str(COSTS), BOTH, sheet=sheet(**said))

    with own.reading() as session:
        assert session.execute(text("SELECT count(*) FROM signature")).scalar() == 0


def test_a_code_found_in_two_fields_is_decided_in_each(own):
    draft = send(own)
    elsewhere = {"edition": draft.edition, "code": "resident-id", "field": "unit_cost_cny"}
    draft.findings.append(Finding(id=99, severity="error", total=1, **elsewhere))

    with pytest.raises(Rejected, match="resident-id:note_text, resident-id:unit_cost_cny"):
        verdicts_of(draft, sheet().decisions)


def test_accepting_all_overrides_nothing(own):
    assert accept_all(send(own, SECRET)) == []
    with pytest.raises(FindingsUndecided):
        publish_rows(own, str(COSTS), BOTH)
    assert publish_rows(own, str(COSTS), MENTION).version == "1.0.0"
