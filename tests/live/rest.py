"""JSON over HTTP with the standard library alone, so that the harness shares no code with the client."""

import json
import urllib.error
import urllib.request
from typing import Any


class RestError(Exception):
    """An answer other than 2xx, with the status, the method and the start of the body."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def call(method: str, url: str, body: object = None, *, key: str | None = None, seconds: float = 120) -> Any:
    """Send one request and return the decoded answer; raises RestError, OSError or ValueError."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never a proxy for loopback
    try:
        with opener.open(request, timeout=seconds) as answer:
            raw = answer.read()
            streamed = answer.headers.get_content_type() == "text/event-stream"
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()[:500].decode(errors="replace")
        raise RestError(f"{method} {url}: {error.code} {text}", error.code) from None
    if streamed:
        return _collected(raw.decode())
    return json.loads(raw) if raw else None


def _collected(stream: str) -> dict[str, Any]:
    """The messages of a turn that Letta 0.16.2 streams although it is asked not to."""
    lines = (line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: {"))
    return {"messages": [told for told in map(json.loads, lines) if "id" in told]}
