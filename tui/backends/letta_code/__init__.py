"""Letta Code's local agents as a server: answers from the files of its store, which belong to another program."""
