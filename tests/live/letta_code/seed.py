"""A small store that holds each case once."""

from __future__ import annotations

from dataclasses import dataclass

from tests.live.letta_code.program import LettaCode

FORGOTTEN = "The user is called Sam"
"""The commit that the model forgot."""


@dataclass(frozen=True)
class Seeded:
    """What a seeded store holds: two agents, and conversations by what happened to them."""

    ada: str
    ben: str
    compacted: str
    forgot: str
    archived: str
    empty: str
    hidden: str
    fork: str
    untitled: str


def seed(code: LettaCode) -> Seeded:
    """Fill an empty store: tools, reasoning, a compaction, archived and hidden ones, a fork, a forgotten edit."""
    ada, ben = code.agent("Ada"), code.agent("Ben")
    code.say("hello in the default conversation", "--agent", ada, "--conversation", "default")
    compacted = code.say("think, then tool:echo one\ntool:ls /nowhere", "--agent", ada, "--new")
    for text in ("tool:echo two", "and three", "and four"):
        code.say(text, "--conversation", compacted)
    forgot = code.say("who am I?", "--agent", ada, "--new")
    human = code.memory_file(ada, "human")
    human.write_text(human.read_text() + "\nName: Sam\n")
    code.commit(ada, FORGOTTEN)
    code.say("and now?", "--conversation", forgot)  # gets the new memory once
    code.say("and after that?", "--conversation", forgot)  # gets the old one again
    archived = code.say("tool:uname", "--agent", ben, "--new")
    with code.app_server() as server:

        def update(conversation_id: str, **body: object) -> None:
            server.ask("conversation_update", conversation_id=conversation_id, body=body)

        def created(kind: str, **fields: object) -> str:
            return str(server.ask(kind, **fields)["conversation"]["id"])

        server.ask("conversation_compact", conversation_id=compacted, body={})
        update(compacted, summary="Compacted conversation")
        update(forgot, summary="The model forgot an edit")
        update(archived, summary="Put away", archived=True)
        return Seeded(
            ada,
            ben,
            compacted,
            forgot,
            archived,
            created("conversation_create", body={"agent_id": ben, "summary": "Created empty"}),
            created("conversation_create", body={"agent_id": ben, "summary": "Hidden one", "hidden": True}),
            created("conversation_fork", conversation_id=compacted, body={}),
            created("conversation_create", body={"agent_id": ben}),
        )
