"""A folder of its own for what is written."""

from pathlib import Path

import pytest


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "room"
    folder.mkdir()
    return folder
