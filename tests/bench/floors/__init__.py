"""The least that a Textual program can cost, each in a module that runs by itself."""
