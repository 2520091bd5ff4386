"""Fill a server with agents, conversations and messages: over REST or, for bulk, in its database."""

import random
import time
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from tests.live import seed_sql
from tests.live.running import LiveError, RealServer
from tests.live.texts import LINES, numbered, summary_of

Via = Literal["auto", "rest", "sql"]

# A conversation over REST takes about 50 ms and a turn about 300 ms.
REST_CONVERSATIONS = 50
REST_MESSAGES = 4


@dataclass(frozen=True)
class Plan:
    """How much of what; counts are per agent and per conversation.

    `isolated` gives every conversation isolated copies of `human`, every second one of `scratch` too. Only
    SQL heeds `same_created_at` (the server's paging loses such rows) and `step`, the seconds from one
    conversation to the next.
    """

    agents: int = 1
    conversations: int = 10
    messages: int = 4
    isolated: bool = False
    via: Via = "auto"
    same_created_at: bool = False
    step: float = 60
    prefix: str = "seed"
    seed: int = 1


@dataclass(frozen=True)
class Seeded:
    """What was made: the agents' ids and two counts."""

    via: str
    agents: tuple[str, ...]
    conversations: int
    messages: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def seed(server: RealServer, plan: Plan) -> Seeded:
    """Carry out the plan; the same seed gives the same texts.

    Isolated blocks are copies that only the server makes well, so such conversations are created over REST
    even when their messages go through SQL.
    """
    started = time.monotonic()
    via = _way(server, plan)
    choices = random.Random(plan.seed)
    agents = []
    conversations = messages = 0
    for number in range(plan.agents):
        agent = create_agent(server, f"{plan.prefix}-{number + 1:03d}", f"Name: Sam {number}\nLikes: tea")
        agents.append(agent)
        over_rest = plan.conversations if via == "rest" or plan.isolated else 0
        made = [create_conversation(server, agent, number, index, plan) for index in range(over_rest)]
        if via == "rest":
            messages += sum(_talk(server, conversation, plan, choices) for conversation in made)
        else:
            messages += seed_sql.fill(server, agent, _bulk(plan, plan.conversations - over_rest))
        conversations += plan.conversations
    seconds = round(time.monotonic() - started, 2)
    return Seeded(via, tuple(agents), conversations, messages, seconds)


def _way(server: RealServer, plan: Plan) -> Literal["rest", "sql"]:
    if plan.via == "sql" and not server.psql:
        raise LiveError("only a server that this harness started can be filled through SQL")
    if plan.via != "auto":
        return plan.via
    bulk = plan.messages > REST_MESSAGES or plan.conversations > REST_CONVERSATIONS
    return "sql" if server.psql and bulk else "rest"


def _bulk(plan: Plan, create: int) -> seed_sql.Bulk:
    return seed_sql.Bulk(
        create=create,
        messages=plan.messages,
        seed=plan.seed,
        step=0 if plan.same_created_at else plan.step,
    )


def create_agent(server: RealServer, name: str, human: str) -> str:
    """POST /v1/agents/ with the blocks human, persona and scratch; returns the id."""
    blocks = [
        {"label": "human", "value": human},
        {"label": "persona", "value": f"I am {name}."},
        {"label": "scratch", "value": ""},
    ]
    body = {
        "name": name,
        "model": server.model,
        "embedding": server.embedding,
        "include_base_tools": True,
        "memory_blocks": blocks,
    }
    return str(server.call("POST", "/v1/agents/", body)["id"])


def create_conversation(server: RealServer, agent: str, number: int, index: int, plan: Plan) -> str:
    """POST /v1/conversations/ with the summary of this index; returns the id."""
    body: dict[str, Any] = {}
    summary = summary_of(number + index, index)
    if summary is not None:
        body["summary"] = summary
    if plan.isolated:
        body["isolated_block_labels"] = ["human", "scratch"] if index % 2 else ["human"]
    path = "/v1/conversations/?" + urlencode({"agent_id": agent})
    return str(server.call("POST", path, body)["id"])


def _talk(server: RealServer, conversation: str, plan: Plan, choices: random.Random) -> int:
    """Send half of the messages, let the model answer; returns how many the conversation has gained."""
    gained = 0
    for turn in range((plan.messages + 1) // 2):
        said = {"role": "user", "content": numbered(choices.choice(LINES), turn)}
        path = f"/v1/conversations/{conversation}/messages"
        answer = server.call("POST", path, {"messages": [said], "streaming": False})
        gained += 1 + len(answer["messages"])
    return gained
