"""Ada's working days: conversations as an agent's developer meets them."""

from __future__ import annotations

from tui.backends.demo.scripts import Script, Story, tool_result

PROJECT_BEFORE = (
    "ledger: invoices in, money out.\n- Python 3.11, Postgres, no ORM in new code\n"
    "- billing/invoice.py is 1,900 lines and everybody is afraid of it"
)
PROJECT_IN_BILLING = (
    PROJECT_BEFORE
    + "\n- split agreed: billing/{lines,tax,render}.py, invoice.py stays as a facade until 4.0"
    + "\n- rounding: half-even, once, at the end. Never per line (see the cent that was not there)"
)
PROJECT_HALFWAY = PROJECT_BEFORE + "\n- tour of billing/: six modules, three concerns, no owner"
PROJECT_SEEN = PROJECT_BEFORE + "\n- split proposed: lines, tax, render"


def billing(script: Script) -> None:
    """Two hundred rows hidden by a compaction, thirteen left; what its model reads of the project changes twice."""
    script.system()
    script.recompiled(project=PROJECT_BEFORE)
    _tour(script)
    script.recompiled()
    _split(script)
    script.compacted(11, BILLING_SUMMARY)


def _tour(script: Script) -> None:
    files = ("invoice.py", "tax.py", "lines.py", "render.py", "api.py", "currency.py")
    script.tracing(False)
    for number in range(50):
        if number == 6:
            script.tracing(True)
        if number == 30:
            script.recompiled(project=PROJECT_HALFWAY)
        name = files[number % len(files)]
        script.user(f"Next: billing/{name}, part {number // len(files) + 1}. What does it really do?")
        script.says(
            None, ("read_file", {"path": f"billing/{name}", "from_line": 40 * number + 1, "lines": 40})
        )
        script.returns(tool_result(f"# billing/{name}, lines {40 * number + 1} to {40 * number + 40}\n..."))
        script.says(
            f"`{name}` holds {number % 4 + 2} jobs that do not know each other. Noted, on to the next."
        )
    script.user("That was the tour. Keep what matters.")


def _split(script: Script) -> None:
    script.user("Can you split the invoice module?")
    script.says(
        "Yes. I keep the public names where they are and move one concern at a time, tests green in between.",
        (
            "memory_insert",
            {"label": "project", "new_string": "- split agreed: lines, tax, render", "insert_line": -1},
        ),
        thinks="The module has three concerns: lines, tax, rendering. Only tax has tests. Start there.",
    )
    script.returns(tool_result(PROJECT_SEEN))
    script.says("Written down. First move: `billing/tax.py`.")
    script.user("go")
    script.says(
        None,
        ("run_tests", {"path": "tests/billing", "options": ["-x", "-q"]}),
        ("git_status", {}),
        thinks="Baseline first. A refactoring without a baseline is a rewrite with better manners.",
    )
    script.returns(
        tool_result(
            "1 failed, 211 passed", "error", stderr="E   assert Decimal('19.99') == Decimal('20.00')\n"
        ),
        tool_result("nothing to commit, working tree clean"),
    )
    script.says(
        "One test fails **before** I touched anything: `test_total_rounds_once`. A cent is missing already."
    )
    script.user("that cent has been missing since 2019, there is a mug about it")
    script.says(
        BILLING_ANSWER, thinks="They round per line and then again on the sum. Half-even, once, at the end."
    )
    script.user("do it")


BILLING_ANSWER = """Found it. The total is rounded **twice**:

```python
def total(lines: list[Line]) -> Decimal:
    return round(sum(round(line.net * line.rate, 2) for line in lines), 2)
```

| rounding | total |
|---|---:|
| per line, then the sum | 19.99 |
| once, at the end | 20.00 |

Shall I fix it in the same change, or leave the mug its dignity?"""

BILLING_SUMMARY = (
    "Goal: split billing/invoice.py (1,900 lines) without changing behaviour.\n"
    "What happened: read all six modules, 40 lines at a time. invoice.py has three concerns: lines, tax, rendering.\n"
    "Details: public names stay importable from billing.invoice until 4.0; tests/billing takes 11 s.\n"
    "Open: whether currency.py may import tax.py. (It may not.)"
)


def parser_tests(script: Script) -> None:
    """A plain, pleasant conversation."""
    script.system()
    script.user("Write tests for the parser. Start with what can go wrong.")
    script.says(
        None,
        ("read_file", {"path": "ledger/parser.py"}),
        thinks="Read before writing. Parsers lie in their error paths.",
    )
    script.returns(
        tool_result("def parse(line: str) -> Entry:\n    date, _, rest = line.partition(' ')\n    ...\n")
    )
    script.says(PARSER_TESTS)
    script.user("Nice. What did you find?")
    script.says(
        "Two things:\n\n1. `parse('')` returns an entry dated *today*. Optimistic.\n2. A tab counts as a date."
    )
    script.user("ship it")
    script.says(
        None, ("git_commit", {"message": "Prove that the parser refuses what it cannot read", "all": False})
    )
    script.returns(
        tool_result(
            "[main 4be1c07] Prove that the parser refuses what it cannot read\n 1 file changed, 31 insertions(+)"
        )
    )
    script.says(
        "Done: `4be1c07`. Eleven tests, two of them red on purpose until somebody decides about the tab."
    )


PARSER_TESTS = """Here is the beginning:

```python
@pytest.mark.parametrize("line", ["", " ", "\\t", "2026-02-30 rent", "rent 2026-02-28"])
def test_what_is_no_entry_is_refused(line: str) -> None:
    with pytest.raises(ParseError, match="line 1"):
        parse(line)
```

- every error names its **line**
- no test looks at private names
- 30 February stays on the list, it is a classic"""


