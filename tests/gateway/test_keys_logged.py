"""Access keys in the access log: never, right or wrong, whatever became of the request."""

import pytest

from tests.gateway.test_keys import GUARDED, KEY, KEYED, OLD, SECOND
from tests.gateway.test_redirects import moved, pages
from tests.lab.frames import (
    HANDSHAKE,
    close,
    echo_frames,
    handshake,
    read_frame,
    upgraded,
)
from tests.lab.lab import Lab
from tests.lab.logged import Log

FORMATS = pytest.mark.parametrize("form", ["combined", "json"])
PAGE = b"Referer: https://localhost/%b/up.example.com/page"


@FORMATS
@pytest.mark.parametrize("prefix", ["", "/acs"])
@pytest.mark.parametrize("key", [KEY, SECOND, OLD, KEY.upper(), "%35d41402abc4b2a76"])
async def test_a_request(lab: Lab, log: Log, form: str, prefix: str, key: str) -> None:
    upstream = await lab.upstream()
    route = KEYED | {"prefix": prefix or "/"}
    gateway = await lab.gateway(observed=False, route=route, access_log={"format": form})
    client = await lab.client(gateway)
    mount = f"{prefix}/{key}".encode()

    answer = await client.get(mount + upstream.at("/x?token=t"))

    written = await log.of(1)
    assert answer.error == (None if key in KEYED["keys"] else "key_refused")
    assert f"{prefix}/-/up.example.com:{upstream.port}/x?token=-" in written
    assert key not in written


@FORMATS
@pytest.mark.parametrize(
    ("target", "fields", "status"),
    [
        (b"/%b", (), 404),
        (b"/%b/", (), 404),
        (b"/%b?x", (), 404),
        (b"/%b/favicon.ico", (), 403),
        (b"/%b/nohost/x", (), 404),
        (b"/%b/user@up.example.com/", (), 400),
        (b"/%b/nxdomain.example.com/", (), 502),
        (b"/%b/up.example.org/", (), 403),
        (b"/%b/localhost/%b/localhost/nohost", (), 404),
        (b"/%b" + b"/localhost" * 6, (), 508),
        (b"/%b/up.example.com/", (b"Origin: https://evil.example",), 403),
        (b"/%b/up.example.com/", (b"Service-Worker: script",), 403),
        (b"/%b/up.example.com/", (b"X-Long: " + b"a" * 17_000,), 431),
        (b"/%b/up.example.com/" + b"a" * 17_000, (), 414),
        (b"/%b/up.example.com/", HANDSHAKE[:3], 400),
        (b"/elsewhere/%b/up.example.com/", (), 403),
        (b"https://localhost/%b/nohost", (), 404),
        (b"https://other.example/%b/", (), 400),
        (b"/%b/up.example.com/#%b", (), 400),
    ],
)
async def test_an_error(
    lab: Lab, log: Log, form: str, target: bytes, fields: tuple[bytes, ...], status: int
) -> None:
    gateway = await lab.gateway(observed=False, route=KEYED, access_log={"format": form})
    client = await lab.client(gateway)
    key = KEY.encode()

    asked = target.replace(b"%b", key)
    answer = await client.get(asked, PAGE % key, b"User-Agent: " + key, *fields)

    assert answer.status == status
    assert KEY not in await log.of(1) + answer.body.decode()


@FORMATS
async def test_keys_that_begin_with_one_another(lab: Lab, log: Log, form: str) -> None:
    keys = [KEY + "-" * dashes for dashes in range(8)] + [f"{KEY}-------remnant"]
    route = KEYED | {"keys": keys}
    gateway = await lab.gateway(observed=False, route=route, access_log={"format": form})

    client = await lab.client(gateway)
    assert (await client.get(GUARDED, PAGE % keys[-1].encode())).error == "no_route"

    assert "remnant" not in await log.of(1)


@FORMATS
@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (b"/%b/up.example.com/", (b"X-Long: " + b"a" * 17_000,)),
        (b"/%b/up.example.com/" + b"a" * 17_000, ()),
        (b"/%b/up.example.com/", (PAGE % OLD.encode(),)),
        (b"/%b/up.example.com/", (b"Service-Worker: script",)),
        (b"/%b/up.example.com/#x", ()),
        (b"/%b", ()),
        (b"/%b?x", ()),
        (GUARDED + b"/localhost/%b/up.example.com/", ()),
    ],
)
async def test_a_key_that_is_no_more(
    lab: Lab, log: Log, form: str, target: bytes, fields: tuple[bytes, ...]
) -> None:
    gateway = await lab.gateway(observed=False, route=KEYED, access_log={"format": form})
    client = await lab.client(gateway)

    answer = await client.get(target.replace(b"%b", OLD.encode()), *fields)

    assert answer.status >= 400
    assert OLD not in await log.of(1)


