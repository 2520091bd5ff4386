"""Which server the settings name: its address, what to call it, its first agent, where its API key came from."""

from __future__ import annotations

from tui.config.letta_code import store_address
from tui.config.setting_rules import CLOUD
from tui.config.settings import ENTERED, Settings
from tui.model.text import one_line
from tui.rules.ids import cleaned
from tui.storage.state import State

LETTA_CODE = "Letta Code · local"
"""What the header calls Letta Code's agents on this machine."""

DEMO_URL, CLOUD_DEMO_URL, OFFLINE_URL = "http://demo", "http://demo-cloud", "http://offline"
"""Stand for an address where nothing is sent over the network."""


def server_address(settings: Settings) -> str:
    """Where requests go; files of this machine are stored under it."""
    if settings.bundle is not None:
        return OFFLINE_URL
    if settings.letta_code is not None:
        return store_address(settings.letta_code)
    if settings.demo:
        return CLOUD_DEMO_URL if settings.demo == CLOUD else DEMO_URL
    return settings.base_url


def server_origin(settings: Settings) -> str | None:
    """Where the data came from: for a file the server that it was exported from; None if that has no address."""
    if settings.letta_code is not None:
        return None
    return server_address(settings) if settings.bundle is None else settings.recorded


def server_name(settings: Settings) -> str:
    """Return what to call a file that is browsed offline, or local agents; "" for a server, which its address names."""
    if settings.letta_code is not None:
        return LETTA_CODE
    return "" if settings.bundle is None else f"offline · {one_line(settings.bundle.name, 60)}"


def remembers_server(settings: Settings) -> bool:
    """Return whether the next start without a server goes there again; only to what a network leads to."""
    return not (settings.demo or settings.bundle or settings.letta_code)


def stores_last_visit(settings: Settings) -> bool:
    """Return whether rows are stored for the next start: of local agents, or of a server with a known API key."""
    has_unknown_key = settings.api_key is None and settings.has_api_key
    is_own = settings.letta_code is not None or (remembers_server(settings) and not has_unknown_key)
    return settings.last_visit and is_own


def first_agent(settings: Settings, state: State) -> str | None:
    """The id of the agent to start on, if it is known without asking the server."""
    if settings.agent:
        named = cleaned(settings.agent)
        return named if named.startswith("agent-") else None
    if settings.demo or settings.bundle is not None:
        return None
    return state.last_agent(server_address(settings))


def ca_source(settings: Settings) -> str:
    """What names the file of certificates, for an error about it."""
    source = settings.sources.get("ca_file", "default")
    if source.startswith("environment "):
        return source.removeprefix("environment ")
    return f"ca_file of {source}" if source.startswith("profile ") else "ca_file"


def api_key_hint(settings: Settings) -> str:
    """What to check when the server refuses the API key; never the key itself, nor the arguments of a command."""
    source = settings.sources.get("api_key", "default")
    profile = f"profile {settings.profile}"
    if source == ENTERED:
        return "the server does not accept the key that was entered here"
    if source.startswith("environment "):
        return f"its key came from {source.removeprefix('environment ')}"
    if source.startswith(f"{profile}, "):
        kind, _, name = source.removeprefix(f"{profile}, ").partition(" ")
        if kind == "command":
            return f"its key came from api_key_command of {profile}"
        setting = "api_key_env" if kind == "environment" else "api_key_file"
        return f"its key came from {name}, {setting} of {profile}"
    if settings.profile is not None and settings.sources.get("base_url") == profile:
        return f"{profile} does not name a key: set api_key_env, api_key_command or api_key_file"
    return "no key was sent: set LETTA_API_KEY, or use a profile that names its key"
