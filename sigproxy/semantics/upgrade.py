"""Check both sides of a WebSocket's opening handshake (RFC 6455, 4; RFC 9110, 7.8)."""

import base64
import binascii
import hashlib

from sigproxy.errors import BadRequest, UpgradeFailed, UpgradeRequired
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields

_ONLY_IN_HANDSHAKES = (b"sec-websocket-key", b"sec-websocket-version")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def is_requested(fields: Fields) -> bool:
    """Return whether the client asks for a WebSocket.

    Any other protocol in Upgrade is ignored, as RFC 9110, 7.8 allows. If "Upgrade: h2c" were
    forwarded, a client could bypass the gateway's rules (h2c smuggling).
    """
    return f.has_element(fields, b"upgrade", b"websocket")


def key_of(method: str, version: tuple[int, int], fields: Fields) -> bytes | None:
    """Return the client's Sec-WebSocket-Key; None if the request is not for a WebSocket.

    Raises a RequestError if the handshake is incomplete; UpgradeRequired if a proxy in front must
    have removed the rest. Browsers let no page set Sec-WebSocket fields (Fetch, 2.2.2), so that a
    request with them was a handshake, and must not reach the vendor as a plain GET.
    """
    if is_requested(fields):
        return check_request(method, version, fields)
    if f.elements(fields, b"upgrade") or method != "GET":
        return None
    if any(f.first(fields, name) is not None for name in _ONLY_IN_HANDSHAKES):
        raise _lost_by_a_proxy(f"{_shown(version)}without 'Upgrade: websocket'")
    return None


def _lost_by_a_proxy(what: str) -> UpgradeRequired:
    return UpgradeRequired(
        f"a WebSocket handshake came {what}: the proxy in front of the gateway does not forward "
        "it. NGINX needs, in the location of the gateway: `proxy_http_version 1.1; "
        'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";`',
        (b"Upgrade", b"websocket"),  # RFC 9110, 15.5.22
        (b"Connection", b"Upgrade"),
    )


def _shown(version: tuple[int, int]) -> str:
    return "in HTTP/1.0 and " if version < (1, 1) else ""


def check_request(method: str, version: tuple[int, int], fields: Fields) -> bytes:
    """Return the client's Sec-WebSocket-Key; raise a RequestError unless the handshake is valid."""
    if method != "GET":
        raise BadRequest("a WebSocket handshake is a GET in HTTP/1.1 (RFC 6455, 4.1)")
    if version < (1, 1):
        raise _lost_by_a_proxy("in HTTP/1.0, which has no Upgrade (RFC 9110, 7.8)")
    if not f.has_element(fields, b"connection", b"upgrade"):
        raise _lost_by_a_proxy("without 'Connection: Upgrade' (RFC 9110, 7.8)")
    if f.values(fields, b"sec-websocket-version") != [b"13"]:
        # RFC 6455, 4.4: the response names the supported version.
        raise BadRequest(
            "Sec-WebSocket-Version must be 13, once (RFC 6455, 4.1)",
            (b"Sec-WebSocket-Version", b"13"),
        )
    keys = f.values(fields, b"sec-websocket-key")
    if len(keys) != 1 or not _is_key(keys[0]):
        raise BadRequest("Sec-WebSocket-Key must be 16 bytes in base64, once (RFC 6455, 4.1)")
    if f.first(fields, b"content-length") not in (None, b"0") or f.values(
        fields, b"transfer-encoding"
    ):
        raise BadRequest("a WebSocket handshake has no body")
    return keys[0]


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def accept_for(key: bytes) -> bytes:
    """Return the Sec-WebSocket-Accept for *key* (RFC 6455, 4.2.2).

    >>> accept_for(b"dGhlIHNhbXBsZSBub25jZQ==")
    b's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def check_response(key: bytes, fields: Fields) -> None:
    """Raise UpgradeFailed unless an upstream's 101 matches the client's handshake.

    A server that sends another Accept did not understand the handshake. A tunnel to it would let a
    client send its own requests over a connection that is still HTTP (request smuggling).
    """
    if not f.has_element(fields, b"upgrade", b"websocket"):
        raise UpgradeFailed("the upstream's 101 does not switch to websocket")
    if not f.has_element(fields, b"connection", b"upgrade"):
        raise UpgradeFailed("the upstream's 101 lacks 'Connection: Upgrade'")
    if f.values(fields, b"sec-websocket-accept") != [accept_for(key)]:
        raise UpgradeFailed("the upstream's Sec-WebSocket-Accept does not answer the client's key")
