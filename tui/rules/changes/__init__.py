"""What a change of the server means: what its comparisons show, and how it ended; nothing is sent from here."""
