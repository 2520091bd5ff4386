"""Promises of 0.16.8 that the API after it does not make, as its official client describes it (not measured there).

A test named here has to fail on the embedded server's cloud flavour; `test_cloud.py` has what is promised instead.
All other tests of the contract hold on both.
"""

from __future__ import annotations

DIFFERENCES: dict[str, tuple[str, ...]] = {}


def difference(name: str) -> str | None:
    """Why the promise that this test is about is not made, None where it is; a part of the parameters may follow it."""
    function = name.partition("[")[0]
    for reason, tests in DIFFERENCES.items():
        for named in tests:
            base, _, part = named.partition(" ")
            if base == function and part in name:
                return reason
    return None
