"""What readers ask for most: a records page, an unchanged feed, a file."""

from gongkai.app import create_app
from gongkai.domain.identifiers import DatasetId
from gongkai.services.recorded import publish_file
from gongkai.testing import CHANNEL, make_institution, make_site
from tests.bench.tables import ITEM, write_prices

ROWS, CALLS = 100_000, 50


def run(folder, measure, report):
    site = make_site(folder / "site")
    site.plugins.items[ITEM.key] = ITEM
    make_institution(site)
    address = DatasetId("yunhe-blood", ITEM.key)
    path = write_prices(folder / "prices.csv", ROWS)
    publish_file(site, address, path, filename=path.name, channel=CHANNEL)
    client = create_app(site).test_client()
    feed = client.get("/feeds/all.rss").headers["ETag"]
    asked = {
        "floor: a page that does not exist": ("/api/v1/nothing", {}),
        "records: first page": (f"/api/v1/datasets/{address}/records", {}),
        "records: filter and sort": (
            f"/api/v1/datasets/{address}/records?category=lab&sort=-price_cny",
            {},
        ),
        "feed, unchanged (304)": ("/feeds/all.rss", {"If-None-Match": feed}),
        "data.csv, first byte to last": (f"/datasets/{address}/latest/data.csv", {}),
    }
    for what, (url, headers) in asked.items():

        def ask(url=url, headers=headers):
            for _ in range(CALLS):
                client.get(url, headers=headers).get_data()

        seconds, spread = measure(ask)
        report(what, 0, seconds / CALLS, spread / CALLS, f"{CALLS / seconds:,.0f} requests/s")
    site.close()
