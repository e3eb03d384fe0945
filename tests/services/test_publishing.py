"""Publication and withdrawal."""

import hashlib
import subprocess

import pytest

from gongkai.domain.feeds import EntryKind
from gongkai.domain.identifiers import DatasetId
from gongkai.errors import Gone, GongkaiError, NothingChanged, Rejected, ReleaseRejected
from gongkai.models.draft import Step
from gongkai.services.catalog import (
    current_release,
    get_dataset,
    get_distribution,
    get_release,
)
from gongkai.services.feeds import FeedScope, ScopeKind, feed_for, feed_state
from gongkai.services.publishing import publish_draft, withdraw_notice, withdraw_release
from gongkai.services.recorded import publish_notice
from gongkai.services.verification import verify_site
from gongkai.testing import actor, make_institution, publish_rows

COSTS = "yunhe-blood/blood_costs"
ROWS = [
    {"year": 2025, "cost_item": "test", "amount_wan": "1260.40", "note_text": "含核酸检测试剂"},
    {"year": 2025, "cost_item": "staff", "amount_wan": "800.00", "note_text": ""},
]


@pytest.fixture
def blood(site):
    make_institution(site)
    return site


def withdraw(site, version="latest", reason="数据有误", address=COSTS):
    with site.transaction() as session:
        dataset = get_dataset(session, DatasetId.parse(address))
        release = get_release(session, dataset, version)
        return withdraw_release(
            session,
            site.plugins,
            release,
            by=actor(site, Step.APPROVE),
            reason=reason,
            now=site.now(),
        )


def current(site):
    with site.reading() as session:
        release = current_release(session, get_dataset(session, DatasetId.parse(COSTS)))
        return release.version if release else None


def entries(site, kind=ScopeKind.ALL, key=None):
    with site.reading() as session:
        scope = FeedScope(kind, key)
        return feed_for(session, site, scope, language="zh", self_url="http://x/f")[1]


def test_a_release_has_every_file_with_its_true_hash_and_length(blood):
    release = publish_rows(blood, COSTS, ROWS)

    names = {file.name for file in release.distributions}
    assert names >= {
        "data.csv",
        "data.excel.csv",
        "data.json",
        "data.jsonl",
        "data.xlsx",
        "data.parquet",
        "dictionary.csv",
        "datapackage.json",
        "SHA256SUMS",
        "bundle.zip",
    }
    for file in release.distributions:
        data = blood.blobs.path(file.sha256).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file.sha256, file.byte_size)
    with blood.reading() as session:
        csv = get_distribution(session, release, "data.csv")
    assert csv.sha256 == release.content_sha256


def test_the_checksums_are_what_coreutils_reads(blood, tmp_path):
    release = publish_rows(blood, COSTS, ROWS)
    for file in release.distributions:
        (tmp_path / file.name).write_bytes(blood.blobs.path(file.sha256).read_bytes())

    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "data.csv: OK" in done.stdout


@pytest.mark.parametrize(
    ("rows", "version", "changes"),
    [
        ([ROWS[0], {**ROWS[1], "amount_wan": "801.00"}], "1.0.1", (0, 0, 1)),
        ([*ROWS, {**ROWS[1], "cost_item": "admin"}], "1.1.0", (1, 0, 0)),
        ([ROWS[0]], "1.1.0", (0, 1, 0)),
    ],
)
def test_the_version_follows_from_what_changed(blood, rows, version, changes):
    publish_rows(blood, COSTS, ROWS)

    release = publish_rows(blood, COSTS, rows)

    assert release.version == version
    counted = tuple(release.changes["rows"][key] for key in ("added", "removed", "changed"))
    assert counted == changes


def test_the_same_rows_in_another_order_are_nothing_new(blood):
    publish_rows(blood, COSTS, ROWS)

    with pytest.raises(NothingChanged, match=r"exactly the rows of release 1\.0\.0"):
        publish_rows(blood, COSTS, list(reversed(ROWS)))


