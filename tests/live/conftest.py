"""Live tests on whatever Letta was started: what it lacks is skipped, with the reason."""

from __future__ import annotations

import pytest

from tests.live.flows import FLOWS
from tests.live.lacks import missing


@pytest.fixture(autouse=True)
def possible(request: pytest.FixtureRequest) -> None:
    """Skip a flow of which this server has no part."""
    if "real_server" not in request.fixturenames:
        return
    version = request.getfixturevalue("real_server").version
    lacking = missing(version, request.node.name, FLOWS)
    if lacking is not None:
        pytest.skip(f"Letta {version} has not {lacking.what}, which came with {lacking.first}")
