"""The plain GET of a start: it reads what is plainly whole as the standard library does, and refuses the rest."""

from __future__ import annotations

import io
import socket
from http.client import HTTPException, HTTPResponse
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as made

from tui.api import plain_get

MOST = 1000


def read(sent: bytes, most: int = MOST) -> tuple[int, bytes]:
    stream = cast("io.BufferedReader", io.BytesIO(sent))
    status, headers = plain_get.head(stream)
    return status, plain_get.body(stream, headers, most)


def library(sent: bytes) -> tuple[int, bytes]:
    class Fed:
        def makefile(self, *_: object) -> io.BytesIO:
            return io.BytesIO(sent)

    response = HTTPResponse(cast("socket.socket", Fed()), method="GET")
    response.begin()
    content = response.read()
    assert not response.length
    return response.status, content


WHOLE = {
    "with a length": (b"Content-Length: 3\r\n\r\n[1]and more", b"[1]"),
    "to the end": (b"\r\n[1]", b"[1]"),
    "in pieces": (b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n2;x=y\r\n1]\r\n0\r\n\r\n", b"[1]"),
    "in pieces, with a trailer": (b"transfer-encoding: Chunked\r\n\r\n3\r\n[1]\r\n0\r\nX: y\r\n\r\n", b"[1]"),
    "with bare line ends": (b"Content-Length: 3\n\n[1]", b"[1]"),
    "empty": (b"Content-Length: 0\r\n\r\n", b""),
}


@pytest.mark.parametrize(("rest", "content"), WHOLE.values(), ids=WHOLE)
def test_a_whole_answer_is_read(rest: bytes, content: bytes) -> None:
    sent = b"HTTP/1.1 200 OK\r\n" + rest
    assert read(sent) == library(sent) == (200, content)


BAD = {
    "nothing": b"",
    "another protocol": b"SSH-2.0\r\n\r\n",
    "a version to come": b"HTTP/2 200\r\n\r\n",
    "an answer before the answer": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "a folded header": b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
    "no header": b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "a line without end": b"HTTP/1.1 200 " + b"x" * (1 << 17) + b"\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n[]",
    "length and pieces": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n[]",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n[]",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1",
    "cut in a piece": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1",
    "cut behind a piece": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n",
    "a piece without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1]]\r\n0\r\n\r\n",
    "pieces in two ways": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n[]",
}


@pytest.mark.parametrize("sent", BAD.values(), ids=BAD)
def test_what_is_not_plainly_whole_is_refused(sent: bytes) -> None:
    with pytest.raises((OSError, ValueError)):
        read(sent)


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5000\r\n\r\n" + b"x" * 5000,
        b"\r\n" + b"x" * 5000,
        b"Transfer-Encoding: chunked\r\n\r\n1388\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"5\r\nxxxxx\r\n" * 1000 + b"0\r\n\r\n",
    ],
    ids=["with a length", "to the end", "one piece", "many pieces"],
)
def test_no_more_is_read_than_shows_that_it_is_too_much(rest: bytes) -> None:
    assert read(b"HTTP/1.1 200 OK\r\n" + rest) == (200, b"x" * (MOST + 1))


WORDS = made.sampled_from(
    [
        b"Content-Length: ",
        b"Transfer-Encoding: chunked",
        b"X: y",
        b"\r\n",
        b"\n",
        b"0",
        b"1",
        b"a",
        b" ",
        b";",
        b":",
    ]
)


@given(made.lists(WORDS, max_size=12).map(b"".join))
def test_what_is_read_the_standard_library_reads_as_well(rest: bytes) -> None:
    sent = b"HTTP/1.1 200 OK\r\n" + rest
    try:
        found = read(sent)
    except (OSError, ValueError):
        return
    try:
        assert found == library(sent)
    except HTTPException as trouble:
        pytest.fail(f"{trouble!r} for {sent!r}")


def test_a_request_is_one_request() -> None:
    assert plain_get.request("x:1", "/a?b=c", {"Authorization": "Bearer k"}) == (
        b"GET /a?b=c HTTP/1.1\r\nHost: x:1\r\nAuthorization: Bearer k\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("host", "path", "key"),
    [("x", "/a b", "k"), ("x", "/a", "k\r\nX: y"), ("x\n", "/a", "k"), ("x", "/\xe4", "k")],
)
def test_nothing_is_sent_that_could_be_read_as_more(host: str, path: str, key: str) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        plain_get.request(host, path, {"Authorization": key})


def test_where_nobody_listens_nobody_is_reached() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            plain_get.connected("127.0.0.1", free.getsockname()[1], 5.0, None)
