"""Texts and items about a change of the server: its consequences before it is confirmed, and how it ended."""
