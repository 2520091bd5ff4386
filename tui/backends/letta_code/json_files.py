"""JSON files of a store: Letta Code rewrites them in place, so a reader may find them empty or cut off."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from typing import Any, NoReturn

from tui.backends.demo.records import Json
from tui.backends.letta_code.files import Root, Signature

MAX_RECORD = 16 * 2**20
"""Bytes of one JSON file."""

MAX_VALUES = 1_000_000
"""Values of one JSON text; each takes up to a hundred bytes of memory."""

DEEPEST = 100
"""Levels of nested lists and objects."""

CACHED, SMALL = 64, 2**20
"""How many JSON files are cached, and the largest size in bytes of each."""

TRIES = 6
PAUSE = 0.02
"""How often a file that is being rewritten is read, and the seconds between."""


class TornFile(ValueError):
    """The content is not a JSON object, even after several reads."""


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""One for all: making a decoder takes as long as reading a record."""


def parse_object(data: bytes) -> Json:
    """The JSON object in bytes; raises ValueError for anything else, and for what is too large or too deep."""
    openings = data.count(b"[") + data.count(b"{")
    if data.count(b",") + openings > MAX_VALUES:
        raise ValueError("it has too many values")
    try:
        value = DECODER.decode(data.decode())
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    if openings > DEEPEST:
        _check_depth(value)
    return value


def read_object(root: Root, *parts: str, most: int = MAX_RECORD) -> tuple[Json, bytes, Signature]:
    """A JSON file as object, as bytes, and its signature; one that is being rewritten is read again.

    Raises OSError for what cannot be read, and TornFile for what is still no object after several readings.
    """
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
        data, signature = root.read(*parts, most=most)
        try:
            return parse_object(data), data, signature
        except ValueError as error:
            reason = str(error)
    raise TornFile(f"{parts[-1]} is incomplete or damaged ({reason})")


class JsonFiles:
    """JSON files by path; small ones that were read last stay in memory until they change."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], tuple[Signature, Json]] = OrderedDict()

    def read(self, *parts: str) -> Json:
        """Return a file as an object, which must not be changed; raises what `read_object` raises.

        Files are read one after the other: two requests for one file at the same time read it once.
        """
        with self._lock:
            signature = self._root.signature(*parts)
            known = self._known.get(parts)
            if known is not None and known[0] == signature:
                self._known.move_to_end(parts)
                return known[1]
            value, data, signature = read_object(self._root, *parts)
            self._known.pop(parts, None)
            if len(data) <= SMALL:
                self._known[parts] = signature, value
            while len(self._known) > CACHED:
                self._known.popitem(last=False)
        return value

    def note(self, value: Json, data: bytes, signature: Signature, *parts: str) -> None:
        """Cache a file that was read elsewhere, if there is room, so that it is not read a second time."""
        with self._lock:
            if len(self._known) < CACHED and len(data) <= SMALL:
                self._known[parts] = signature, value


def _check_depth(value: Json) -> None:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise ValueError("it is nested too deep")
