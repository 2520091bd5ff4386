"""Mistakes in the arguments, each explained in one sentence, with the word that was likely meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

CHOICE = re.compile(r"argument (\S+): invalid choice: (['\"])(.*)\2 \(choose from (.*)\)", re.DOTALL)
REQUIRED = "the following arguments are required: "
ARGUMENT = re.compile(r"argument (.+?): (.*)", re.DOTALL)
MEANT = {"compare": "diff", "find": "search", "memory": "blocks", "rename": "summary"}
"""Commands by another name that somebody may expect for them."""

FEW = 15
"""Number of choices that are listed: no more than the pages of the manual."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was likely meant, if one is close enough."""
    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.65)
    return close[0] if close else None


def listed(words: Sequence[str], conjunction: str = "or") -> str:
    """Return words as a list in a sentence: "a, b or c"."""
    *front, last = words
    return f"{', '.join(front)} {conjunction} {last}" if front else last


def unknown(noun: str, word: str, known: Sequence[str]) -> str:
    """Return that there is no such command, page or profile, with the nearest one, or all if they are few."""
    sentence = f"there is no {noun} “{word}”"
    near = MEANT[word] if MEANT.get(word) in known else nearest(word, known)
    if near:
        return f"{sentence}: did you mean {near}?"
    return f"{sentence}: choose {listed(known)}" if 0 < len(known) <= FEW else sentence


def surplus(words: Sequence[str], options: Sequence[str]) -> str:
    """Return what is wrong with superfluous arguments."""
    option = next((word.partition("=")[0] for word in words if word.startswith("-") and word != "-"), None)
    if option is None:
        return f"unexpected argument “{words[0]}”"
    near = nearest(option, options)
    return f"there is no option {option}" + (f": did you mean {near}?" if near else "")


def mistake(message: str, subcommands: Sequence[str] = ()) -> str:
    """Return an error of argparse in our own words; our own messages are returned unchanged."""
    if choice := CHOICE.fullmatch(message):
        name, _, word, choices = choice.groups()
        known = [one.strip("'\"") for one in choices.split(", ")]
        if name.startswith("-"):
            return f"{name} takes {listed(known)}, not “{word}”"
        return unknown("command" if "|" in name else name.lower(), word, known)
    if message.startswith(REQUIRED):
        missing = message.removeprefix(REQUIRED).split(", ")
        return f"needs one of {listed(subcommands)}" if subcommands else f"needs {listed(missing, 'and')}"
    if found := ARGUMENT.fullmatch(message):
        name, problem = found.groups()
        if problem == "expected one argument":
            return f"{name} needs a value"
        if problem.startswith("ignored explicit argument"):
            first, *variants = name.split("/")
            if variants and "=" in variants[-1]:
                return f"{first} takes no value; the only other way to write it is {listed(variants)}"
            return f"{name} takes no value"
        return f"{name} {problem}".replace("not allowed with argument", "cannot be used with")
    return message
