import pytest

ENGLISH = {"Accept-Language": "en-US,en;q=0.9,zh;q=0.5"}


@pytest.mark.parametrize(
    ("path", "headers", "lang"),
    [
        ("/", {}, "zh-CN"),
        ("/", ENGLISH, "en"),
        ("/", {"Accept-Language": "fr"}, "zh-CN"),
        ("/", {"Accept-Language": "zh-TW,zh;q=0.9"}, "zh-CN"),
        ("/?lang=en", {}, "en"),
        ("/?lang=zh", ENGLISH, "zh-CN"),
        ("/?lang=xx", {}, "zh-CN"),
        ("/", {"Cookie": "lang=en"}, "en"),
        ("/?lang=zh", {"Cookie": "lang=en"}, "zh-CN"),
        ("/", {"Cookie": "lang=zh"} | ENGLISH, "zh-CN"),
        ("/", {"Cookie": "lang=%00"}, "zh-CN"),
    ],
)
def test_address_then_cookie_then_browser_then_chinese(client, path, headers, lang):
    if "Cookie" in headers:
        client.set_cookie("lang", headers["Cookie"].removeprefix("lang="))
        headers = {name: value for name, value in headers.items() if name != "Cookie"}
    answer = client.get(path, headers=headers)

    assert answer.headers["Content-Language"] == lang
    assert f'<html lang="{lang}">' in answer.text
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))


def test_choosing_a_language_is_remembered_and_nothing_else_sets_a_cookie(client):
    assert "Set-Cookie" not in client.get("/datasets", headers=ENGLISH).headers

    chosen = client.get("/datasets?lang=en")

    assert chosen.headers["Set-Cookie"].startswith("lang=en;")
    assert "HttpOnly" in chosen.headers["Set-Cookie"]
    assert "private" in chosen.headers["Cache-Control"]
    again = client.get("/institutions")
    assert again.headers["Content-Language"] == "en"
    assert "Set-Cookie" not in again.headers
    assert "Set-Cookie" not in client.get("/?lang=en").headers


def test_the_switch_keeps_the_filters(client):
    page = client.get("/datasets?type=hospital&lang=zh")

    assert 'href="/datasets?type=hospital&amp;lang=en"' in page.text
