"""The pages in a real browser: WCAG 2.2 AA by axe, no overflow at 360 px, no foreign host."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from tests.conftest import need
from tests.web.fixtures import GONE, STOCK

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = [
    "/",
    "/datasets",
    f"/datasets/{STOCK}",
    f"/datasets/{GONE}",
    f"/datasets/{STOCK}/releases/1.0.0",
    f"/datasets/{STOCK}/changes",
    f"/datasets/{GONE}/releases/1.0.0",
    "/institutions",
    "/institutions/yunhe-blood",
    "/types/blood_station",
    "/items/blood_inventory",
    "/compliance",
    "/compliance?by=item&window=all",
    "/compliance/yunhe-blood",
    "/status",
    "/news",
    "/news/1",
    "/problems",
    "/problems/withdrawn",
    "/api/v1/docs",
    "/nothing",
]
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


@pytest.fixture(scope="module")
def served(published_app) -> Iterator[str]:
    """The shared site on a free port of loopback."""
    server = make_server("127.0.0.1", 0, published_app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    need(CHROMIUM.exists(), "Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def reading(browser, language, scheme, width):
    return browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        extra_http_headers={"Accept-Language": language},
    )


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("zh-CN", "light", 1280), ("en", "dark", 360), ("zh-CN", "light", 360)],
)
def test_pages_are_accessible_fit_their_window_and_load_nothing_foreign(
    served, browser, language, scheme, width
):
    asked, complaints = [], []
    with reading(browser, language, scheme, width) as context:
        context.on("request", lambda request: asked.append(request.url))
        context.on("console", lambda message: complaints.append(message.text))
        page = context.new_page()
        for path in PAGES:
            answer = page.goto(served + path)
            wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert page.evaluate(wider) is False, path
            assert not answer.ok or complaints == [], path
            complaints.clear()
            # What a third run would find, the first two have found.
            if (language, width) != ("zh-CN", 360):
                assert violations(page, path) == [], path
    assert all(url.startswith(served) for url in asked)
    assert len(asked) > len(PAGES)


def violations(page, path):
    found = Axe().run(page, options=OPTIONS).response
    assert found["passes"], path
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]


def test_the_page_can_be_used_by_keyboard(served, browser):
    page = browser.new_page()
    page.goto(served + f"/datasets/{STOCK}")
    page.keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('href') || document.activeElement.className"
    assert page.evaluate(focused) == "#content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(focused))
    assert "scroll" in reached  # a wide table can be scrolled by keyboard
    page.close()
