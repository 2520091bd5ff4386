"""The embedded server: an httpx transport that answers as Letta 0.16.8 does."""
