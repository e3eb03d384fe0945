"""From a file to every public format and the feed."""

from gongkai.domain.feeds import EntryKind
from gongkai.domain.identifiers import DatasetId
from gongkai.services.feeds import FeedScope, ScopeKind, feed_for
from gongkai.services.recorded import publish_file
from gongkai.testing import CHANNEL, make_institution, make_site
from tests.bench.tables import ITEM, write_prices


def run(folder, measure, report):
    site = make_site(folder / "site")
    site.plugins.items[ITEM.key] = ITEM
    make_institution(site)
    address = DatasetId("yunhe-blood", ITEM.key)
    for rows in (10_000, 100_000):
        seeds = iter(range(1000))

        def publish(rows=rows, seeds=seeds):
            path = write_prices(folder / "next.csv", rows, seed=next(seeds) + rows)
            publish.made = path
            release = publish_file(site, address, path, filename=path.name, channel=CHANNEL)
            with site.reading() as session:
                scope = FeedScope(ScopeKind.DATASET, str(address))
                entries = feed_for(session, site, scope, language="zh", self_url="http://x/f")[1]
            assert entries[0].kind == EntryKind.RELEASE
            assert release.version in entries[0].title

        seconds, spread = measure(publish)
        report("file to feed, all formats, signatures", rows, seconds, spread)
    site.close()