def test_a_file_with_problems_leaves_the_current_release_as_it_was(blood):
    publish_rows(blood, COSTS, ROWS)

    with pytest.raises(ReleaseRejected) as caught:
        publish_rows(blood, COSTS, [{**ROWS[0], "amount_wan": "很多"}])

    assert [(e["row"], e["field"], e["code"]) for e in caught.value.errors] == [
        (2, "amount_wan", "type-number")
    ]
    assert current(blood) == "1.0.0"


def test_a_correction_needs_its_reason(blood):
    publish_rows(blood, COSTS, ROWS)
    with pytest.raises(ReleaseRejected, match="says why"):
        publish_rows(blood, COSTS, ROWS[:1], is_correction=True)

    fixed = publish_rows(blood, COSTS, ROWS[:1], is_correction=True, change_note="误报一行")

    assert fixed.is_correction
    assert entries(blood, ScopeKind.CORRECTIONS)[0].kind is EntryKind.CORRECTION
    assert "误报一行" in entries(blood)[0].summary


def test_publishing_twice_gives_the_same_release(blood):
    release = publish_rows(blood, COSTS, ROWS)

    again = publish_draft(blood, release.draft_id, by=actor(blood, Step.SUBMIT))

    assert again.id == release.id


def test_a_withdrawn_release_is_gone_with_its_reason_and_latest_goes_back(blood):
    publish_rows(blood, COSTS, ROWS)
    publish_rows(blood, COSTS, ROWS[:1])

    withdraw(blood, reason="口径错误")

    assert current(blood) == "1.0.0"
    with blood.reading() as session, pytest.raises(Gone, match="口径错误"):
        get_release(session, get_dataset(session, DatasetId.parse(COSTS)), "1.1.0")


def test_a_number_is_never_used_again_after_a_withdrawal(blood):
    publish_rows(blood, COSTS, ROWS)
    publish_rows(blood, COSTS, ROWS[:1])
    withdraw(blood)

    release = publish_rows(blood, COSTS, [*ROWS, {**ROWS[1], "cost_item": "admin"}])

    assert release.version == "1.2.0"


def test_when_every_release_is_withdrawn_latest_is_gone(blood):
    publish_rows(blood, COSTS, ROWS)
    withdraw(blood)

    with blood.reading() as session, pytest.raises(Gone):
        get_release(session, get_dataset(session, DatasetId.parse(COSTS)), "latest")
    assert current(blood) is None


def test_withdrawing_needs_a_reason_and_happens_once(blood):
    publish_rows(blood, COSTS, ROWS)
    with pytest.raises(Rejected, match="reason"):
        withdraw(blood, reason=" ")
    withdraw(blood)
    with pytest.raises(GongkaiError):
        withdraw(blood, version="1.0.0")


def test_each_thing_that_happens_is_one_entry_whose_id_stays(blood):
    publish_rows(blood, COSTS, ROWS)
    before = entries(blood)
    publish_rows(blood, COSTS, ROWS[:1])
    withdraw(blood)

    after = entries(blood)

    assert [entry.kind for entry in after] == ["withdrawal", "release", "release"]
    assert after[-1].id == before[0].id
    assert len({entry.id for entry in after}) == 3
    assert after[1].enclosures == ()
    sizes = {enclosure.byte_size for enclosure in before[0].enclosures}
    assert len(sizes) > 1
    assert 0 not in sizes


def test_a_feed_changes_only_when_something_is_published_in_it(blood):
    publish_rows(blood, COSTS, ROWS)
    other = FeedScope(ScopeKind.ITEM, "blood_inventory")
    mine = FeedScope(ScopeKind.DATASET, COSTS)
    with blood.reading() as session:
        before = feed_state(session, other), feed_state(session, mine)
    publish_rows(blood, COSTS, ROWS[:1])
    with blood.reading() as session:
        after = feed_state(session, other), feed_state(session, mine)

    assert before[0] == after[0] == 0
    assert before[1] < after[1]


