"""The app in a browser, for the extra `web`."""
