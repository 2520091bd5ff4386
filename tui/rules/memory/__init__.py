"""What the model of a conversation reads of its memory: now, and at earlier steps."""
