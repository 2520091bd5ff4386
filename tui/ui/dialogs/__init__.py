"""Dialogs: each answers with a value and never touches its caller."""
