"""The model that Letta Code gets: it answers by rule, calls tools and waits as the text asks.

Text of the user is answered with "Answer N to: <its end>", where N counts the messages of the user in context, and:

    tool:COMMAND     a line: calls Bash with that command; each such line is one call
    think            somewhere: reasons first
    slow:S           somewhere: waits S seconds between the pieces of its answer

A request without tools that wants a summary gets one.
"""

import json
import re
import threading
from typing import Any

from tests.live.fake_llm import FakeLLM, Json, text_of

SUMMARY = "SUMMARY: the user said hello and ran tools; nothing is pending."


class CodeModel(FakeLLM):
    """The HTTP side of `answer`."""

    pause = 0.0
    requests: list[Json] = []
    """The messages of every request, for tests to see."""

    def reply(self, body: Json) -> Json:
        self.requests.append(body)
        reply = answer(body)
        self.pause = reply.get("pause", 0.0)
        return reply

    def send_event(self, event: Json) -> None:
        super().send_event(event)
        threading.Event().wait(self.pause)


def answer(body: Json) -> Json:
    """What the model says to a chat request."""
    messages: list[Json] = body.get("messages") or []
    users = [text_of(message) for message in messages if message.get("role") == "user"]
    last = users[-1] if users else ""
    tools = {tool["function"]["name"] for tool in body.get("tools") or [] if "function" in tool}
    if not tools and "ummar" in json.dumps(messages)[:20_000]:
        return {"content": SUMMARY}
    slow = re.search(r"slow:([\d.]+)", last)
    said: dict[str, Any] = {"pause": float(slow[1]) if slow else 0.0}
    if "think" in last:
        said["reasoning"] = "I weigh the options."
    commands = re.findall(r"tool:(.+)", last)
    if commands and messages[-1].get("role") == "user" and "Bash" in tools:
        calls = [{"command": command.strip(), "description": "run"} for command in commands]
        return said | {
            "content": "Let me look. ",
            "tool_calls": [{"name": "Bash", "arguments": arguments} for arguments in calls],
        }
    return said | {"content": f"Answer {len(users)} to: {last[-60:]}"}
