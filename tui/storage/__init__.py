"""Files that the program writes on this machine, each whole or not at all, and private to its owner."""
