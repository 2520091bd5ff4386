"""Widgets: one a module, named by what the user sees."""
