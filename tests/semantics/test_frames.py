"""FrameScanner against an encoder written from RFC 6455, 5.2, under every chunking."""

from dataclasses import dataclass
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.frames import NO_STATUS, SERVICE_RESTART, FrameScanner, close_frame
from tests.strategies import cut

TEXT, BINARY, CLOSE, PING = 0x1, 0x2, 0x8, 0x9
MASK = b"\x37\xfa\x21\x3d"  # of RFC 6455, 5.7


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes
    mask: bytes | None = None
    form: int = 0  # the least number of bytes for the length: 0, 2 or 8

    @property
    def wire(self) -> bytes:
        size, masked = len(self.payload), 0x80 if self.mask else 0
        if size < 126 and self.form == 0:
            length = bytes([masked | size])
        elif size < 1 << 16 and self.form <= 2:
            length = bytes([masked | 126]) + size.to_bytes(2, "big")
        else:
            length = bytes([masked | 127]) + size.to_bytes(8, "big")
        key = self.mask or b"\0\0\0\0"
        body = bytes(byte ^ key[place % 4] for place, byte in enumerate(self.payload))
        return bytes([0x80 | self.opcode]) + length + (self.mask or b"") + body


def scan(*parts: bytes) -> FrameScanner:
    scanner = FrameScanner()
    for part in parts:
        scanner.feed(part)
    return scanner


def close(code: int, reason: bytes = b"") -> bytes:
    return code.to_bytes(2, "big") + reason


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(bytes.fromhex("810548656c6c6f"), id="unmasked-text"),
        pytest.param(bytes.fromhex("818537fa213d7f9f4d5158"), id="masked-text"),
        pytest.param(bytes.fromhex("010348656c 80026c6f"), id="two-fragments"),
        pytest.param(bytes.fromhex("890548656c6c6f 8a8537fa213d7f9f4d5158"), id="ping-and-pong"),
        pytest.param(bytes.fromhex("827e0100") + bytes(256), id="256-bytes"),
        pytest.param(bytes.fromhex("827f0000000000010000") + bytes(65536), id="64-KiB"),
    ],
)
def test_the_examples_of_rfc_6455_5_7(wire: bytes) -> None:
    assert scan(wire).at_boundary
    assert not scan(wire[:-1]).at_boundary
    assert scan(*(bytes([byte]) for byte in wire)).at_boundary
    assert scan(wire).close_code is None


def test_before_any_byte_a_frame_may_be_sent() -> None:
    assert scan().at_boundary
    assert scan(b"").at_boundary
    assert scan().close_code is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536])
@pytest.mark.parametrize("mask", [None, MASK], ids=["unmasked", "masked"])
def test_every_form_of_length(size: int, mask: bytes | None) -> None:
    frame = Frame(BINARY, bytes(size), mask).wire
    assert len(frame) - size == 2 + (0 if size < 126 else 2 if size < 65536 else 8) + (
        4 if mask else 0
    )
    assert scan(frame, frame).at_boundary
    assert not scan(frame, frame[:1]).at_boundary
    assert not scan(frame[:-1]).at_boundary


@pytest.mark.parametrize("mask", [None, MASK, b"\0\0\0\0", b"\xff\xff\xff\xff"])
@pytest.mark.parametrize("code", [1000, 1001, 1006, 1012, 3000, 4999, 0, 65535])
def test_close_code(code: int, mask: bytes | None) -> None:
    wire = Frame(CLOSE, close(code, b"why"), mask).wire
    assert scan(wire).close_code == code
    assert scan(*(bytes([byte]) for byte in wire)).close_code == code


@pytest.mark.parametrize("mask", [None, MASK], ids=["unmasked", "masked"])
def test_close_without_a_code(mask: bytes | None) -> None:
    scanner = scan(Frame(CLOSE, b"", mask).wire)
    assert scanner.close_code == NO_STATUS == 1005
    assert scanner.at_boundary


def test_the_first_close_counts() -> None:
    first, second = Frame(CLOSE, close(4001)).wire, Frame(CLOSE, close(1000)).wire
    assert scan(first, second).close_code == 4001
    assert scan(Frame(CLOSE, b"").wire, second).close_code == NO_STATUS


def test_a_close_code_is_known_before_the_reason_has_come() -> None:
    wire = Frame(CLOSE, close(1001, b"going away"), MASK).wire
    scanner = scan(wire[:8])
    assert scanner.close_code == 1001
    assert not scanner.at_boundary


