"""`gongkai plugin`: what is loaded, from where, with which hooks."""

from collections.abc import Mapping
from typing import Any

import click

from gongkai.cli.console import say_json
from gongkai.hookspecs import HOOK_API
from gongkai.plugins import LoadedPlugin, Plugins
from gongkai.site import Site


@click.group()
def plugin() -> None:
    """See the loaded plugins."""


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_all(site: Site, as_json: bool) -> None:
    """List the plugins with where they come from, their hooks, and what they define."""
    plugins = site.plugins
    rows = [_facts(plugins, one) for one in plugins.loaded]
    if as_json:
        say_json({"hook_api": HOOK_API, "plugins": rows})
        return
    click.echo(f"hook API {HOOK_API}, {len(rows)} plugins")
    for row in rows:
        click.echo(f"\n{row['name']}  ({row['distribution']} {row['version']})")
        click.echo(f"  from   {row['location']}")
        click.echo(f"  hooks  {', '.join(row['hooks'])}")
        for what in ("institution_types", "items", "deadline_rules", "files", "feeds"):
            if row[what]:
                click.echo(f"  {what.replace('_', ' ')} ({len(row[what])}): {', '.join(row[what])}")


def _facts(plugins: Plugins, one: LoadedPlugin) -> dict[str, Any]:
    """Return what a plugin is and defines, as text and lists of keys."""
    return {
        "name": one.name,
        "distribution": one.distribution,
        "version": one.version,
        "location": one.location,
        "hooks": list(one.hooks),
        "institution_types": _keys(plugins.institution_types, one.name),
        "items": _keys(plugins.items, one.name),
        "deadline_rules": _keys(plugins.deadline_rules, one.name),
        "files": [fmt.name for fmt in plugins.distribution_formats if fmt.plugin == one.name],
        "feeds": _keys(plugins.feed_formats, one.name),
    }


def _keys(found: Mapping[str, Any], name: str) -> list[str]:
    return [key for key, value in found.items() if value.plugin == name]