@FORMATS
async def test_a_forgotten_key_can_be_seen(lab: Lab, log: Log, form: str) -> None:
    gateway = await lab.gateway(observed=False, route=KEYED, access_log={"format": form})

    await (await lab.client(gateway)).get(b"/up.example.com/x")

    assert "/up.example.com/x" in await log.of(1)


@FORMATS
async def test_a_websocket_and_a_redirect(lab: Lab, log: Log, form: str) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    redirecting = await lab.upstream(pages(a=moved(b"http://up.example.com" + GUARDED + b"/b")))
    gateway = await lab.gateway(observed=False, route=KEYED, access_log={"format": form})
    client = await lab.client(gateway)

    assert (await client.get(GUARDED + redirecting.at("/a"))).error == "redirect_refused"
    answer = await handshake(client, GUARDED + upstream.at("/ws"), PAGE % KEY.encode())
    assert answer.status == 101
    client.send(close(1000, masked=True))
    await read_frame(client)

    written = await log.of(3)
    assert [each in written for each in ("open", "close", "/-/up.example.com")] == [True] * 3
    assert KEY not in written


@pytest.mark.parametrize(
    "line",
    [
        b"GET /%b HTTP/1.1\r\nBad Field\r\n",
        b"GET http://[localhost/%b/x?token=%b HTTP/1.1\r\nHost: localhost\r\n",
        b"/%b\r\n",
        b"\x16\x03%b",
    ],
)
async def test_what_is_no_request(
    lab: Lab, log: Log, line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway = await lab.gateway(observed=False, route=KEYED)
    client = await lab.client(gateway)
    client.send(line.replace(b"%b", OLD.encode()) + b"\r\n")

    answer = await client.closed()

    assert b"400 Bad Request" in answer
    assert OLD not in await log.of(1) + capfd.readouterr().err


MIXED, LONG = "AbCdEf1234567890xyzQ", "d41d8cd98f00b204e9800998ecf8427e" * 2


@FORMATS
@pytest.mark.parametrize("key", [MIXED, LONG])
@pytest.mark.parametrize(
    "target",
    [
        b"/%b:443/x",
        b"/%b./x",
        b"/%b.example.com:4444/x",
        b"/%b/up.example.com/x",
        b"/acs/%b/%b:443/x",
        b"/agora/ws/?h=%b&p=4500",
        b"/agora/ap/?url=%b.example.com/x",
        b"/f/x%bx/",
        b"/f/?u=%b",
        b"/%41%b/x",
        b"https://%b@localhost/x",
    ],
)
async def test_a_key_with_a_slip_in_what_is_around_it(
    lab: Lab, log: Log, form: str, key: str, target: bytes
) -> None:
    """It falls to a route that takes it for a host; but no name server is asked for it."""
    keyed = KEYED | {"prefix": "/acs", "keys": [MIXED, LONG, "A" + LONG]}
    agora = {"prefix": "/agora", "dialect": "query", "targets": ["*.example.com:4000-4999"]}
    fixed = {"prefix": "/f", "dialect": "fixed", "upstream": "https://up.example.com"}
    gateway = await lab.gateway(
        observed=False, route=[{}, keyed, agora, fixed], access_log={"format": form}
    )
    client = await lab.client(gateway)

    answer = await client.get(
        target.replace(b"%b", key.encode()),
        b"User-Agent: " + key.swapcase().encode(),
    )

    assert answer.status >= 400
    assert lab.dns.asked == []
    written = (await log.of(1)).lower()
    assert key.lower()[:8] not in written
    assert str(answer.error) in written


@FORMATS
@pytest.mark.parametrize("scheme", ["https", "HTTPS", "Http", "wSs"])
async def test_a_password_in_a_whole_url(lab: Lab, log: Log, form: str, scheme: str) -> None:
    gateway = await lab.gateway(observed=False, access_log={"format": form})
    client = await lab.client(gateway)

    url = f"{scheme}://user:hunter2@localhost/up.example.com/x".encode()
    answer = await client.get(url, b"Referer: " + url)

    assert answer.status == 400
    written = await log.of(1)
    assert "hunter2" not in written
    assert written.count(f"{scheme}://-@localhost/") == 2
