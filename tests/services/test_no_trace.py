"""Nothing of an uploaded file but its cells reaches a public byte."""

import json
import re
from collections.abc import Iterator

import pytest

from gongkai.domain.identifiers import DatasetId
from gongkai.services.recorded import Sheet, accept_all, prepare_file, publish_prepared
from gongkai.testing import CHANNEL, make_institution, make_site
from tests.services.no_trace import (
    FIELDS,
    Nest,
    forms,
    found_in,
    layers,
    workbook_of_canaries,
    zip_of_canaries,
)
from tests.web.fixtures import reader_of

COSTS = "yunhe-blood/blood_costs"
_LINK = re.compile(rb"""(?:href|src|action)=["']([^"'#]+)""")
_ADDRESS = re.compile(rb"http://127\.0\.0\.1:8000(/[^\s\"'<>\\)]*)")
_MAX_PAGES = 400
API = (
    f"/api/v1/datasets/{COSTS}",
    f"/api/v1/datasets/{COSTS}/releases",
    f"/api/v1/datasets/{COSTS}/records",
    f"/api/v1/datasets/{COSTS}/changes",
    "/api/v1/items/blood_costs",
    "/api/v1/openapi.json",
)


class Published:
    """A site with four releases, from a workbook, a CSV, a JSON and a zip full of canaries."""

    def __init__(self, folder) -> None:
        self.site = make_site(folder)
        make_institution(self.site)
        self.nest, self.seen = Nest(), Nest()
        self.releases = []
        for suffix, content in self._uploads():
            path = folder / f"upload{suffix}"
            path.write_bytes(content)
            filename = f"{self.nest.canary('file name')}{suffix}"
            prepared = prepare_file(
                self.site, DatasetId.parse(COSTS), path, filename=filename, channel=CHANNEL
            )
            accepted = Sheet(decisions=accept_all(prepared.draft))
            self.releases.append(publish_prepared(self.site, prepared, sheet=accepted))
        self.answers = dict(self._crawl())

    def _uploads(self) -> Iterator[tuple[str, bytes]]:
        yield ".xlsx", workbook_of_canaries(self.nest, self.seen.canary("workbook cell"))
        for year, suffix in ((2026, ".csv"), (2027, ".json"), (2028, ".zip")):
            cells = (year, "test", "1.50", self.seen.canary(f"{suffix} cell"))
            record = dict(zip(FIELDS, cells, strict=True))
            table = ",".join(FIELDS) + "\n" + ",".join(map(str, cells)) + "\n"
            if suffix == ".csv":
                yield suffix, b"\xef\xbb\xbf" + table.encode()
            elif suffix == ".json":
                yield suffix, json.dumps([record]).encode()
            else:
                yield suffix, zip_of_canaries(self.nest, table.encode())

    def _crawl(self) -> Iterator[tuple[str, bytes]]:
        """Yield every public address that can be reached, with its answer, in both languages."""
        client = reader_of(self.site)
        release = "/datasets/{}/releases/{}/{}"
        waiting = [
            "/",
            *API,
            "/sitemap.xml",
            "/feeds/all.rss",
            "/feeds/all.atom",
            "/feeds/all.json",
        ]
        for one in self.releases:
            waiting += [release.format(COSTS, one.version, file.name) for file in one.distributions]
            waiting.append(f"/api/v1/datasets/{COSTS}/releases/{one.version}")
        seen: set[str] = set()
        while waiting and len(seen) < _MAX_PAGES:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            answer = client.get(address)
            head = "".join(f"{name}: {value}\n" for name, value in answer.headers).encode()
            yield address, head + b"\n" + answer.data
            if answer.content_type.startswith(("text/html", "application/")):
                found = [*_LINK.findall(answer.data), *_ADDRESS.findall(answer.data)]
                links = [link.decode().replace("&amp;", "&") for link in found]
                waiting += [link for link in links if re.match(r"/(?!/|static/|console)", link)]

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file of every release as it lies in the store, with its twins."""
        for release in self.releases:
            for file in release.distributions:
                for sha256 in (file.sha256, file.gzip_sha256, file.zstd_sha256):
                    if sha256:
                        name = f"{release.version}/{file.name} {sha256}"
                        yield name, self.site.blobs.path(sha256).read_bytes()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    made = Published(tmp_path_factory.mktemp("trace"))
    yield made
    made.site.close()


def test_no_stored_file_holds_a_canary(published):
    words = list(published.nest.places)

    found = {
        (name, published.nest.places[word])
        for name, content in published.stored()
        for word in found_in(content, words)
    }

    assert len(words) > 45
    assert len(list(published.stored())) > 40
    assert found == set()


def test_no_public_answer_holds_a_canary(published):
    words = list(published.nest.places)

    found = {
        (address, published.nest.places[word])
        for address, content in published.answers.items()
        for word in found_in(content, words)
    }

    assert len(published.answers) > 60
    assert {"/", f"/datasets/{COSTS}", "/feeds/all.rss"} <= set(published.answers)
    assert found == set()


def test_the_search_finds_what_is_there(published):
    """The cells themselves are found in every format, twin, archive and page that shows them."""
    (word, *_) = published.seen.places
    first = published.releases[0]
    kinds = {
        name.split("/")[1].split()[0]
        for name, content in published.stored()
        if name.startswith(f"{first.version}/") and found_in(content, [word])
    }
    twins = sum(
        content[:2] in (b"\x1f\x8b", b"\x28\xb5") and bool(found_in(content, [word]))
        for _, content in published.stored()
    )

    assert kinds >= {
        "data.csv",
        "data.excel.csv",
        "data.json",
        "data.jsonl",
        "data.xlsx",
        "data.parquet",
        "bundle.zip",
    }
    assert twins == sum(
        bool(file.gzip_sha256) + bool(file.zstd_sha256)
        for file in first.distributions
        if file.name.startswith("data.")
        and file.name.rpartition(".")[2] in ("csv", "json", "jsonl", "xlsx", "parquet")
    )
    last = list(published.seen.places)[-1]
    assert found_in(published.answers[f"/datasets/{COSTS}"], [last])
    assert found_in(published.answers[f"/api/v1/datasets/{COSTS}/records"], [last])


def test_every_form_of_a_word_is_searched():
    for form in forms("Canary999雀鸣"):
        assert found_in(b"before " + form + b" behind", ["Canary999雀鸣"])
    assert not found_in(b"Canary998", ["Canary999雀鸣"])
    assert len(list(layers(b"plain"))) == 1