def test_a_notice_is_sanitised_and_can_be_withdrawn(blood):
    body = "**停诊** <script>alert(1)</script> [x](javascript:alert(1)) ![i](http://a/b.png)"
    notice = publish_notice(blood, "yunhe-blood", title="停诊", body_markdown=body, channel="test")
    assert "<strong>停诊</strong>" in notice.body_html
    assert "<script" not in notice.body_html
    assert 'href="javascript' not in notice.body_html
    assert "<img" not in notice.body_html

    with blood.transaction() as session:
        again = session.merge(notice)
        withdraw_notice(session, again, by=actor(blood, Step.SIGN), reason="改期", now=blood.now())

    told = entries(blood, ScopeKind.NEWS)
    assert [entry.kind for entry in told] == ["withdrawal", "notice"]
    assert all("改期" in entry.content_html for entry in told)


def test_a_format_that_fails_names_its_plugin_and_publishes_nothing(blood):
    from dataclasses import replace

    def fail(context, path):
        raise RuntimeError("no ink")

    broken = replace(
        blood.plugins.distribution_formats[0], name="data.ink", write=fail, plugin="inky"
    )
    blood.plugins.distribution_formats = (*blood.plugins.distribution_formats, broken)

    with pytest.raises(Rejected, match=r"plugin inky could not write data\.ink .*no ink"):
        publish_rows(blood, COSTS, ROWS)
    assert current(blood) is None


def test_the_whole_site_verifies_and_a_flipped_bit_is_found(blood):
    release = publish_rows(blood, COSTS, ROWS)
    with blood.reading() as session:
        assert verify_site(session, blood.blobs).faults == ()
    path = blood.blobs.path(release.content_sha256)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)

    with blood.reading() as session:
        faults = verify_site(session, blood.blobs).faults

    assert len(faults) == 1
    assert release.content_sha256 in faults[0]


def test_the_acts_of_a_publication_are_in_the_audit_log(blood):
    from sqlalchemy import select

    from gongkai.models import AuditEntry

    publish_rows(blood, COSTS, ROWS)
    with blood.reading() as session:
        log = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()

    assert [entry.action for entry in log] == [
        "draft.content",
        "draft.submit",
        "draft.sign",
        "draft.review",
        "draft.approve",
        "release.publish",
    ]
    assert [entry.actor for entry in log[1:5]] == [
        f"yunhe-blood.{post}" for post in ("clerk", "head", "reviewer", "leader")
    ]
    assert all(entry.channel == "test" for entry in log)


def test_of_two_publications_at_once_one_waits_its_turn(blood):
    from concurrent.futures import ThreadPoolExecutor

    from gongkai.services.recorded import prepare_file, publish_prepared
    from gongkai.testing import CHANNEL, write_rows

    publish_rows(blood, COSTS, ROWS)
    address, drafts = DatasetId.parse(COSTS), []
    for amount in ("1.00", "2.00"):
        path = blood.settings.storage.data / f"{amount}.csv"
        write_rows(path, [{**ROWS[0], "amount_wan": amount}])
        drafts.append(prepare_file(blood, address, path, filename=path.name, channel=CHANNEL))

    def publish(draft):
        try:
            return publish_prepared(blood, draft).version
        except GongkaiError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(publish, drafts))

    assert ended in (["1.1.0", "1.1.1"], ["1.1.0", "conflict"])
    assert current(blood) == max(version for version in ended if version != "conflict")


def test_a_draft_checked_against_another_schema_is_not_published(blood):
    from dataclasses import replace

    from gongkai.errors import Conflict
    from gongkai.services.recorded import prepare_file, publish_prepared
    from gongkai.testing import CHANNEL, write_rows

    path = write_rows(blood.settings.storage.data / "a.csv", ROWS)
    draft = prepare_file(blood, DatasetId.parse(COSTS), path, filename="a.csv", channel=CHANNEL)
    item = blood.plugins.items["blood_costs"]
    schema = replace(item.table_schema, fields=item.table_schema.fields[:-1])
    blood.plugins.items["blood_costs"] = replace(item, table_schema=schema)

    with pytest.raises(Conflict, match="changed since the file was checked"):
        publish_prepared(blood, draft)


def test_a_feed_outlives_the_plugin_of_its_item(blood):
    publish_rows(blood, COSTS, ROWS)
    del blood.plugins.items["blood_costs"]

    (entry,) = entries(blood, ScopeKind.DATASET, COSTS)

    assert "采供血成本" in entry.title
