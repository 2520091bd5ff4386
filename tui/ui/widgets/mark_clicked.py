"""The message of the list for a click with ctrl or shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tui.model.conversation import Conversation


@dataclass
class MarkClicked(Message):
    """Mark these rows or, with `toggle`, toggle their marks."""

    rows: tuple[Conversation, ...]
    toggle: bool
