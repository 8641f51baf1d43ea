"""The echo: what goes back for what comes, and what is refused (RFC 6455, 5)."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.echo import FRAME_BYTES, Echoed, echo
from tests.lab.frames import BINARY, CLOSE, PING, PONG, TEXT, close, frame


def masked(opcode: int, payload: bytes = b"", first: int = 0x80) -> bytes:
    return frame(opcode, payload, masked=True, first=first)


@pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 127, 65535, FRAME_BYTES])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_what_comes_goes_back_without_a_mask(opcode: int, size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    assert echo(masked(opcode, payload[:size])) == Echoed(frame(opcode, payload[:size]), b"", 1)


def test_what_is_fragmented_stays_so() -> None:
    parts = (masked(TEXT, b"one", first=0), masked(PING, b"p"), masked(0, b"two"))
    answer = frame(TEXT, b"one", first=0) + frame(PONG, b"p") + frame(0, b"two")
    assert echo(b"".join(parts)) == Echoed(answer, b"", 3)


def test_a_pong_is_not_answered() -> None:
    assert echo(masked(PONG, b"x") + masked(TEXT, b"y")) == Echoed(frame(TEXT, b"y"), b"", 2)


@pytest.mark.parametrize("payload", [struct.pack("!H", 1000) + b"bye", struct.pack("!H", 4001)])
def test_a_close_is_answered_with_its_code(payload: bytes) -> None:
    code = int.from_bytes(payload[:2], "big")
    echoed = echo(masked(TEXT, b"x") + masked(CLOSE, payload) + masked(TEXT, b"after"))
    assert echoed == Echoed(frame(TEXT, b"x") + frame(CLOSE, payload[:2]), b"", 2, code)


def test_a_close_without_a_code() -> None:
    assert echo(masked(CLOSE)) == Echoed(frame(CLOSE), b"", 1, 1005)


REFUSED = {  # masks are random, and so no names of tests
    "no mask": (frame(TEXT, b"no mask"), 1002),
    "rsv1, though nobody agreed on compression": (masked(TEXT, b"x", first=0xC0), 1002),
    "rsv3": (masked(TEXT, b"x", first=0x90), 1002),
    "a control frame in parts": (masked(PING, b"x", first=0), 1002),
    "a long control frame": (masked(PING, b"x" * 126), 1002),
    "opcode 3": (masked(3, b"x"), 1002),
    "opcode 11": (masked(11, b"x"), 1002),
    "a byte too much": (masked(TEXT, b"x" * (FRAME_BYTES + 1)), 1009),
    "the head of 16 EiB": (b"\x82\xff" + b"\xff" * 8 + b"mask", 1009),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_client_may_send_ends_it(what: str) -> None:
    data, code = REFUSED[what]
    before = masked(TEXT, b"x")
    assert echo(before + data) == Echoed(frame(TEXT, b"x") + close(code), b"", 2, code)


_frames = st.lists(
    st.builds(
        masked,
        st.sampled_from([TEXT, BINARY, PING, PONG]),
        st.binary(max_size=125) | st.just(b"a" * 300),
    ).filter(lambda each: len(each) < 200 or each[0] & 0x0F in (TEXT, BINARY)),
    max_size=6,
)


@given(_frames, st.lists(st.integers(1, 40), min_size=1))
def test_law_however_it_is_cut_the_answer_is_the_same(
    frames: list[bytes], sizes: list[int]
) -> None:
    data = b"".join(frames)
    whole = echo(data)
    begun, answer, count, position, turn = b"", b"", 0, 0, 0
    while position < len(data):
        size = sizes[turn % len(sizes)]
        echoed = echo(begun + data[position : position + size])
        begun, answer, count = echoed.rest, answer + echoed.answer, count + echoed.frames
        position, turn = position + size, turn + 1
    assert (answer, count, begun) == (whole.answer, whole.frames, b"")


@given(st.binary(max_size=200))
def test_law_nothing_makes_it_fail_or_answer_much(data: bytes) -> None:
    echoed = echo(data)
    assert len(echoed.answer) <= len(data) + 4
    assert data.endswith(echoed.rest)
