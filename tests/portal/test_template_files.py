from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest

from gongkai.models import Dataset, Obligation
from gongkai.testing import make_institution, make_site
from tests.web.fixtures import EMPTY, STOCK, reader_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def headings(answer):
    book = openpyxl.load_workbook(BytesIO(answer.data))
    return [cell.value for cell in book.worksheets[0][1]]


@pytest.mark.parametrize(
    ("path", "media_type", "plain", "readable"),
    [
        (
            f"/datasets/{STOCK}/template.xlsx",
            XLSX,
            "yunhe-blood-blood_inventory-template.xlsx",
            "云河市中心血站-血液库存情况-填报模板.xlsx",
        ),
        (
            f"/datasets/{EMPTY}/template.csv",
            "text/csv; charset=utf-8",
            "yunhe-blood-blood_fees-template.csv",
            "云河市中心血站-临床用血收费标准-填报模板.csv",
        ),
        (
            "/items/blood_inventory/template.xlsx",
            XLSX,
            "blood_inventory-template.xlsx",
            "血液库存情况-填报模板.xlsx",
        ),
    ],
)
def test_a_template_is_sent_with_a_readable_name(client, path, media_type, plain, readable):
    answer = client.get(path)
    name, _, encoded = answer.headers["Content-Disposition"].partition("; filename*=UTF-8''")

    assert (answer.status_code, answer.content_type) == (200, media_type)
    assert name == f'attachment; filename="{plain}"'
    assert unquote(encoded) == readable
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.content_length == len(answer.data) > 100


def test_the_institution_changes_the_name_and_not_the_file(client):
    of_item = client.get("/items/blood_inventory/template.xlsx")
    of_dataset = client.get(f"/datasets/{STOCK}/template.xlsx")

    assert of_item.data == of_dataset.data
    assert of_item.headers["ETag"] == of_dataset.headers["ETag"]


def test_whoever_has_it_is_told_so(client):
    path = f"/datasets/{STOCK}/template.xlsx"
    etag = client.get(path).headers["ETag"]

    again = client.get(path, headers={"If-None-Match": etag})
    english = client.get(f"{path}?lang=en", headers={"If-None-Match": etag})

    assert (again.status_code, again.data) == (304, b"")
    assert english.status_code == 200


def test_head_says_the_same_and_sends_nothing(client):
    path = "/items/blood_inventory/template.csv"
    whole, head = client.get(path), client.head(path)

    assert head.data == b""
    for name in ("Content-Length", "ETag", "Content-Type", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("query", "accepted", "first", "language"),
    [
        ("", "", "*数据时点", "zh-CN"),
        ("", "en-GB,en;q=0.8", "*Stock as of", "en"),
        ("?lang=zh", "en", "*数据时点", "zh-CN"),
        ("?lang=en", "zh-CN", "*Stock as of", "en"),
        ("?lang=fr", "fr", "*数据时点", "zh-CN"),
    ],
)
def test_the_language_is_negotiated(client, query, accepted, first, language):
    answer = client.get(
        f"/datasets/{STOCK}/template.xlsx{query}", headers={"Accept-Language": accepted}
    )

    assert headings(answer)[0] == first
    assert answer.headers["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/nobody/blood_inventory/template.xlsx",
        "/datasets/yunhe-blood/nothing/template.xlsx",
        "/datasets/yunhe-blood/hospital_indicators/template.xlsx",
        "/items/nothing/template.csv",
        "/items/blood_inventory/template.xls",
        "/items/blood_inventory/template.xlsx/",
    ],
)
def test_what_nobody_owes_is_404(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.content_type.startswith("application/problem+json")


def test_an_owed_dataset_that_is_not_open_yet_has_a_template(tmp_path):
    site = make_site(tmp_path)
    make_institution(site)
    with site.transaction() as session:
        session.query(Obligation).filter_by(item_key="blood_fees").delete()
        session.query(Dataset).filter_by(item_key="blood_fees").delete()
    client = reader_of(site)

    assert client.get(f"/datasets/{EMPTY}").status_code == 404
    assert client.get(f"/datasets/{EMPTY}/template.xlsx").status_code == 200
    site.close()


@pytest.mark.parametrize(
    ("page", "path"),
    [
        (f"/datasets/{STOCK}", f"/datasets/{STOCK}/template"),
        (f"/datasets/{EMPTY}", f"/datasets/{EMPTY}/template"),
        ("/items/blood_inventory", "/items/blood_inventory/template"),
    ],
)
def test_pages_and_the_api_lead_to_the_template(client, page, path):
    shown = client.get(page, query_string={"lang": "en"}).text
    linked = client.get(f"/api/v1{page}").json["links"]["template"]

    for extension in ("xlsx", "csv"):
        assert f'href="{path}.{extension}?lang=en" download' in shown
        assert client.get(f"{path}.{extension}").status_code == 200
    assert linked == f"http://127.0.0.1:8000{path}.xlsx"
