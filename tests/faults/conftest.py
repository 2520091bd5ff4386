"""A folder of its own for what is written, and the app without its pauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_helpers import make_quick


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "room"
    folder.mkdir()
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that these tests wait for takes time by design."""
    make_quick(monkeypatch)
