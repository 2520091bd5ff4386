"""What the summary editor tells, apart from it: an editor is loaded when the first edit begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.message import Message

Onward = Literal["stay", "next", "previous"]


@dataclass
class SaveAsked(Message):
    """The user wants this text saved, and then to stay, or to edit the row below or above."""

    onward: Onward
    text: str


class Abandoned(Message):
    """The user wants the summary as it was."""


@dataclass
class Typed(Message):
    """The text changed."""

    text: str
