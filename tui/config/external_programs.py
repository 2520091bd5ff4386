"""The programs of the user's own that show or edit a text: $VISUAL, $EDITOR, $PAGER."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from typing import NamedTuple


class ExternalProgram(NamedTuple):
    """A program with its arguments, and what to call it."""

    command: tuple[str, ...]
    name: str


def find_editor(environ: Mapping[str, str] = os.environ) -> ExternalProgram:
    """The program of $VISUAL or $EDITOR, else vi; raises OSError."""
    return _find(("VISUAL", "EDITOR"), "vi", environ)


def find_pager(environ: Mapping[str, str] = os.environ) -> ExternalProgram:
    """The program of $PAGER, else less; raises OSError."""
    return _find(("PAGER",), "less -R", environ)


def _find(variables: tuple[str, ...], default: str, environ: Mapping[str, str]) -> ExternalProgram:
    """The program of the first variable that is not blank; no shell takes part."""
    for variable in variables:
        value = environ.get(variable, "").strip()
        if not value:
            continue
        try:
            command = shlex.split(value)
        except ValueError as error:
            raise OSError(f"{variable} cannot be split into words: {str(error).lower()}") from None
        if not command or not command[0].strip():
            raise OSError(f"{variable} does not name a program: {value!r}")
        return ExternalProgram(tuple(command), f"{command[0]} ({variable})")
    command = shlex.split(default)
    return ExternalProgram(tuple(command), command[0])
