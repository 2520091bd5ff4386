"""What flows need from a screen. A flow's own protocol consists of these and of what only it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from tui.model.errors import LettaError

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """What a flow asks the user, as data; each kind is a frozen dataclass of its own."""

    TAKES_TEXT: ClassVar[bool] = False
    """Whether its dialog begins with a text field, for keys that were typed before the dialog opened."""


class Messages(Protocol):
    """Shows passing messages."""

    def show_message(self, text: str, *, error: bool = False, seconds: float | None = None) -> None:
        """Show a message for a while; text of servers in it is never markup.

        `seconds` is how long; without it, long enough to be read.
        """


class Asks(Messages, Protocol):
    """Puts questions to the user."""

    async def ask(self, question: Question[Answer]) -> Answer | None:
        """The user's answer, or None where they gave none; the dialog of a cancelled flow closes."""


class Workers(Protocol):
    """Starts what runs in the background."""

    def start_flow(self, flow: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a flow, which may ask and is cancelled when its server is left."""

    def start_write(self, write: Coroutine[Any, Any, None]) -> None:
        """Run a write to its end: never cancelled, not even by a change of server; quitting waits for it, bounded."""


class Background(Protocol):
    """Starts and cancels what runs while keys are handled: reads, and writes to disk."""

    def start_worker(
        self, group: str, work: Callable[[], Awaitable[None]], *, exclusive: bool = True
    ) -> None:
        """Run this in the background; `exclusive` cancels what still runs in the group."""

    def cancel_workers(self, *groups: str) -> None:
        """Cancel what runs in these groups."""

    def is_working(self, *groups: str) -> bool:
        """Return whether anything runs in one of these groups."""


class KnowsServer(Protocol):
    """What is known of the server; every response adds to it."""

    @property
    def version(self) -> str:
        """The server's version, "" if it's unknown."""

    def report(self, error: LettaError | None = None) -> None:
        """Record how a request ended; a refusal is a response too."""


Connection = KnowsServer
