"""Why a client's connection failed before its first request, and what to do about it.

TLS is read only as far as a failure is to be explained: the type of the first record, the versions
and the name in a ClientHello, and alerts (RFC 8446, 5.1, 4.1.2 and 6; RFC 6066, 3).
"""

import re
import struct
from typing import NamedTuple

from sigproxy.semantics import proxy_header, stun

CUT_OFF = "cut_off_by_shutdown"  # as of exchanges
NO_BYTES = "no_bytes"
NO_REQUEST = "no_request"
NOT_TLS = "not_tls"
PLAIN_HTTP = "plain_http"
REQUEST_CUT = "request_cut"
TLS_CIPHER = "tls_cipher"
TLS_FAILED = "tls_failed"
TLS_GONE = "tls_gone"
TLS_TIMEOUT = "tls_timeout"
TLS_UNTRUSTED = "tls_untrusted"
TLS_VERSION = "tls_version"

REASONS = (
    *(CUT_OFF, NO_BYTES, NO_REQUEST, NOT_TLS, PLAIN_HTTP, REQUEST_CUT, TLS_CIPHER, TLS_FAILED),
    *(TLS_GONE, TLS_TIMEOUT, TLS_UNTRUSTED, TLS_VERSION),
)

# A ClientHello with a post-quantum key share has 1.8 KB; this much of it is looked at.
HELLO_BYTES = 2048
# A client that leaves later than this after its handshake had opened the connection in advance, as
# browsers do; one that refuses what it got leaves at once.
AT_ONCE_S = 1.0

_HANDSHAKE = 0x16  # RFC 8446, 5.1: the type of the record with a ClientHello
_HTTP = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PRI)(?: |\Z)")
_ALERT = re.compile(r"alert[ _]([a-z_ ]*[a-z])")
_NAME = re.compile(rb"[A-Za-z0-9._-]{1,253}")
_VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1"}
_RANDOM_ENDS = 43  # headers of record and handshake message, version, random: 5 + 4 + 2 + 32

# Alerts by which a client refuses a certificate (RFC 8446, 6.2).
_UNTRUSTED = frozenset(
    {
        *("bad certificate", "unsupported certificate", "certificate revoked"),
        *("certificate expired", "certificate unknown", "unknown ca"),
    }
)
# What OpenSSL calls a handshake without a common version, or without other common parameters; and
# the clients' alerts that say the same.
_NO_COMMON_VERSION = frozenset(
    {
        *("unsupported protocol", "unknown protocol", "version too low", "wrong ssl version"),
        *("inappropriate fallback", "protocol version"),
    }
)
_NOTHING_COMMON = frozenset(
    {
        *("no shared cipher", "no suitable signature algorithm", "no suitable key share"),
        *("no shared signature algorithms", "no suitable groups", "no shared group"),
        *("handshake failure", "insufficient security"),
    }
)


class Fault(NamedTuple):
    """*error* is one of REASONS; *detail* is for people to read."""

    error: str
    detail: str


SILENT = Fault(NO_BYTES, "the client connected and closed without a byte")
CUT_REQUEST = Fault(
    REQUEST_CUT, "the client closed the connection within the head of a request: it gave up"
)
UNUSED = Fault(
    NO_REQUEST,
    "the TLS handshake succeeded, and the client left at once without a request: it rejects the "
    "certificate (another name, or it has pinned another), or it is a check that only opens TLS",
)


def before_tls(first: bytes) -> Fault | None:
    """Return why a connection that begins with *first* is no TLS; None if it may be."""
    if first[0] == _HANDSHAKE:
        return None
    if _HTTP.match(first):
        return Fault(
            PLAIN_HTTP,
            "this port speaks TLS, and the request came without: use https:// (wss:// for "
            "WebSockets)",
        )
    if proxy_header.begins(first):
        return Fault(
            NOT_TLS,
            "a PROXY protocol header came where TLS was expected: set server.proxy_protocol, or "
            "let the balancer send none",
        )
    if stun.may_begin(first):
        return Fault(NOT_TLS, "STUN came without TLS: the URL of a TURN server here is turns:")
    return Fault(NOT_TLS, "this port speaks TLS, and what came is neither TLS nor HTTP")


