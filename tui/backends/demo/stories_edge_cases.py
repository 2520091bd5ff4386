"""Conversations that a client must survive: every type, huge text, hostile text, odd summaries."""

from __future__ import annotations

import base64
import json
import random

from tui.backends.demo.records import Json
from tui.backends.demo.scripts import Script, Story, tool_result

PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a73"
        "0000001049444154789c63fccfc000044c20020000101a0203a2a5b2ff0000000049454e44ae426082"
    )
).decode()
WORDS = ("GET", "POST", "200", "404", "/invoice", "/health", "timeout", "retry", "upstream", "ok", "deadbeef")
ESC, BEL, RLO, PDF, LRI, PDI, ZWSP, ZWJ = (
    "\x1b",
    "\x07",
    "\u202e",
    "\u202c",
    "\u2066",
    "\u2069",
    "\u200b",
    "\u200d",
)

HOSTILE_SUMMARY = (
    f"{ESC}]0;you have been renamed{BEL}{ESC}[31mred{ESC}[0m [/foo] [bold]not bold[/] {RLO}gpj.exe{PDF} end"
)
HOSTILE_BLOCK = (
    f"Name: [@click=app.quit]Robert[/]'); DROP TABLE humans;--\n{ESC}[2J{ESC}[HThe screen is mine.\n"
    f"{ESC}]52;c;cm0gLXJmIH4={BEL}clipboard bait\n{ESC}]8;;file:///etc/passwd{BEL}a link{ESC}]8;;{BEL}\n"
    f"bidi: {RLO}txt.exe{PDF} isolate: {LRI}abc{PDI} zero{ZWSP}width{ZWSP}spaces\x9b31mC1\x85next\u2028line\x7f"
)


def every_type(script: Script) -> None:
    """A message of each type, and three of types that this version never lists."""
    script.system()
    picture = {
        "type": "letta",
        "file_id": "file-537187a5-7764-4cdd-a47d-a43145599d2d",
        "media_type": "image/png",
    }
    image = {"type": "image", "source": picture | {"data": PIXEL, "detail": None}}
    _said(script, image)
    _tools(script)
    _approvals(script)
    _foreign(script)


def _said(script: Script, image: Json) -> None:
    script.user("A string.")
    script.user([{"type": "text", "text": "A list:"}, {"type": "text", "text": "two parts."}], name="robin")
    script.user([{"type": "text", "text": "And what is in this picture?"}, image])
    script.says("Four pixels. Three of them are lying.", thinks="Zoom in. No, further.")
    script.says("Some thoughts stay private.", hidden={"state": "redacted", "text": "RW5jcnlwdGVkQmxvYg=="})
    script.says("And some were never told.", hidden={"state": "omitted"})
    script.user('{"type": "heartbeat", "reason": "nobody said anything for a while", "time": "2026-03-01"}')


def _tools(script: Script) -> None:
    script.says(None, ("roll", {"sides": 6}))
    script.returns(tool_result("rolled 4", stdout="rolling 6\n"))
    script.says(
        None, ("roll", {"sides": 20}), ("roll", {"sides": -1}), ("conversation_search", {"query": "luck"})
    )
    script.returns(
        tool_result("rolled 20", stdout="rolling 20\n"),
        tool_result(
            "Error executing function roll: ValueError: negative sides",
            "error",
            stdout="rolling -1\n",
            stderr="Traceback (most recent call last):\n  roll.py, line 41, in roll\nValueError: negative sides\n",
        ),
        tool_result("{'message': 'Showing 0 results:', 'results': []}"),
    )
    script.says("Twenty, an error, and no luck on record.")
    script.second_system_message("From now on, be brief.")


def _approvals(script: Script) -> None:
    script.user("May you roll the big one?")
    script.says("May I?", ("risky", {"sides": 100}), approval=True, thinks="It is only a die.")
    script.answered(False, "too risky")
    script.returns(tool_result("Error: request to call tool denied. User reason: too risky", "error"))
    script.user("Fine, the small one.")
    script.says(None, ("risky", {"sides": 3}), approval=True)
    script.answered(True)
    script.returns(tool_result("rolled 3"))
    script.says(None, ("take_photo", {"of": "the die"}), approval=True)
    photo = {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": PIXEL, "detail": None},
    }
    seen = tool_result([{"type": "text", "text": "a picture", "signature": None}, photo])
    script.supplied(seen)
    script.returns(seen)
    script.says("")
    script.says("This step went wrong after it was written.", is_err=True)


def _foreign(script: Script) -> None:
    script.foreign("summary_message", summary="The story so far: dice were rolled.", compaction_stats=None)
    script.foreign(
        "event_message",
        event_type="compaction",
        event_data={
            "trigger": "post_step_context_check",
            "context_token_estimate": 4376,
            "context_window": 4000,
        },
    )
    script.foreign("telepathy_message", channel=7, payload={"from_a_newer_server": True}, certainty=0.4)
    script.says("Three of the last four are from a newer server.")


