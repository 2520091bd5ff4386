"""The budgets: what each figure may be at most. One is met when the upper quartile of at least ten runs is within it.

Nearly all are ratios to a floor that ran beside it, since machines differ by a factor of three: `bare` is a Textual
app with one Static, the bare list a Line API list of as many computed rows, `raw` one fetch of the same bytes on an
open connection plus `json.loads`; of a conversation in files, one reading of the file plus `json.loads` of each line.
"""

from __future__ import annotations

from tests.bench.figures import Goal

SIZES = 50, 10_000, 100_000
LENGTHS = 100, 1_000, 5_000, 10_000
MOTIONS = "down", "scroll down", "page down"

LATENCY = 0.2
SLOW = f" at {LATENCY * 1000:.0f} ms"


def goals() -> dict[str, Goal]:
    """By the name of the figure."""
    goals = {
        "start: first frame that takes keys": Goal("ratio", 1.6),
        f"start{SLOW}: first frame that takes keys": Goal("ratio", 1.6),
        "start: fresh rows": Goal("ratio", 2.1),
        f"start{SLOW}: fresh rows, less latency": Goal("ratio", 2.1),
        "very first start: fresh rows": Goal("ratio", 2.6),
        "list 10,000: held at 60 Hz, lag": Goal("value", 33),
        "open 5,000: first readable": Goal("ratio", 2.0),
        "open 5,000: all": Goal("ratio", 6.0),
        f"open 5,000{SLOW}: round trips deep": Goal("value", 1),
        "type at 100 KB": Goal("ratio", 1.2),
        "memory: idle": Goal("more", 22),
        "memory: 10,000 messages, of JSON": Goal("ratio", 3),
        "read 10,000/100: scroll": Goal("ratio", 1.2),
        "read 10,000/100: page down": Goal("ratio", 1.2),
        "read 10,000/100: resize": Goal("ratio", 1.5),
        "requests: a page of the list": Goal("value", 1),
        "requests: j held over 1,000 rows": Goal("value", 5),
        "real check: all": Goal("ratio", 1.5),
        "check 10,000: all": Goal("ratio", 1.3),
        "check 10,000: processor": Goal("ratio", 1.7),
        "check 10,000: peak, above 100": Goal("more", 12),
        "check 10,000: killed and resumed, lost": Goal("value", 0),
        "check 300, every third refused: lost": Goal("value", 0),
        "local 10,000: first rows": Goal("ratio", 2.0),
        "local open 10,000: first readable": Goal("ratio", 2.0),
        "local open 10,000: all": Goal("ratio", 6.0),
    }
    for count in SIZES:
        goals[f"list {count:,}: bytes per move"] = Goal("value", 1000)
    for count in SIZES[1:]:
        for motion in MOTIONS:
            goal = goals[f"list {count:,}: {motion}"] = Goal("ratio", 1.6 if motion == "down" else 1.25)
            goals[f"local {count:,}: {motion}"] = goal
            goals[f"list {count:,}/50: {motion}"] = Goal("ratio", 1.2)
    return goals
