"""How a command copied into a shell reaches the server of the settings."""

from __future__ import annotations

from tui.config.server import server_address
from tui.config.setting_rules import CLOUD
from tui.config.settings import Settings
from tui.presentation.ways_out import ShellServer


def shell_server(settings: Settings) -> ShellServer:
    """Return the options that name the server to a command of this program, and what curl needs."""
    if settings.demo:
        options: tuple[str, ...] = (f"--demo={CLOUD}" if settings.demo == CLOUD else "--demo",)
    elif settings.profile is not None:
        options = ("--profile", settings.profile)
    else:
        options = ("--base-url", settings.base_url)
    is_file = settings.bundle is not None
    return ShellServer(server_address(settings), options, keyed=settings.has_api_key, is_file=is_file)
