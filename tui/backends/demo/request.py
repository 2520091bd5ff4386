"""One request as a handler sees it, with the checks that FastAPI makes before the server's own code runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tui.backends.demo import errors
from tui.backends.demo.cloud import Cloud
from tui.backends.demo.message_rendering import TYPES
from tui.backends.demo.records import Agent, Json
from tui.backends.demo.store import Store

BIGGEST = 2**63 - 1
TRUE, FALSE = (True, "true", "1", "yes", "on", "t", "y"), (False, "false", "0", "no", "off", "f", "n")
DEFAULTS_BY_PROVIDER: dict[str, Json] = {
    "openai": {
        "temperature": 0.7,
        "reasoning": {"reasoning_effort": "high"},
        "response_format": None,
        "strict": True,
    },
    "anthropic": {
        "temperature": 1.0,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "response_format": None,
        "verbosity": None,
        "effort": None,
        "strict": False,
    },
}
PROVIDERS = (
    "openai", "sglang", "anthropic", "google_ai", "google_vertex", "azure", "xai", "zai", "groq", "deepseek",
    "together", "bedrock", "baseten", "openrouter", "chatgpt_oauth",
)  # fmt: skip
CONVERSATION = f"^conv-{errors.UUID4}$"
ANY_CONVERSATION = f"^(default|conv-{errors.UUID4}|agent-{errors.UUID4})$"


@dataclass
class Request:
    """The store, the ids of the path, the query, the headers and the body of one request; `cloud` in that flavour."""

    store: Store
    ids: dict[str, str]
    query: httpx.QueryParams
    headers: httpx.Headers
    content: bytes
    cloud: Cloud | None = None

    def choice(self, name: str, default: str, *choices: str) -> str:
        """Read a query parameter out of a fixed set, else 422."""
        value: str = self.query.get(name, default)
        if value not in choices:
            raise errors.not_a_choice(("query", name), choices, value)
        return value

    def limit(self, default: int) -> int:
        """Read `limit`: 422 when not a number, 500 when PostgreSQL would not take it."""
        text = self.query.get("limit", str(default))
        try:
            number = int(text.removesuffix(".0"))
        except ValueError:
            msg = "Input should be a valid integer, unable to parse string as an integer"
            raise errors.wrong_type("int_parsing", msg, ("query", "limit"), text) from None
        if not 0 <= number <= BIGGEST:
            raise errors.database_error()
        return number

    def types(self) -> list[str]:
        """Read `include_return_message_types`, else 422."""
        name = "include_return_message_types"
        values = self.query.get_list(name)
        for index, value in enumerate(values):
            if value not in TYPES:
                expected = ", ".join(f"'{known}'" for known in TYPES[:-1]) + f" or '{TYPES[-1]}'"
                problem = {
                    "type": "enum",
                    "loc": ("query", name, index),
                    "msg": f"Input should be {expected}",
                }
                raise errors.invalid(problem | {"input": value, "ctx": {"expected": expected}})
        return values

    def body(self, *, optional: bool = False) -> Json:
        """Parse the JSON body: an object, or nothing where that is allowed."""
        if not self.content:
            if optional:
                return {}
            raise errors.missing("body")
        if "json" not in self.headers.get("content-type", ""):
            raise errors.not_an_object(self.content)
        try:
            value = json.loads(self.content.decode())
        except UnicodeDecodeError:
            raise errors.plain(400, "There was an error parsing the body") from None
        except json.JSONDecodeError as error:
            problem = {
                "type": "json_invalid",
                "loc": ("body", error.pos),
                "msg": "JSON decode error",
                "input": {},
            }
            raise errors.invalid(problem | {"ctx": {"error": error.msg}}) from None
        if value is None and optional:
            return {}
        if not isinstance(value, dict):
            raise errors.not_an_object(value)
        return value

    def agent(self, name: str = "agent_id") -> Agent:
        """The agent of the path, else the 404 of agent routes that read through a manager."""
        agent = self.store.agents.get(self.ids[name])
        if agent is None:
            raise errors.plain(404, "Agent not found")
        return agent


def optional_number(body: Json, name: str) -> int | None:
    """Read a nullable whole number of a body, else 422."""
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise errors.wrong_type("int_type", "Input should be a valid integer", ("body", name), value)
    return value


def optional_switch(values: Json | httpx.QueryParams, name: str, where: str = "body") -> bool | None:
    """Read a nullable yes or no of a body, or of the query, else 422."""
    value = values.get(name)
    word = value.lower() if isinstance(value, str) else value
    for known, meaning in ((TRUE, True), (FALSE, False)):
        if word in known:
            return meaning
    if value is None:
        return None
    msg = "Input should be a valid boolean, unable to interpret input"
    raise errors.wrong_type("bool_parsing", msg, (where, name), value)


def optional_model_settings(body: Json) -> Json | None:
    """Read the settings of a model, which are stored with the defaults of their provider, else 422 (measured)."""
    settings, where = body.get("model_settings"), ("body", "model_settings")
    if settings is None:
        return None
    if not isinstance(settings, dict):
        msg = "Input should be a valid dictionary or object to extract fields from"
        raise errors.wrong_type("model_attributes_type", msg, where, settings)
    provider = settings.get("provider_type")
    if provider is None:
        msg = "Unable to extract tag using discriminator 'provider_type'"
        raise errors.wrong_type("union_tag_not_found", msg, where, settings)
    if provider not in PROVIDERS:
        msg = f"Input tag '{provider}' found using 'provider_type' does not match any of the expected tags"
        raise errors.wrong_type("union_tag_invalid", msg, where, settings)
    own = DEFAULTS_BY_PROVIDER.get(provider, {})
    return {"max_output_tokens": 4096, "parallel_tool_calls": True, **own, **settings}


def optional_moment(body: Json, name: str) -> datetime | None:
    """Read a nullable moment of a body, as text or in seconds since 1970, UTC where it names no zone, else 422."""
    text = body.get(name)
    if text is None:
        return None
    try:
        if isinstance(text, int | float):
            return datetime.fromtimestamp(text, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError, OverflowError, OSError):
        msg = "Input should be a valid datetime or date, invalid character in year"
        raise errors.wrong_type("datetime_from_date_parsing", msg, ("body", name), text) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def optional_text(body: Json, name: str) -> str | None:
    """Read a nullable string of a body, else 422."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.wrong_type("string_type", "Input should be a valid string", ("body", name), value)
    return value


