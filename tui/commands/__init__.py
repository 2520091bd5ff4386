"""The same answers without a screen: what they print, and the code that they end with."""
