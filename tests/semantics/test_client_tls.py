"""Why a client's connection failed: named by a token, and said so that somebody can mend it."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import client_tls
from sigproxy.semantics.client_tls import (
    before_tls,
    cut_off,
    handshake_failed,
    handshake_late,
    handshake_left,
    left_early,
    server_name,
)


def hello_for(name: str | None, newest: bytes = b"\x03\x03") -> bytes:
    """Return a real ClientHello for *name*, whose legacy version is *newest*."""
    context = ssl.create_default_context()
    context.check_hostname = name is not None
    sent = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = sent.read()
    return hello[:9] + newest + hello[11:]


HELLO = hello_for("gw.example.com")


@pytest.mark.parametrize(
    ("first", "error", "told"),
    [
        (b"GET / HTTP/1.1\r\n", "plain_http", "https://"),
        (b"OPTIONS * HTTP/1.0\r\n", "plain_http", "https://"),
        (b"PRI * HTTP/2.0\r\n\r\nSM", "plain_http", "https://"),
        (b"GET", "plain_http", "https://"),
        (b"GETTING", "not_tls", "neither TLS nor HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_tls", "neither TLS nor HTTP"),
        (b"\xff", "not_tls", "neither TLS nor HTTP"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "not_tls", "server.proxy_protocol"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11", "not_tls", "server.proxy_protocol"),
        (b"\x00\x01\x00\x00\x21\x12\xa4\x42", "not_tls", "turns:"),
    ],
)
def test_what_is_no_tls_is_told_by_its_first_bytes(first: bytes, error: str, told: str) -> None:
    fault = before_tls(first)
    assert fault is not None
    assert fault.error == error
    assert told in fault.detail


@pytest.mark.parametrize("first", [HELLO, b"\x16", b"\x16\x03\x01\x00\x05hello"])
def test_what_may_be_tls_is_left_to_openssl(first: bytes) -> None:
    assert before_tls(first) is None


@pytest.mark.parametrize(
    ("reason", "error", "told"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "tls_untrusted", '(alert "unknown ca")'),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "tls_untrusted", '(alert "certificate unknown")'),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "tls_untrusted", "server.certificate"),
        ("SSL/TLS_ALERT_CERTIFICATE_EXPIRED", "tls_untrusted", '(alert "certificate expired")'),
        ("[SSL: X] ssl/tls alert unknown ca (_ssl.c:1006)", "tls_untrusted", '"unknown ca"'),
        ("UNSUPPORTED_PROTOCOL", "tls_version", "1.2 and 1.3"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "tls_version", "1.2 and 1.3"),
        ("NO_SHARED_CIPHER", "tls_cipher", "(no shared cipher)"),
        ("NO_SUITABLE_SIGNATURE_ALGORITHM", "tls_cipher", "another kind"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "tls_cipher", "(handshake failure)"),
        ("UNEXPECTED_MESSAGE", "tls_failed", "(unexpected message)"),
        ("TLSV1_ALERT_INTERNAL_ERROR", "tls_failed", "(internal error)"),
        ("", "tls_failed", ""),
    ],
)
def test_openssls_reasons(reason: str, error: str, told: str) -> None:
    fault = handshake_failed(reason, b"")
    assert fault.error == error
    assert told in fault.detail


def test_the_newest_version_of_an_old_client_is_named() -> None:
    old = hello_for("gw.example.com", newest=b"\x03\x02")
    detail = handshake_failed("UNSUPPORTED_PROTOCOL", old).detail
    assert detail.startswith("the client speaks TLS 1.1 at most, and the gateway 1.2 and 1.3")


def test_the_name_that_was_asked_for_is_told() -> None:
    for fault in (
        handshake_failed("TLSV1_ALERT_UNKNOWN_CA", HELLO),
        handshake_left(HELLO),
        handshake_late(HELLO, 10.0),
        cut_off(HELLO),
    ):
        assert fault.detail.endswith("; it asked for gw.example.com")
    assert "asked" not in handshake_left(hello_for(None)).detail


def test_a_client_that_sends_nothing_is_not_one_that_is_slow() -> None:
    silent, slow = handshake_late(b"", 10.0), handshake_late(HELLO, 10.0)
    assert silent.error == slow.error == "tls_timeout"
    assert "sent nothing for 10 s" in silent.detail
    assert "no whole TLS handshake came within 10 s" in slow.detail


@pytest.mark.parametrize(
    ("reason", "is_in_head", "is_unused", "after_s", "error"),
    [
        (None, True, True, 30.0, "request_cut"),
        (None, True, False, 30.0, "request_cut"),
        (None, False, True, 0.01, "no_request"),
        (None, False, True, 5.0, None),  # opened in advance
        (None, False, False, 0.01, None),  # its requests were served
        ("TLSV1_ALERT_UNKNOWN_CA", False, True, 5.0, "tls_untrusted"),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", False, True, 5.0, None),
    ],
)
def test_clients_that_leave_early(
    reason: str | None, is_in_head: bool, is_unused: bool, after_s: float, error: str | None
) -> None:
    fault = left_early(reason, is_in_head=is_in_head, is_unused=is_unused, after_s=after_s)
    assert (fault and fault.error) == error


def test_every_fault_has_one_of_the_reasons() -> None:
    assert len(set(client_tls.REASONS)) == len(client_tls.REASONS)
    constants = [value for name, value in vars(client_tls).items() if name.isupper()]
    assert {each for each in constants if isinstance(each, str)} == set(client_tls.REASONS)


@pytest.mark.parametrize("name", ["gw.example.com", "a-b.c1.example", None])
def test_the_server_name(name: str | None) -> None:
    assert server_name(hello_for(name)) == name


def test_a_name_that_is_none_is_not_told() -> None:
    assert server_name(HELLO.replace(b"gw.example.com", b'gw" example\n')) is None
    assert server_name(HELLO.replace(b"gw.example.com", b"gw.exampl\x00.com")) is None


@given(end=st.integers(min_value=0, max_value=len(HELLO)))
def test_law_a_hello_that_is_cut_names_the_host_or_nothing(end: int) -> None:
    assert server_name(HELLO[:end]) in (None, "gw.example.com")


@given(data=st.binary(max_size=400))
def test_law_no_bytes_break_it(data: bytes) -> None:
    for hello in (data, HELLO[:43] + data):
        name = server_name(hello)
        assert name is None or name.isascii()
        assert handshake_failed("UNSUPPORTED_PROTOCOL", hello).error == "tls_version"
    if data:
        before_tls(data)
