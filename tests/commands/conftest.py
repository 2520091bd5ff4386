"""A command run as from a shell, on an embedded server at a frozen time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.app_helpers import NOW
from tui.backends.demo.transport import DemoTransport
from tui.cli import main
from tui.commands import dispatch
from tui.config.setting_rules import SELF_HOSTED


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer, decoded."""
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def letta(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `letta-tui ...` on this server, or on the demo."""

    def run(*arguments: str, server: DemoTransport | None = None) -> Ended:
        whole = dispatch.dispatch

        def frozen(flags: Any, settings: Any, *, transport: Any = None) -> int:
            known = server or DemoTransport(now=NOW, flavour=settings.demo or SELF_HOSTED)
            return whole(flags, settings, transport=transport or known, clock=lambda: NOW)

        with monkeypatch.context() as patch:
            patch.setattr(dispatch, "dispatch", frozen)
            try:
                code = main(list(arguments))
            except SystemExit as end:
                code = int(end.code or 0)
        told = capsys.readouterr()
        return Ended(code, told.out, told.err)

    return run
