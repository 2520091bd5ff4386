"""Record the demo as one animated picture: `python -m screenshots.record`, from the checkout, with the `dev` extra.

Keys are pressed one by one, and each line of the screen is written once for all the time that it looks the same. The
clock is frozen, so two runs write the same file. Where motion is not wanted, the first moment stays.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from screenshots.take import hide_this_machine, write_picture
from tests.app_helpers import NOW, make_app, press, settle
from tui.backends.demo.transport import DemoTransport

FILE = Path(__file__).resolve().parent / "demo.svg"
SIZE = 110, 30
TITLE = "letta-tui --demo"


class Step(NamedTuple):
    """Keys to press, how long to look at what they show, and what the title says meanwhile."""

    keys: tuple[str, ...]
    seconds: float
    words: str


def typed(text: str) -> Iterator[Step]:
    """Letters as somebody types them."""
    for letter in text:
        yield Step((letter,), 0.09, "e: edit the summary in place")


STORY = (
    Step((), 2.6, "the conversations of an agent, and what is in context"),
    Step(("b",), 2.2, "b: memory; ↺ is stale, ▣ is isolated"),
    Step(("enter", "d", "d"), 1.6, "d: what the model reads, against what is stored"),
    Step(("j",), 1.4, "d: what the model reads, against what is stored"),
    Step(("j",), 2.6, "d: what the model reads, against what is stored"),
    Step(("!",), 2.8, "!: what is wrong in the model's context"),
    Step(("escape", "m", "H"), 1.6, "H: the whole history"),
    Step(("c",), 2.6, "c: where the context starts"),
    Step(("H", "escape", "j", "e"), 1.2, "e: edit the summary in place"),
    *typed(", and say why"),
    Step((), 1.0, "e: edit the summary in place"),
    Step(("enter",), 2.4, "enter: read, compare, write, read back; u undoes it"),
    Step(("/",), 0.8, "/: filter as you type"),
    *(Step((letter,), 0.12, "/: filter as you type") for letter in "parser"),
    Step((), 2.2, "/: filter as you type"),
)

RULE = re.compile(r"\.([\w-]+-r\d+) \{ ([^}]*?);? \}")
TEXT = re.compile(r'<text class="([\w-]+)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"[^>]*>(.*?)</text>')
BACKGROUND = re.compile(
    r'<rect fill="(#\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" shape-rendering="crispEdges"/>'
)
LINE_HEIGHT = 24.4

PAGE = """\
<svg xml:space="preserve" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
text {{ font-family: Fira Code, monospace; font-size: 20px; white-space: pre }}
.title {{ font: bold 18px arial, sans-serif; fill: #c5c8c6 }}
{styles}
{motions}
@media (prefers-reduced-motion: reduce) {{ g {{ animation: none !important }} }}
</style>
<rect fill="#292929" stroke="rgba(255,255,255,0.35)" x="1" y="1" width="{inner_width}" height="{inner_height}" rx="8"/>
<rect fill="#121212" x="9" y="41" width="{screen_width}" height="{screen_height}"/>
<g transform="translate(26,22)">
<circle r="7" fill="#ff5f57"/><circle cx="22" r="7" fill="#febc2e"/><circle cx="44" r="7" fill="#28c840"/>
</g>
{titles}
<g transform="translate(9,41)">
{lines}
</g>
</svg>
"""


class Recorder:
    """Takes the screen apart into lines, and notes when each is shown."""

    def __init__(self) -> None:
        self.now = 0.0
        self._styles: dict[str, str] = {}
        self._shown: dict[tuple[int, str], list[tuple[float, float]]] = {}
        self._titles: dict[str, list[tuple[float, float]]] = {}

    def add(self, svg: str, step: Step) -> None:
        """Note a screen and how long it is looked at."""
        until = self.now + step.seconds
        rules = dict(RULE.findall(svg))
        lines: dict[int, list[str]] = {}
        for colour, x, y, width, height in BACKGROUND.findall(svg):
            row = int(float(y) // LINE_HEIGHT)
            if colour != "#121212":
                box = f'<rect fill="{colour}" x="{x}" y="{y}" width="{width}" height="{height}"/>'
                lines.setdefault(row, []).append(box)
        for kind, x, y, length, text in TEXT.findall(svg):
            shown = text.replace("&#160;", " ")
            if kind in rules and shown.strip():
                name = self._styles.setdefault(rules[kind], f"s{len(self._styles)}")
                line = f'<text class="{name}" x="{x}" y="{y}" textLength="{length}">{shown}</text>'
                lines.setdefault(int(float(y) // LINE_HEIGHT), []).append(line)
        for row, parts in lines.items():
            self._note(self._shown.setdefault((row, "".join(parts)), []), until)
        self._note(self._titles.setdefault(f"{TITLE}   ·   {step.words}", []), until)
        self.now = until

    def _note(self, times: list[tuple[float, float]], until: float) -> None:
        if times and times[-1][1] == self.now:
            times[-1] = times[-1][0], until
        else:
            times.append((self.now, until))

    def svg(self) -> str:
        """The animated picture."""
        motions: dict[tuple[tuple[float, float], ...], str] = {}

        def moving(times: list[tuple[float, float]]) -> str:
            if times == [(0.0, self.now)]:
                return "<g>"
            name = motions.setdefault(tuple(times), f"m{len(motions)}")
            return f'<g class="{name}">' if times[0][0] == 0 else f'<g class="{name}" visibility="hidden">'

        columns, rows = SIZE
        width, height = columns * 12.2, rows * LINE_HEIGHT
        lines = [f"{moving(times)}{line}</g>" for (_, line), times in sorted(self._shown.items())]
        titles = [
            f'{moving(times)}<text class="title" text-anchor="middle" x="{width / 2:.0f}" y="28">{words}</text></g>'
            for words, times in self._titles.items()
        ]
        return PAGE.format(
            width=round(width + 18),
            height=round(height + 51),
            inner_width=round(width + 16),
            inner_height=round(height + 49),
            screen_width=round(width, 1),
            screen_height=round(height, 1),
            styles="\n".join(f".{name} {{ {style} }}" for style, name in self._styles.items()),
            motions="\n".join(self._motion(name, times) for times, name in motions.items()),
            titles="\n".join(titles),
            lines="\n".join(lines),
        )

    def _motion(self, name: str, times: Iterable[tuple[float, float]]) -> str:
        """When the lines of a group are visible."""
        points = {0.0: "hidden"}
        for start, end in times:
            points[start] = "visible"
            if end < self.now:
                points[end] = "hidden"
        shares = sorted((at / self.now, state) for at, state in points.items())
        frames = " ".join(f"{share:.3%} {{ visibility: {state} }}" for share, state in shares)
        return f"@keyframes {name} {{ {frames} }}\n.{name} {{ animation: {name} {self.now:.2f}s step-end infinite }}"


async def record() -> str:
    """Play the story in the app."""
    app = make_app(DemoTransport(now=NOW))
    app.animation_level = "none"
    recorder = Recorder()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for step in STORY:
            await press(pilot, *step.keys)
            recorder.add(app.export_screenshot(title=TITLE, simplify=True), step)
    return recorder.svg()


def main() -> int:
    """Write the recording, and say whether it is new."""
    with tempfile.TemporaryDirectory() as home:
        hide_this_machine(home)
        svg = asyncio.run(record())
    write_picture(FILE, svg)
    return 0


if __name__ == "__main__":
    sys.exit(main())
