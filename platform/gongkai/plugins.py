"""Finding, checking and calling plugins, one by one so that none can take the site down."""

import importlib
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import metadata
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from gongkai import hookspecs
from gongkai.domain.channels import ChannelKind
from gongkai.domain.events import Event
from gongkai.domain.feeds import FeedFormat
from gongkai.domain.items import DeadlineRule, DisclosureItem, InstitutionType, ServiceKind
from gongkai.domain.releases import DistributionFormat
from gongkai.errors import NotFound, PluginRefused

GROUP = "gongkai.plugins"
log = logging.getLogger(__name__)
Registered = TypeVar(
    "Registered",
    InstitutionType,
    DisclosureItem,
    DeadlineRule,
    DistributionFormat,
    FeedFormat,
    ChannelKind,
)


@dataclass(frozen=True)
class LoadedPlugin:
    """One plugin as ``gongkai plugin list`` shows it."""

    name: str
    module: ModuleType
    distribution: str
    version: str
    location: str
    hooks: tuple[str, ...]

    @property
    def checks(self) -> bool:
        """Tell whether the plugin looks at rows, so that the reader of a file needs it."""
        return any(hook.startswith("check_") for hook in self.hooks)


@dataclass(frozen=True)
class HookFailure:
    """A plugin that raised, or returned something else than its hook promises."""

    plugin: str
    hook: str
    reason: str


@dataclass
class Plugins:
    """Everything the loaded plugins contribute, by key."""

    manager: pluggy.PluginManager
    loaded: tuple[LoadedPlugin, ...] = ()
    institution_types: dict[str, InstitutionType] = field(default_factory=dict)
    items: dict[str, DisclosureItem] = field(default_factory=dict)
    deadline_rules: dict[str, DeadlineRule] = field(default_factory=dict)
    distribution_formats: tuple[DistributionFormat, ...] = ()
    feed_formats: dict[str, FeedFormat] = field(default_factory=dict)
    channel_kinds: dict[str, ChannelKind] = field(default_factory=dict)

    def get_item(self, key: str) -> DisclosureItem:
        """Return the disclosure item ``key``. Raises NotFound."""
        if key not in self.items:
            raise NotFound(f"No loaded plugin defines the item {key!r}; see `gongkai plugin list`.")
        return self.items[key]

    def get_institution_type(self, key: str) -> InstitutionType:
        """Return the institution type ``key``. Raises NotFound."""
        if key not in self.institution_types:
            known = ", ".join(sorted(self.institution_types))
            raise NotFound(f"There is no institution type {key!r}; the loaded ones are: {known}.")
        return self.institution_types[key]

    def items_owed(
        self, kinds: Iterable[ServiceKind], *, is_public: bool = True
    ) -> list[DisclosureItem]:
        """Return what a body with ``kinds`` must disclose, in the order of registration."""
        wanted = frozenset(kinds)
        return [
            item
            for item in self.items.values()
            if item.is_owed_by(wanted) and (is_public or not item.public_bodies_only)
        ]

    def call_each(self, hook: str, **arguments: Any) -> Iterable[tuple[str, Any]]:
        """Yield (plugin, answer) for each implementation; a HookFailure where it raised.

        Answers come in the order of loading, so that reports are stable.
        """
        caller = getattr(self.manager.hook, hook)
        for implementation in caller.get_hookimpls():
            wanted = {name: arguments[name] for name in implementation.argnames}
            try:
                answer = implementation.function(**wanted)
            except Exception as error:
                log.exception("plugin %s failed in %s", implementation.plugin_name, hook)
                answer = HookFailure(
                    implementation.plugin_name, hook, f"{type(error).__name__}: {error}"
                )
            yield implementation.plugin_name, answer

    def announce(self, event: Event) -> list[HookFailure]:
        """Tell every plugin of ``event``; return the failures, which are logged already."""
        answers = self.call_each(event.name, event=event)
        return [answer for _, answer in answers if isinstance(answer, HookFailure)]


