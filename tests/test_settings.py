"""Settings: an unknown key is an error, and variables win."""

import pytest

from gongkai.errors import SettingsRefused
from gongkai.settings import default_config_path, load_settings


def site_file(tmp_path, text):
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_are_the_commented_file():
    lines = default_config_path().read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            above = lines[number - 1]
            assert above.startswith("#") or " = " in above, f"line {number + 1} has no comment"

    assert load_settings(environ={}).server.host == "127.0.0.1"


def test_a_site_file_wins_over_the_defaults_and_a_variable_over_both(tmp_path):
    path = site_file(tmp_path, "[server]\nport = 9000\nworkers = 5\n")

    settings = load_settings(path, environ={"GONGKAI_SERVER_PORT": "9100"})

    assert (settings.server.port, settings.server.workers) == (9100, 5)


def test_every_mistake_is_named_at_once(tmp_path):
    path = site_file(tmp_path, '[server]\nprot = 1\nport = "x"\n[sever]\na = 1\n')

    with pytest.raises(SettingsRefused) as caught:
        load_settings(path, environ={"GONGKAI_SERVER_WORKERS": "two", "GONGKAI_NO_SUCH": "1"})

    for said in (
        "server.prot",
        "server.port",
        "[sever]",
        "GONGKAI_SERVER_WORKERS",
        "GONGKAI_NO_SUCH",
    ):
        assert said in caught.value.message


def test_lists_and_truth_values_come_from_variables(tmp_path):
    settings = load_settings(environ={"GONGKAI_PLUGINS_MODULES": "a, b"})

    assert settings.plugins.modules == ["a", "b"]


def test_a_missing_site_file_is_said(tmp_path):
    with pytest.raises(SettingsRefused, match="no settings file"):
        load_settings(tmp_path / "none.toml", environ={})


def test_the_variable_names_the_site_file(tmp_path):
    path = site_file(tmp_path, '[site]\nname_en = "Here"\n')

    assert load_settings(environ={"GONGKAI_CONFIG": str(path)}).site.name_en == "Here"


def test_every_setting_has_its_place_in_both_files():
    import tomllib
    from dataclasses import asdict

    written = tomllib.loads(default_config_path().read_text(encoding="utf-8"))

    assert {section: set(keys) for section, keys in written.items()} == {
        section: set(keys) for section, keys in asdict(load_settings(environ={})).items()
    }
