"""From the settings of one server to those of another, while the program runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tui.config.config_file import Config
from tui.config.settings import TYPED, Settings, resolve

RUN = (
    "readonly",
    "log_file",
    "page_size",
    "theme",
    "times",
    "clock",
    "zone",
    "sort",
    "oldest_first",
    "allow_plain_http",
)
"""Settings that a flag may have given to the whole run, whatever server is looked at."""


def to_demo(settings: Settings) -> Settings:
    """The embedded server, with nothing left of a profile."""
    left = _without_profile(settings)
    return replace(left, demo=True, bundle=None, api_key=None, agent=None, conversation=None)


def to_address(settings: Settings, base_url: str, key: str | None) -> Settings:
    """Another address, or the same one with another key; what a profile said goes for its own server only."""
    same = base_url == settings.base_url and not (settings.demo or settings.bundle)
    left = settings if same else replace(_without_profile(settings), agent=None, conversation=None)
    sources = {**left.sources, "base_url": TYPED}
    if not same or (key and key != settings.api_key):
        sources["api_key"] = TYPED if key else "default"
    return replace(
        left,
        demo=False,
        bundle=None,
        base_url=base_url,
        api_key=key,
        key_command=settings.key_command if same and not key else None,
        sources=sources,
    )


def to_profile(settings: Settings, name: str, config: Config, environ: Mapping[str, str]) -> Settings:
    """A profile of the files; flags of this run that are about no server hold on. Raises SettingsError."""
    flags = {one: getattr(settings, one) for one in RUN if settings.sources.get(one) == "flag"}
    return resolve({**flags, "profile": name}, environ, config)


def _without_profile(settings: Settings) -> Settings:
    """What is left of the settings when the profile's part is taken away."""
    bare = Settings()
    own = {name for name, source in settings.sources.items() if source.startswith("profile ")}
    gone = {name: getattr(bare, name) for name in own | {"profile", "colour", "key_command"}}
    sources = {name: "default" if name in gone else source for name, source in settings.sources.items()}
    return replace(settings, **gone, sources=sources)
