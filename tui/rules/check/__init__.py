"""The context check: problems in what the model of a conversation gets, found without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.rules.check.finding import Finding
from tui.rules.check.memory import memory_findings
from tui.rules.check.messages import message_findings

if TYPE_CHECKING:
    from tui.model.opened import Opened


def check(opened: Opened) -> tuple[Finding, ...]:
    """Return all findings of an opened conversation, the worst first; none if nothing is wrong.

    What could not be read is reported, and not checked.
    """
    findings = [*message_findings(opened), *memory_findings(opened)]
    return tuple(sorted(findings, key=lambda finding: finding.severity.rank))
