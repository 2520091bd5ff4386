"""The theme and the user's own keys: from the settings, else the theme that was chosen last."""

from __future__ import annotations

import asyncio
from functools import partial

from textual.app import App
from textual.theme import Theme
from textual.worker import WorkType

from tui.config.settings import Settings
from tui.model.os_errors import reason_of
from tui.storage.state import State


class Looks:
    """The theme and the keymap of the app; a theme that is chosen in the palette is stored for the next start."""

    def __init__(self, app: App[None], settings: Settings, state: State) -> None:
        self._app, self._settings, self._state = app, settings, state
        self._problem = ""
        wanted = settings.theme or state.theme()
        if wanted in app.available_themes:
            app.theme = wanted
        elif settings.theme:
            from tui.ui.theme_names import unknown_theme

            self._problem = f"{unknown_theme(settings.theme)} ({settings.sources.get('theme', 'theme')})"

    def begin(self) -> None:
        """Set the keymap, and from now on store each theme that is chosen; call it once the app runs."""
        if self._settings.keys:
            from tui.config.keymap import keymap_of

            self._app.set_keymap(keymap_of(self._settings.keys))
        if self._problem:
            self._app.notify(self._problem, severity="warning", markup=False)
        self._app.theme_changed_signal.subscribe(self._app, self._changed)

    def _changed(self, theme: Theme) -> None:
        if self._settings.theme is None:
            remember: WorkType[None] = partial(self._remember, theme.name)
            self._app.run_worker(remember, group="state")
        else:
            source = self._settings.sources.get("theme", "the settings")
            self._app.notify(
                f"This theme is used until you quit: {source} sets {self._settings.theme}", markup=False
            )

    async def _remember(self, name: str) -> None:
        try:
            await asyncio.to_thread(self._state.remember_theme, name)
        except OSError as error:
            text = f"This theme is used until you quit; it cannot be saved: {reason_of(error)}"
            self._app.notify(text, severity="warning", markup=False)
