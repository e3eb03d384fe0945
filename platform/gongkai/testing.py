"""Factories for tests, shipped to plugin authors: full defaults; name only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gongkai.domain.identifiers import DatasetId
from gongkai.domain.items import DisclosureItem, item_of
from gongkai.domain.problems import Report
from gongkai.domain.times import SHANGHAI
from gongkai.models import Institution, Release
from gongkai.models.draft import Step
from gongkai.services.access import ROLE_ACCOUNTS, Actor, get_account, open_role_accounts
from gongkai.services.catalog import NewInstitution, add_institution
from gongkai.services.intake_drafts import validate_file
from gongkai.services.recorded import Sheet, accept_all, prepare_file, publish_prepared
from gongkai.services.review import ROLE_OF_STEP
from gongkai.settings import Settings, load_settings
from gongkai.site import Site

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)
CHANNEL = "test"


def make_settings(folder: Path, **sections: Mapping[str, Any]) -> Settings:
    """Return the default settings with everything kept in ``folder``; no variable counts."""
    chosen: dict[str, dict[str, Any]] = {"storage": {"data_dir": str(folder)}}
    for section, values in sections.items():
        chosen.setdefault(section, {}).update(values)
    return load_settings(environ={}, overrides=chosen)


def make_site(folder: Path, **sections: Mapping[str, Any]) -> Site:
    """Return a migrated, empty site in ``folder``. Close it when done."""
    site = Site(make_settings(folder, **sections))
    site.migrate()
    return site


def make_institution(
    site: Site,
    slug: str = "yunhe-blood",
    type_key: str = "blood_station",
    *,
    now: datetime = NOON,
    **given: Any,
) -> Institution:
    """Add an institution with the accounts of its posts (``{slug}.clerk`` and so on).

    It joins at ``now``, and its clocks start.
    """
    new = NewInstitution(
        slug=slug,
        type_key=type_key,
        name_zh=given.pop("name_zh", "云河市中心血站"),
        name_en=given.pop("name_en", "Yunhe Blood Centre"),
        **given,
    )
    with site.transaction() as session:
        added = add_institution(session, site.plugins, new, now=now)
        open_role_accounts(session, added, now=now)
    return added


def actor(site: Site, step: Step, slug: str = "yunhe-blood") -> Actor:
    """Return who acts in ``step`` for an institution that make_institution made."""
    with site.reading() as session:
        return Actor(
            get_account(session, f"{slug}.{ROLE_ACCOUNTS[ROLE_OF_STEP[step]].en}"), CHANNEL
        )


def make_item(key: str = "sample_item", **given: Any) -> DisclosureItem:
    """Return a small item: ``code`` (key), ``amount`` with two decimals, ``noted_on``."""
    data: dict[str, Any] = {
        "key": key,
        "title": {"zh": "示例事项", "en": "Sample item"},
        "description": {"zh": "用于测试的事项。", "en": "An item for tests."},
        "service_kinds": ["blood"],
        "legal_basis": [{"zh": "卫生部令第75号", "en": "MoH Order 75 (2010)"}],
        "frequency": "as_needed",
        "deadline_rules": ["proactive_20wd"],
        "table_schema": {
            "primaryKey": ["code"],
            "fields": [
                make_field("code", constraints={"required": True}),
                make_field("amount", type="number", decimals=2, example="1.50"),
                make_field("noted_on", type="date", example="2026-01-31"),
            ],
        },
    }
    return item_of({**data, **given})


def make_field(name: str, **given: Any) -> dict[str, Any]:
    """Return a field as a plugin's YAML has it; text unless told otherwise."""
    title = {"zh": f"字段{name}", "en": name.replace("_", " ").capitalize()}
    return {"name": name, "type": "string", "title": title, "example": "A", **given}


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows as a clerk's UTF-8 CSV with the keys of the first as header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(rows[0])]
    lines += [",".join("" if v is None else _quoted(str(v)) for v in row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def publish_rows(
    site: Site,
    address: str,
    rows: Sequence[Mapping[str, object]],
    *,
    sheet: Sheet | None = None,
    **given: Any,
) -> Release:
    """Publish rows through every step; ``given`` is what ``recorded.prepare_file`` takes.

    The reviewer accepts what is put to them, unless ``sheet`` says what they decide.
    """
    path = write_rows(site.settings.storage.data / "rows.csv", rows)
    prepared = prepare_file(
        site, DatasetId.parse(address), path, filename="rows.csv", channel=CHANNEL, **given
    )
    accepted = Sheet(decisions=accept_all(prepared.draft))
    return publish_prepared(site, prepared, sheet=sheet or accepted)


def check_rows(site: Site, item_key: str, rows: Sequence[Mapping[str, object]]) -> Report:
    """Return the report on rows, as `gongkai validate` gives it."""
    path = write_rows(site.settings.storage.data / "rows.csv", rows)
    return validate_file(site, item_key, path, filename="rows.csv").report


def codes_of(report: Report) -> dict[str, int]:
    """Return how often each problem code was found."""
    found: dict[str, int] = {}
    for group in report.groups:
        found[group.code] = found.get(group.code, 0) + group.total
    return found


def _quoted(text: str) -> str:
    needs = any(mark in text for mark in ',"\n\r')
    return '"' + text.replace('"', '""') + '"' if needs else text
