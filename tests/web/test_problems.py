import errno
import logging

import pytest
from flask import abort

from gongkai import errors
from gongkai.app import create_app
from gongkai.errors import GongkaiError
from gongkai.models import Account
from gongkai.site import Site
from gongkai.testing import NOON, make_settings
from gongkai.web.problem_texts import CODE_OF_STATUS, PROBLEMS
from gongkai.web.problems import status_of


def kinds(root=GongkaiError):
    return {root}.union(*(kinds(kind) for kind in root.__subclasses__()))


def our_kinds():
    return sorted((k for k in kinds() if k.__module__.startswith("gongkai.")), key=str)


@pytest.fixture
def failing(sqlite_site):
    """A client of an application where ``/api/fail`` raises what it is given."""

    def make(error):
        app = create_app(sqlite_site)

        @app.get("/api/fail", endpoint="fail_api")
        @app.get("/fail", endpoint="fail_page")
        def fail():
            raise error

        return app.test_client()

    return make


def test_every_code_is_explained_in_both_languages_with_the_status_it_is_sent_with():
    for kind in our_kinds():
        text = PROBLEMS[kind.code]
        assert text.status == status_of(kind("what happened"))
        assert text.title.zh != text.title.en
        assert len(text.meaning.zh) > 8
    assert set(CODE_OF_STATUS.values()) <= set(PROBLEMS)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("x"), 404),
        (errors.Gone("x"), 410),
        (errors.Forbidden("x"), 403),
        (errors.Unauthenticated("x"), 401),
        (errors.NothingChanged("x"), 409),
        (errors.KeyReused("x"), 422),
        (errors.StillRunning("x"), 409),
        (errors.Rejected("x"), 400),
        (errors.ReleaseRejected("x"), 422),
        (errors.TooLarge("x"), 413),
        (errors.Unavailable("x"), 503),
        (errors.StoreFull("x"), 507),
        (errors.IntegrityFailed("x"), 503),
    ],
)
def test_the_kind_decides_the_status(failing, error, status):
    answer = failing(error).get("/api/fail")

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == error.code
    assert answer.json["type"] == f"/problems/{error.code}"
    assert answer.json["status"] == status
    assert answer.json["instance"] == answer.headers["X-Request-Id"]


def test_who_may_try_again_is_told_when(failing):
    assert int(failing(errors.Unavailable("x")).get("/api/fail").headers["Retry-After"]) > 0
    assert int(failing(errors.StillRunning("x")).get("/api/fail").headers["Retry-After"]) > 0
    bearer = failing(errors.Unauthenticated("x")).get("/api/fail").headers["WWW-Authenticate"]
    assert bearer.startswith("Bearer ")


def test_the_title_is_in_the_readers_language(failing):
    client = failing(errors.NotFound("There is no x."))

    assert client.get("/api/fail").json["title"] == "没有找到"
    english = client.get("/api/fail", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert english.json["title"] == "Not found"
    assert english.json["detail"] == "There is no x."


def test_places_keep_row_and_field_and_speak_one_language(failing):
    place = {"row": 3, "field": "price", "code": "type", "message": {"zh": "不是数", "en": "No."}}
    client = failing(errors.ReleaseRejected("x", errors=[place]))

    assert client.get("/api/fail").json["errors"] == [place | {"message": "不是数"}]
    assert client.get("/api/fail?lang=en").json["errors"] == [place | {"message": "No."}]


def test_something_unforeseen_gives_no_stack_trace(failing, caplog):
    with caplog.at_level(logging.CRITICAL):
        answer = failing(RuntimeError("secret path")).get("/api/fail")

    assert answer.status_code == 500
    assert answer.json["code"] == "internal-error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_race_that_the_database_decides_is_a_conflict(sqlite_site, caplog):
    app = create_app(sqlite_site)

    @app.post("/api/race")
    def race():
        for login in ("same", "same"):
            with sqlite_site.transaction() as session:
                session.add(Account(login=login, name="x", created_at=NOON))

    answer = app.test_client().post("/api/race")

    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert "UNIQUE" not in answer.text


def test_a_full_disk_is_507(failing):
    answer = failing(OSError(errno.ENOSPC, "No space left on device")).get("/api/fail")

    assert (answer.status_code, answer.json["code"]) == (507, "store-full")


def test_a_database_that_is_away_is_503_with_retry_after(tmp_path):
    site = Site(make_settings(tmp_path, database={"url": f"sqlite:///{tmp_path}/no/such.db"}))
    client = create_app(site).test_client()

    for path in ("/api/v1/datasets", "/readyz", "/feeds/all.rss"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json["code"] == "unavailable"
        assert int(answer.headers["Retry-After"]) > 0
    site.close()


def test_a_browser_gets_a_page_on_pages_and_json_from_the_api(failing):
    client = failing(errors.NotFound("There is no x."))
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    assert client.get("/fail", headers=browser).mimetype == "text/html"
    assert client.get("/api/fail", headers=browser).mimetype == "application/problem+json"
    assert client.get("/fail").mimetype == "application/problem+json"


def test_text_from_outside_is_escaped_on_the_page(failing):
    client = failing(errors.NotFound("<script>alert(1)</script>"))

    assert "<script>" not in client.get("/fail", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY", "X-ODD"])
@pytest.mark.parametrize("path", ["/", "/feeds/all.rss", "/api/v1/datasets", "/healthz"])
def test_other_methods_are_405_with_allow(client, method, path):
    answer = client.open(path, method=method)

    assert answer.status_code == 405
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))
    assert answer.json["code"] == "method-not-allowed"


def test_errors_of_flask_itself_have_the_same_shape(failing):
    def teapot():
        abort(418)

    client = failing(errors.NotFound("x"))
    client.application.add_url_rule("/api/teapot", view_func=teapot)
    answer = client.get("/api/teapot")

    assert (answer.status_code, answer.json["code"]) == (418, "bad-request")
    assert client.get("/api/none").json["detail"].startswith("这个地址上没有内容")
