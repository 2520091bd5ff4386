"""A folder of its own for each test, since the scrubbed home lies in `tmp_path`."""

from pathlib import Path

import pytest


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Return an empty folder."""
    folder = tmp_path / "room"
    folder.mkdir()
    return folder
