"""An offline server, made from a file: a bundle that `export` wrote, or an agent file of Letta."""
