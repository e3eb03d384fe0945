"""The command line: exit 0 only when it worked, errors on stderr in one sentence."""

import logging
import sys
from pathlib import Path

import click

from gongkai.cli.accounts import account, token
from gongkai.cli.demo import demo
from gongkai.cli.institutions import institution
from gongkai.cli.plugins import plugin
from gongkai.cli.publication import publish, validate, withdraw
from gongkai.cli.running import init, serve, verify, worker
from gongkai.errors import GongkaiError, SettingsRefused
from gongkai.settings import load_settings
from gongkai.site import Site


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gongkai")
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="The site's TOML file."
)
@click.pass_context
def cli(context: click.Context, config: Path | None) -> None:
    """Gongkai (公开): publish the data that health institutions owe the public."""
    settings = load_settings(config)
    logging.basicConfig(level=settings.logging.level, format="%(levelname)s %(name)s: %(message)s")
    context.obj = Site(settings)
    context.call_on_close(context.obj.close)


for command in (
    account, demo, init, institution, plugin, publish, serve, token, validate, verify, withdraw,
    worker,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; a failure is one sentence on stderr and exit 1 (settings: 78)."""
    try:
        cli(standalone_mode=True)
    except SettingsRefused as error:
        click.echo(f"gongkai: {error.message}", err=True)
        sys.exit(78)
    except GongkaiError as error:
        click.echo(f"gongkai: {error.message}", err=True)
        sys.exit(1)
