"""Programs nobody here wrote read a served site over HTTP: same rows, same values, codes intact."""

import io
import os
import subprocess
import sys
import time
import urllib.request
from xml.etree import ElementTree as ET

import duckdb
import feedparser
import frictionless
import openpyxl
import pandas as pd
import polars as pl
import pytest

from gongkai.testing import make_institution, make_site, publish_rows
from tests.databases import free_port

ADDRESS = "yunhe-hospital/service_item_prices"
NAMES = ["颈椎牵引,一般", '自体血"回输"', "第一行\n第二行", "=SUM(1+1)", "𠮷野家㐂手术"]
ROWS = [
    {
        "item_code": f"01010000{number}",
        "item_name": name,
        "category": "general",
        "charge_unit": "次",
        "price_cny": f"{number}0.50",
        "price_type": "gov_guided",
        "insurance_class": "jia",
        "basis_doc": "12370100495500001X",
        "effective_from": "2026-01-01",
    }
    for number, name in enumerate(NAMES, start=1)
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`gongkai serve` (Granian) on a free port over a site with one release."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    base = f"http://127.0.0.1:{port}"
    site = make_site(folder, site={"base_url": base})
    make_institution(
        site, "yunhe-hospital", "hospital", name_zh="云河市第一医院", name_en="Yunhe First Hospital"
    )
    publish_rows(site, ADDRESS, ROWS)
    site.close()
    environ = {
        **os.environ,
        "GONGKAI_STORAGE_DATA_DIR": str(folder),
        "GONGKAI_SITE_BASE_URL": base,
        "GONGKAI_SERVER_WORKERS": "1",
    }
    command = [
        sys.executable,
        "-c",
        "from gongkai.cli import main; main()",
        "serve",
        "--port",
        str(port),
    ]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait(f"{base}/healthz", process)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url, process):
    for _ in range(150):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer within 30 s")


@pytest.fixture(scope="module")
def latest(server):
    return f"{server}/datasets/{ADDRESS}/latest"


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def test_pandas_with_everything_as_text(latest):
    frame = pd.read_csv(f"{latest}/data.csv", dtype=str)

    assert frame["item_name"].tolist() == NAMES
    assert frame["item_code"].tolist()[0] == "010100001"
    assert set(frame["basis_doc"]) == {"12370100495500001X"}
    assert frame["price_cny"].tolist() == [f"{n}0.50" for n in range(1, 6)]


def test_pandas_json_and_parquet(latest):
    assert pd.read_json(f"{latest}/data.json", dtype=False)["item_code"].iloc[0] == "010100001"
    assert pd.read_json(f"{latest}/data.jsonl", lines=True, dtype=False).shape[0] == 5
    assert pd.read_parquet(f"{latest}/data.parquet")["item_name"].tolist() == NAMES


def test_pandas_reads_the_excel_csv_by_its_labels(latest):
    frame = pd.read_csv(f"{latest}/data.excel.csv", dtype=str)

    assert "项目编码" in [name.split("(")[0].split("（")[0] for name in frame.columns]


def test_polars(latest):
    frame = pl.read_csv(f"{latest}/data.csv", infer_schema=False)

    assert frame["item_name"].to_list() == NAMES
    assert pl.read_parquet(f"{latest}/data.parquet")["item_code"][0] == "010100001"


def test_duckdb(latest, tmp_path):
    for name in ("data.csv", "data.parquet", "data.jsonl"):
        (tmp_path / name).write_bytes(fetch(f"{latest}/{name}"))
        path = tmp_path / name
        found = duckdb.sql(
            f"SELECT item_name, item_code FROM '{path}' ORDER BY item_code"
        ).fetchall()
        assert [name for name, _ in found] == NAMES
    codes = duckdb.sql(f"SELECT item_code FROM '{tmp_path / 'data.parquet'}'").fetchall()
    assert ("010100001",) in codes


def test_the_workbook_has_text_codes_no_formulas_no_links(latest):
    book = openpyxl.load_workbook(io.BytesIO(fetch(f"{latest}/data.xlsx")))

    sheet = book.worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    texts = {cell.value for cell in cells}
    assert {"010100001", "12370100495500001X", *NAMES} <= texts
    assert sheet.cell(1, 1).value.startswith("项目编码")
    assert sheet.cell(2, 1).value == "item_code"


def test_frictionless_validates_the_data_package(latest):
    report = frictionless.Package(f"{latest}/datapackage.json").validate()

    assert report.valid, report.flatten(["message"])


@pytest.mark.parametrize("extension", ["rss", "atom"])
def test_feedparser_reads_the_feeds(server, extension):
    feed = feedparser.parse(f"{server}/feeds/all.{extension}")

    assert not feed.bozo
    (entry,) = feed.entries
    assert entry.id.startswith("tag:")
    assert entry.author
    for enclosure in entry.enclosures:
        assert len(fetch(enclosure.href)) == int(enclosure.length)


def test_a_feed_that_has_not_changed_answers_304(server):
    first = feedparser.parse(f"{server}/feeds/datasets/{ADDRESS}.rss")

    again = feedparser.parse(f"{server}/feeds/datasets/{ADDRESS}.rss", etag=first.etag)

    assert again.status == 304


def test_the_feed_is_strict_xml_whose_self_link_is_its_address(server):
    url = f"{server}/feeds/institutions/yunhe-hospital.rss"
    root = ET.fromstring(fetch(url))

    links = root.findall("./channel/{http://www.w3.org/2005/Atom}link[@rel='self']")
    assert [link.get("href") for link in links] == [url]


def test_records_walk_to_the_end_by_next(server):
    import json

    url, seen = f"{server}/api/v1/datasets/{ADDRESS}/records?limit=2&sort=-price_cny", []
    while url:
        page = json.loads(fetch(url))
        seen += [row["item_code"] for row in page["data"]]
        following = page["page"]["next"]
        url = (
            following
            and f"{server}/api/v1/datasets/{ADDRESS}/records?limit=2&sort=-price_cny&cursor={following}"
        )
    assert seen == [f"01010000{n}" for n in (5, 4, 3, 2, 1)]
