"""An environment that cannot be used is one sentence that names the variable, whatever command is run."""

from __future__ import annotations

import asyncio

import pytest

from tests.letta.servers import RawServer
from tui.cli import main

BAD = {
    "HTTPS_PROXY": "http://robin:S3CRET@proxy:port",
    "https_proxy": "gopher://proxy:70",
    "ALL_PROXY": "http://[::1",
    "SSL_CERT_FILE": "/nowhere/ca.pem",
    "SSL_CERT_DIR": "/nowhere",
    "SSLKEYLOGFILE": "/nowhere/keys",
    "LETTA_TUI_CA_FILE": "/nowhere/ca.pem",
}
COMMANDS = {
    "list": ("list", "--agents"),
    "check": ("check", "--all"),
    "show": ("show", "conv-1"),
    "summary set": ("summary", "set", "conv-1", "text"),
    "profile test": ("profile", "test"),
}


@pytest.mark.parametrize("variable", BAD)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_names_the_variable_and_exits_with_2(
    command: str, variable: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, BAD[variable])
    monkeypatch.setenv("NO_PROXY", "localhost,[::1],fe80::/10,::1/128,host:8080")
    code = main(["--base-url", "https://letta.test", *COMMANDS[command]])
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.startswith(f"letta-tui: Connecting to letta.test: {variable} ")
    assert told.err.count("\n") == 1
    assert "S3CRET" not in told.err


@pytest.mark.anyio
async def test_a_dead_proxy_is_not_taken_for_a_dead_server(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RawServer([]).listening() as nobody:
        port = nobody.port
    monkeypatch.setenv("HTTPS_PROXY", f"http://robin:S3CRET@127.0.0.1:{port}")
    code = await asyncio.to_thread(main, ["list", "--agents", "--base-url", "https://letta.test"])
    told = capsys.readouterr().err
    assert code == 3
    assert f"the proxy 127.0.0.1:{port} (HTTPS_PROXY) cannot be reached" in told
    assert told.endswith("(letta.test) — to connect without it, add letta.test to NO_PROXY\n")
    assert "is it running" not in told
    assert "S3CRET" not in told
