"""The user interface: the main screen, its dialogs, tools and widgets. Only this package, the app and the fixes know Textual."""
