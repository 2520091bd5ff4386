"""The styles of text roles: theme tokens only, since every colour follows the theme.

A table, not component classes: Textual computes those again for every view whenever the style of one may have
changed, which took a third of the time of a change of focus.
"""

from __future__ import annotations

import re

from textual.style import Style

TINTS = {
    "cursor": "$primary",
    "cursor-away": "$foreground 35%",
    "row-cursor": "bold on $primary 18%",
    "muted": "$foreground 60%",
    "caption": "italic $foreground 60%",
    "untitled": "italic $foreground 60%",
    "title": "bold",
    "strong": "bold",
    "em": "italic",
    "struck": "strike",
    "code": "$text-secondary",
    "link": "underline",
    "key": "$text-secondary",
    "accent": "$text-accent",
    "error": "$text-error",
    "warning": "$text-warning",
    "system": "$foreground 60%",
    "user": "bold $text-primary",
    "assistant": "bold $text-success",
    "reasoning": "italic $foreground 60%",
    "tool": "$text-secondary",
    "approval": "$text-warning",
    "summary": "bold $text-accent",
    "event": "$foreground 60%",
    "isolated": "bold $text-accent",
    "shared": "$foreground 60%",
    "added": "bold $text-success",
    "removed": "bold $text-error",
    "dimmed": "$foreground 45%",
    "boundary": "bold $text-accent",
    "match": "underline on $warning 30%",
    "match-current": "bold reverse $text-warning",
}
"""By role; text roles never set a background, and every state has a glyph or a word besides its colour."""


PLAIN = {"removed": "bold underline", "code": "italic", "row-cursor": "bold on $foreground 15%"}
"""For NO_COLOR: the styles of roles that otherwise differ only by colour."""

ANSI = {"row-cursor": "bold reverse", "match": "underline reverse", "match-current": "bold reverse"}
"""For the terminal's own 16 colours, which cannot be mixed: backgrounds are made by reverse video."""

COLOUR = re.compile(r"\$(?!foreground)\S+")
FADED = re.compile(r"\$foreground \d+%")


def tint(role: str, *, plain: bool = False, ansi: bool = False) -> Style:
    """The style of a role in the current theme, `plain` for no colours, `ansi` for those of the terminal."""
    words = TINTS[role] if role else ""
    if plain:
        words = PLAIN.get(role) or COLOUR.sub("$foreground", words)
    elif ansi:
        words = ANSI.get(role) or FADED.sub("dim", words)
    return Style.parse(words) if words else Style()
