"""An OpenAI-compatible model server that answers by rule: models, embeddings, chat (whole and streamed).

Any user text is answered with "Reply #n: ... you said: <text>", except:

    ...remember...   calls memory_insert(label="human", new_string="Fact n: <text>", insert_line=-1)
    ...search...     calls conversation_search(query="hello")
    @@{json}         at the start: answers exactly that, for example
        @@{"content": "hi", "reasoning": "...", "tool_calls": [{"name": "f", "arguments": {"x": 1}}]}
        @@{"status": 500, "error": "boom"}       an HTTP error of the provider
        @@{"delay": 3, "content": "slow"}        waits before it answers
        @@{"tool_calls": [...], "then": "done"}  what to say after the tool's result

After a tool result it answers with plain text, or with `then`.
"""

import itertools
import json
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODELS = ("gpt-4o-mini", "gpt-4.1", "text-embedding-3-small")
EMBEDDING_SIZE = 1536

Json = dict[str, Any]


def answer(body: Json, number: int) -> Json:
    """What the model says to this chat request: `content`, `reasoning`, `tool_calls`, or an error."""
    messages: list[Json] = body.get("messages") or [{}]
    last = messages[-1]
    text = text_of(last)
    if last.get("role") == "user":
        chosen = directive(text) or _tool_call(body, text, number)
        if chosen:
            return chosen
    elif last.get("role") == "tool":
        asked = next(
            (text_of(message) for message in reversed(messages) if message.get("role") == "user"), ""
        )
        then = (directive(asked) or {}).get("then")
        if isinstance(then, dict):
            return then
        if isinstance(then, str):
            return {"content": then}
    return {"content": f"Reply #{number}: noted. [bold]markup[/bold] **md** `code`, you said: {text[:80]}"}


def _tool_call(body: Json, text: str, number: int) -> Json | None:
    tools = {
        tool["function"]["name"]: tool["function"] for tool in body.get("tools") or [] if "function" in tool
    }
    if "remember" in text and "memory_insert" in tools:
        properties = (tools["memory_insert"].get("parameters") or {}).get("properties") or {}
        argument = "new_string" if "new_string" in properties else "new_str"  # renamed in Letta 0.16.5
        arguments = {"label": "human", argument: f"Fact {number}: {text[:60]}", "insert_line": -1}
        return {"tool_calls": [{"name": "memory_insert", "arguments": arguments}]}
    if "search" in text and "conversation_search" in tools:
        return {"tool_calls": [{"name": "conversation_search", "arguments": {"query": "hello"}}]}
    return None


def text_of(message: Json) -> str:
    """The text of a chat message, whose content may be a list of parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content or ""


def directive(text: str) -> Json | None:
    """The object of a text that starts with `@@`, which some Letta versions wrap in a JSON envelope."""
    text = text.strip()
    try:
        if text.startswith("{"):
            text = str(json.loads(text).get("message", "")).strip()
        if not text.startswith("@@{"):
            return None
        found = json.JSONDecoder().raw_decode(text[2:])[0]
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def tool_calls(reply: Json) -> list[Json]:
    """The reply's tool calls as OpenAI writes them: arguments are JSON in a string."""
    calls = []
    for call in reply.get("tool_calls") or []:
        arguments = call.get("arguments", {})
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        identity = call.get("id") or f"call_{uuid.uuid4().hex[:12]}"
        calls.append(
            {"id": identity, "type": "function", "function": {"name": call["name"], "arguments": text}}
        )
    return calls


def deltas(reply: Json, calls: list[Json]) -> Iterator[Json]:
    """The same reply in the pieces of a stream."""
    yield {"role": "assistant"}
    for piece in _pieces(reply.get("reasoning") or ""):
        yield {"reasoning_content": piece}
    for piece in _pieces(reply.get("content") or ""):
        yield {"content": piece}
    for index, call in enumerate(calls):
        yield {"tool_calls": [{**call, "index": index}]}


def _pieces(text: str, size: int = 24) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


class FakeLLM(BaseHTTPRequestHandler):
    """The HTTP side of `answer`."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one segment
    disable_nagle_algorithm = True
    numbers = itertools.count()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the log would only repeat Letta's."""

    def do_GET(self) -> None:
        if not self.path.split("?")[0].endswith("/models"):
            return self.send_json({"error": {"message": "not found"}}, 404)
        about = {"object": "model", "created": 1, "owned_by": "fake", "context_window": 128000}
        return self.send_json({"object": "list", "data": [{"id": model, **about} for model in MODELS]})

    def do_POST(self) -> None:
        body: Json = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        path = self.path.split("?")[0]
        if path.endswith("/embeddings"):
            return self.embed(body)
        if path.endswith("/chat/completions"):
            return self.chat(body)
        return self.send_json({"error": {"message": f"not found: {path}"}}, 404)

    def reply(self, body: Json) -> Json:
        return answer(body, next(self.numbers))

    def embed(self, body: Json) -> None:
        texts = body.get("input")
        count = len(texts) if isinstance(texts, list) else 1
        vector = [0.01] * EMBEDDING_SIZE
        rows = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self.send_json({"object": "list", "data": rows, "model": body.get("model"), "usage": usage})

    def chat(self, body: Json) -> None:
        reply = self.reply(body)
        if delay := float(reply.get("delay") or 0):
            threading.Event().wait(delay)
        status = int(reply.get("status", 200))
        if status != 200:
            error = {"message": reply.get("error", "fake error"), "type": "fake", "code": "fake"}
            return self.send_json({"error": error}, status)
        prompt = reply.get("prompt_tokens", len(json.dumps(body.get("messages", []))) // 4)
        usage = {"prompt_tokens": prompt, "completion_tokens": 5, "total_tokens": prompt + 5}
        head = {"id": "chatcmpl-" + uuid.uuid4().hex, "created": int(time.time()), "model": body.get("model")}
        send = self.send_stream if body.get("stream") else self.send_whole
        return send(reply, head, usage)

    def send_whole(self, reply: Json, head: Json, usage: Json) -> None:
        calls = tool_calls(reply)
        message: Json = {"role": "assistant", "content": reply.get("content")}
        if reply.get("reasoning"):
            message["reasoning_content"] = reply["reasoning"]
        if calls:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
        self.send_json({**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    def send_stream(self, reply: Json, head: Json, usage: Json) -> None:
        calls = tool_calls(reply)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        head = {**head, "object": "chat.completion.chunk"}
        for delta in deltas(reply, calls):
            self.send_event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        finish = "tool_calls" if calls else "stop"
        self.send_event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        self.send_event({**head, "choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def send_event(self, event: Json) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.flush()

    def send_json(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def listen(host: str, port: int, handler: type[FakeLLM] = FakeLLM) -> ThreadingHTTPServer:
    """A server bound to this address (port 0: a free one), not yet serving."""
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    return server