def handshake_failed(reason: str, hello: bytes) -> Fault:
    """Return why OpenSSL gave up a handshake, given its *reason*, as "TLSV1_ALERT_UNKNOWN_CA".

    *hello* is what the client began with, as far as it is known.
    """
    words = reason.lower().replace("_", " ")
    alert = _ALERT.search(words)
    cause = alert[1] if alert else words
    if cause in _UNTRUSTED:
        return _of(
            hello,
            TLS_UNTRUSTED,
            f'the client does not trust the certificate (alert "{cause}"): see that the file in '
            "server.certificate is for the name that was asked for, has not ended and has the "
            "whole chain, and that the client knows the authority that issued it",
        )
    if cause in _NO_COMMON_VERSION:
        return _of(hello, TLS_VERSION, _no_version(hello))
    if cause in _NOTHING_COMMON:
        return _of(
            hello,
            TLS_CIPHER,
            f"client and gateway have no cipher suite, group or signature in common ({cause}): "
            "update the client, or serve a certificate with a key of another kind",
        )
    return _of(hello, TLS_FAILED, f"the TLS handshake failed ({cause})")


def handshake_left(hello: bytes) -> Fault:
    """For a client that closed or reset the connection within its handshake."""
    return _of(
        hello,
        TLS_GONE,
        "the client left within the TLS handshake: it gave up, something on the way cuts TLS, or "
        "it does not trust the certificate and does not say so",
    )


def handshake_late(hello: bytes, allowed_s: float) -> Fault:
    """For a client that took longer than *allowed_s*; *hello* is empty if it sent nothing."""
    if hello:
        return _of(hello, TLS_TIMEOUT, f"no whole TLS handshake came within {allowed_s:g} s")
    return Fault(
        TLS_TIMEOUT,
        f"the client connected and sent nothing for {allowed_s:g} s: it waits, or something on the "
        "way holds its ClientHello back",
    )


def cut_off(hello: bytes) -> Fault:
    """For a client whose handshake was not complete when the gateway stopped."""
    return _of(hello, CUT_OFF, "the gateway stopped before the TLS handshake was complete")


def _of(hello: bytes, error: str, detail: str) -> Fault:
    name = server_name(hello)
    return Fault(error, detail if name is None else f"{detail}; it asked for {name}")


def _no_version(hello: bytes) -> str:
    newest = _VERSIONS.get(int.from_bytes(hello[9:11], "big"))
    if newest is None:
        return "client and gateway have no version of TLS in common: the gateway speaks 1.2 and 1.3"
    return f"the client speaks {newest} at most, and the gateway 1.2 and 1.3: update the client"


def left_early(
    reason: str | None, *, is_in_head: bool, is_unused: bool, after_s: float
) -> Fault | None:
    """Return what was wrong with a connection that its client has closed; None if nothing was.

    *reason* is OpenSSL's, if TLS failed after the handshake; *is_unused*: it is TLS,
    and no request was served.
    """
    if is_in_head:
        return CUT_REQUEST
    if not is_unused:
        return None
    if reason is not None and _ALERT.search(reason.lower()):
        return handshake_failed(reason, b"")
    return UNUSED if after_s < AT_ONCE_S else None


def server_name(hello: bytes) -> str | None:
    """Return the host that a ClientHello names; None if it names none, or is not whole."""
    try:
        at = _RANDOM_ENDS
        at += 1 + hello[at]  # legacy_session_id
        at += 2 + int.from_bytes(hello[at : at + 2], "big")  # cipher_suites
        at += 1 + hello[at] + 2  # legacy_compression_methods, and the length of the extensions
        while True:
            kind, length = struct.unpack_from(">HH", hello, at)
            ends = at + 4 + length
            if kind == 0:  # server_name: a list with one name, behind its length and its type
                return _name(hello[at + 9 : ends]) if ends <= len(hello) else None
            at = ends
    except (IndexError, struct.error):
        return None


def _name(text: bytes) -> str | None:
    return text.decode("ascii") if _NAME.fullmatch(text) else None
