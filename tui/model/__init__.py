"""What Letta calls things, and the text they are shown as; every other package may import it."""
