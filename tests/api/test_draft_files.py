"""The annotated workbook of a draft, for the institution that sent the file."""

from io import BytesIO

import openpyxl
import pytest

from gongkai.models.draft import Step
from gongkai.testing import make_institution
from tests.api.conftest import writer
from tests.api.test_drafts import BAD, csv_of, send
from tests.web.fixtures import reader_of, stock_rows

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def refused(own_site):
    """A draft that blocks, and who sent it."""
    clerk = writer(own_site, Step.SUBMIT)
    sent = send(clerk, BAD, query="filename=库存.csv")
    assert sent.status_code == 422
    return clerk, sent.json["draft"]


def test_it_is_the_file_with_the_wrong_cells_marked(refused):
    clerk, draft = refused
    answer = clerk.get(f"/drafts/{draft['id']}/report.xlsx")

    assert (answer.status_code, answer.content_type) == (200, XLSX)
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert draft["links"]["workbook"].endswith(f"/api/v1/drafts/{draft['id']}/report.xlsx")
    data, findings = openpyxl.load_workbook(BytesIO(answer.data)).worksheets
    assert (data.title, findings.title) == ("数据", "校验结果")
    header = [cell.value for cell in data[1]]
    status = data.cell(4, header.index("status") + 1)
    assert status.value == "plenty"
    assert "plenty" in status.comment.text


def test_it_speaks_the_language_asked_for(refused):
    clerk, draft = refused
    answer = clerk.get(f"/drafts/{draft['id']}/report.xlsx?lang=en")

    assert openpyxl.load_workbook(BytesIO(answer.data)).sheetnames == ["Data", "Findings"]
    assert clerk.get(f"/drafts/{draft['id']}/report.xlsx?lang=fr").status_code == 400
    assert clerk.get(f"/drafts/{draft['id']}/report.xlsx?x=1").status_code == 400


def test_the_corrected_workbook_replaces_the_file(refused):
    clerk, draft = refused
    book = openpyxl.load_workbook(BytesIO(clerk.get(f"/drafts/{draft['id']}/report.xlsx").data))
    data = book.worksheets[0]
    right = [str(value) for value in stock_rows(3)[2].values()]
    for column, value in enumerate(right, start=1):
        data.cell(4, column).value = value
    mended = BytesIO()
    book.save(mended)

    answer = clerk.put(
        f"/drafts/{draft['id']}/file?filename=b.xlsx", data=mended.getvalue(), content_type=XLSX
    )

    assert answer.status_code == 202, answer.text
    plain = send(clerk, csv_of(stock_rows(3)))
    assert plain.status_code == 202, plain.text
    assert answer.json["content_sha256"] == plain.json["content_sha256"]


def test_it_goes_to_nobody_else(own_site, refused):
    _, draft = refused
    make_institution(own_site, slug="other-blood", name_zh="别的血站", name_en="Another centre")
    path = f"/drafts/{draft['id']}/report.xlsx"

    assert writer(own_site, Step.SUBMIT, slug="other-blood").get(path).status_code == 404
    assert reader_of(own_site).get(f"/api/v1{path}").status_code == 401
    assert writer(own_site, Step.REVIEW).get(path).status_code == 200


def test_nothing_is_left_in_the_work_folder(own_site, refused):
    clerk, draft = refused
    clerk.get(f"/drafts/{draft['id']}/report.xlsx")

    assert list(own_site.settings.storage.work.iterdir()) == []
