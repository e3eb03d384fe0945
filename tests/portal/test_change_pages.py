import re

import pytest

from gongkai.testing import make_institution, make_site, publish_rows
from tests.web.fixtures import EMPTY, GONE, STOCK, reader_of, stock_rows, withdraw

PATH = f"/datasets/{STOCK}/changes"
EN = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """Two releases: four days of stock; then one figure corrected, one day less and thirty more."""
    site = make_site(tmp_path_factory.mktemp("corrected"))
    make_institution(site)
    rows = stock_rows(4)
    publish_rows(site, STOCK, rows)
    rows[1] = rows[1] | {"stock_qty": "80", "days_cover": "2.0", "alert_level": ""}
    rows = [*rows[1:], *stock_rows(34)[4:]]
    publish_rows(site, STOCK, rows, is_correction=True, change_note="更正3月3日的库存。")
    yield reader_of(site)
    site.close()


def told(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_it_says_what_changed_in_words_by_column_and_row_by_row(corrected):
    answer = corrected.get(PATH, headers=EN)
    text = told(answer)

    assert answer.status_code == 200
    assert "From version 1.0.0 to 1.1.0: 30 rows added, 1 removed, 1 changed." in text
    assert "更正3月3日的库存。" in text
    assert "stock_qty Stock 1" in text
    assert "2026-03-03T08:00:00+08:00 · Red cell components · Group O · Positive" in text
    assert "<del>120.5</del>" in answer.text
    assert "<ins>80</ins>" in answer.text
    assert '<span class="muted">empty</span>' in answer.text
    assert "The first 20 of 30 rows added" in text
    assert "The first 1 of 1 rows removed" in text


def test_it_speaks_chinese_as_well(corrected):
    text = told(corrected.get(PATH))

    assert "从 1.0.0 版到 1.1.0 版：新增 30 行，删除 1 行，修改 1 行。" in text
    assert "共新增 30 行，显示前 20 行" in text
    assert "O型" in text


def test_the_changes_can_be_downloaded_from_where_they_are_shown(corrected):
    page = corrected.get(PATH).text
    links = [
        link.replace("&amp;", "&") for link in re.findall(r'href="(/api/[^"]+changes[^"]*)"', page)
    ]

    assert len(links) == 2
    table, data = (corrected.get(link) for link in links)
    assert table.content_type.startswith("text/csv")
    assert data.json["page"]["total"] == 32


def test_any_two_releases_can_be_chosen_without_a_script(corrected):
    page = corrected.get(f"{PATH}?from=1.1.0&to=1.0.0", headers=EN)

    assert "30 removed" in told(page)
    assert "<script" not in page.text
    chosen = re.findall(r'<option value="([^"]+)" selected>', page.text)
    assert chosen == ["1.1.0", "1.0.0"]
    assert "hold the same rows" in told(corrected.get(f"{PATH}?from=1.0.0&to=1.0.0", headers=EN))


def test_a_first_release_has_nothing_before_it(corrected):
    answer = corrected.get(f"{PATH}?to=1.0.0", headers=EN)

    assert answer.status_code == 200
    assert "Version 1.0.0 has none before it" in told(answer)


def test_the_pages_of_dataset_and_release_lead_to_it(corrected):
    dataset = corrected.get(f"/datasets/{STOCK}").text
    release = corrected.get(f"/datasets/{STOCK}/releases/1.1.0").text

    assert re.findall(r'href="(/datasets/[^"]+/changes[^"]*)"', dataset) == [f"{PATH}?to=1.1.0"]
    assert f'href="{PATH}?from=1.0.0&amp;to=1.1.0"' in release
    assert "/changes" not in corrected.get(f"/datasets/{STOCK}/releases/1.0.0").text


def test_withdrawn_releases_are_410_and_unknown_ones_404(client):
    assert client.get(f"/datasets/{GONE}/changes").status_code == 410
    for path in (f"{PATH}?from=9.9.9", f"{PATH}?to=abc", f"/datasets/{EMPTY}/changes"):
        assert client.get(path).status_code == 404


def test_a_release_that_was_withdrawn_is_not_offered(sqlite_site):
    make_institution(sqlite_site)
    for count in (2, 3, 4):
        publish_rows(sqlite_site, STOCK, stock_rows(count))
    withdraw(sqlite_site, STOCK, "1.1.0", "数据有误。")

    page = reader_of(sqlite_site).get(PATH).text

    assert set(re.findall(r'<option value="([^"]+)"', page)) == {"1.0.0", "1.2.0"}
    assert "共新增 2 行" in page
