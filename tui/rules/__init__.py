"""Decisions, pure: paging, context, history, memory, the context check. Nothing is sent from here."""
