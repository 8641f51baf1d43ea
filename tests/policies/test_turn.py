"""TURN REST credentials: what a TURN server makes of them, computed here on its own."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.turn import Turn, issue

TURN = Turn(
    name="gateway.example",
    addresses=("203.0.113.5",),
    realm="gateway.example",
    secrets=(b"north",),
    ttl_s=86_400,
    udp_port=3478,
    tls_port=443,
    tcp_port=0,
    stun=True,
    modes=("auto", "udp", "tls"),
)


def is_valid(username: str, password: str, secrets: tuple[bytes, ...], now_s: int) -> bool:
    """Judge as coturn does: any of its secrets, and the digits in front of the first colon."""
    expiry, colon, _ = username.partition(":")
    assert colon
    assert expiry.isdigit()
    passwords = {
        base64.b64encode(hmac.new(each, username.encode(), hashlib.sha1).digest()).decode()
        for each in secrets
    }
    return now_s <= int(expiry) and password in passwords


@pytest.mark.parametrize(
    ("secret", "username", "password"),
    [
        # printf %s "$username" | openssl dgst -sha1 -hmac "$secret" -binary | base64
        (b"north", "1700000000:alice", "Cd/49soE35ICqcJF/bCTn8Z4OyE="),
        (b"0123456789abcdef0123456789abcdef", "1700000000:a_b-C9", "ddMDtv+rZNQuEs4hjN5LD+0iCZw="),
    ],
)
def test_the_drafts_scheme(secret: bytes, username: str, password: str) -> None:
    expires_at, _, random_id = username.partition(":")
    turn = replace(TURN, secrets=(secret,))
    issued = issue(turn, int(expires_at) - turn.ttl_s, random_id)
    assert (issued.username, issued.password) == (username, password)
    assert (issued.ttl_s, issued.expires_at) == (86_400, 1_700_000_000)


@given(
    st.binary(min_size=1, max_size=200),
    st.integers(60, 86_400),
    st.integers(0, 2**33),
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
)
def test_law_valid_until_it_expires_and_no_second_longer(
    secret: bytes, ttl_s: int, now_s: int, random_id: str
) -> None:
    issued = issue(replace(TURN, secrets=(secret,), ttl_s=ttl_s), now_s, random_id)
    until_s = now_s + ttl_s
    assert issued.expires_at == until_s
    for then_s, valid in ((now_s, True), (until_s, True), (until_s + 1, False)):
        assert is_valid(issued.username, issued.password, (secret,), then_s) is valid
    assert not is_valid(issued.username, issued.password, (secret + b"x",), now_s)


def test_the_first_secret_signs_while_the_server_knows_both() -> None:
    before = issue(replace(TURN, secrets=(b"old",)), 0, "a")
    during = issue(replace(TURN, secrets=(b"new", b"old")), 0, "a")
    after = issue(replace(TURN, secrets=(b"new",)), 0, "a")
    assert during == after
    for each in (before, during):
        assert is_valid(each.username, each.password, (b"new", b"old"), 1)
    assert not is_valid(before.username, before.password, (b"new",), 1)


@pytest.mark.parametrize("bad", ["", "a b", 'a"', "a'", "a:b", "é", "a\n", "x" * 65])
def test_an_id_that_servers_do_not_answer_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        issue(TURN, 0, bad)


def test_neither_secret_nor_password_is_shown() -> None:
    issued = issue(TURN, 0, "a")
    shown = f"{TURN!r} {issued!r} {TURN} {issued}"
    assert "north" not in shown
    assert issued.password not in shown
