"""The settings after a switch to another server, profile or demo while the app runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tui.config.config_file import Config
from tui.config.setting_rules import SELF_HOSTED
from tui.config.settings import ENTERED, Settings, resolve

FLAGS_OF_THE_RUN = (
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
"""Settings that a flag sets for the whole run, for any server."""


def to_demo(settings: Settings) -> Settings:
    """Settings of the embedded server, without those of the profile."""
    base = _without_profile(settings)
    return replace(
        base, demo=SELF_HOSTED, bundle=None, letta_code=None, api_key=None, agent=None, conversation=None
    )


def to_letta_code(settings: Settings, store: Path) -> Settings:
    """Settings of Letta Code's agents on this machine, without those of the profile."""
    base = _without_profile(settings)
    return replace(
        base,
        demo=None,
        bundle=None,
        letta_code=store,
        base_url=Settings.base_url,
        api_key=None,
        agent=None,
        conversation=None,
        sources={**base.sources, "letta_code": ENTERED, "base_url": "default", "api_key": "default"},
    )


def to_address(settings: Settings, base_url: str, api_key: str | None) -> Settings:
    """Settings of another address or API key; those of a profile apply only to its own server."""
    same = base_url == settings.base_url and not (settings.demo or settings.bundle or settings.letta_code)
    base = settings if same else replace(_without_profile(settings), agent=None, conversation=None)
    sources = {**base.sources, "base_url": ENTERED}
    if not same or (api_key and api_key != settings.api_key):
        sources["api_key"] = ENTERED if api_key else "default"
    return replace(
        base,
        demo=None,
        bundle=None,
        letta_code=None,
        base_url=base_url,
        api_key=api_key,
        api_key_command=settings.api_key_command if same and not api_key else None,
        sources=sources,
    )


def to_profile(settings: Settings, name: str, config: Config, environ: Mapping[str, str]) -> Settings:
    """Settings of a profile; flags that are not about a server stay. Raises SettingsError."""
    flags = {one: getattr(settings, one) for one in FLAGS_OF_THE_RUN if settings.sources.get(one) == "flag"}
    return resolve({**flags, "profile": name}, environ, config)


def _without_profile(settings: Settings) -> Settings:
    """The settings without those that came from the profile."""
    bare = Settings()
    own = {name for name, source in settings.sources.items() if source.startswith("profile ")}
    reset = {name: getattr(bare, name) for name in own | {"profile", "colour", "api_key_command"}}
    sources = {name: "default" if name in reset else source for name, source in settings.sources.items()}
    return replace(settings, **reset, sources=sources)
