"""What a server lacks, in words: its version explains, and never decides."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.servers_known import known
from tui.model.supported import Feature, Support, Supported
from tui.presentation.not_supported import FIRST_VERSIONS, NAMES, not_known, not_supported

FEATURES: tuple[Feature, ...] = get_args(Feature)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (
            "0.16.2",
            "This server (Letta 0.16.2) cannot change summaries: Letta 0.16.4 is the first version that can",
        ),
        ("", "This server cannot change summaries: Letta 0.16.4 is the first version that can"),
        (
            "main",
            "This server (Letta main) cannot change summaries: Letta 0.16.4 is the first version that can",
        ),
        (
            "0.16.10",
            "This server (Letta 0.16.10) cannot change summaries, although Letta 0.16.4 and later can: "
            "is there a proxy in between?",
        ),
    ],
)
def test_the_version_with_it_is_named_and_a_newer_server_is_not_called_old(version: str, words: str) -> None:
    assert not_supported("edit", known(lacks=["edit"]), version) == words


@pytest.mark.parametrize("feature", FEATURES)
def test_version_and_reason_are_text_of_the_server(feature: Feature) -> None:
    hostile = "0.16.2 [/foo]\n\x1b[31m" + "x" * 500
    for reason in ("", hostile):
        supported = Supported({feature: Support("no", "refused", reason)})
        words = not_supported(feature, supported, hostile)
        assert "\n" not in words
        assert "\x1b" not in words
        assert len(words) < (350 if reason else 150)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_reason_that_a_server_gives_is_shown(feature: Feature) -> None:
    supported = Supported({feature: Support("no", "501", "files cannot do that")})
    assert not_supported(feature, supported, "0.16.8").endswith(": files cannot do that")


def test_a_server_after_0_16_8_is_not_said_to_be_too_old_for_isolation() -> None:
    newer = known(has=["archive"], lacks=["isolate"])
    assert (
        not_supported("isolate", newer)
        == "This server cannot isolate blocks: no version of Letta after 0.16.8 can"
    )
    assert "0.16.4 is the first" in not_supported("isolate", known(lacks=["isolate"]))


def test_each_feature_has_a_name() -> None:
    assert set(FIRST_VERSIONS) | set(NAMES) == set(FEATURES)
    assert not set(FIRST_VERSIONS) & set(NAMES)


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (
            "model",
            "This server isn't known to give a conversation a model of its own: "
            "no conversation read so far shows that",
        ),
        (
            "hidden",
            "Hiding a new conversation isn't known to be supported by this server: "
            "no conversation read so far shows that",
        ),
    ],
)
def test_what_is_unknown_is_not_said_to_be_missing(feature: Feature, words: str) -> None:
    assert not_known(feature) == words
