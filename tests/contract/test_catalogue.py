"""The 60 items and 626 fields of the domain's catalogue, and what follows from them."""

import json
from pathlib import Path

import pytest

from gongkai.domain.items import Frequency, ServiceKind
from gongkai.plugins import load_plugins

CATALOGUE = Path(__file__).parents[3] / "shared" / "domain" / "catalogue.json"
SHIPPED = ("shared", "disease_control", "hospital", "blood_station", "primary_care")


@pytest.fixture(scope="module")
def plugins():
    return load_plugins()


@pytest.fixture(scope="module")
def items(plugins):
    return {key: item for key, item in plugins.items.items() if item.plugin in SHIPPED}


def test_all_items_and_fields_are_there(items):
    assert len(items) == 60
    assert sum(len(item.table_schema.fields) for item in items.values()) == 626
    required = [f for item in items.values() for f in item.table_schema if f.required]
    assert len(required) == 414


def test_every_field_has_both_labels_and_an_example(items):
    for item in items.values():
        labels = [field.title for field in item.table_schema]
        assert all(label.zh and label.en and label.zh != label.en for label in labels), item.key
        assert len({label.en for label in labels}) == len(labels), item.key
        assert len({label.zh for label in labels}) == len(labels), item.key
        assert all(field.example for field in item.table_schema), item.key


def test_the_items_agree_with_the_catalogue(items):
    if not CATALOGUE.exists():
        pytest.skip("../shared/domain is not beside this checkout")
    for entry in json.loads(CATALOGUE.read_text(encoding="utf-8")):
        item = items[entry["key"]]
        assert item.title.zh == entry["title_zh"]
        assert list(item.table_schema.primary_key) == entry["unique_key"]
        assert item.deadline_rules[0] in entry["rule"]
        assert item.authority_required == ("authority_required" in entry["rule"])
        assert list(item.table_schema.names) == [field["name"] for field in entry["fields"]]
        for told in entry["fields"]:
            _agrees(item.table_schema.by_name[told["name"]], told)


def _agrees(field, told):
    assert field.title.zh == told["label_zh"]
    assert field.required == told["required"]
    assert field.example == told["example"]
    assert (field.unit.zh if field.unit else "") == told["unit"]
    assert {c.value for c in field.categories} == set(told.get("enum", {}))
    assert field.max_length == told.get("maxlen")
    assert field.minimum == (None if "min" not in told else str(told["min"]))
    assert field.maximum == (None if "max" not in told else str(told["max"]))
    assert bool(field.pattern) == bool(told.get("pattern"))
    assert field.unique == told.get("unique", False)
    for flag in ("public_contact", "public_official", "personal_count"):
        assert getattr(field, flag) == told.get(flag, False)


def test_identifiers_are_text(items):
    for item in items.values():
        for field in item.table_schema:
            if field.name.endswith(("_code", "_no", "uscc")) and field.name not in {
                "dose_no",
                "step_no",
                "item_no",
                "release_no",
            }:
                assert field.type == "string", (item.key, field.name)


def test_the_traps_of_the_domain(items):
    diseases = items["notifiable_diseases_monthly"].table_schema
    assert not any("deaths" in rule.expect and "cases" in rule.expect for rule in diseases.rules)
    assert diseases.has_obs_flag
    supply = items["blood_collection_supply"].table_schema.by_name
    assert supply["platelet_dose"].step == "0.5"
    assert items["drug_prices"].table_schema.by_name["price_cny"].decimals == 4
    hours = items["donation_site_hours"].table_schema
    assert hours.primary_key == ("site_code", "valid_from", "weekday", "open_time")


def test_primary_care_owes_articles_8_9_and_10(plugins):
    kinds = plugins.get_institution_type("primary_care").service_kinds

    owed = {item.key for item in plugins.items_owed(kinds)}

    assert {"essential_medicines", "service_item_prices", "basic_public_health"} <= owed
    assert "blood_inventory" not in owed


def test_a_blood_station_owes_what_blood_and_everybody_owe(plugins):
    owed = {item.key for item in plugins.items_owed({ServiceKind.BLOOD})}

    assert {"blood_inventory", "practice_licence", "staff_registration", "open_days"} <= owed
    assert "drug_prices" not in owed


def test_a_private_body_owes_no_budget(plugins):
    kinds = {ServiceKind.CLINICAL}
    public = {item.key for item in plugins.items_owed(kinds)}
    private = {item.key for item in plugins.items_owed(kinds, is_public=False)}

    assert public - private == {"budget_accounts"}


def test_frequencies_and_legal_bases_are_there(items):
    assert items["blood_inventory"].frequency is Frequency.DAILY
    assert all(text.zh and text.en for item in items.values() for text in item.legal_basis)
