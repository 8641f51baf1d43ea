"""CONNECT as it is sent, and what its answers say."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import connect_request
from sigproxy.semantics.connect_request import Answer, answer, basic, end, is_begun, request


def test_a_request_for_a_name_an_address_and_ipv6() -> None:
    assert request(("up.example.com", 443)) == (
        b"CONNECT up.example.com:443 HTTP/1.1\r\nHost: up.example.com:443\r\n\r\n"
    )
    assert request(("203.0.113.5", 8443)).startswith(b"CONNECT 203.0.113.5:8443 HTTP/1.1\r\n")
    assert request(("2001:db8::5", 443)).startswith(b"CONNECT [2001:db8::5]:443 HTTP/1.1\r\n")


def test_a_login_is_utf_8_in_base64() -> None:
    login = basic("moni", "geheim:ß")
    assert b64decode(login.removeprefix(b"Basic ")) == "moni:geheim:ß".encode()
    assert request(("a.example", 443), login).endswith(
        b"\r\nProxy-Authorization: " + login + b"\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"HTTP/1.1 200 Connection established\r\n\r\n", Answer(200, "Connection established")),
        (b"HTTP/1.0 200\r\nContent-Length: 9\r\n\r\n", Answer(200)),
        (b"HTTP/1.1 204 \r\n\r\n", Answer(204)),
        (b"HTTP/1.1 403 verb\xf6ten\x1b[2J\r\n\r\n", Answer(403, "verb?ten?[2J")),
        (b"HTTP/1.1 500 " + b"x" * 90 + b"\r\n\r\n", Answer(500, "x" * 60)),
    ],
)
def test_what_an_answer_says(head: bytes, said: Answer) -> None:
    assert answer(head) == said


@pytest.mark.parametrize(
    ("lines", "schemes"),
    [
        ([b"Basic realm=x"], ("Basic",)),
        (
            [b"Negotiate", b"NTLM", b'Basic realm="a, b", charset="UTF-8"'],
            ("Negotiate", "NTLM", "Basic"),
        ),
        ([b'Digest realm="a", nonce=1, qop="auth", Basic realm="b"'], ("Digest", "Basic")),
        ([b"Negotiate, NTLM, basic"], ("Negotiate", "NTLM", "basic")),
        ([b'Digest realm="Staff, Basic or not", nonce="a\\", Basic x"'], ("Digest",)),
        ([b""], ()),
    ],
)
def test_which_logins_a_407_offers(lines: list[bytes], schemes: tuple[str, ...]) -> None:
    fields = b"".join(b"Proxy-Authenticate: " + line + b"\r\n" for line in lines)
    assert answer(b"HTTP/1.1 407 x\r\n" + fields + b"\r\n").schemes == schemes


@pytest.mark.parametrize(
    "head",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n",
        b"HTTP/1.1 200OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nX: y\r\n\r\n",
    ],
)
def test_what_is_not_http(head: bytes) -> None:
    with pytest.raises(ValueError, match="status line"):
        answer(head)


def test_which_answers_lead_on() -> None:
    assert [each for each in range(100, 600) if Answer(each).is_tunnel] == [*range(200, 300)]
    assert [each for each in range(100, 600) if Answer(each).is_interim] == [100, *range(102, 200)]


def test_a_beginning_is_known_byte_by_byte() -> None:
    whole = b"HTTP/1.1 200 OK\r\n\r\n"
    assert all(is_begun(whole[:length]) for length in range(len(whole)))
    assert not any(map(is_begun, (b"S", b"HTTP/2", b"\x15\x03", b"http/1.1 200")))
    assert not any(map(is_begun, (b"HTTP/1.1 200 OK\n", b"HTTP/1.1 403 x\nA: b\r\n\n")))
    assert [end(whole[:length]) for length in range(len(whole))] == [None] * len(whole)
    assert end(whole + b"\x16\x03") == len(whole)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    try:
        said = connect_request.answer(b"HTTP/1.1 407 " + data + b"\r\n\r\n")
    except ValueError:
        return
    assert str(said).isascii()
    assert str(said).isprintable()
