"""`gongkai demo`: a site with institutions of every type and a year of releases."""

import logging
import os
import shutil
import sys
import time
from pathlib import Path

import click

from gongkai.cli.demo_story import DemoSignIn, DemoSite, fill_demo
from gongkai.cli.running import serve_site
from gongkai.settings import load_settings
from gongkai.site import Site

_COMPLETE = "demo-complete"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--fresh", is_flag=True, help="Begin again from nothing.")
@click.option("--no-serve", is_flag=True, help="Only make the site.")
@click.pass_obj
def demo(site: Site, port: int, host: str, fresh: bool, no_serve: bool) -> None:
    """Fill a site with a year of generated releases, print how to get in, and serve it.

    It lives in demo/ inside the data folder and is made once.
    """
    folder = site.settings.storage.data / "demo"
    if fresh or not (folder / _COMPLETE).exists():
        shutil.rmtree(folder, ignore_errors=True)
    # The workers of the server read the same variables.
    os.environ["GONGKAI_STORAGE_DATA_DIR"] = str(folder)
    os.environ["GONGKAI_SITE_BASE_URL"] = f"http://{host}:{port}"
    for name in ("GONGKAI_DATABASE_URL", "GONGKAI_STORAGE_BLOBS_DIR", "GONGKAI_STORAGE_WORK_DIR"):
        os.environ.pop(name, None)
    demo_site = DemoSite(load_settings())
    demo_site.migrate()
    if not (folder / _COMPLETE).exists():
        _fill(demo_site, folder)
    _greet(folder, f"http://{host}:{port}")
    if not no_serve:
        serve_site(demo_site, host=host, port=port)


def _fill(site: DemoSite, folder: Path) -> None:
    click.echo("生成示例数据(一年的发布记录)…… / making a year of sample releases …")
    begun = time.monotonic()

    def progress(what: str, done: int, total: int | None) -> None:
        if total and (done % 20 == 0 or done == total):
            click.echo(f"  {what}: {done}/{total}")
            sys.stdout.flush()

    # A year of announcements at once is no news.
    logging.getLogger("gongkai.announcements").setLevel(logging.ERROR)
    sign_ins = fill_demo(site, today=site.now().date(), progress=progress)
    lines = [f"{one.institution}\t{one.login}\t{one.password}\t{one.token}" for one in sign_ins]
    logging.getLogger("gongkai.announcements").setLevel(logging.NOTSET)
    (folder / "sign-ins.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "sign-ins.tsv").chmod(0o600)
    (folder / _COMPLETE).touch()
    click.echo(f"  {time.monotonic() - begun:.0f} s")


def _greet(folder: Path, url: str) -> None:
    rows = (folder / "sign-ins.tsv").read_text(encoding="utf-8").splitlines()
    sign_ins = [DemoSignIn(*row.split("\t")) for row in rows]
    click.echo(
        f"""
Gongkai 公开 · {url}

  {url}/                       首页 home
  {url}/datasets               全部数据集 all datasets
  {url}/feeds/all.rss          订阅 feed (also .atom .json)
  {url}/api/v1/docs            接口 API
  {url}/api/v1/datasets

示例账号 sign-ins (login · password · API token):"""
    )
    for one in sign_ins:
        click.echo(f"  {one.institution:24} {one.login:32} {one.password}  {one.token}")
    clerk = sign_ins[0]
    click.echo(
        f"""
用令牌上传文件 to send a file with a token:
  curl -H "Authorization: Bearer {clerk.token}" \\
       -F file=@FILE.xlsx {url}/api/v1/datasets/{clerk.institution}/institution_leaders/drafts"""
    )
    click.echo("\n示例数据均为随机生成，机构和人名纯属虚构。 All data is generated.")
    click.echo(f"{folder}\n")
    sys.stdout.flush()
