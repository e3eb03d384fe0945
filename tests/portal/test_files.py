import gzip
import hashlib
from urllib.parse import unquote

import pytest
import zstandard

from gongkai.portal.files import disposition, readable_name
from gongkai.testing import make_institution, make_site, publish_rows
from tests.web.fixtures import EMPTY, GONE, STOCK, reader_of, stock_rows

LATEST = f"/datasets/{STOCK}/latest"
PINNED = f"/datasets/{STOCK}/releases/1.0.0"
NEWEST = f"/datasets/{STOCK}/releases/1.1.0"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_a_file_is_whole_and_says_what_it_is(client):
    answer = client.get(f"{PINNED}/data.csv")

    assert answer.status_code == 200
    assert answer.data.startswith(b"as_of,component,")
    assert answer.data.count(b"\r\n") == 5
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.content_length == len(answer.data)
    assert answer.headers["ETag"] == f'"{sha256(answer.data)}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "immutable" in answer.headers["Cache-Control"]


def test_latest_leads_to_the_pinned_address_and_is_asked_for_again(client):
    latest, pinned = client.get(f"{LATEST}/data.csv"), client.get(f"{NEWEST}/data.csv")

    assert latest.data == pinned.data
    assert latest.headers["Content-Location"] == f"{NEWEST}/data.csv"
    assert "max-age=60" in latest.headers["Cache-Control"]
    assert "immutable" not in latest.headers["Cache-Control"]
    assert latest.headers["Last-Modified"] == pinned.headers["Last-Modified"]


def test_every_file_of_the_release_is_served_with_its_recorded_hash(client):
    release = client.get(f"/api/v1/datasets/{STOCK}/releases/1.1.0").json

    assert len(release["files"]) >= 10
    for file in release["files"]:
        path = file["url"].removeprefix("http://127.0.0.1:8000")
        answer = client.get(path)
        assert sha256(answer.data) == file["sha256"]
        assert answer.content_length == file["byte_size"]


def test_head_says_the_same_and_sends_nothing(client):
    whole, head = client.get(f"{PINNED}/data.csv"), client.head(f"{PINNED}/data.csv")

    assert head.data == b""
    for name in ("Content-Length", "ETag", "Content-Type", "Last-Modified", "Link"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, None),
        ("bytes=-7", -7, None),
        ("bytes=0-999999999", 0, None),
        ("bytes=5-5", 5, 6),
    ],
)
def test_a_part_is_sent_when_one_is_asked_for(client, wanted, start, end):
    whole = client.get(f"{PINNED}/data.csv").data
    part = client.get(f"{PINNED}/data.csv", headers={"Range": wanted})

    assert part.status_code == 206
    assert part.data == whole[start:end]
    assert part.content_length == len(part.data)
    assert part.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_a_part_beyond_the_end_is_416_with_the_size(client):
    size = len(client.get(f"{PINNED}/data.csv").data)
    answer = client.get(f"{PINNED}/data.csv", headers={"Range": f"bytes={size}-"})

    assert (answer.status_code, answer.json["code"]) == (416, "range-not-satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,4-5", "lines=0-1", "bytes=x-y", "bytes=9-1", "bytes", "", "bytes=0-1,0-"]
)
def test_ranges_that_make_no_single_part_are_ignored(client, wanted):
    answer = client.get(f"{PINNED}/data.csv", headers={"Range": wanted})

    assert answer.status_code == 200
    assert answer.content_length == len(answer.data)


def test_if_range_sends_the_whole_file_when_it_is_another(client):
    etag = client.get(f"{PINNED}/data.csv").headers["ETag"]
    path, part = f"{PINNED}/data.csv", {"Range": "bytes=0-3"}

    assert client.get(path, headers=part | {"If-Range": etag}).status_code == 206
    assert client.get(path, headers=part | {"If-Range": '"other"'}).status_code == 200


def test_range_on_head_is_ignored(client):
    answer = client.head(f"{PINNED}/data.csv", headers={"Range": "bytes=0-3"})

    assert answer.status_code == 200


