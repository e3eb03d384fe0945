"""A site with something in it, and clients that read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gongkai.app import create_app
from gongkai.domain.identifiers import DatasetId
from gongkai.models.draft import Step
from gongkai.services.catalog import get_dataset, get_release
from gongkai.services.publishing import withdraw_release
from gongkai.services.recorded import publish_notice
from gongkai.site import Site
from gongkai.testing import NOON, actor, make_institution, make_site, publish_rows

STOCK = "yunhe-blood/blood_inventory"
GONE = "yunhe-blood/donation_sites"
EMPTY = "yunhe-blood/blood_fees"
SITE_ROW: dict[str, object] = {
    "site_code": "GD-03",
    "site_name": "泉城广场献血屋",
    "site_type": "fixed",
    "division_code": "370102",
    "address": "历下区泉城广场西南角",
    "longitude": "117.0208",
    "latitude": "36.6612",
    "phone": "0531-8000999",
    "services": "全血;单采血小板",
    "status": "open",
    "transport": "公交K51泉城广场站",
}


def stock_rows(count: int = 4, **given: object) -> list[dict[str, object]]:
    """Return blood stock of ``count`` days, newest last."""
    row: dict[str, object] = {
        "component": "rbc",
        "abo": "O",
        "rh": "pos",
        "stock_qty": "120.5",
        "stock_unit": "U",
        "avg_daily_use": "40",
        "days_cover": "3.0",
        "status": "low",
        "alert_level": "yellow",
    }
    start = NOON.replace(hour=8)
    return [
        {"as_of": (start + timedelta(days=day)).isoformat(), **row, **given} for day in range(count)
    ]


class Reader(FlaskClient):
    """A client that reads every answer to its end, as a server would, so that files close."""

    def open(self, *args: Any, buffered: bool = True, **given: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **given)


def reader_of(site: Site) -> FlaskClient:
    app = create_app(site)
    app.test_client_class = Reader
    return app.test_client()


@dataclass(frozen=True)
class Published:
    """A site with two releases of one dataset, a withdrawn one of another, and a notice."""

    site: Site
    notice_id: int


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Read it, never write to it: it is shared."""
    site = make_site(tmp_path_factory.mktemp("published"))
    yield fill(site)
    site.close()


def fill(site: Site) -> Published:
    make_institution(site)
    make_institution(
        site,
        "donghe-cdc",
        "disease_control",
        name_zh="东河市疾病预防控制中心",
        name_en="Donghe Centre for Disease Control",
        region_zh="东河市",
        region_en="Donghe",
    )
    publish_rows(site, STOCK, stock_rows(4))
    publish_rows(
        site, STOCK, stock_rows(40), is_correction=True, change_note="补充漏报的三十六天。"
    )
    publish_rows(site, GONE, [SITE_ROW])
    withdraw(site, GONE, "1.0.0", "地址有误。")
    notice = publish_notice(
        site,
        "yunhe-blood",
        title="O型血库存偏低",
        channel="test",
        body_markdown="请适龄健康公民**踊跃献血**。\n\n- 地点：市中心献血屋\n- 时间：每日 9:00–17:00",
    )
    return Published(site, notice.id)


def withdraw(site: Site, address: str, version: str, reason: str) -> None:
    with site.transaction() as session:
        release = get_release(session, get_dataset(session, DatasetId.parse(address)), version)
        leader = actor(site, Step.APPROVE, address.partition("/")[0])
        withdraw_release(session, site.plugins, release, by=leader, reason=reason, now=site.now())


@pytest.fixture(scope="session")
def published_app(published: Published) -> Flask:
    app = create_app(published.site)
    app.test_client_class = Reader
    return app


@pytest.fixture
def client(published_app: Flask) -> FlaskClient:
    """A reader of the shared site, with no cookies yet."""
    return published_app.test_client()
