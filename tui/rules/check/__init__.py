"""The context check: what is broken in what the model of a conversation gets, told without asking the server."""

from __future__ import annotations

from tui.api.opening import Opened
from tui.rules.check.finding import Finding
from tui.rules.check.memory import memory_findings
from tui.rules.check.messages import message_findings


def check(opened: Opened) -> tuple[Finding, ...]:
    """Everything found in an opened conversation, the worst first; a healthy one gives nothing.

    What could not be read is said instead of judged.
    """
    found = [*message_findings(opened), *memory_findings(opened)]
    return tuple(sorted(found, key=lambda finding: finding.severity.rank))
