"""`gongkai init`, `serve`, `worker`, `verify`: running a site."""

import os
import socket
import sys
from contextlib import nullcontext
from typing import Any

import click
from granian.constants import Interfaces
from granian.server.mp import MPServer

from gongkai.errors import Unavailable
from gongkai.jobs.inside import is_child_of, worker_inside
from gongkai.jobs.runner import Attempt, Ending, Runner
from gongkai.jobs.schedule import SCHEDULE
from gongkai.jobs.ticker import run_worker
from gongkai.services.verification import verify_site
from gongkai.settings import ServerSettings, load_settings
from gongkai.site import Site


@click.command()
@click.pass_obj
def init(site: Site) -> None:
    """Make the data folder and bring the database to the newest schema. Safe to run twice."""
    site.settings.storage.work.mkdir(parents=True, exist_ok=True)
    site.migrate()
    click.echo(f"ready: {site.engine.url.render_as_string(hide_password=True)}")


@click.command()
@click.option("--host", default=None, help="Where to listen; loopback by default.")
@click.option("--port", type=click.IntRange(1, 65535), default=None)
@click.pass_context
def serve(context: click.Context, host: str | None, port: int | None) -> None:
    """Serve the site with Granian, and do the scheduled work beside it (server.worker_inside)."""
    site: Site = context.obj
    config = context.parent.params.get("config") if context.parent else None
    if config is not None:
        os.environ["GONGKAI_CONFIG"] = str(config)
    site.migrate()
    serve_site(site, host=host, port=port)


class _Server(MPServer):
    """Granian, deaf to a second signal while it ends: it would lock itself up (2.8.7)."""

    _is_ending = False

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """End once."""
        if not self._is_ending:
            self._is_ending = True
            super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def serve_site(site: Site, *, host: str | None = None, port: int | None = None) -> None:
    """Serve until interrupted, with a worker inside where one belongs there.

    Web workers and the worker read their settings from the environment.
    """
    chosen = site.settings.server
    address, number = host or chosen.host, port or chosen.port
    _require_free(address, number)
    if site.settings.site.base_url == load_settings(environ={}).site.base_url:
        # Nobody named the public address, so links lead to where we listen.
        os.environ["GONGKAI_SITE_BASE_URL"] = f"http://{address}:{number}"
    assert site.plugins  # noqa: S101 - a plugin that is refused is told here, in one sentence
    site.close()
    with worker_inside() if site.settings.runs_worker_inside else nullcontext():
        _server(chosen, address, number).serve()


def _server(chosen: ServerSettings, address: str, number: int) -> _Server:
    return _Server(
        "gongkai.app:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=number,
        workers=chosen.workers,
        blocking_threads=chosen.blocking_threads,
        websockets=False,
        log_access=False,
    )


def _require_free(address: str, port: int) -> None:
    """Refuse a port that is taken with a sentence; Granian would die of it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise Unavailable(
                f"Nothing can listen on {address}:{port} ({error.strerror}); choose another "
                "with --port."
            ) from error


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and stop; exit 1 if a job failed.")
@click.option("--child-of", type=int, hidden=True, help="End when this process has ended.")
@click.pass_obj
def worker(site: Site, once: bool, child_of: int | None) -> None:
    """Do the scheduled work; any number of workers share it.

    `gongkai status` shows the jobs with their last and next runs.
    """
    site.migrate()
    assert site.plugins  # noqa: S101 - a plugin that is refused is told here, in one sentence
    if not once:
        run_worker(site, is_wanted=is_child_of(child_of) if child_of else lambda: True)
        return
    attempts = Runner(site, SCHEDULE).run_all(with_backoff=False)
    for attempt in attempts:
        click.echo(_line(attempt))
    sys.exit(1 if any(one.ending is Ending.FAILED for one in attempts) else 0)


def _line(attempt: Attempt) -> str:
    what = f"{attempt.job} {attempt.period}".rstrip()
    match attempt.ending:
        case Ending.DONE:
            return f"{what}: done, {attempt.found} found"
        case Ending.FAILED:
            return f"{what}: FAILED: {attempt.error}"
        case _:
            return f"{what}: another worker is at it"


@click.command()
@click.pass_obj
def verify(site: Site) -> None:
    """Check the audit chain and the bytes of everything published; exit 1 on any mismatch."""
    with site.reading() as session:
        verdict = verify_site(session, site.blobs)
    for sentence in verdict.faults:
        click.echo(f"FAULT: {sentence}", err=True)
    click.echo(
        f"{verdict.acts} audit entries, {verdict.releases} releases, {verdict.files} stored files: "
        + ("all as recorded" if not verdict.faults else f"{len(verdict.faults)} faults")
    )
    sys.exit(1 if verdict.faults else 0)
