"""The real Letta Code with agents in files: installed, given a fake model, and used as its users do.

    python -m tests.live.letta_code seed --store DIR          a store with every case once; says what is where
    python -m tests.live.letta_code run --store DIR -- ARGS   any command of Letta Code on that store
    python -m tests.live.letta_code frames --store DIR        an App Server: one JSON frame a line, answers on stdout
    python -m tests.live.letta_code record --store DIR        a seeded store as one file for the unit tests, on stdout

LETTA_TUI_LIVE_DIR says where it is installed. Everything else stays in DIR and in a temporary home, on loopback.
"""
