"""An embedded Letta server: an httpx transport that answers as Letta 0.16.8 does, quirks included."""

from tui.backends.demo.store import Store
from tui.backends.demo.transport import DemoTransport, Gate

__all__ = ["DemoTransport", "Gate", "Store"]
