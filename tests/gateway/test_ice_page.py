"""/-/ice in a gateway: credentials that a TURN server takes, for whom, and how many."""

import base64
import hashlib
import hmac
import re
from typing import Any

import pytest

from tests.gateway.turn import KEY, SECRET
from tests.lab.lab import Lab
from tests.lab.wire import Response

APP, FOREIGN = b"Origin: https://app.example", b"Origin: https://evil.example"
BEARER = b"Authorization: Bearer " + KEY.encode()
ASKED = b"/-/ice/5d41402abc4b2a76?sdk=webrtc"


def keyless(turn: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {name: value for name, value in turn.items() if name != "keys"} | values


def credential(answer: Response) -> tuple[str, str]:
    """Return the credential of the webrtc answer's TURN server."""
    assert answer.status == 200, answer.body
    [relay] = [each for each in answer.json["iceServers"] if "username" in each]
    return relay["username"], relay["credential"]


def password(username: str, secret: str = SECRET) -> str:
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize(
    ("target", "fields"), [(ASKED, ()), (b"/-/ice?sdk=webrtc&mode=auto", (BEARER,))]
)
async def test_a_credential(
    lab: Lab, turn: dict[str, Any], target: bytes, fields: tuple[bytes, ...], method: bytes
) -> None:
    gateway = await lab.gateway(turn=turn | {"ttl_s": 600})
    client = await lab.client(gateway)

    answer = await client.get(target, APP, *fields, method=method)

    username, given = credential(answer)
    [exchange] = gateway.observer.ends
    expiry, _, random_id = username.partition(":")
    assert given == password(username)  # with the first secret
    assert exchange.started_at - 1 + 600 <= int(expiry) <= exchange.started_at + 601
    assert re.fullmatch(r"[A-Za-z0-9_-]{16}", random_id)
    assert (answer.json["ttl"], answer.json["expires"]) == (600, int(expiry))
    assert answer.get(b"cache-control") == b"no-store"
    assert answer.get(b"content-type") == b"application/json"
    assert answer.get(b"access-control-allow-origin") == b"https://app.example"
    assert answer.get(b"vary") == b"Origin"
    assert (exchange.issued, exchange.error, exchange.route) == (True, None, None)


BARE = ["agora", "agora-legacy", "vonage", "daily", "trtc", "nertc", "zego"]


@pytest.mark.parametrize("asked", [*BARE, "livekit", "webrtc&format=metered"])
async def test_it_says_when_to_ask_again_also_beside_what_has_no_place_for_it(
    lab: Lab, turn: dict[str, Any], asked: str
) -> None:
    client = await lab.client(await lab.gateway(turn=turn | {"ttl_s": 600}))

    answer = await client.get(f"/-/ice/{KEY}?sdk={asked}".encode(), APP)

    assert answer.status == 200
    if asked in BARE:
        assert not (isinstance(answer.json, dict) and answer.json.keys() & {"ttl", "expires"})
    assert answer.get(b"x-credential-ttl") == b"600"
    expires = (answer.get(b"x-credential-expires") or b"").decode()
    assert f'"{expires}:' in answer.body.decode()  # the username begins with it
    exposed = (answer.get(b"access-control-expose-headers") or b"").decode()
    assert {"X-Credential-Ttl", "X-Credential-Expires"} <= set(exposed.split(", "))


async def test_no_two_are_alike_and_one_connection_gets_many(
    lab: Lab, turn: dict[str, Any]
) -> None:
    client = await lab.client(
        await lab.gateway(turn=turn | {"credentials_per_address": "200/hour"})
    )
    names = [credential(await client.get(ASKED))[0] for _ in range(100)]
    assert len({name.partition(":")[2] for name in names}) == 100


async def test_a_posted_body_is_not_read(lab: Lab, turn: dict[str, Any]) -> None:
    client = await lab.client(await lab.gateway(turn=turn))
    credential(await client.get(ASKED, method=b"POST", body=b'{"ttl": 86400}'))


@pytest.mark.parametrize(
    ("target", "fields", "method", "status", "error"),
    [
        (b"/-/ice?sdk=webrtc", (), b"GET", 403, "key_refused"),
        (b"/-/ice/old-key-of-2025?sdk=webrtc", (), b"GET", 403, "key_refused"),
        (ASKED + b"x", (), b"GET", 400, "unknown_sdk"),
        (b"/-/ice/5d41402abc4b2a76", (), b"GET", 400, "unknown_sdk"),
        (ASKED + b"&mode=tcp", (), b"GET", 400, "mode_refused"),
        (ASKED + b"&mode=", (), b"GET", 400, "mode_refused"),
        (ASKED + b"&format=xml", (), b"GET", 400, "unknown_format"),
        (b"/-/ice/5d41402abc4b2a76?sdk=acs-ios&mode=tls", (), b"GET", 400, "mode_refused"),
        (ASKED, (), b"PUT", 405, "method_refused"),
        (ASKED, (), b"DELETE", 405, "method_refused"),
        (b"/-/ice/5d41402abc4b2a76/x", (), b"GET", 404, "no_route"),
        (b"/-/icy", (), b"GET", 404, "no_route"),
        (ASKED, (b"X-Long: " + b"a" * 17_000,), b"GET", 431, "head_too_large"),
        (ASKED + b"&x=" + b"a" * 17_000, (), b"GET", 414, "target_too_long"),
    ],
)
async def test_what_is_refused(
    lab: Lab,
    turn: dict[str, Any],
    target: bytes,
    fields: tuple[bytes, ...],
    method: bytes,
    status: int,
    error: str,
) -> None:
    gateway = await lab.gateway(turn=turn)
    client = await lab.client(gateway)

    answer = await client.get(target, APP, *fields, method=method)

    assert (answer.status, answer.error) == (status, error)
    assert answer.get(b"access-control-allow-origin") == b"https://app.example"
    assert answer.get(b"cache-control") == b"no-store"
    assert KEY not in answer.json["detail"]
    assert not (await gateway.observer.last()).issued


async def test_a_mode_that_is_not_offered(lab: Lab, turn: dict[str, Any]) -> None:
    client = await lab.client(await lab.gateway(turn=turn | {"modes": ["udp"]}))
    assert (await client.get(ASKED + b"&mode=tls")).error == "mode_refused"
    assert "transport=udp" in str((await client.get(ASKED)).json)


async def test_without_tls_port_there_is_no_mode_for_it(lab: Lab, turn: dict[str, Any]) -> None:
    client = await lab.client(await lab.gateway(turn=turn | {"tls_port": 0}))
    assert (await client.get(ASKED + b"&mode=tls")).error == "mode_refused"


async def test_the_pages_that_are_listed_need_no_key(lab: Lab, turn: dict[str, Any]) -> None:
    listed = keyless(turn, allowed_origins=["https://app.example"])
    client = await lab.client(await lab.gateway(turn=listed))

    own = await client.get(b"/-/ice?sdk=webrtc", APP)
    foreign = await client.get(b"/-/ice?sdk=webrtc", FOREIGN)
    nobodys = await client.get(b"/-/ice?sdk=webrtc")

    credential(own)
    assert own.get(b"access-control-allow-origin") == b"https://app.example"
    assert (foreign.status, foreign.error) == (403, "origin_refused")
    assert foreign.get(b"access-control-allow-origin") is None
    assert (nobodys.status, nobodys.error) == (403, "origin_refused")
    assert "POST" in nobodys.json["detail"]


@pytest.mark.parametrize(("origin", "status"), [(APP, 204), (FOREIGN, 403), (b"Origin: null", 403)])
async def test_a_preflight(lab: Lab, turn: dict[str, Any], origin: bytes, status: int) -> None:
    listed = turn | {"allowed_origins": ["https://app.example"]}
    gateway = await lab.gateway(turn=listed)
    client = await lab.client(gateway)
    asks = (
        b"Access-Control-Request-Method: POST",
        b"Access-Control-Request-Headers: authorization",
    )

    answer = await client.get(b"/-/ice?sdk=webrtc", origin, *asks, method=b"OPTIONS")

    assert answer.status == status
    if status == 204:
        assert answer.get(b"access-control-allow-headers") == b"authorization"
        assert answer.get(b"access-control-allow-origin") == b"https://app.example"
    assert (await gateway.observer.last()).issued is None


async def test_open_to_everybody(lab: Lab, turn: dict[str, Any]) -> None:
    client = await lab.client(await lab.gateway(turn=keyless(turn, open=True)))
    credential(await client.get(b"/-/ice?sdk=webrtc"))
    credential(await client.get(b"/-/ice?sdk=webrtc", FOREIGN))


# --- too many ---------------------------------------------------------------------------------


async def test_an_address_gets_only_so_many(lab: Lab, turn: dict[str, Any]) -> None:
    gateway = await lab.gateway(turn=turn | {"credentials_per_address": "2/hour"})
    client = await lab.client(gateway)
    # What is refused for another reason is not counted.
    for target in (b"/-/ice?sdk=webrtc", ASKED + b"&mode=tcp", b"/-/live"):
        await client.get(target)
    for _ in range(2):
        credential(await client.get(ASKED))

    answer = await client.get(ASKED, APP)

    assert (answer.status, answer.error) == (429, "too_many_credentials")
    assert 1 <= int(answer.get(b"retry-after") or 0) <= 7200
    assert "turn.credentials_per_address" in answer.json["detail"]
    assert answer.get(b"access-control-allow-origin") == b"https://app.example"
    assert (await gateway.observer.last()).issued is False
    credential(await (await lab.client(gateway, source="127.0.0.2")).get(ASKED))


async def test_behind_a_proxy_it_is_the_clients_address(lab: Lab, turn: dict[str, Any]) -> None:
    gateway = await lab.gateway(
        turn=turn | {"credentials_per_address": "1/hour"},
        server={"trusted_proxies": ["127.0.0.1"]},
    )
    client = await lab.client(gateway)
    seen = [
        (await client.get(ASKED, b"X-Forwarded-For: " + address)).status
        for address in (b"192.0.2.1", b"192.0.2.2", b"192.0.2.1", b"192.0.2.9, 192.0.2.2")
    ]
    assert seen == [200, 200, 429, 429]


async def test_guesses_at_a_key_count_as_requests(lab: Lab, turn: dict[str, Any]) -> None:
    gateway = await lab.gateway(turn=turn, limits={"request_rate": "2/hour"})
    client = await lab.client(gateway)
    errors = [(await client.get(b"/-/ice/%d" % each)).error for each in range(3)]
    assert errors == ["key_refused", "key_refused", "too_many_requests"]
    assert (await client.get(b"/-/live")).status == 200


# --- without [turn] ----------------------------------------------------------------------------


@pytest.mark.parametrize("target", [b"/-/ice", b"/-/ice?sdk=webrtc", b"//-/ice/k", b"/-/ice/k/x"])
@pytest.mark.parametrize("method", [b"GET", b"POST", b"OPTIONS", b"PUT"])
async def test_without_turn_it_is_off(lab: Lab, target: bytes, method: bytes) -> None:
    client = await lab.client(await lab.gateway())
    answer = await client.get(target, APP, method=method)
    assert (answer.status, answer.error) == (404, "turn_off")
    assert "[turn]" in answer.json["detail"]
