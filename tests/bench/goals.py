"""What each figure may be at most; a goal is met when the upper quartile of at least ten runs is."""

from __future__ import annotations

from tests.bench.figures import Goal

SIZES = 50, 10_000, 100_000
LENGTHS = 100, 1_000, 5_000, 10_000
MOTIONS = "down", "scroll down", "page down"

LATENCY = 0.2
SLOW = f" at {LATENCY * 1000:.0f} ms"


def goals() -> dict[str, Goal]:
    """By the name of the figure."""
    found = {
        "start: frame": Goal("ratio", 1.15),
        f"start{SLOW}: frame": Goal("ratio", 1.15),
        "start: rows of last visit": Goal("ratio", 1.25),
        f"start{SLOW}: rows of last visit": Goal("ratio", 1.25),
        "start: fresh rows": Goal("ratio", 1.6),
        f"start{SLOW}: fresh rows, less latency": Goal("ratio", 1.3),
        "list 10,000: held at 60 Hz, lag": Goal("value", 33),
        "open 5,000: first readable": Goal("ratio", 1.3),
        "open 5,000: all": Goal("ratio", 2.0),
        f"open 5,000{SLOW}: round trips deep": Goal("value", 1),
        f"open 5,000{SLOW}: rested beside it": Goal("value", 60),
        "type at 100 KB": Goal("ratio", 1.2),
        "memory: idle": Goal("more", 22),
        "requests: a page of the list": Goal("value", 1),
        "requests: j held over 1,000 rows": Goal("value", 5),
    }
    for length in LENGTHS[2:]:
        found[f"memory: {length:,} messages, of JSON"] = Goal("ratio", 3)
        found[f"read {length:,}: resize"] = Goal("value", 70)
        found[f"read {length:,}/100: resize"] = Goal("ratio", 2.0)
        for motion in ("scroll", "page down"):
            found[f"read {length:,}: {motion}"] = Goal("p95", 12)
            found[f"read {length:,}/100: {motion}"] = Goal("ratio", 1.3)
    for count in SIZES:
        found[f"list {count:,}: bytes per move"] = Goal("value", 1000)
        for motion in MOTIONS:
            if count > SIZES[0]:
                found[f"list {count:,}: {motion}"] = Goal("p95", 3)
                found[f"list {count:,}/50: {motion}"] = Goal("ratio", 1.2 if count == SIZES[-1] else 1.5)
    return found
