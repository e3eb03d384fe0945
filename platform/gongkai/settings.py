"""Settings: ``config/default.toml``, then a site's TOML, then ``GONGKAI_*`` variables."""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

from gongkai.errors import SettingsRefused

PREFIX = "GONGKAI_"
_NOT_SETTINGS = {"GONGKAI_CONFIG"}
WORKER_INSIDE = ("auto", "always", "never")


@dataclass(frozen=True)
class SiteSettings:
    name_zh: str
    name_en: str
    publisher_zh: str
    publisher_en: str
    base_url: str
    tag_authority: str
    tag_date: str
    trusted_hosts: list[str]
    proxy_hops: int


@dataclass(frozen=True)
class StorageSettings:
    data_dir: str
    blobs_dir: str
    work_dir: str

    @property
    def data(self) -> Path:
        return Path(self.data_dir).absolute()

    @property
    def blobs(self) -> Path:
        return Path(self.blobs_dir).absolute() if self.blobs_dir else self.data / "blobs"

    @property
    def work(self) -> Path:
        return Path(self.work_dir).absolute() if self.work_dir else self.data / "work"


@dataclass(frozen=True)
class DatabaseSettings:
    url: str


@dataclass(frozen=True)
class PluginSettings:
    modules: list[str]
    disabled: list[str]


@dataclass(frozen=True)
class IntakeSettings:
    file_bytes: int
    memory_bytes: int
    cpu_seconds: int
    wall_seconds: int
    output_bytes: int
    plugin_seconds: int
    columns: int
    cell_chars: int
    listed: int
    annotated_rows: int


@dataclass(frozen=True)
class RecordSettings:
    memory_bytes: int
    timeout_seconds: float


@dataclass(frozen=True)
class FeedSettings:
    entries: int
    max_age_seconds: int


@dataclass(frozen=True)
class LicenseSettings:
    name: str
    title_zh: str
    title_en: str
    url: str


@dataclass(frozen=True)
class AccessSettings:
    token_days: int


@dataclass(frozen=True)
class MailSettings:
    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    timeout_seconds: float
    ca_file: str

    @property
    def is_on(self) -> bool:
        """Tell whether mail can be sent at all; without it, messages wait."""
        return bool(self.host and self.sender)


@dataclass(frozen=True)
class OutgoingSettings:
    allow_http: bool
    ports: list[str]
    allowed_hosts: list[str]
    total_seconds: float
    ca_file: str


@dataclass(frozen=True)
class SourceSettings:
    allowed_folders: list[str]
    file_bytes: int
    timeout_seconds: float
    parallel: int


@dataclass(frozen=True)
class ServerSettings:
    host: str
    port: int
    workers: int
    blocking_threads: int
    worker_inside: str


@dataclass(frozen=True)
class LoggingSettings:
    level: str


@dataclass(frozen=True)
class Settings:
    """Every setting, by section, as in ``config/default.toml``."""

    site: SiteSettings
    storage: StorageSettings
    database: DatabaseSettings
    plugins: PluginSettings
    intake: IntakeSettings
    records: RecordSettings
    feeds: FeedSettings
    license: LicenseSettings
    access: AccessSettings
    mail: MailSettings
    outgoing: OutgoingSettings
    sources: SourceSettings
    server: ServerSettings
    logging: LoggingSettings

    @property
    def database_url(self) -> str:
        return self.database.url or f"sqlite:///{self.storage.data / 'gongkai.db'}"

    @property
    def runs_worker_inside(self) -> bool:
        """Tell whether `gongkai serve` does the scheduled work, too; "auto": on SQLite."""
        if self.server.worker_inside == "auto":
            return self.database_url.startswith("sqlite")
        return self.server.worker_inside == "always"


def default_config_path() -> Path:
    """Return ``config/default.toml`` of the checkout, or of the installed distribution."""
    checkout = Path(__file__).parents[2] / "config" / "default.toml"
    return checkout if checkout.exists() else Path(sys.prefix) / "share/gongkai/default.toml"


def load_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Return the settings of this site.

    ``path`` (or the variable GONGKAI_CONFIG) names the site's TOML; ``overrides`` win over
    everything. Raises SettingsRefused, naming each unknown key and each wrong type.
    """
    environ = os.environ if environ is None else environ
    values = _read_toml(default_config_path())
    mistakes: list[str] = []
    site_file = path or (Path(environ["GONGKAI_CONFIG"]) if "GONGKAI_CONFIG" in environ else None)
    if site_file is not None:
        _merge(values, _read_toml(site_file), str(site_file), mistakes)
    _merge(values, _from_environ(environ, values, mistakes), "environment", mistakes)
    _merge(values, overrides or {}, "overrides", mistakes)
    settings = _build(Settings, values, "", mistakes)
    if values["server"]["worker_inside"] not in WORKER_INSIDE:
        mistakes.append(f"server.worker_inside is none of {', '.join(WORKER_INSIDE)}")
    if mistakes:
        raise SettingsRefused("Settings are wrong: " + "; ".join(mistakes) + ".")
    assert isinstance(settings, Settings)  # noqa: S101 - what _build was asked for
    return settings


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsRefused(f"There is no settings file {path}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsRefused(f"{path} is not TOML: {error}.") from error


def _merge(into: dict[str, Any], more: Mapping[str, Any], source: str, mistakes: list[str]) -> None:
    for section, values in more.items():
        if section not in into or not isinstance(values, Mapping):
            mistakes.append(f"{source} has an unknown section [{section}]")
            continue
        for key, value in values.items():
            if key not in into[section]:
                mistakes.append(f"{source} has an unknown key {section}.{key}")
            else:
                into[section][key] = value


def _from_environ(
    environ: Mapping[str, str], known: Mapping[str, Any], mistakes: list[str]
) -> dict[str, Any]:
    """Read GONGKAI_SECTION_KEY; lists are separated by commas."""
    found: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if key not in known.get(section, {}):
            mistakes.append(f"the variable {name} names no setting")
            continue
        found.setdefault(section, {})[key] = _parse(text, known[section][key], name, mistakes)
    return found


def _parse(text: str, example: Any, name: str, mistakes: list[str]) -> Any:
    if isinstance(example, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        if isinstance(example, bool):
            return {"true": True, "false": False}[text.lower()]
        return type(example)(text)
    except (ValueError, KeyError):
        mistakes.append(f"the variable {name} is {text!r}, not a {type(example).__name__}")
        return example


def _build(kind: type, values: Mapping[str, Any], where: str, mistakes: list[str]) -> Any:
    hints = get_type_hints(kind)
    arguments: dict[str, Any] = {}
    for field in fields(kind):
        hint, value = hints[field.name], values[field.name]
        place = f"{where}{field.name}"
        if is_dataclass(hint) and isinstance(hint, type):
            arguments[field.name] = _build(hint, value, f"{place}.", mistakes)
            continue
        expected = list if hint == list[str] else hint
        if expected is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not expected:
            mistakes.append(f"{place} is {value!r}, not a {expected.__name__}")
        arguments[field.name] = value
    return kind(**arguments)
