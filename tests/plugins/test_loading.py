"""Plugins: what is refused at start, and what a broken one cannot do."""

from types import ModuleType

import pytest

from gongkai import Text, hookimpl
from gongkai.domain.events import ReleaseWithdrawn
from gongkai.domain.items import InstitutionType, ServiceKind
from gongkai.errors import PluginRefused
from gongkai.plugins import HookFailure, load_plugins
from gongkai.testing import NOON, make_item


def module(name="clinic_plugin", api=1, **functions):
    made = ModuleType(name)
    if api is not None:
        made.GONGKAI_API = api
    for key, function in functions.items():
        function.__name__ = key
        setattr(made, key, hookimpl(function))
    return made


def test_the_shipped_plugins_load():
    plugins = load_plugins()

    assert set(plugins.institution_types) == {
        "disease_control",
        "hospital",
        "blood_station",
        "primary_care",
    }
    assert {"data.csv", "data.parquet", "bundle.zip"} <= {
        one.name for one in plugins.distribution_formats
    }
    assert set(plugins.feed_formats) == {"rss", "atom", "json"}


def test_two_plugins_that_claim_one_item_are_both_named():
    twin = module("twin", register_disclosure_items=lambda: [make_item("blood_inventory")])

    with pytest.raises(PluginRefused, match=r"blood_station and twin both claim.*blood_inventory"):
        load_plugins([twin])


def test_a_hook_that_does_not_exist_is_refused_with_its_name():
    with pytest.raises(PluginRefused, match=r"(?s)odd.*relase_published"):
        load_plugins([module("odd", relase_published=lambda: None)])


@pytest.mark.parametrize(("api", "said"), [(2, "hook API 2"), (None, "names no hook API version")])
def test_another_hook_api_version_is_refused_with_what_to_do(api, said):
    with pytest.raises(PluginRefused, match=rf"late .*{said}.*speaks hook API 1"):
        load_plugins([module("late", api=api)])


def test_a_hook_with_an_argument_nobody_passes_is_refused():
    def check_release(item, rows, secret):
        return []

    with pytest.raises(PluginRefused, match=r"greedy"):
        load_plugins([module("greedy", check_release=check_release)])


def test_rubbish_from_a_register_hook_is_refused_with_both_names():
    rubbish = module("rubbish", register_disclosure_items=lambda: ["blood"])

    with pytest.raises(PluginRefused, match=r"rubbish returned.*register_disclosure_items"):
        load_plugins([rubbish])


def test_an_item_that_names_an_unknown_deadline_rule_is_refused():
    lost = module(
        "lost",
        register_disclosure_items=lambda: [make_item(deadline_rules=["someday"])],
    )

    with pytest.raises(PluginRefused, match=r"sample_item of the plugin lost.*someday"):
        load_plugins([lost])


def test_a_module_that_cannot_be_imported_is_named():
    with pytest.raises(PluginRefused, match=r"no_such_plugin_module cannot be imported"):
        load_plugins(["no_such_plugin_module"])


def test_a_disabled_plugin_contributes_nothing():
    assert "blood_station" not in load_plugins(disabled=["blood_station"]).institution_types


def test_a_listener_that_raises_stops_nobody(caplog):
    heard = []

    def raises(event):
        raise RuntimeError("boom")

    plugins = load_plugins(
        [
            module("broken", release_withdrawn=raises),
            module("fine", release_withdrawn=lambda event: heard.append(event)),
        ]
    )
    event = ReleaseWithdrawn("a/b", "1.0.0", NOON, "mistake")

    failures = plugins.announce(event)

    assert heard == [event]
    assert failures == [HookFailure("broken", "release_withdrawn", "RuntimeError: boom")]
    assert "plugin broken failed in release_withdrawn" in caplog.text


def test_a_plugin_may_add_an_institution_type_of_its_own():
    kind = InstitutionType(
        key="eye_bank",
        title=Text("眼库", "Eye bank"),
        description=Text("眼库", "Eye bank"),
        service_kinds=frozenset({ServiceKind.CLINICAL}),
        legal_basis=(Text("条例", "Regulation"),),
    )
    plugins = load_plugins([module("eyes", register_institution_types=lambda: [kind])])

    assert plugins.get_institution_type("eye_bank").plugin == "eyes"
