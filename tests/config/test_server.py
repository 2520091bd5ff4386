"""The address of a demo, and what an error about the file of certificates names: whatever gave its path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.config.server import ca_source, server_address
from tui.config.settings import Settings


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("environment LETTA_TUI_CA_FILE", "LETTA_TUI_CA_FILE"),
        ("profile lab", "ca_file of profile lab"),
        ("default", "ca_file"),
    ],
)
def test_the_file_of_certificates_is_named_by_its_source(source: str, name: str) -> None:
    assert ca_source(Settings(ca_file=Path("ca.pem"), sources={"ca_file": source})) == name


def test_each_flavour_of_the_demo_has_an_address_of_its_own() -> None:
    """Under which drafts and the last agent are stored: the same ids are other conversations there."""
    assert server_address(Settings(demo="self-hosted")) == "http://demo"
    assert server_address(Settings(demo="cloud")) == "http://demo-cloud"
