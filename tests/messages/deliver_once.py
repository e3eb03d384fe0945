"""A process that delivers, to be killed: ``python deliver_once.py DATABASE_URL PORT NOW``."""

import sys
from datetime import datetime
from pathlib import Path

from gongkai.services.delivering import deliver
from gongkai.testing import make_settings
from tests.clock.living import LivingSite
from tests.messages.mail_server import mail_settings


def main():
    url, port, folder, now = sys.argv[1:]
    mail = mail_settings(int(port), timeout_seconds=10.0)
    site = LivingSite(make_settings(Path(folder), database={"url": url}, mail=mail))
    site.today = datetime.fromisoformat(now)
    print(deliver(site), flush=True)
    site.close()


if __name__ == "__main__":
    main()
