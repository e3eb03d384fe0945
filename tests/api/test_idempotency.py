from gongkai.models.draft import Step
from tests.api.conftest import writer
from tests.api.test_drafts import BAD, DRAFTS, GOOD, send
from tests.web.fixtures import reader_of

NOTICE = {
    "institution": "yunhe-blood",
    "title": "停止采血通知",
    "body_markdown": "因检修暂停一天。",
}


def count_drafts(site):
    with site.reading() as session:
        return session.connection().exec_driver_sql("SELECT count(*) FROM draft").scalar()


def test_the_same_request_twice_has_one_effect_and_one_answer(staffed):
    clerk = writer(staffed, Step.SUBMIT)
    first, second = send(clerk, key="k1"), send(clerk, key="k1")

    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.headers["Location"] == second.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count_drafts(staffed) == 1


def test_an_answer_that_refuses_a_file_is_kept_as_well(own_site, clerk):
    first, second = send(clerk, BAD, key="k1"), send(clerk, BAD, key="k1")

    assert (first.status_code, first.data) == (422, second.data)
    assert second.mimetype == "application/problem+json"
    assert count_drafts(own_site) == 1


def test_another_request_with_the_same_key_is_refused(own_site, clerk):
    send(clerk, key="k1")

    for other in (
        send(clerk, GOOD + b"\n", key="k1"),
        send(clerk, query="filename=other.csv", key="k1"),
        clerk.post("/news", json=NOTICE, key="k1"),
    ):
        assert (other.status_code, other.json["code"]) == (422, "idempotency-key-reused")
    assert count_drafts(own_site) == 1


def test_keys_of_two_accounts_are_not_the_same(own_site, clerk):
    other = writer(own_site, Step.SIGN)
    notice = clerk.post("/news", json=NOTICE, key="k1").json

    signed = clerk.post(f"/drafts/{notice['id']}/submit", key="k2")
    assert signed.json["state"] == "submitted"
    assert other.post(f"/drafts/{notice['id']}/sign", key="k2").json["state"] == "approved"


def test_a_failure_without_effect_frees_the_key(clerk):
    notice = clerk.post("/news", json=NOTICE).json
    path = f"/drafts/{notice['id']}/publish"

    assert clerk.post(path, key="k1").json["code"] == "wrong-state"
    assert clerk.post(path, key="k1").json["code"] == "wrong-state"


def test_a_key_must_make_sense(clerk):
    for key in ("x" * 201, "\x07"):
        assert clerk.post("/news", json=NOTICE, key=key).status_code == 400


def test_a_notice_becomes_news_through_its_own_short_chain(staffed):
    clerk = writer(staffed, Step.SUBMIT)
    sent = clerk.post("/news", json=NOTICE, key="n1")

    assert sent.status_code == 202
    draft = sent.json
    assert (draft["kind"], draft["pending"]) == ("news", ["submit", "sign"])
    clerk.post(f"/drafts/{draft['id']}/submit")
    writer(staffed, Step.SIGN).post(f"/drafts/{draft['id']}/sign")
    published = clerk.post(f"/drafts/{draft['id']}/publish", key="n2")
    again = clerk.post(f"/drafts/{draft['id']}/publish", key="n2")
    assert published.data == again.data
    page = published.headers["Location"].removeprefix("http://127.0.0.1:8000")
    reader = reader_of(staffed)
    assert NOTICE["title"] in reader.get(page).text
    assert NOTICE["title"] in reader.get("/feeds/news.rss").text
    gone = writer(staffed, Step.APPROVE).post(
        f"/drafts/{draft['id']}/withdraw", json={"reason": "重复发布。"}
    )
    assert gone.status_code == 200
    assert reader.get(page).status_code == 410


def test_a_notice_that_does_not_fit_is_refused_by_name(clerk):
    for body, pointer in (
        ({}, "/body_markdown"),
        (NOTICE | {"title": ""}, "/title"),
        (NOTICE | {"x": 1}, "/x"),
        (NOTICE | {"language": "fr"}, "/language"),
        (NOTICE | {"title": "x" * 201}, "/title"),
    ):
        answer = clerk.post("/news", json=body)
        assert answer.status_code == 400
        assert answer.json["errors"][0]["pointer"] == pointer
    assert clerk.post("/news", json=NOTICE | {"title": "a\nb"}).status_code == 400
    assert clerk.post("/news", json=NOTICE | {"institution": "nobody"}).status_code == 404
    assert (
        clerk.put(
            f"/drafts/{clerk.post('/news', json=NOTICE).json['id']}/file",
            data=GOOD,
            content_type="text/csv",
        ).status_code
        == 409
    )


def test_a_draft_is_not_sent_by_get(clerk):
    assert clerk.get(DRAFTS).status_code == 405
