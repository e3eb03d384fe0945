"""The YAML of a plugin: errors name the file, the line and the key."""

import pytest

from gongkai.errors import PluginRefused
from gongkai.schemas.plugin_yaml import parse_disclosure_item

GOOD = """\
key: clinic_rooms
title: {zh: 诊室, en: Consulting rooms}
description: {zh: 诊室一览。, en: Consulting rooms.}
service_kinds: [clinical]
legal_basis: [{zh: 卫生部令第75号第九条, en: 'MoH Order 75, art. 9'}]
frequency: as_needed
deadline_rules: [proactive_20wd]
table_schema:
  primaryKey: [room]
  fields:
    - name: room
      type: string
      title: {zh: 诊室, en: Room}
      example: '0101'
      constraints: {required: true}
    - name: beds
      type: integer
      title: {zh: 床位, en: Beds}
      example: '4'
"""


def refusal(text):
    with pytest.raises(PluginRefused) as caught:
        parse_disclosure_item(text, source="rooms.yaml")
    return caught.value.message


def test_a_good_file_becomes_an_item():
    item = parse_disclosure_item(GOOD, source="rooms.yaml")

    assert item.table_schema.names == ("room", "beds")
    assert item.table_schema.by_name["room"].example == "0101"


def test_a_misspelt_key_is_named_with_its_line():
    assert refusal(GOOD.replace("frequency:", "frequenzy:")).startswith(
        "rooms.yaml:1: frequency: Missing"
    )
    assert "rooms.yaml:6: frequenzy: Unknown field." in refusal(
        GOOD.replace("frequency:", "frequenzy:")
    )


def test_a_wrong_type_deep_inside_is_named_with_its_line():
    message = refusal(GOOD.replace("type: integer", "type: intager"))

    assert message.startswith("rooms.yaml:17: table_schema.fields[1].type: Must be one of")


def test_every_mistake_is_told_at_once():
    message = refusal(GOOD.replace("type: integer", "type: x").replace("[room]", "[rom]"))

    assert len(message.splitlines()) == 1  # the names are looked at once the fields are right
    both = refusal(GOOD.replace("type: integer", "type: x").replace("as_needed", "sometimes"))
    assert len(both.splitlines()) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[room]", "[rom]", "no field is named rom"),
        ("name: beds", "name: room", "two fields are named room"),
        ("name: beds", "name: Beds", "is not a key"),
        ("example: '4'", "example: 4", "Not a valid string"),
        ("{required: true}", "{pattern: '['}", "not a regular expression"),
        ("example: '4'", "example: '4'\n      decimals: -1", "Must be greater"),
        ("example: '0101'", "example: '0101'\n      step: 0.5", "step belongs to a number"),
        ("en: Room}", "en: ''}", "Shorter than minimum length"),
    ],
)
def test_mistakes_say_what_is_wrong(old, new, said):
    assert said in refusal(GOOD.replace(old, new))


def test_a_rule_over_an_unknown_field_is_refused():
    rule = "  rules:\n    - {key: r, expect: 'beds > chairs', message: {zh: 甲, en: a}}\n"

    assert "names no field: chairs" in refusal(GOOD + rule)


def test_what_is_no_yaml_is_said_with_its_line():
    assert refusal(GOOD.replace("[clinical]", "[clinical")).startswith("rooms.yaml:5: not YAML")
