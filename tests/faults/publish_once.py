"""Publish one approved draft of one site: the process that the fault tests kill.

python -m tests.faults.publish_once DATA_DIR DATABASE_URL DRAFT_ID
"""

import sys
from pathlib import Path

from gongkai.models.draft import Step
from gongkai.services.publishing import publish_draft
from gongkai.site import Site
from gongkai.testing import actor, make_settings


def main(folder: str, url: str, draft_id: str) -> None:
    site = Site(make_settings(Path(folder), database={"url": url}))
    release = publish_draft(site, draft_id, by=actor(site, Step.SUBMIT))
    print(release.version, flush=True)
    site.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
