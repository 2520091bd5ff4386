"""What a server lacks, in words: its version explains, and never decides."""

from __future__ import annotations

import pytest

from tui.presentation.not_supported import FIRST_VERSIONS, not_supported


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0.16.2", "This server (Letta 0.16.2) cannot change summaries: Letta 0.16.4 is the first that can"),
        ("", "This server cannot change summaries: Letta 0.16.4 is the first that can"),
        ("main", "This server (Letta main) cannot change summaries: Letta 0.16.4 is the first that can"),
        (
            "0.16.10",
            "This server (Letta 0.16.10) does not change summaries, though Letta can from 0.16.4 on: "
            "is there a proxy in between?",
        ),
    ],
)
def test_the_version_with_it_is_named_and_a_newer_server_is_not_called_old(version: str, words: str) -> None:
    assert not_supported("edit", version) == words


@pytest.mark.parametrize("act", FIRST_VERSIONS)
def test_a_version_is_text_of_the_server(act: str) -> None:
    words = not_supported(act, "0.16.2 [/foo]\n\x1b[31m" + "x" * 500)
    assert "\n" not in words
    assert len(words) < 150
