"""Dialogs: each returns a value and never touches its caller."""
