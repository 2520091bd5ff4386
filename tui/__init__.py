"""letta-tui: browse and edit the conversations of a Letta server from a terminal."""

__version__ = "0.1.0"
