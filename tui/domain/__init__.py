"""Rules without I/O: paging, drafts, saving, what a transcript and a memory pane hold."""