def test_what_the_asker_has_is_not_sent_again(client):
    whole = client.get(f"{LATEST}/data.csv")
    again = client.get(f"{LATEST}/data.csv", headers={"If-None-Match": whole.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == whole.headers["ETag"]
    assert again.headers["Cache-Control"] == whole.headers["Cache-Control"]
    since = {"If-Modified-Since": whole.headers["Last-Modified"]}
    assert client.get(f"{LATEST}/data.csv", headers=since).status_code == 304
    other = {"If-None-Match": '"other"'} | since
    assert client.get(f"{LATEST}/data.csv", headers=other).status_code == 200


def test_compressed_twins_are_files_of_their_own(client):
    plain = client.get(f"{LATEST}/data.csv")
    zipped = client.get(f"{LATEST}/data.csv", headers={"Accept-Encoding": "gzip"})
    packed = client.get(f"{LATEST}/data.csv", headers={"Accept-Encoding": "gzip, br, zstd"})

    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert packed.headers["Content-Encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(packed.data) == plain.data
    assert len({answer.headers["ETag"] for answer in (plain, zipped, packed)}) == 3
    for answer in (plain, zipped, packed):
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["ETag"] == f'"{sha256(answer.data)}"'
        assert answer.content_length == len(answer.data)


def test_a_range_is_of_the_representation_that_is_sent(client):
    zipped = client.get(f"{LATEST}/data.csv", headers={"Accept-Encoding": "gzip"}).data
    part = client.get(
        f"{LATEST}/data.csv", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-3"}
    )

    assert (part.status_code, part.data) == (206, zipped[:4])
    assert part.headers["Content-Encoding"] == "gzip"


def test_a_download_has_a_readable_name_and_can_run_nothing(client):
    headers = client.get(f"{LATEST}/data.csv").headers
    plain, _, encoded = headers["Content-Disposition"].partition("; filename*=UTF-8''")

    assert plain == 'attachment; filename="yunhe-blood-blood_inventory-1.1.0-data.csv"'
    assert unquote(encoded) == "云河市中心血站-血液库存情况-1.1.0.csv"
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("data.csv", "站-库存-1.0.0.csv"),
        ("data.excel.csv", "站-库存-1.0.0.excel.csv"),
        ("bundle.zip", "站-库存-1.0.0-bundle.zip"),
        ("SHA256SUMS", "站-库存-1.0.0-SHA256SUMS"),
    ],
)
def test_names_of_all_files_differ(name, readable):
    assert readable_name("站", "库存", "1.0.0", name) == readable


def test_a_hostile_title_cannot_leave_the_name():
    hostile = '../a"b\r\nSet-Cookie: x<script>%00;/'
    name = readable_name("站", hostile, "1.0.0", "data.csv")

    assert not set('"\r\n<>/\\;%') & set(name)
    assert "\r" not in disposition(name, "x.csv")


def test_links_name_the_licence_the_description_and_the_pinned_address(client):
    link = client.get(f"{LATEST}/data.csv").headers["Link"]

    assert f'{NEWEST}/data.csv>; rel="canonical"' in link
    assert f'{NEWEST}/datapackage.json>; rel="describedby"' in link
    assert 'licenses/by/4.0/>; rel="license"' in link


def test_a_withdrawn_release_is_410_with_the_reason(client):
    for path in (f"/datasets/{GONE}/releases/1.0.0/data.csv", f"/datasets/{GONE}/latest/data.csv"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (410, "withdrawn")
        assert answer.json["reason"] == "地址有误。"
    page = client.get(f"/datasets/{GONE}/releases/1.0.0/data.csv", headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "地址有误。" in page.text


@pytest.mark.parametrize(
    "path",
    [
        f"/datasets/{EMPTY}/latest/data.csv",
        f"{LATEST}/other.csv",
        f"{LATEST}/.hidden",
        f"/datasets/{STOCK}/releases/9.9.9/data.csv",
        f"/datasets/{STOCK}/releases/1.0/data.csv",
        "/datasets/nobody/blood_inventory/latest/data.csv",
        f"{LATEST}/..%2f..%2fetc%2fpasswd",
        "/datasets/Yunhe-Blood/blood_inventory/latest/data.csv",
        f"{LATEST}/data.csv%00",
        f"{LATEST}/data.csv%0d%0aX:y",
        f"/datasets/{STOCK}/releases/latest/data.csv",
        "/datasets/%2e%2e/blood_inventory/latest/data.csv",
        f"{LATEST}/tmp",
    ],
)
def test_what_is_not_published_is_404(client, path):
    assert client.get(path).status_code == 404


def test_bytes_that_changed_on_disk_are_never_served(tmp_path):
    site = make_site(tmp_path)
    make_institution(site)
    publish_rows(site, STOCK, stock_rows(1))
    client = reader_of(site)
    name = client.get(f"{LATEST}/data.csv").headers["ETag"].strip('"')
    blob = site.settings.storage.blobs / name[:2] / name
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")

    answer = client.get(f"{LATEST}/data.csv")

    assert (answer.status_code, answer.json["code"]) == (503, "integrity-failed")
    site.close()
