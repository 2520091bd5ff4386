"""The messages of the summary editor, in a module of their own: the editor is loaded with the first edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from textual.message import Message

Onward = Literal["stay", "next", "previous"]


@dataclass
class SaveAsked(Message):
    """The user wants to save this text, and then to stay, or to edit the row below or above."""

    onward: Onward
    text: str


class Abandoned(Message):
    """The user gave up the edit."""


@dataclass
class Typed(Message):
    """The text changed."""

    text: str