def test_half_a_close_code_is_none() -> None:
    assert scan(Frame(CLOSE, close(1001)).wire[:3]).close_code is None


def test_payloads_are_not_taken_for_frames() -> None:
    inner = Frame(CLOSE, close(1000)).wire
    assert scan(Frame(BINARY, inner * 20).wire).close_code is None


def test_a_gigabyte_is_followed_without_being_held() -> None:
    scanner = scan(bytes.fromhex("827f") + (1 << 30).to_bytes(8, "big"))
    chunk = bytes(1 << 20)
    for _ in range(1 << 10):
        assert not scanner.at_boundary
        scanner.feed(chunk)
    assert scanner.at_boundary


FRAMES = st.builds(
    Frame,
    st.sampled_from([0x0, TEXT, BINARY, PING, 0xA]),
    st.binary(max_size=20) | st.sampled_from([125, 126, 300]).map(bytes),
    st.none() | st.binary(min_size=4, max_size=4),
    st.sampled_from([0, 2, 8]),
)
CLOSES = st.builds(
    Frame,
    st.just(CLOSE),
    st.just(b"") | st.builds(close, st.integers(0, 65535), st.binary(max_size=9)),
    st.none() | st.binary(min_size=4, max_size=4),
    st.sampled_from([0, 2, 8]),
)


def code_of(closing: Frame) -> int:
    return int.from_bytes(closing.payload[:2], "big") if closing.payload else NO_STATUS


def ends_of(frames: list[Frame]) -> set[int]:
    return set(accumulate((len(frame.wire) for frame in frames), initial=0))


@given(st.data(), st.lists(FRAMES, max_size=5), st.none() | CLOSES, st.lists(FRAMES, max_size=2))
def test_law_the_scanner_sees_what_the_encoder_wrote_under_every_chunking(
    data: st.DataObject, before: list[Frame], closing: Frame | None, after: list[Frame]
) -> None:
    frames = [*before, *([closing] if closing else []), *after]
    wire = b"".join(frame.wire for frame in frames)
    ends = ends_of(frames)
    scanner, fed = FrameScanner(), 0
    for part in data.draw(cut(wire)):
        scanner.feed(part)
        fed += len(part)
        assert scanner.at_boundary == (fed in ends)
    assert scanner.close_code == (None if closing is None else code_of(closing))


@given(st.data(), st.lists(FRAMES | CLOSES, min_size=1, max_size=5))
def test_law_to_boundary_stops_at_the_first_end_of_a_frame(
    data: st.DataObject, frames: list[Frame]
) -> None:
    wire = b"".join(frame.wire for frame in frames)
    ends = ends_of(frames)
    scanner, fed = FrameScanner(), 0
    for part in data.draw(cut(wire)):
        while part:
            first = min(end for end in ends if end > fed)
            taken = scanner.feed(part, to_boundary=True)
            assert taken == min(first - fed, len(part))
            fed, part = fed + taken, part[taken:]
            assert scanner.at_boundary == (fed in ends)


def test_feed_returns_how_much_it_followed() -> None:
    two = Frame(TEXT, b"one").wire + Frame(TEXT, b"two").wire
    assert FrameScanner().feed(two) == 10
    assert FrameScanner().feed(two, to_boundary=True) == 5
    assert FrameScanner().feed(two[:3], to_boundary=True) == 3
    assert FrameScanner().feed(b"", to_boundary=True) == 0


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_law_any_bytes_are_survived(first: bytes, second: bytes) -> None:
    """And chunking does not change what is made of them."""
    once, twice = scan(first + second), scan(first, second)
    assert (once.at_boundary, once.close_code) == (twice.at_boundary, twice.close_code)


def test_our_close_frame_is_a_servers() -> None:
    assert close_frame(SERVICE_RESTART) == bytes.fromhex("880203f4")
    assert close_frame(1001, b"bye") == bytes.fromhex("880503e9") + b"bye"


def test_our_close_frame_to_a_server_is_masked() -> None:
    wire = close_frame(1001, b"bye", MASK)
    assert wire == Frame(CLOSE, b"\x03\xe9bye", mask=MASK).wire
    assert scan(wire).close_code == 1001


@given(st.integers(0, 65535), st.binary(max_size=123))
def test_law_our_close_frame_is_read_back(code: int, reason: bytes) -> None:
    wire = close_frame(code, reason)
    assert wire == Frame(CLOSE, close(code, reason)).wire
    assert scan(wire).close_code == code
    assert scan(wire).at_boundary
