"""The long tail: hundreds of believable conversations that cost nothing until they are opened."""

from __future__ import annotations

import random

from tui.backends.demo.scripts import Script, ScriptWriter, Story

VERBS = (
    "Fix",
    "Explain",
    "Profile",
    "Rename",
    "Document",
    "Untangle",
    "Bisect",
    "Review",
    "Retire",
    "Port",
    "Measure",
)
THINGS = (
    "the flaky invoice test", "the retry loop", "currency rounding", "the nightly import", "the login redirect",
    "a deadlock in the WAL", "the CSV of doom", "timezone handling", "the dashboard query", "an off-by-one in paging",
    "the cache that never expires", "the cache that always expires", "error messages", "the staging certificate",
    "the webhook signature", "a memory leak, maybe", "the 3 a.m. alert", "the config loader", "feature flag 17",
)  # fmt: skip
TAILS = (
    "",
    "",
    "",
    ", again",
    " (part 2)",
    " before Friday",
    ", properly this time",
    " for the auditors",
    "?",
)
OPENINGS = (
    "can you look at {thing}", "{thing}: what do we know?",
    "Something is wrong with {thing}, and I would like it not to be me.",
        "quick one: {thing}", "I have forgotten everything about {thing}. Remind me.",
)  # fmt: skip
FINDINGS = (
    "It happens only when the clock is behind the database. Yours is, by 3 seconds.",
    "Two callers, two opinions about `None`. I would side with the tests.",
    "The code is right. The comment above it is from another century.",
    "Reproduced: **4 of 100** runs, always on the slow disk.",
    "It was never called. I checked three times because I did not believe it either.",
)
THANKS = ("thanks", "ok, do that", "hm. and if not?", "then delete it", "ship it", "I owe you a coffee")
CLOSINGS = (
    "Done.",
    "Done, with a test.",
    "I left a note in `scratchpad`.",
    "No coffee for me, I am a process.",
)


def filler_stories(count: int, start_age: float, seed: int) -> list[Story]:
    """Stories from `start_age` minutes ago back into the past; some are untitled, isolated or simultaneous."""
    dice = random.Random(seed)  # noqa: S311
    stories, age = [], start_age
    for number in range(count):
        if number % 40 not in (11, 12, 13):  # a batch import: four conversations, one created_at
            age += dice.uniform(60, 1500)
        thing = dice.choice(THINGS)
        summary: str | None = f"{dice.choice(VERBS)} {thing}{dice.choice(TAILS)}"
        if dice.random() < 0.12:
            summary = None if dice.random() < 0.8 else ""
        silent = dice.random() < 0.1
        isolated: dict[str, str | None] = {}
        if dice.random() < 0.15:
            isolated["human"] = (
                None if dice.random() < 0.5 else f"Name: Robin Okafor\nThis time about {thing}."
            )
        spoke = None if silent else max(age - dice.uniform(1, 55), 1.0)
        tell = _only_system if silent else _talk(thing, dice.randrange(1, 5))
        stories.append(Story(summary, tell, age, spoke, isolated, ran=not silent and dice.random() < 0.4))
    return stories


def _only_system(script: Script) -> None:
    script.system()


def _talk(thing: str, turns: int) -> ScriptWriter:
    def tell(script: Script) -> None:
        script.system()
        script.user(script.dice.choice(OPENINGS).format(thing=thing))
        for _ in range(turns):
            if script.dice.random() < 0.5:
                script.says(None, ("search_code", {"query": thing, "limit": 20}))
                hits = script.dice.randrange(0, 40)
                script.returns(
                    {"tool_return": f"{hits} hits", "status": "success", "stdout": None, "stderr": None}
                )
            script.says(script.dice.choice(FINDINGS))
            script.user(script.dice.choice(THANKS))
        script.says(script.dice.choice(CLOSINGS))

    return tell
