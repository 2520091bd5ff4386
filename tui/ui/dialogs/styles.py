"""The stylesheet of all dialogs, which is not loaded at startup."""

from pathlib import Path

STYLES = Path(__file__).with_name("dialogs.tcss")