def build_fails(script: Script) -> None:
    """A conversation without a title."""
    script.system()
    script.user("why does the build fail")
    script.says(None, ("run", {"command": "make build", "timeout_s": 120}))
    script.returns(
        tool_result(
            "exit status 2",
            "error",
            stdout="gcc -O2 -o ledgerd main.o wal.o\n",
            stderr="/usr/bin/ld: wal.o: undefined reference to `fsync_really'\ncollect2: error: ld returned 1\n",
        )
    )
    script.says(
        "The linker misses `fsync_really`. It was renamed to `fsync_honestly` in yesterday's merge, in one file of two."
    )
    script.user("who did that")
    script.says('You did, at 23:52, with the message "tiny cleanup".')


def weekly(script: Script) -> None:
    """An isolated block that is equal to the shared one."""
    script.system()
    script.user("Weekly report please, three bullet points, no adjectives.")
    script.says("- 14 merges, 2 reverts\n- parser: 11 tests\n- billing: tour finished, split begun")
    script.user("add the cent")
    script.says("- one cent found, last seen 2019")


def drop_table(script: Script) -> None:
    """A tool call that waits for approval."""
    script.system()
    script.user("Clean up the staging database, the old invoices can go.")
    script.says(None, ("sql", {"query": "SELECT count(*), max(created_at) FROM invoices_old"}))
    script.returns(tool_result("[(48211, datetime.datetime(2026, 3, 13, 22, 14, 9))]"))
    script.says(
        "48,211 rows, and the newest is from **last night**. That is not what I call old. I ask before I drop it:",
        ("sql", {"query": "DROP TABLE invoices_old CASCADE", "database": "staging"}),
        thinks="'Old' is in the name only. Somebody still writes to it. Dropping it cannot be undone.",
        approval=True,
    )


def postmortem(script: Script) -> None:
    """Approvals that were answered, one denied with a reason."""
    script.system()
    script.user("The nightly job is stuck again. You may restart things, but ask me.")
    script.says("May I restart the scheduler?", ("restart", {"unit": "ledger-scheduler"}), approval=True)
    script.answered(False, "it is the only one that still has the lock, look at the lock first")
    script.returns(
        tool_result("Error: request to call tool denied. User reason: look at the lock first", "error")
    )
    script.says(
        None,
        ("sql", {"query": "SELECT pid, state, query FROM pg_stat_activity WHERE wait_event_type = 'Lock'"}),
    )
    script.returns(tool_result("[(4711, 'idle in transaction', 'BEGIN')]"))
    script.says(
        "A session opened a transaction on Friday and went home. May I end it?",
        ("kill", {"pid": 4711}),
        approval=True,
    )
    script.answered(True)
    script.returns(tool_result("True"))
    script.says("The queue moves: 312 jobs, then 40, then none. I wrote the lock into the runbook.")


def stale(script: Script) -> None:
    """A block was edited since; the model of this conversation still reads the old value."""
    script.system()
    script.user("remember: I go by Robin now, not R. Okafor")
    arguments = {"label": "human", "old_string": "Name: R. Okafor", "new_string": "Name: Robin Okafor"}
    script.says(None, ("memory_replace", arguments))
    script.returns(
        tool_result("Name: Robin Okafor\nOn call: this week. Prefers short answers and long tests.")
    )
    script.says("Noted. Hello, Robin.")
    script.user("so what is my name?")
    script.says("According to my instructions: R. Okafor. According to my memory: Robin. I trust my memory.")


def dead_letter(script: Script) -> None:
    """Its isolated label was detached from the agent."""
    script.system()
    script.user("You keep the runbook for the new on-call in here, right?")
    script.says(
        "I did. The `runbook` block was detached from me on Tuesday: I can neither read nor edit it any more."
    )
    script.user("but I can see it right there")
    script.says("You can. I cannot. It is a letter without an addressee.")


def recompiled(script: Script) -> None:
    """A recompile wrote the shared values over the isolated ones."""
    script.system(lost=True)
    script.user("what is the current project?")
    script.says("ledger: invoices in, money out.")
    script.user("no, *this* conversation is about the importer. It is in your project block!")
    script.says(
        "My system message says ledger, and that I am in the conversation `default`. Did somebody recompile me?"
    )


WORK = (
    Story(
        "Refactor the billing API, second try", billing, 183, 5, {"project": PROJECT_IN_BILLING, "human": None},
        {"project": PROJECT_SEEN, "policy": "Ask before anything that cannot be undone."}, ran=True,
    ),
    Story("Write tests for the parser", parser_tests, 200, 61, ran=True),
    Story(
        None, build_fails, 230, 181,
        description="The linker misses fsync_really, which yesterday's merge renamed in one file of two.",
    ),
    Story("Drop the old invoices table?", drop_table, 290, 244),
    Story("Weekly report", weekly, 1500, 1440, {"human": None}),
    Story(
        "Who am I? (memory edit that the model has not seen)", stale, 1700, 1650, {"human": None},
        {"human": "Name: R. Okafor\nOn call: this week. Prefers short answers and long tests."},
    ),
    Story(
        "Postmortem: the job that held the lock since Friday", postmortem, 2100, 2000, ran=True,
        description="A session opened a transaction on Friday and went home.", archived=1600,
    ),
    Story("Onboard the new on-call", dead_letter, 2600, 2500, {"runbook": "1. Breathe.\n2. Find the lock."}),
    Story(
        "Importer: after a recompile", recompiled, 3000, 2900,
        {"project": "importer: CSV from banks that disagree about what a comma is."},
        {"project": PROJECT_BEFORE},
    ),
)  # fmt: skip
