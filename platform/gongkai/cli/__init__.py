"""The command line: exit 0 only when it worked, errors on stderr in one sentence."""

import importlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from gongkai.errors import GongkaiError, SettingsRefused
from gongkai.settings import load_settings
from gongkai.site import Site

_UNDEFINED_TABLE = "42P01"  # PostgreSQL, Appendix A: in whatever language it speaks
_COMMANDS = {
    "obligation": "clock",
    "due": "clock",
    "change": "clock",
    "calendar": "clock",
    "account": "accounts",
    "channel": "channels",
    "compliance": "compliance",
    "confirm": "confirming",
    "demo": "demo",
    "doctor": "doctor",
    "init": "running",
    "institution": "institutions",
    "messages": "messages",
    "plugin": "plugins",
    "publish": "publication",
    "rectification": "rectification",
    "serve": "running",
    "source": "sources",
    "status": "status",
    "template": "templates",
    "token": "accounts",
    "validate": "publication",
    "verify": "running",
    "withdraw": "publication",
    "worker": "running",
}


class _Commands(click.Group):
    """Commands by the module that holds them, imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return sorted(_COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click passes it
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"gongkai.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gongkai")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="The site's TOML file."
)
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Gongkai (公开): publish the data that health institutions owe the public."""
    settings = load_settings(config)
    logging.basicConfig(level=settings.logging.level, format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("alembic", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    context.obj = Site(settings)
    context.call_on_close(context.obj.close)


def _told(error: DBAPIError) -> str:
    """Return in one sentence what the database would not do."""
    reason = (str(error.orig).splitlines() or [""])[0]
    state = getattr(error.orig, "sqlstate", None)
    if state == _UNDEFINED_TABLE or reason.startswith("no such table"):
        return f"The tables are not there; run `gongkai init`: {reason}"
    if isinstance(error, OperationalError):
        return f"The database does not answer: {reason}"
    return f"The database refused: {reason}"


def main() -> None:
    """Run the command line; a failure is one sentence on stderr and exit 1 (settings: 78)."""
    with failing_in_a_sentence():
        cli(standalone_mode=True)


@contextmanager
def failing_in_a_sentence() -> Iterator[None]:
    """Say what failed on stderr and exit; a bug of ours keeps its traceback."""
    try:
        yield
    except SettingsRefused as error:
        click.echo(f"gongkai: {error.message}", err=True)
        sys.exit(78)
    except GongkaiError as error:
        click.echo(f"gongkai: {error.message}", err=True)
        sys.exit(1)
    except DBAPIError as error:
        click.echo(f"gongkai: {_told(error)}", err=True)
        sys.exit(1)
    except (OverflowError, RecursionError) as error:
        click.echo(f"gongkai: What was given is too large or too deep: {error}.", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"gongkai: {error}", err=True)
        sys.exit(1)
