"""A folder of its own for what is written, the app without its pauses, and hypothesis the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.app_helpers import make_quick

settings.register_profile(
    "faults",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("faults")


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
