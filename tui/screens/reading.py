"""All that the keys do to what is read."""

from __future__ import annotations

from tui.screens.acts import Acts
from tui.screens.folding import Folding
from tui.screens.jump import Jumping
from tui.screens.whole import Whole


class Reading(Acts, Whole, Folding, Jumping):
    """The reading flows together."""
