"""The client of a Letta server: one method per endpoint, over async httpx."""
