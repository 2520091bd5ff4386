"""Only what was asked for is unpacked, and never more of it at once than a piece."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from tui.letta.unpacking import PIECE, unpacker


def unpacked(encoding: str, sent: bytes, size: int = 65_536) -> list[bytes]:
    """The pieces of a response that arrives in chunks of this size."""
    found = unpacker(encoding)
    assert found is not None
    pieces = [
        piece for start in range(0, len(sent), size) for piece in found.pieces(sent[start : start + size])
    ]
    found.check_end()
    return pieces


@pytest.mark.parametrize("length", [0, 1, 1_000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5 * PIECE + 7])
@pytest.mark.parametrize("size", [499, 65_536])
def test_what_is_packed_comes_out_as_it_was_in_bounded_pieces(length: int, size: int) -> None:
    plain = random.Random(length).randbytes(length // 8) + b"x" * (length - length // 8)
    pieces = unpacked("gzip", gzip.compress(plain), size)
    assert b"".join(pieces) == plain
    assert max(map(len, pieces)) <= PIECE


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_what_is_not_packed_passes_through(encoding: str) -> None:
    assert unpacked(encoding, b"[]") == [b"[]"]


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_gzip_has_two_names_in_any_case(encoding: str) -> None:
    assert b"".join(unpacked(encoding, gzip.compress(b"[]"))) == b"[]"


@pytest.mark.parametrize(
    "encoding",
    ["gzip, gzip", "identity, gzip", "deflate", "br", "zstd", "compress", "x-hostile", "gzip;q=1", ","],
)
def test_what_was_not_asked_for_is_not_unpacked(encoding: str) -> None:
    assert unpacker(encoding) is None


PACKED = gzip.compress(b"[]" * 1_000)


@pytest.mark.parametrize(
    "sent",
    [b"[]", PACKED[:-1], PACKED[:-9], PACKED[:12], PACKED + b"x", PACKED + PACKED, PACKED[:-8] + bytes(8)],
    ids=["not packed", "a byte short", "no checksum", "cut", "a byte more", "twice", "another checksum"],
)
@pytest.mark.parametrize("size", [1, 65_536])
def test_what_is_not_packed_as_it_says_is_broken(sent: bytes, size: int) -> None:
    with pytest.raises(zlib.error):
        unpacked("gzip", sent, size)


def test_no_body_is_whole_whatever_it_says() -> None:
    """A 204 of a proxy may name an encoding."""
    assert unpacked("gzip", b"") == []


def test_data_behind_the_end_does_not_pile_up() -> None:
    found = unpacker("gzip")
    assert found is not None
    list(found.pieces(PACKED))
    with pytest.raises(zlib.error, match="after the end"):
        list(found.pieces(b"x" * 65_536))
