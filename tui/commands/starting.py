"""The arguments of a screen, which most starts are for, read without argparse and without the commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

SWITCHES = {"--demo": "demo", "--readonly": "readonly", "--allow-plain-http": "allow_plain_http"}
VALUES = {
    "--base-url": "base_url",
    "--profile": "profile",
    "--from": "bundle",
    "--agent": "agent",
    "--conversation": "conversation",
    "--log-file": "log_file",
}


def told(arguments: Sequence[str] | None) -> dict[str, Any]:
    """What the arguments say; anything but options of the screen, spelled out, is left to the whole parser."""
    words = sys.argv[1:] if arguments is None else arguments
    said = _said(words)
    if said is None:
        from tui.commands.parser import parser

        said = vars(parser().parse_args(words))
    return said


def _said(words: Sequence[str]) -> dict[str, Any] | None:
    said: dict[str, Any] = dict.fromkeys(VALUES.values()) | dict.fromkeys(SWITCHES.values(), False)
    left = iter(words)
    for word in left:
        flag, given, value = word.partition("=")
        if word in SWITCHES:
            said[SWITCHES[word]] = True
        elif flag not in VALUES:
            return None
        else:
            value = value if given else next(left, "-")
            if value.startswith("-") and not given:
                return None
            said[VALUES[flag]] = value
    return said | {"command": None}
