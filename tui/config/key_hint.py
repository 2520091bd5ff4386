"""Where the key of a server came from, in words for who has to mend it: a refused key is changed at its source."""

from __future__ import annotations

from tui.config.settings import TYPED, Settings


def key_hint(settings: Settings) -> str:
    """What to look at when the server refuses the key; never the key itself, nor the arguments of a command."""
    source = settings.sources.get("api_key", "default")
    profile = f"profile {settings.profile}"
    if source == TYPED:
        return "the key that was entered here is not the one that the server wants"
    if source.startswith("environment "):
        return f"its key came from {source.removeprefix('environment ')}"
    if source.startswith(f"{profile}, "):
        kind, _, name = source.removeprefix(f"{profile}, ").partition(" ")
        if kind == "command":
            return f"its key came from api_key_command of {profile}"
        setting = "api_key_env" if kind == "environment" else "api_key_file"
        return f"its key came from {name}, {setting} of {profile}"
    if settings.profile is not None and settings.sources.get("base_url") == profile:
        return f"{profile} names no key: api_key_env, api_key_command or api_key_file says where it is"
    return "no key was sent: set LETTA_API_KEY, or use a profile that names its key"
