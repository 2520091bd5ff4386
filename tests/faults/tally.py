"""What the fault suite did: faults, inputs, and the three things that must stay 0, counted while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Tally:
    """The counters of one process; those of several processes are added up."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self.inputs = 0
        self.crashes = 0
        self.edits = 0
        self.lost_edits = 0
        self.searched = 0
        self.leaks = 0

    def fault(self, name: str, times: int = 1) -> None:
        """A fault of this name struck."""
        self.faults[name] += times

    @contextmanager
    def trying(self, inputs: int = 1) -> Iterator[None]:
        """So many inputs are tried inside; what comes out of them other than a failed assertion is a crash."""
        self.inputs += inputs
        try:
            yield
        except AssertionError:
            raise
        except Exception:
            self.crashes += 1
            raise

    def edit(self, *, kept: bool) -> None:
        """One text of the user went through a fault: it is on the server or in a draft, or it is lost."""
        self.edits += 1
        self.lost_edits += not kept
        assert kept, "an edit was lost"

    def search(self, haystack: bytes | str, *needles: bytes | str, where: str = "") -> None:
        """Look for what must not be there; finding it is a leak."""
        data = haystack.encode(errors="surrogatepass") if isinstance(haystack, str) else haystack
        self.searched += len(data)
        for needle in needles:
            wanted = needle.encode(errors="surrogatepass") if isinstance(needle, str) else needle
            at = data.find(wanted)
            if at >= 0:
                self.leaks += 1
                raise AssertionError(f"a leak in {where}: …{data[max(0, at - 80) : at + 8]!r}…")

    def dump(self) -> dict[str, Any]:
        """All counters, to send them from one process to another."""
        return {**vars(self), "faults": dict(self.faults)}

    def add(self, other: dict[str, Any]) -> None:
        """Add what another process counted."""
        for name, value in other.items():
            if name == "faults":
                self.faults.update(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    def line(self, cases: int) -> str:
        """The summary, on one line."""
        return (
            f"faults: {cases} cases, {len(self.faults)} kinds of fault struck {self.faults.total():,} times, "
            f"{self.inputs:,} inputs tried: crashes {self.crashes}, lost edits {self.lost_edits} of {self.edits}, "
            f"leaks {self.leaks} in {self.searched / 2**20:.1f} MiB searched"
        )


TALLY = Tally()
"""The one of this process."""
