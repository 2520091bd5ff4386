"""The user interface: main screen, dialogs, tools, widgets."""
