"""Checks the name of a theme, which only Textual knows."""

from __future__ import annotations

from textual.theme import BUILTIN_THEMES

from tui.config.config_file import Config
from tui.config.problems import ConfigProblem
from tui.config.setting_rules import suggestion


def theme_mistakes(config: Config) -> list[ConfigProblem]:
    """Return the problems with the theme in the settings files."""
    theme = config.values.get("theme")
    if theme is None or theme in BUILTIN_THEMES:
        return []
    return [config.problem("", "theme", unknown_theme(theme))]


def unknown_theme(name: str) -> str:
    """Return the message for a theme that does not exist."""
    hint = suggestion(name, list(BUILTIN_THEMES)) or f"choose from {', '.join(BUILTIN_THEMES)}"
    return f"{name!r} is not a theme; {hint}"
