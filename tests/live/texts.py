"""Sample texts that are awkward on purpose: markup, scripts of many kinds, empty, long."""

SUMMARIES: tuple[str | None, ...] = (
    "Holiday plans for {i}",
    "Fix the login bug #{i}",
    "Käse, 寿司 & 😀 — menu {i}",
    "[bold]not markup[/bold] {i}",
    None,
    "",
    "A very long summary " + "that goes on and on " * 12 + "{i}",
    "Zwischenstand {i}\nsecond line",
    "عربي rtl {i}",
    "x{i}",
)

LINES = (
    "Hello, this is message {i}.",
    "Can you explain **markdown** and `code`?",
    "```python\nfor i in range({i}):\n    print(i)\n```",
    "Ein längerer Satz mit Umlauten äöü, Zahl {i}.",
    "短い文です。{i}",
    "- a list\n- of {i}\n- things",
    "😀 emoji and [red]brackets[/red]",
    "word " * 60 + "{i}",
)


def numbered(text: str, number: int) -> str:
    """The text with its number; other braces stay as they are."""
    return text.replace("{i}", str(number))


def summary_of(kind: int, number: int) -> str | None:
    """The summary of this kind, which may be absent or empty."""
    text = SUMMARIES[kind % len(SUMMARIES)]
    return None if text is None else numbered(text, number)
