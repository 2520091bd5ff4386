"""What Letta calls things, frozen and tolerant, one model of each; and the errors."""
