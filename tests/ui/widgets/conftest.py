"""The app without its pauses."""

import pytest

from tests.app_helpers import make_quick


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that these tests wait for takes time by design."""
    make_quick(monkeypatch)
