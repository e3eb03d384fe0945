"""The public formats every release and every feed has, registered as anybody's would be."""

from gongkai import DistributionFormat, FeedFormat, hookimpl
from gongkai_feeds import (
    atom,
    bundle,
    checksums,
    datapackage,
    dictionary,
    json_feed,
    rss,
    tables,
    workbook,
)

GONGKAI_API = 1


@hookimpl
def register_distribution_formats() -> list[DistributionFormat]:
    """Tables first, then what describes them, their checksums, and all of it in one file."""
    return [
        *tables.FORMATS,
        workbook.FORMAT,
        dictionary.FORMAT,
        datapackage.FORMAT,
        checksums.FORMAT,
        bundle.FORMAT,
    ]


@hookimpl
def register_feed_formats() -> list[FeedFormat]:
    """RSS 2.0, Atom and JSON Feed."""
    return [rss.FORMAT, atom.FORMAT, json_feed.FORMAT]
