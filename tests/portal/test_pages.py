import re
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from gongkai.services.recorded import publish_notice
from gongkai.testing import make_institution, make_site, publish_rows
from tests.web.fixtures import EMPTY, GONE, STOCK, fill, reader_of, stock_rows

BASE = "http://127.0.0.1:8000"
PAGES = [
    "/",
    "/datasets",
    f"/datasets/{STOCK}",
    f"/datasets/{EMPTY}",
    f"/datasets/{GONE}",
    f"/datasets/{STOCK}/releases/1.0.0",
    "/institutions",
    "/institutions/yunhe-blood",
    "/types/blood_station",
    "/items/blood_inventory",
    "/news",
    "/news/1",
    "/compliance",
    "/compliance/yunhe-blood",
    "/status",
    "/problems",
    "/problems/withdrawn",
    "/api/v1/docs",
]


class Links(HTMLParser):
    """The addresses a page names, and those it would load."""

    def __init__(self, text):
        super().__init__()
        self.named, self.loaded, self.ids, self.scripts = [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.scripts += tag == "script" or any(name.startswith("on") for name in found)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.named.append(found["href"])
        if tag == "link" and found["rel"] == "alternate" and "type" in found:
            self.named.append(found["href"])
        if tag == "img":
            self.loaded.append(found["src"])
        if tag == "link" and found["rel"] in ("stylesheet", "icon"):
            self.loaded.append(found["href"])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(client, path, language):
    client.set_cookie("lang", language)
    answer = client.get(path)
    links = Links(answer.text)

    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert re.search(r"<title>[^<]{2,} · (公开|Gongkai)</title>", answer.text)
    assert len(re.findall(r"<h1", answer.text)) == 1
    assert len(links.ids) == len(set(links.ids))
    assert links.scripts == 0
    assert all(address.startswith("/") for address in links.loaded)
    assert "/feeds/all.rss" in answer.text
    if language == "en":
        assert "Datasets</a>" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_an_unchanged_page_is_304(client, path):
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "public" in first.headers["Cache-Control"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_link_of_every_page_leads_somewhere(client, language):
    client.set_cookie("lang", language)
    seen, waiting = {"/"}, deque(["/"])
    while waiting:
        path = waiting.popleft()
        answer = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        is_gone = f"{GONE}/releases/1.0.0" in path or path.startswith(f"/api/v1/datasets/{GONE}")
        assert answer.status_code == (410 if is_gone else 200), path
        if answer.mimetype != "text/html" or is_gone:
            continue
        if "sort=" in path:
            # A table in another order: it leads where the first one does.
            continue
        for found in Links(answer.text).named:
            target = urlsplit(urljoin(BASE + path, found))
            following = target.path + (f"?{target.query}" if target.query else "")
            is_ours = f"{target.scheme}://{target.netloc}" == BASE
            if is_ours and "lang=" not in following and following not in seen:
                seen.add(following)
                waiting.append(following)
    assert len(seen) > 120


def test_a_dataset_shows_what_it_is_and_where_its_files_are(client):
    page = client.get(f"/datasets/{STOCK}?lang=zh").text

    for text in (
        "血液库存情况",
        "云河市中心血站",
        "当前版本 1.1.0",
        "补充漏报的三十六天。",
        "卫办发〔2012〕18号",
        "as_of",
        "数据时点",
        "红细胞类",
        "知识共享署名",
        "共 40 行，显示前 10 行",
        f'href="/datasets/{STOCK}/releases/1.1.0/data.csv"',
        f"/datasets/{STOCK}/latest/data.csv",
    ):
        assert text in page, text
    sha256 = client.get(f"/datasets/{STOCK}/latest/data.csv").headers["ETag"].strip('"')
    assert sha256 in page


def test_withdrawn_releases_stay_listed_with_the_reason(client):
    page = client.get(f"/datasets/{GONE}?lang=zh").text

    assert "地址有误。" in page
    assert "已撤回" in page
    assert "目前没有有效的公开内容" in page
    gone = client.get(f"/datasets/{GONE}/releases/1.0.0?lang=zh", headers={"Accept": "text/html"})
    assert gone.status_code == 410
    assert "地址有误。" in gone.text
    assert f'href="/datasets/{GONE}"' in gone.text


@pytest.mark.parametrize(
    ("query", "there", "missing"),
    [
        ("type=disease_control", "donghe-cdc/", "yunhe-blood/"),
        ("institution=yunhe-blood", "yunhe-blood/", "donghe-cdc/"),
        ("item=blood_inventory", STOCK, EMPTY),
        ("published=1", STOCK, EMPTY),
    ],
)
def test_the_list_of_datasets_is_filtered(client, query, there, missing):
    page = client.get(f"/datasets?{query}").text

    assert f'href="/datasets/{there}' in page
    assert f'href="/datasets/{missing}' not in page


def test_a_filter_that_makes_no_sense_is_left_out(client):
    whole = client.get("/datasets").text

    assert client.get("/datasets?institution=..%2f&type=Z&item=A").status_code == 200
    assert whole.count("<tr>") == client.get("/datasets?type=none").text.count("<tr>")


def test_long_lists_go_on_with_their_filters_kept(client):
    first = client.get("/datasets?type=").text
    following = re.search(r'rel="next" href="([^"]+)"', first)

    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    shown = [set(re.findall(r'scope="row"><a href="([^"]+)"', page)) for page in (first, second)]
    assert len(shown[0]) == 50
    assert not shown[0] & shown[1]


@pytest.mark.parametrize("after", ["x", "%00", "a/b/c", "9" * 50, "%ff"])
@pytest.mark.parametrize("path", ["/datasets", "/news", "/institutions", "/items/blood_inventory"])
def test_a_place_that_is_none_is_never_a_failure_of_ours(client, path, after):
    assert client.get(f"{path}?after={after}").status_code in (200, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/items/none",
        "/types/none",
        "/institutions/nobody",
        "/news/999",
        "/news/0",
        "/news/99999999999999999999",
        "/problems/none",
        "/datasets/yunhe-blood/none",
        f"/datasets/{STOCK}/releases/3.0.0",
        "/datasets/a/b/c",
        "/items/%00",
        "/institutions/A",
    ],
)
def test_what_is_not_there_is_a_readable_404(client, path):
    answer = client.get(f"{path}?lang=zh", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "没有找到" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_texts_of_institutions_are_escaped(tmp_path):
    site = make_site(tmp_path)
    hostile = "<script>alert(1)</script>"
    make_institution(site, name_zh=hostile, name_en=hostile, region_zh=hostile)
    publish_rows(
        site,
        STOCK,
        stock_rows(1),
        is_correction=True,
        change_note=f"{hostile}\"'&<b>",
    )
    notice = publish_notice(
        site,
        "yunhe-blood",
        title=hostile,
        channel="test",
        body_markdown=f"{hostile} [x](javascript:alert(1)) <img src=x onerror=alert(1)>",
    )
    client = reader_of(site)
    for path in (
        "/",
        "/datasets",
        f"/datasets/{STOCK}",
        f"/datasets/{STOCK}/releases/1.0.0",
        "/institutions",
        "/institutions/yunhe-blood",
        "/news",
        f"/news/{notice.id}",
    ):
        page = client.get(path).text
        assert "<script" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
    site.close()


def test_pages_work_on_every_database(site):
    fill(site)
    client = reader_of(site)

    for path in (*PAGES, "/datasets?published=1&after=a/b", f"/datasets/{STOCK}/latest/data.csv"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/datasets/{GONE}/latest/data.csv").status_code == 410


def test_small_addresses_for_programs(client):
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json["status"] == "ready"
    assert client.get("/robots.txt").text.startswith("User-agent: *")
    assert client.get("/favicon.ico").mimetype in ("image/vnd.microsoft.icon", "image/x-icon")