def storable(text: str | None) -> None:
    """Refuse what PostgreSQL cannot store: NUL and lone surrogates (500, measured)."""
    if text is not None and re.search("[\0\ud800-\udfff]", text):
        raise errors.database_error()


def check_id(name: str, value: str, *, only_named: bool = True) -> None:
    """Check an id of the path as its validator does: lengths first for conversations, then prefix-uuid4."""
    if name == "conversation_id":
        _check_conversation_id(value, only_named)
        return
    prefix = name.removesuffix("_id")
    pattern = f"^{prefix}-{errors.UUID4}$"
    if not re.search(pattern, value):
        example = f"{prefix}-{errors.SAMPLE}"
        raise errors.pattern_mismatch(name, value, pattern, f"{prefix}-{{uuid4}}", example)


def _check_conversation_id(value: str, only_named: bool) -> None:
    loc = ("path", "conversation_id")
    pattern = CONVERSATION if only_named else ANY_CONVERSATION
    size = len(value)
    problem: dict[str, Any] | None = None
    if only_named and size < 41:
        msg = "String should have at least 41 characters"
        problem = {
            "type": "string_too_short",
            "loc": loc,
            "msg": msg,
            "input": value,
            "ctx": {"min_length": 41},
        }
    elif only_named and size > 41:
        msg = "String should have at most 41 characters"
        problem = {
            "type": "string_too_long",
            "loc": loc,
            "msg": msg,
            "input": value,
            "ctx": {"max_length": 41},
        }
    if problem:
        raise errors.invalid(problem)
    if not re.search(pattern, value):
        shown = pattern
        raise errors.pattern_mismatch("conversation_id", value, pattern, shown)
