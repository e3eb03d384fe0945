from io import BytesIO

import pytest
from flask import request

from gongkai.app import create_app
from gongkai.site import Site
from gongkai.testing import make_settings
from gongkai.web.uploads import MULTIPART_SLACK_BYTES, clean_name, received_file

QUOTA = 2_000_000


@pytest.fixture
def receiver(tmp_path):
    """A client of an application that says what it received at ``/receive``."""
    site = Site(make_settings(tmp_path / "data", intake={"file_bytes": QUOTA}))
    app = create_app(site)

    @app.post("/receive")
    def receive():
        with received_file() as upload:
            assert upload.path.stat().st_size == upload.byte_size
            assert upload.path.is_relative_to(site.settings.storage.work)
            return [upload.filename, upload.byte_size, upload.sha256, request.form.to_dict()]

    yield app.test_client()
    work = site.settings.storage.work
    assert not work.exists() or list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "media_type", "clean"),
    [
        ("库存.csv", "", "库存.csv"),
        ("../../etc/passwd", "", "passwd"),
        ("C:\\Users\\x\\库存.xlsx", "", "库存.xlsx"),
        ("a\r\nSet-Cookie: x.csv", "", "aSet-Cookie: x.csv"),
        ("", "text/csv", "upload.csv"),
        ("..", "application/json", "upload.json"),
        ("x" * 300 + ".csv", "", "x" * 251 + ".csv"),
    ],
)
def test_a_name_is_its_last_part_and_harmless(name, media_type, clean):
    assert clean_name(name, media_type) == clean


def test_a_raw_body_is_a_file(receiver):
    answer = receiver.post("/receive?filename=a.csv", data=b"a,b\n", content_type="text/csv")

    assert answer.json[:2] == ["a.csv", 4]


def test_what_curl_calls_a_form_is_a_file_too(receiver):
    answer = receiver.post(
        "/receive?filename=a.csv", data=b"a=1", content_type="application/x-www-form-urlencoded"
    )

    assert answer.json[:2] == ["a.csv", 3]


def test_the_name_may_come_as_content_disposition(receiver):
    plain = {"Content-Disposition": 'attachment; filename="b.tsv"'}
    encoded = {"Content-Disposition": "attachment; filename*=UTF-8''%E5%BA%93%E5%AD%98.csv"}

    assert receiver.post("/receive", data=b"x", headers=plain).json[0] == "b.tsv"
    assert receiver.post("/receive", data=b"x", headers=encoded).json[0] == "库存.csv"


def test_a_form_carries_the_file_and_what_is_said_about_it(receiver):
    form = {"file": (BytesIO(b"a,b"), "测试.csv"), "change_note": "补报"}
    answer = receiver.post("/receive", data=form)

    assert answer.json[0] == "测试.csv"
    assert answer.json[3] == {"change_note": "补报"}


@pytest.mark.parametrize("body", [b"", None])
def test_nothing_is_not_a_file(receiver, body):
    answer = receiver.post("/receive", data=body, content_type="text/csv")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid-parameter")


def test_a_form_without_a_file_is_refused(receiver):
    answer = receiver.post("/receive", data={"other": "x"}, content_type="multipart/form-data")

    assert answer.status_code == 400
    assert "file" in answer.json["detail"]


def as_form(content):
    """Return a form's body and Content-Type; werkzeug's own client leaves big ones open."""
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        + content
        + b"\r\n--edge--\r\n"
    )
    return {"data": body, "content_type": "multipart/form-data; boundary=edge"}


@pytest.mark.parametrize("size", [QUOTA + 1, QUOTA + 2 * MULTIPART_SLACK_BYTES])
def test_a_file_over_the_quota_is_413_however_it_is_sent(receiver, size):
    content = b"x" * size

    for sent in ({"data": content, "content_type": "text/csv"}, as_form(content)):
        answer = receiver.post("/receive", **sent)
        assert (answer.status_code, answer.json["code"]) == (413, "too-large")
        assert f"{QUOTA:,}" in answer.json["detail"]


@pytest.mark.parametrize("size", [QUOTA + 5, QUOTA + 2 * MULTIPART_SLACK_BYTES])
def test_a_body_without_a_length_is_cut_at_the_quota(receiver, size):
    for sent in ({"data": b"x" * size, "content_type": "text/csv"}, as_form(b"x" * size)):
        answer = receiver.post(
            "/receive",
            input_stream=BytesIO(sent["data"]),
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
            content_type=sent["content_type"],
        )
        assert answer.status_code == 413


def test_a_form_that_is_cut_off_is_a_bad_request(receiver):
    sent = as_form(b"x" * 1000)

    answer = receiver.post("/receive", data=sent["data"][:500], content_type=sent["content_type"])

    assert answer.status_code == 400
