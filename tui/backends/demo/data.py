"""The demo data: a handful of agents, the first of them with more conversations than fit on a screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tui.backends.demo.cloud import keep_memory_in_git
from tui.backends.demo.records import Agent, Block, Conversation
from tui.backends.demo.scripts import Script, Story, add_story
from tui.backends.demo.store import Store
from tui.backends.demo.stories_edge_cases import ESC, ODD, RLO, chat
from tui.backends.demo.stories_filler import filler_stories
from tui.backends.demo.stories_work import PROJECT_BEFORE, WORK

HUMAN = "Name: Robin Okafor\nOn call: this week. Prefers short answers and long tests."
PERSONA = "I am Ada. I read before I write, I measure before I guess, and I say which of the two I did."
POLICY = "Ask before anything that cannot be undone. Staging counts.\nNever force-push on a Friday."
LONG_DESCRIPTION = (
    "Rules that this agent may read and must not edit. They were agreed on in a meeting that everybody left "
    "thinking that somebody else had won, they are reviewed every quarter, and whoever wants to change them "
    "writes the reason first, the rule second and an apology third."
)
TOTAL = 240
LINUS = "Linus, nightly regression watcher"


def build_demo_store(now: datetime | None = None, *, isolates: bool = True) -> Store:
    """Build the demo store, every age relative to `now`; equal arguments give equal stores.

    Without isolation, the same agents have the same conversations, but these read the shared blocks.
    """
    store = Store(now, isolates=isolates)
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=407_113)
    days = timedelta(days=1)
    _ada(store, moment)
    _grace(store, moment, moment - 190 * days)
    _linus(store, moment, moment - 260 * days)
    _mallory(store, moment, moment - 300 * days)
    _batch(store, moment, moment - 340 * days)
    if not isolates:
        keep_memory_in_git(store, [LINUS])
    store.add_agent(
        "Hopper (retired)", {"persona": "I found the moth."}, model="openai/gpt-4.1", at=moment - 700 * days
    )
    return store


def _ada(store: Store, now: datetime) -> None:
    born = now - timedelta(days=180)
    blocks = [
        store.add_block("persona", PERSONA, at=born),
        store.add_block("human", HUMAN, at=born),
        store.add_block("project", PROJECT_BEFORE, description="What we are working on.", at=born),
        store.add_block("policy", POLICY, description="House rules.", read_only=True, at=born),
        store.add_block(
            "scratchpad", "", description="Notes for later. Later has not come yet.", limit=2000, at=born
        ),
    ]
    runbook = store.add_block("runbook", "1. Breathe.", description="What to do at 3 a.m.", at=born)
    agent = _agent(
        store, "Ada", blocks, "openai/gpt-4o-mini", born, "Debugs the ledger, and sometimes its authors."
    )
    agent.last_run_completion = now - timedelta(minutes=2)
    stories = sorted([*WORK, *ODD], key=lambda story: story.age)
    made = [_add_story_with_block(store, agent, story, now, runbook) for story in stories]
    source = next(c for c in made if c.summary == "Weekly report")
    _fork(store, agent, source, now)
    oldest = stories[-1].age
    for story in filler_stories(TOTAL - len(stories) - 1, oldest, seed=1815):
        add_story(store, agent, story, now)
    _default(store, agent, _ada_direct, now - timedelta(hours=7), now - timedelta(minutes=2))


def _add_story_with_block(
    store: Store, agent: Agent, story: Story, now: datetime, block: Block
) -> Conversation:
    """Store a story; the block is attached to the agent only while a conversation that isolates it is created."""
    if block.label not in story.isolated:
        return add_story(store, agent, story, now)
    agent.block_ids.append(block.id)
    made = add_story(store, agent, story, now)
    store.detach(agent.id, block.label)
    return made


def _fork(store: Store, agent: Agent, source: Conversation, now: datetime) -> None:
    """A fork that has diverged from its source, which is written before it."""

    def write_fork(script: Script) -> None:
        ids = script.store.in_context(source.id)
        home = script.home or ""
        script.system()
        script.events.append((0, lambda _: script.store.link_existing(home, ids[1:])))
        script.user("Now the same for the board. They like adjectives.")
        script.says("- 14 *decisive* merges, 2 *reflective* reverts\n- a *historic* cent, *recovered*")

    add_story(store, agent, Story("Weekly report, with adjectives (fork)", write_fork, 1430, 1425), now)


def _ada_direct(script: Script) -> None:
    script.user("Morning. Anything on fire?")
    script.says(
        "Nothing new. The old fire is well and sends its regards.",
        thinks="Check the alerts first. Two, both stale.",
    )
    script.user("What did I promise for today?")
    script.says("- the billing split\n- an answer to the auditors\n- to stop calling it *tiny cleanup*")


def _grace(store: Store, now: datetime, born: datetime) -> None:
    essay = "The limit was 200 characters. Nobody enforces it. " * 9
    blocks = [
        store.add_block("persona", "I am Grace. I keep the rules, and their footnotes.", at=born),
        store.add_block("rules", POLICY, description=LONG_DESCRIPTION, read_only=True, at=born),
        store.add_block("overflow", essay, description="Larger than it may be.", limit=200, at=born),
        store.add_block("empty", "", description="", at=born),
    ]
    agent = _agent(store, "Grace", blocks, "openai/gpt-4.1", born, "Reviews what the others did.")
    review = chat(
        "Review the policy, please.", "Rule 2 is broken every Friday at 17:40. The others are fine."
    ).write
    _add_stories(
        store,
        agent,
        now,
        Story("Quarterly review of the rules", review, 3000, 2900, {"overflow": "Short, here."}),
    )
    _add_stories(
        store, agent, now, Story(None, chat("who reviews the reviewer", "Ada. I checked.").write, 9000, 8990)
    )
    _add_stories(
        store, agent, now, Story("Audit trail, draft", review, 12000, 11000, {"rules": None, "empty": None})
    )


def _linus(store: Store, now: datetime, born: datetime) -> None:
    blocks = [
        store.add_block(label, text, at=born)
        for label, text in (("persona", "I am direct."), ("human", HUMAN))
    ]
    agent = _agent(store, LINUS, blocks, "openai/gpt-4o-mini", born, None)
    for number, text in enumerate(
        ("All green.", "One red: test_total_rounds_once.", "All green. Suspicious.")
    ):
        tell = chat("Nightly run finished.", text).write
        _add_stories(
            store,
            agent,
            now,
            Story(f"Nightly run {1204 - number}", tell, 600 + 1440 * number, 590 + 1440 * number),
        )


def _mallory(store: Store, now: datetime, born: datetime) -> None:
    name = f"[red]Mallory[/red] {ESC}]0;pwned\x07{ESC}[5m{RLO}tpircs.sj\u202c [/foo] 日本"
    blocks = [store.add_block("persona", f"{ESC}[31mI am a perfectly normal block.{ESC}[0m [/]", at=born)]
    agent = _agent(store, name, blocks, "openai/[/gpt]", born, f"Tests{ESC}[2J the patience of terminals.")
    tell = chat("[@click=app.quit]press me[/]", f"{ESC}[?1049h").write
    _add_stories(store, agent, now, Story(f"{RLO}[/]{ESC}[1m", tell, 7000, 6990))


def _batch(store: Store, now: datetime, born: datetime) -> None:
    """Thirty conversations of one instant: pages by created_at lose most of them."""
    blocks = [
        store.add_block("persona", "I was imported, with all my baggage, in a single transaction.", at=born)
    ]
    agent = _agent(
        store, "Batch import", blocks, "openai/gpt-4o-mini", born, "Thirty conversations, one created_at."
    )
    for number in range(30):
        tell = chat(f"Ticket {4000 + number}: see attachment.", "There is no attachment.").write
        _add_stories(
            store, agent, now, Story(f"Ticket {4000 + number}", tell, 50_000, 50_000 if number % 3 else None)
        )


def _agent(
    store: Store, name: str, blocks: list[Block], model: str, born: datetime, description: str | None
) -> Agent:
    agent_id = store.add_agent(name, blocks, model=model, at=born, description=description, tags=["demo"])
    return store.agents[agent_id]


def _add_stories(store: Store, agent: Agent, now: datetime, *stories: Story) -> None:
    for story in stories:
        add_story(store, agent, story, now)


def _default(
    store: Store, agent: Agent, tell: Callable[[Script], None], start: datetime, end: datetime
) -> None:
    script = Script(store, agent, None, {})
    tell(script)
    script.finish(start, end)