def load_plugins(
    modules: Sequence[str | ModuleType] = (), *, disabled: Sequence[str] = (), collect: bool = True
) -> Plugins:
    """Load the plugins of all entry points and of ``modules``, in the order of their names.

    ``collect=False`` skips the ``register_*`` hooks, for a process that only runs checks.
    Raises PluginRefused with a sentence that names the parties.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    loaded = [
        _register(manager, found.entry.name, found.entry.load, found)
        for found in _installed(tuple(sys.path))
        if found.entry.name not in disabled
    ]
    for module in modules:
        name = module if isinstance(module, str) else module.__name__
        loaded.append(_register(manager, name, partial(_module, module), None))
    _refuse_unknown_hooks(manager)
    plugins = Plugins(manager, tuple(loaded))
    if collect:
        _collect(plugins)
    return plugins


def import_own_plugins() -> None:
    """Import the plugins that come with the platform, for a process that will fork."""
    for found in _installed(tuple(sys.path)):
        if found.is_own:
            found.entry.load()


@dataclass(frozen=True)
class _Installed:
    """An entry point of an installed distribution."""

    entry: metadata.EntryPoint
    distribution: str
    version: str

    @property
    def is_own(self) -> bool:
        return self.distribution == hookspecs.PROJECT


@cache
def _installed(path: tuple[str, ...]) -> tuple[_Installed, ...]:  # noqa: ARG001 - the cache's key
    """Return what is installed on ``path``, which is sys.path: our own plugins first, by name.

    Reading the metadata of every distribution takes 20 ms, and it stays as it is while a
    process lives.
    """
    found = [
        _Installed(entry, entry.dist.name, entry.dist.version)
        if entry.dist
        else _Installed(entry, "(module)", "")
        for entry in metadata.entry_points(group=GROUP)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_own, one.entry.name)))


def _module(module: str | ModuleType) -> ModuleType:
    return importlib.import_module(module) if isinstance(module, str) else module


def _register(
    manager: pluggy.PluginManager,
    name: str,
    load: Callable[[], ModuleType],
    installed: _Installed | None,
) -> LoadedPlugin:
    try:
        module = load()
    except Exception as error:
        raise PluginRefused(
            f"The plugin {name} cannot be imported ({type(error).__name__}: {error}); "
            "mend it, uninstall it, or name it under plugins.disabled."
        ) from error
    api = getattr(module, "GONGKAI_API", None)
    if api != hookspecs.HOOK_API:
        said = "names no hook API version" if api is None else f"was built for hook API {api!r}"
        raise PluginRefused(
            f"The plugin {name} {said}; this Gongkai speaks hook API {hookspecs.HOOK_API}. "
            f"Set GONGKAI_API = {hookspecs.HOOK_API} in {module.__name__} once it fits, "
            "or install a release of the plugin that does."
        )
    try:
        manager.register(module, name)
    except (ValueError, pluggy.PluginValidationError) as error:
        raise PluginRefused(f"The plugin {name} cannot be registered: {error}.") from error
    callers = manager.get_hookcallers(module) or []
    return LoadedPlugin(
        name=name,
        module=module,
        distribution=installed.distribution if installed else "(module)",
        version=installed.version if installed else "",
        location=str(getattr(module, "__file__", "") or ""),
        hooks=tuple(sorted(caller.name for caller in callers)),
    )


def _refuse_unknown_hooks(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        name = manager.get_name(error.plugin)
        raise PluginRefused(
            f"The plugin {name} implements a hook that does not exist in hook API "
            f"{hookspecs.HOOK_API}: {error}. The hooks are listed in gongkai/hookspecs.py."
        ) from error


def _collect(plugins: Plugins) -> None:
    plugins.institution_types = _gather(
        plugins, "register_institution_types", InstitutionType, lambda value: value.key
    )
    plugins.deadline_rules = _gather(
        plugins, "register_deadline_rules", DeadlineRule, lambda value: value.key
    )
    plugins.items = _gather(
        plugins, "register_disclosure_items", DisclosureItem, lambda value: value.key
    )
    formats = _gather(
        plugins, "register_distribution_formats", DistributionFormat, lambda value: value.name
    )
    plugins.distribution_formats = tuple(
        sorted(formats.values(), key=lambda value: (value.order, value.name))
    )
    plugins.feed_formats = _gather(
        plugins, "register_feed_formats", FeedFormat, lambda value: value.extension
    )
    plugins.channel_kinds = _gather(
        plugins, "register_channel_kinds", ChannelKind, lambda value: value.key
    )
    for item in plugins.items.values():
        _refuse_dangling(plugins, item)


def _gather(
    plugins: Plugins, hook: str, kind: type[Registered], key_of: Callable[[Registered], str]
) -> dict[str, Registered]:
    found: dict[str, Registered] = {}
    for name, answer in plugins.call_each(hook):
        if isinstance(answer, HookFailure):
            raise PluginRefused(f"The plugin {name} failed in {hook}: {answer.reason}")
        if not isinstance(answer, list | tuple) or not all(isinstance(v, kind) for v in answer):
            raise PluginRefused(
                f"The plugin {name} returned something else than a list of {kind.__name__} "
                f"from {hook}."
            )
        for value in answer:
            key = key_of(value)
            if key in found:
                raise PluginRefused(
                    f"The plugins {found[key].plugin} and {name} both claim the "
                    f"{kind.__name__} {key!r}; rename one of them, or disable one plugin "
                    "under plugins.disabled."
                )
            found[key] = replace(value, plugin=name)
    return found


def _refuse_dangling(plugins: Plugins, item: DisclosureItem) -> None:
    for rule in item.deadline_rules:
        if rule not in plugins.deadline_rules:
            raise PluginRefused(
                f"The item {item.key} of the plugin {item.plugin} names the deadline rule "
                f"{rule!r}, which no loaded plugin registers."
            )
    for key in item.table_schema.foreign_keys:
        target = plugins.items.get(key.item)
        if target is None or not set(key.item_fields) <= set(target.table_schema.names):
            raise PluginRefused(
                f"The item {item.key} of the plugin {item.plugin} refers to "
                f"{key.item}.{'+'.join(key.item_fields)}, which no loaded plugin defines."
            )