def huge(script: Script) -> None:
    """A tool return of 300 KB, a line of 100 KB, large arguments, a very long answer."""
    dice = random.Random(300)  # noqa: S311
    script.system()
    script.user("Show me the whole log. All of it. I have time.")
    script.says("You asked for it.", ("read_file", {"path": "/var/log/ledger/access.log", "limit": None}))
    script.returns(tool_result(_log(dice)))
    script.says("300,000 characters. The interesting one is line 2,811.")
    script.user("And the minified bundle?")
    script.says(None, ("read_file", {"path": "static/bundle.min.js"}))
    script.returns(tool_result("".join(dice.choices("abcdefghij(){};=!&|?:.,[]", k=100_000))))
    script.says("It is one line. Of course it is one line.")
    script.user("Load the fixtures.")
    rows = [
        {"id": n, "amount": f"{dice.randrange(10**6) / 100:.2f}", "tags": dice.sample(WORDS, 3)}
        for n in range(600)
    ]
    script.says(None, ("load_fixtures", {"table": "invoices", "rows": rows, "options": {"truncate": True}}))
    script.returns(tool_result(f"{len(rows)} rows"))
    script.says("\n\n".join(f"{n}. Row {n * 50} is where I stopped to think." for n in range(1, 200)))


def _log(dice: random.Random) -> str:
    lines = (
        f"2026-03-14T09:{n // 60 % 60:02d}:{n % 60:02d}Z worker-{n % 17} {' '.join(dice.choices(WORDS, k=7))}"
        for n in range(4600)
    )
    return "\n".join(lines)[:300_000]


def hostile(script: Script) -> None:
    """Escape sequences, OSC, bidi, markup, wide and invisible characters in every place that text can be."""
    script.system()
    script.user(
        f"{ESC}[2J{ESC}[1;1H{ESC}[41mYou have won.{ESC}[0m {ESC}]0;title{BEL} [/foo] [@click=app.quit]x[/]"
    )
    script.says(
        f"I show what I got: {RLO}siht daer{PDF}, zero{ZWSP}width, a\u0300\u0301\u0302 stack, [red]markup[/red], [/].",
        ("echo", {"[/foo]": f"{ESC}[5m", "path": "C:\\new\\[table]", "emoji": "👩‍🔧🏳️‍🌈", "wide": "日本語"}),
        thinks=f"{ESC}P+q544e{ESC}\\ Do not answer terminal queries. {ESC}[6n",
    )
    script.returns(
        tool_result(f"{ESC}[31mred{ESC}[0m\r\x08\x08overwritten\x0c\x0b", "error", stderr=f"{ESC}c{ESC}[!p\n")
    )
    script.says(
        "שלום עולם, مرحبا بالعالم, Ελλάδα, ﷽, 𝕬𝖉𝖆, ｆｕｌｌｗｉｄｔｈ, 👨‍👩‍👧‍👦, 🇳🇴, "
        "e\u0301, \ufeff(BOM), \U000e0041(tag)."
    )
    script.user("[/foo]")
    script.says("`[/foo]` to you too. Here is a fence that never ends:\n\n```\n[/bar]")
    script.user(
        json.dumps({"type": "system_alert", "message": f"fake summary {ESC}[1m[/b]", "time": "never"})
    )


def chat(question: str, answer: str) -> Story:
    """A story of two sentences; summary and ages are filled in by the caller."""

    def tell(script: Script) -> None:
        script.system()
        script.user(question)
        script.says(answer)

    return Story(None, tell, 0)


LONG_SUMMARY = (
    "A summary that somebody let a model write, and the model was paid by the word: "
    + ", then ".join(f"step {n} was considered, praised, doubted and postponed" for n in range(1, 60))
)
MULTILINE = "Release 4.0\n- [ ] facade removed\n- [x] mug retired\n\n\tsign-off: Robin"

ODD = (
    Story("One of every message type", every_type, 3300, 3200, ran=True),
    Story("The log, all of it", huge, 3500, 3400),
    Story(HOSTILE_SUMMARY, hostile, 3900, 3800, {"human": HOSTILE_BLOCK}),
    Story("", chat("Is an empty summary a summary?", "It is one that somebody cleared.").write, 4200, 4199),
    Story(MULTILINE, chat("Keep the checklist in the title.", "As you wish.").write, 4500, 4400),
    Story(
        LONG_SUMMARY,
        chat("Summarise this.", "I would rather not, look what happened.").write,
        4700,
        4600,
        reports_context=False,
    ),
    Story(
        "日本語のエラーメッセージを直す 🛠️",
        chat("文字化けしています", "原因は Latin-1 です。").write,
        5000,
        4900,
        model="openai/gpt-4.1",
    ),
    Story(None, lambda script: script.system(), 5300),
)
