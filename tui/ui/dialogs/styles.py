"""The stylesheet of all dialogs, which a start does not load."""

from pathlib import Path

STYLES = Path(__file__).with_name("dialogs.tcss")
