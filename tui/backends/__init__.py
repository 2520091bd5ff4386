"""Servers inside the process, each an httpx transport: they speak the wire and import nothing else of ours."""
