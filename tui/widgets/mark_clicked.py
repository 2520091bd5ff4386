"""What the list tells of a click with ctrl or shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tui.model.conversation import Conversation


@dataclass
class MarkClicked(Message):
    """These rows are to be marked, or where `toggle` says so, to have their mark turned around."""

    rows: tuple[Conversation, ...]
    toggle: bool
