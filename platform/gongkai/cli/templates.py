"""`gongkai template`: the file that a clerk fills in."""

import sys
from pathlib import Path

import click

from gongkai.rows.template import FORMATS, write_template
from gongkai.site import Site


@click.command()
@click.argument("item")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default=None,
    help="Where to write it, - for standard output; else ITEM.xlsx or ITEM.csv, if free.",
)
@click.option(
    "--format",
    "extension",
    type=click.Choice(FORMATS),
    default=None,
    help="What to write; else as the output's name ends, else xlsx.",
)
@click.option(
    "--lang", "language", type=click.Choice(["zh", "en"]), default="zh", help="Of the headings."
)
@click.pass_obj
def template(
    site: Site, item: str, output: Path | None, extension: str | None, language: str
) -> None:
    """Write the template of ITEM: headings, hints and drop-downs, no rows."""
    ending = output.suffix.removeprefix(".").lower() if output else ""
    chosen = extension or (ending if ending in FORMATS else FORMATS[0])
    plugins = site.plugins
    content = write_template(
        plugins.get_item(item),
        chosen,
        language,
        deadline_rules=plugins.deadline_rules,
        items=plugins.items,
    )
    if output == Path("-"):
        sys.stdout.buffer.write(content)
        return
    path = output or Path(f"{item}.{chosen}")
    if output is None and path.exists():
        raise click.ClickException(f"{path} is there already; name another file with -o.")
    path.write_bytes(content)
    click.echo(f"{path}: {len(content):,} bytes")
