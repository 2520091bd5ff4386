"""Figures of many runs, their quartiles, their ratios to a floor that ran beside them, and the table of all."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tests.bench.session import Effect

ENOUGH = 10
"""Runs from which on a goal counts as met; below, the word is in brackets."""


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which such a part of all lies, between two of them where need be."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * part
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Goal:
    """What a figure may be at most: the upper quartile of its values, of its ratios or of what it has more than
    its floor, or the 95th part in a hundred of its values."""

    kind: Literal["value", "p95", "ratio", "more"]
    most: float

    @property
    def words(self) -> str:
        """As the table says it."""
        number = f"{self.most:g}"
        return {"value": number, "p95": f"p95 {number}", "ratio": f"{number} x", "more": f"+ {number}"}[
            self.kind
        ]


@dataclass
class Figure:
    """One line of the table: for each run its values, and those of the floor that ran beside it."""

    name: str
    unit: str
    goal: Goal | None = None
    values: list[list[float]] = field(default_factory=list)
    floors: list[list[float]] = field(default_factory=list)
    work: list[list[float]] = field(default_factory=list)
    """Milliseconds of processor time of each value, where that is known."""

    work_of_floor: list[list[float]] = field(default_factory=list)
    less: float = 0.0
    """What is subtracted from a value before it is compared with its floor, such as an added latency."""

    def note(self, values: Iterable[float | None], floor: Iterable[float | None] = ()) -> None:
        """Add a run; values that could not be had are left out."""
        self.values.append([value for value in values if value is not None])
        self.floors.append([value for value in floor if value is not None])

    @property
    def every(self) -> list[float]:
        """The values of all runs."""
        return [value for run in self.values for value in run]

    @property
    def ratios(self) -> list[float]:
        """For each run the ratio of the medians."""
        return [(own - self.less) / floor for own, floor in _medians(self.values, self.floors) if floor]

    @property
    def ratios_of_work(self) -> list[float]:
        """For each run the ratio of the medians of processor time."""
        return [own / floor for own, floor in _medians(self.work, self.work_of_floor) if floor]

    @property
    def more(self) -> list[float]:
        """For each run by how much it is above its floor."""
        return [own - floor for own, floor in _medians(self.values, self.floors)]

    @property
    def reached(self) -> float | None:
        """What is compared with the goal."""
        if self.goal is None:
            return None
        kind = self.goal.kind
        found = {"ratio": self.ratios, "more": self.more}.get(kind, self.every)
        return quantile(found, 0.95 if kind == "p95" else 0.75) if found else None

    @property
    def met(self) -> str:
        """Whether the goal is met: "yes", "no", in brackets after few runs, "-" where nothing can be said."""
        if self.goal is None:
            return ""
        if self.reached is None:
            return "-"
        word = "yes" if self.reached <= self.goal.most else "no"
        return word if len(self.values) >= ENOUGH else f"({word})"

    def row(self) -> list[str]:
        """The cells of its line."""
        values, ratios = self.every, self.ratios
        cells = [short(quantile(values, part)) for part in (0.5, 0.75, 0.95)] if values else ["-", "-", "-"]
        cells += [f"{quantile(ratios, part):.2f}" for part in (0.5, 0.75)] if ratios else ["", ""]
        work, works = [value for run in self.work for value in run], self.ratios_of_work
        cells += [short(quantile(work, 0.5)) if work else "", f"{quantile(works, 0.5):.2f}" if works else ""]
        return [self.name, *cells, self.unit, self.goal.words if self.goal else "", self.met]

    def told(self) -> dict[str, Any]:
        """All that there is, for JSON."""
        return asdict(self) | {"ratios": self.ratios, "reached": self.reached, "met": self.met}


def _medians(values: list[list[float]], floors: list[list[float]]) -> list[tuple[float, float]]:
    """For each run that has both, the medians of both."""
    both = zip(values, floors, strict=True)
    return [(statistics.median(own), statistics.median(floor)) for own, floor in both if own and floor]


HEADS = ["", "median", "upper q.", "p95", "of floor", "upper q.", "CPU ms", "of floor", "unit", "goal", "met"]
LEFT = {0, 8, 9, 10}


def short(number: float) -> str:
    """A number with as many places as say something."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


class Book:
    """The figures by name, in the order in which they were first noted."""

    def __init__(self, goals: dict[str, Goal]) -> None:
        self.figures: dict[str, Figure] = {}
        self._goals = goals

    def note(
        self,
        name: str,
        unit: str,
        values: Iterable[float | None],
        floor: Iterable[float | None] = (),
        *,
        less: float = 0.0,
    ) -> None:
        """Add the values of a run to a figure."""
        figure = self.figures.setdefault(name, Figure(name, unit, self._goals.get(name), less=less))
        figure.note(values, floor)

    def act(self, name: str, own: Sequence[Effect], floor: Sequence[Effect] = ()) -> None:
        """Add what an action took in a run: milliseconds to the settled screen, and of processor time."""
        self.note(name, "ms", [effect.settled for effect in own], [effect.settled for effect in floor])
        figure = self.figures[name]
        figure.work.append([effect.work for effect in own])
        figure.work_of_floor.append([effect.work for effect in floor])

    def table(self) -> str:
        """One table of all figures."""
        rows = [HEADS, *(figure.row() for figure in self.figures.values())]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
        return "\n".join(
            _line(row, widths) for row in [rows[0], ["-" * width for width in widths], *rows[1:]]
        )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if place in LEFT else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return " | ".join(cells).rstrip()
