"""The context check: what is broken in what the model of a conversation gets, told without asking the server."""

from __future__ import annotations

from tui.domain.check_memory import memory_findings
from tui.domain.check_messages import message_findings
from tui.domain.finding import Finding
from tui.model.opened import Opened


def check(opened: Opened) -> tuple[Finding, ...]:
    """Everything found in an opened conversation, the worst first; a healthy one gives nothing.

    What could not be read is said instead of judged.
    """
    found = [*message_findings(opened), *memory_findings(opened)]
    return tuple(sorted(found, key=lambda finding: finding.severity.rank))
