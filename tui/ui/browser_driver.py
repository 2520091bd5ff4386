"""The terminal of the app where `serve` shows it in a browser: pipes to the web server."""

from __future__ import annotations

import os
import signal

from textual.drivers.web_driver import WebDriver

GRACE = 10.0
"""Seconds that the app may take to end once nobody can see it."""


class BrowserDriver(WebDriver):
    """Textual's driver for a browser, which hangs up once the web server is gone, however it ended."""

    def run_input_thread(self) -> None:
        """Read what is typed, until the app or the web server ends."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            os.kill(os.getpid(), signal.SIGHUP)
            if not self.exit_event.wait(GRACE):
                os._exit(129)
