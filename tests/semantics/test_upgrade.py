"""The WebSocket handshake: RFC 6455's own sample, and each way in which one can be broken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import BadRequest, UpgradeFailed, UpgradeRequired
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.upgrade import (
    accept_for,
    check_request,
    check_response,
    is_requested,
    key_of,
)
from tests.strategies import fields as any_fields

# RFC 6455, 1.3
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

REQUEST: tuple[Field, ...] = (
    (b"Host", b"server.example.com"),
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Key", KEY),
    (b"Origin", b"http://example.com"),
    (b"Sec-WebSocket-Protocol", b"chat, superchat"),
    (b"Sec-WebSocket-Version", b"13"),
)
RESPONSE: tuple[Field, ...] = (
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Accept", ACCEPT),
    (b"Sec-WebSocket-Protocol", b"chat"),
)


def changed(fields: tuple[Field, ...], name: bytes, *values: bytes) -> tuple[Field, ...]:
    """Return *fields* with the lines called *name* replaced by one for each of *values*."""
    kept = tuple(each for each in fields if each[0].lower() != name.lower())
    return kept + tuple((name, value) for value in values)


def test_accept_for_the_rfcs_sample() -> None:
    assert accept_for(KEY) == ACCEPT


@pytest.mark.parametrize(
    ("values", "requested"),
    [
        ([], False),
        ([b"websocket"], True),
        ([b"WebSocket"], True),
        ([b"h2c, websocket"], True),
        ([b"h2c", b"websocket"], True),
        ([b"h2c"], False),
        ([b"websocket/13"], False),
        ([b"websockets"], False),
        ([b""], False),
    ],
)
def test_is_requested(values: list[bytes], requested: bool) -> None:
    assert is_requested(tuple((b"Upgrade", value) for value in values)) is requested


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(REQUEST, id="rfc-sample"),
        pytest.param(tuple((n.lower(), v) for n, v in REQUEST), id="names-in-lower-case"),
        pytest.param(changed(REQUEST, b"Connection", b"keep-alive, Upgrade"), id="firefox"),
        pytest.param(changed(REQUEST, b"Connection", b"keep-alive", b"UPGRADE"), id="two-lines"),
        pytest.param((*REQUEST, (b"Content-Length", b"0")), id="content-length-0"),
    ],
)
def test_a_whole_handshake_gives_its_key(fields: tuple[Field, ...]) -> None:
    assert check_request("GET", (1, 1), fields) == KEY


NO_GET = "a WebSocket handshake is a GET in HTTP/1.1 (RFC 6455, 4.1)"


@pytest.mark.parametrize("method", ["POST", "HEAD", "get", "OPTIONS"])
def test_a_handshake_is_a_get(method: str) -> None:
    with pytest.raises(BadRequest) as error:
        check_request(method, (1, 1), REQUEST)
    assert error.value.detail == NO_GET


@pytest.mark.parametrize(
    ("version", "fields", "cause"),
    [
        pytest.param((1, 0), REQUEST, "in HTTP/1.0, which has no Upgrade", id="http-1.0"),
        *(
            pytest.param(
                (1, 1),
                changed(REQUEST, b"Connection", *values),
                "without 'Connection: Upgrade'",
                id=f"connection-{b'-'.join(values).decode() or 'absent'}",
            )
            for values in ([], [b"keep-alive"], [b"close"], [b"Upgraded"])
        ),
        *(
            pytest.param(
                (1, 1),
                changed(REQUEST, b"Upgrade", *values),
                "came without 'Upgrade: websocket'",
                id=f"upgrade-{b'-'.join(values).decode() or 'absent'}",
            )
            for values in ([], [b""], [b" , "])
        ),
        pytest.param(
            (1, 1),
            changed(changed(REQUEST, b"Upgrade"), b"Connection", b"close"),
            "came without 'Upgrade: websocket'",
            id="neither",
        ),
        pytest.param(
            (1, 1),
            changed(changed(REQUEST, b"Upgrade"), b"Sec-WebSocket-Key"),
            "came without 'Upgrade: websocket'",
            id="version-alone",
        ),
        pytest.param(
            (1, 0),
            changed(changed(REQUEST, b"Upgrade"), b"Connection", b"close"),
            "came in HTTP/1.0 and without 'Upgrade: websocket'",
            id="nginx-as-it-comes",
        ),
    ],
)
def test_what_a_proxy_in_front_loses_is_told_with_the_lines_to_add(
    version: tuple[int, int], fields: tuple[Field, ...], cause: str
) -> None:
    with pytest.raises(UpgradeRequired) as error:
        key_of("GET", version, fields)
    assert cause in error.value.detail
    assert "the proxy in front of the gateway" in error.value.detail
    for line in (
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        'proxy_set_header Connection "upgrade";',
    ):
        assert line in error.value.detail
    # RFC 9110, 15.5.22
    assert error.value.fields == ((b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"))


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        pytest.param("GET", REQUEST[:1], id="nothing"),
        pytest.param("GET", ((b"Connection", b"Upgrade"),), id="connection-alone"),
        pytest.param("GET", ((b"Upgrade", b"h2c"), (b"Connection", b"Upgrade")), id="h2c"),
        pytest.param("POST", changed(REQUEST, b"Upgrade"), id="post"),
        # Another protocol is ignored (RFC 9110, 7.8), whatever else is there.
        pytest.param("GET", changed(REQUEST, b"Upgrade", b"h2c"), id="h2c-with-a-key"),
    ],
)
def test_what_asks_for_no_websocket(method: str, fields: tuple[Field, ...]) -> None:
    assert key_of(method, (1, 1), fields) is None


def test_a_whole_handshake_asks_for_one() -> None:
    assert key_of("GET", (1, 1), REQUEST) == KEY


@pytest.mark.parametrize(
    "values", [[], [b""], [b"8"], [b"777"], [b"13, 8"], [b"13", b"13"], [b"8", b"13"], [b"013"]]
)
def test_the_version_is_13_once(values: list[bytes]) -> None:
    with pytest.raises(BadRequest) as error:
        check_request("GET", (1, 1), changed(REQUEST, b"Sec-WebSocket-Version", *values))
    assert error.value.detail == "Sec-WebSocket-Version must be 13, once (RFC 6455, 4.1)"
    assert error.value.fields == ((b"Sec-WebSocket-Version", b"13"),)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="none"),
        pytest.param([b""], id="empty"),
        pytest.param([KEY, KEY], id="twice"),
        pytest.param([base64.b64encode(b"x" * 15)], id="15-bytes"),
        pytest.param([base64.b64encode(b"x" * 17)], id="17-bytes"),
        pytest.param([b"dGhlIHNhbXBsZSBub25jZQ"], id="no-padding"),
        pytest.param([b"dGhlIHNhbXBsZSBub25jZQ==="], id="too-much-padding"),
        pytest.param([b"dGhlIHNhbXBs ZSBub25jZQ=="], id="space-inside"),
        pytest.param([b"dGhlIHNhbXBsZSBub25jZQ==\n"], id="newline-behind"),
        pytest.param([b"dGhlIHNhbXBsZSBub2-_ZQ=="], id="url-alphabet"),
        pytest.param([b"not base64 at all!!!!!!!"], id="not-base64"),
        pytest.param([b"\xff" * 24], id="not-ascii"),
    ],
)
def test_the_key_is_16_bytes_in_base64_once(keys: list[bytes]) -> None:
    with pytest.raises(BadRequest) as error:
        check_request("GET", (1, 1), changed(REQUEST, b"Sec-WebSocket-Key", *keys))
    assert (
        error.value.detail == "Sec-WebSocket-Key must be 16 bytes in base64, once (RFC 6455, 4.1)"
    )


@given(st.binary(min_size=16, max_size=16).map(base64.b64encode))
def test_law_every_key_of_16_bytes_is_taken_and_answered(key: bytes) -> None:
    assert check_request("GET", (1, 1), changed(REQUEST, b"Sec-WebSocket-Key", key)) == key
    check_response(key, changed(RESPONSE, b"Sec-WebSocket-Accept", accept_for(key)))


@given(any_fields.map(lambda more: (*REQUEST[1:3], *more)), st.sampled_from(["GET", "POST"]))
def test_law_any_fields_hold_a_key_or_are_refused(fields: Fields, method: str) -> None:
    try:
        key = check_request(method, (1, 1), fields)
    except (BadRequest, UpgradeRequired):
        return
    assert [key] == f.values(fields, b"sec-websocket-key")
    assert len(base64.b64decode(key)) == 16


@given(any_fields.map(lambda more: (*RESPONSE[:2], *more)))
def test_law_only_the_accept_that_was_asked_for_passes(fields: Fields) -> None:
    try:
        check_response(KEY, fields)
    except UpgradeFailed:
        return
    assert f.values(fields, b"sec-websocket-accept") == [ACCEPT]


@pytest.mark.parametrize(
    "field", [(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")], ids=["CL", "TE"]
)
def test_a_handshake_has_no_body(field: Field) -> None:
    with pytest.raises(BadRequest) as error:
        check_request("GET", (1, 1), (*REQUEST, field))
    assert error.value.detail == "a WebSocket handshake has no body"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(RESPONSE, id="rfc-sample"),
        pytest.param(changed(RESPONSE, b"upgrade", b"WebSocket"), id="upper-case"),
        pytest.param(changed(RESPONSE, b"connection", b"keep-alive, upgrade"), id="list"),
    ],
)
def test_a_101_that_answers(fields: tuple[Field, ...]) -> None:
    check_response(KEY, fields)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        pytest.param(
            changed(RESPONSE, b"Upgrade"),
            "the upstream's 101 does not switch to websocket",
            id="no-upgrade",
        ),
        pytest.param(
            changed(RESPONSE, b"Upgrade", b"h2c"),
            "the upstream's 101 does not switch to websocket",
            id="another-protocol",
        ),
        pytest.param(
            changed(RESPONSE, b"Connection", b"close"),
            "the upstream's 101 lacks 'Connection: Upgrade'",
            id="no-connection-upgrade",
        ),
        *(
            pytest.param(
                changed(RESPONSE, b"Sec-WebSocket-Accept", *values),
                "the upstream's Sec-WebSocket-Accept does not answer the client's key",
                id=name,
            )
            for name, values in {
                "no-accept": [],
                "accept-twice": [ACCEPT, ACCEPT],
                "accept-of-another-key": [accept_for(b"AAAAAAAAAAAAAAAAAAAAAA==")],
                "accept-in-lower-case": [ACCEPT.lower()],
                "key-echoed": [KEY],
            }.items()
        ),
    ],
)
def test_a_101_that_does_not_answer(fields: tuple[Field, ...], detail: str) -> None:
    with pytest.raises(UpgradeFailed) as error:
        check_response(KEY, fields)
    assert error.value.detail == detail
