import re
from importlib import metadata

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from tests.web.fixtures import EMPTY, STOCK


@pytest.fixture(scope="module")
def described(published_app):
    return published_app.test_client().get("/api/v1/openapi.json").json


def test_it_is_valid_openapi_3_1(described):
    validate(described)

    assert described["openapi"].startswith("3.1")
    assert metadata.version("gongkai") in described["info"]["version"]
    assert described["servers"] == [{"url": "http://127.0.0.1:8000"}]


def test_it_describes_every_route_and_nothing_else(described, published_app):
    routes = {
        (re.sub(r"<[^:>]+:([^>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in published_app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    operations = {
        (path, method)
        for path, found in described["paths"].items()
        for method in found
        if method != "parameters"
    }

    assert operations == routes
    assert len(routes) >= 26


def test_every_operation_says_what_it_does_and_how_it_fails(described):
    for path, found in described["paths"].items():
        for method, operation in found.items():
            if method == "parameters":
                continue
            assert operation["summary"].endswith((".", ";")), path
            assert operation["responses"]["default"]["$ref"].endswith("/Problem")
            writes = method in ("post", "put")
            needs_token = path.startswith(("/api/v1/drafts", "/api/v1/rectifications/"))
            assert bool(operation.get("security")) is (writes or needs_token)
            if method == "post":
                names = {one["name"] for one in operation["parameters"]}
                assert "Idempotency-Key" in names, path


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/datasets", "DatasetList"),
        (f"/datasets/{STOCK}", "Dataset"),
        (f"/datasets/{EMPTY}", "Dataset"),
        (f"/datasets/{STOCK}/releases", "ReleaseList"),
        (f"/datasets/{STOCK}/releases/1.0.0", "Release"),
        (f"/datasets/{STOCK}/records", "RecordList"),
        (f"/datasets/{STOCK}/changes?limit=3", "ChangeList"),
        ("/institutions", "InstitutionList"),
        ("/institutions/yunhe-blood", "Institution"),
        ("/items?limit=1000", "ItemList"),
        ("/items/blood_inventory", "Item"),
        ("/institution-types", "InstitutionTypeList"),
        ("/news", "NoticeList"),
        ("/news/1", "Notice"),
        ("/obligations", "ObligationList"),
        ("/compliance?window=all", "Compliance"),
        ("/compliance?by=region", "Compliance"),
        ("/obligations?state=late", "Problem"),
        ("/nothing", "Problem"),
        ("/datasets?x=1", "Problem"),
        (f"/datasets/{STOCK}/records?abo__eqq=A", "Problem"),
    ],
)
def test_answers_have_the_shape_that_is_described(described, client, path, shape):
    schema = {
        "$ref": f"#/components/schemas/{shape}",
        "components": strict(described["components"]),
    }
    body = client.get(f"/api/v1{path}").json

    errors = [
        f"{list(error.path)}: {error.message[:200]}"
        for error in OAS31Validator(schema).iter_errors(body)
    ]
    assert errors == []


def strict(components):
    """Let an answer have no key that is not described, except in problems, which extend."""
    schemas = {
        name: one if name.startswith("Problem") else one | {"additionalProperties": False}
        for name, one in components["schemas"].items()
    }
    return components | {"schemas": schemas}


def test_the_readable_page_names_every_operation(described, client):
    page = client.get("/api/v1/docs").text

    for path in described["paths"]:
        assert f"<code>{path}</code>" in page
    for shape in described["components"]["schemas"]:
        assert f'id="{shape}"' in page
