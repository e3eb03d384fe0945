import pytest

from tests.web.fixtures import EMPTY, GONE, STOCK


def test_a_dataset_carries_its_id_and_its_latest_release(client):
    dataset = client.get(f"/api/v1/datasets/{STOCK}").json

    assert dataset["id"] == STOCK
    assert dataset["title"] == {"zh": "血液库存情况", "en": "Blood stock levels"}
    assert dataset["latest_release"]["version"] == "1.1.0"
    assert dataset["latest_release"]["is_correction"] is True
    assert dataset["next_due"] is None  # the only one so far is met
    assert dataset["links"]["feeds"].keys() == {"rss", "atom", "json"}


def test_a_dataset_without_a_release_says_so(client):
    for where in (EMPTY, GONE):
        dataset = client.get(f"/api/v1/datasets/{where}").json
        assert dataset["latest_release"] is None
    due = client.get(f"/api/v1/datasets/{EMPTY}").json["next_due"]
    assert due["rule"]["source"]["zh"].startswith("产品默认规则")


def test_releases_are_newest_first_and_withdrawn_ones_keep_their_reason(client):
    found = client.get(f"/api/v1/datasets/{STOCK}/releases").json

    assert [one["version"] for one in found["data"]] == ["1.1.0", "1.0.0"]
    assert [one["state"] for one in found["data"]] == ["current", "superseded"]
    (gone,) = client.get(f"/api/v1/datasets/{GONE}/releases").json["data"]
    assert gone["state"] == "withdrawn"
    assert gone["withdrawn"]["reason"] == "地址有误。"
    assert gone["files"] == []
    answer = client.get(f"/api/v1/datasets/{GONE}/releases/1.0.0")
    assert (answer.status_code, answer.json["reason"]) == (410, "地址有误。")


def test_instants_are_shanghais(client):
    release = client.get(f"/api/v1/datasets/{STOCK}/releases/1.0.0").json

    assert release["issued"].endswith("+08:00")


def test_an_item_reads_as_promised(client):
    item = client.get("/api/v1/items/blood_inventory").json

    assert item["deadline_rule"] == "daily_next_workday"
    assert item["table_schema"]["primaryKey"] == ["as_of", "component", "abo", "rh"]
    first = item["table_schema"]["fields"][0]
    assert first["name"] == "as_of"
    assert first["type"] == "datetime"
    assert first["title"] == {"zh": "数据时点", "en": "Stock as of"}
    assert first["constraints"]["required"] is True


def test_all_60_items_are_listed_and_a_type_owes_some_of_them(client):
    every = client.get("/api/v1/items?limit=1000").json
    owed = client.get("/api/v1/items?type=blood_station&limit=1000").json

    assert every["page"] == {"limit": 1000, "next": None, "total": 60}
    assert 0 < owed["page"]["total"] < 60
    assert {one["key"] for one in owed["data"]} <= {one["key"] for one in every["data"]}
    assert client.get("/api/v1/items?type=none").status_code == 404


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/datasets", "id"),
        ("/items", "key"),
        ("/institutions", "slug"),
        ("/institution-types", "key"),
        (f"/datasets/{STOCK}/releases", "version"),
    ],
)
def test_a_list_is_read_whole_by_following_next(client, path, key):
    whole = client.get(f"/api/v1{path}?limit=1000").json
    found, query = [], ""
    for _ in range(100):
        answer = client.get(f"/api/v1{path}?limit=7{query}")
        found += [one[key] for one in answer.json["data"]]
        cursor = answer.json["page"]["next"]
        if cursor is None:
            assert "Link" not in answer.headers
            break
        link = answer.headers["Link"]
        assert link.endswith('>; rel="next"')
        assert link.startswith(f"<http://127.0.0.1:8000/api/v1{path}?")
        query = link.split("limit=7")[1].split(">")[0]
    assert found == [one[key] for one in whole["data"]]
    assert whole["page"]["total"] == len(found)


def test_lists_are_filtered(client):
    def ids(query):
        return {
            one["id"] for one in client.get(f"/api/v1/datasets?limit=1000&{query}").json["data"]
        }

    assert ids("published=true") == {STOCK}
    assert STOCK not in ids("published=false")
    assert ids("item=blood_inventory") == {STOCK}
    assert all(one.startswith("donghe-cdc/") for one in ids("type=disease_control"))
    assert ids("institution=nobody") == set()


@pytest.mark.parametrize(
    "path",
    [
        "/datasets",
        f"/datasets/{STOCK}/releases",
        "/institutions",
        "/items",
        "/institution-types",
        "/news",
    ],
)
def test_an_unknown_parameter_is_refused_with_the_ones_that_exist(client, path):
    answer = client.get(f"/api/v1{path}?limt=5&lang=en")

    assert (answer.status_code, answer.json["code"]) == (400, "unknown-parameter")
    assert "limt" in answer.json["detail"]
    assert "limit" in answer.json["detail"].split(":")[1]
    assert answer.json["errors"] == [
        {"parameter": "limt", "code": "unknown-parameter", "message": "Unknown field."}
    ]


@pytest.mark.parametrize(
    "query",
    [
        "limit=abc",
        "limit=0",
        "limit=-1",
        "limit=1001",
        "limit=1e3",
        "limit=",
        "limit=٣",
        "limit=99999999999999999999",
        "lang=fr",
        "published=maybe",
        "cursor=",
        "cursor=" + "x" * 300,
    ],
)
def test_a_bad_value_is_refused_by_name(client, query):
    answer = client.get(f"/api/v1/datasets?{query}")

    assert (answer.status_code, answer.json["code"]) == (400, "invalid-parameter")
    assert answer.json["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("cursor", ["x", "a/b/c", "%00", "%ff%fe", "' OR 1=1", "é"])
@pytest.mark.parametrize("path", ["/datasets", "/items", "/institutions", "/news"])
def test_a_hostile_cursor_is_never_a_failure_of_ours(client, path, cursor):
    assert client.get(f"/api/v1{path}?cursor={cursor}").status_code in (200, 400)


def test_messages_are_in_the_readers_language(client):
    chinese = client.get("/api/v1/datasets?limit=0").json["errors"][0]["message"]
    english = client.get("/api/v1/datasets?limit=0&lang=en").json["errors"][0]["message"]

    assert (chinese, english) == (
        "请填写 1 至 1000 之间的整数。",
        "Write a whole number from 1 to 1000.",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/yunhe-blood/none",
        "/datasets/nobody/blood_inventory",
        "/items/none",
        "/institutions/nobody",
        f"/datasets/{STOCK}/releases/9.0.0",
        "/news/99",
        "/items/A-B",
        "/datasets/x",
        "/drafts",
    ],
)
def test_what_is_not_there_is_404(client, path):
    answer = client.get(f"/api/v1{path}")

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_unchanged_answers_are_304_and_may_be_kept(client):
    first = client.get("/api/v1/datasets")

    assert "public" in first.headers["Cache-Control"]
    again = client.get("/api/v1/datasets", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_news_are_read_in_both_forms(client):
    (notice,) = client.get("/api/v1/news").json["data"]

    assert notice["title"] == "O型血库存偏低"
    assert "**踊跃献血**" in notice["body_markdown"]
    assert "<strong>踊跃献血</strong>" in notice["body_html"]
    assert client.get("/api/v1/news?institution=donghe-cdc").json["data"] == []
