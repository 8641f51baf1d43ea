"""TLS sessions with upstreams: resumed, for the same name only, and verified every hour."""

import ssl

import pytest

from sigproxy.gateway.upstream import connection, sessions
from sigproxy.gateway.upstream.sessions import OFFERED_FOR_S, RENEWED_AFTER_S
from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.frames import handshake, switching
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import response

OTHER = "other.example.com"


class Clock:
    """What dates sessions, in place of the machine's clock."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sessions, "monotonic", clock)
    monkeypatch.setattr(connection, "monotonic", clock)
    return clock


class Vendor:
    """Upstreams with one connection an exchange; ``resumed`` tells of each if it was resumed."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.resumed: list[bool] = []

    async def upstream(self, context: ssl.SSLContext | None = None) -> Upstream:
        return await self._lab.upstream(
            self._script, context=context or self._lab.pki.several(NAME)
        )

    async def client(self, **upstream: str) -> Client:
        return await self._lab.client(await self._lab.gateway(upstream=upstream))

    async def _script(self, peer: Peer) -> None:
        self.resumed.append(peer.writer.get_extra_info("ssl_object").session_reused)
        request = await peer.request()
        if request.get(b"upgrade"):
            peer.send(switching(request))
            await peer.gone()
        else:
            peer.send(response(200, b"ok", b"Connection: close"))


@pytest.fixture
def vendor(lab: Lab) -> Vendor:
    return Vendor(lab)


async def ask(client: Client, upstream: Upstream, count: int = 1, name: str = NAME) -> None:
    for _ in range(count):
        assert (await client.get(upstream.at("/", name))).body == b"ok"


@pytest.mark.parametrize("version", ["1.2", "1.3"])
async def test_later_connections_resume(vendor: Vendor, version: str) -> None:
    upstream = await vendor.upstream()
    await ask(await vendor.client(tls_maximum=version), upstream, 4)

    assert vendor.resumed == [False, True, True, True]


async def test_a_server_that_chooses_by_name_is_resumed_too(lab: Lab, vendor: Vendor) -> None:
    upstream = await vendor.upstream(lab.pki.upstream())
    await ask(await vendor.client(), upstream, 3)

    assert vendor.resumed == [False, True, True]


async def test_a_websocket_begins_a_session_and_resumes_it(vendor: Vendor, lab: Lab) -> None:
    upstream = await vendor.upstream()
    gateway = await lab.gateway()
    for _ in range(2):
        client = await lab.client(gateway)
        assert (await handshake(client, upstream.at("/ws"))).status == 101

    assert vendor.resumed == [False, True]


async def test_a_session_is_no_other_names(lab: Lab, vendor: Vendor) -> None:
    """At the same address and port, with one certificate and one key for tickets."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    upstream = await vendor.upstream(lab.pki.several(NAME, OTHER))
    client = await vendor.client()
    for _ in range(2):
        await ask(client, upstream, name=NAME)
        await ask(client, upstream, name=OTHER)

    assert vendor.resumed == [False, False, True, True]


async def test_a_session_opens_no_name_that_was_not_verified(lab: Lab, vendor: Vendor) -> None:
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    upstream = await vendor.upstream()
    client = await vendor.client()
    await ask(client, upstream)

    answer = await client.get(upstream.at("/", OTHER))

    assert answer.error == "tls_certificate_error"


async def test_after_an_hour_a_handshake_is_whole(vendor: Vendor, clock: Clock) -> None:
    """However often the session was resumed in between, and got new tickets by that."""
    upstream = await vendor.upstream()
    client = await vendor.client()
    for clock.now_s in (0, 1800, 3599, 3600, 3601, 7199, 7200):
        await ask(client, upstream)

    assert vendor.resumed == [False, True, True, False, True, True, False]


async def test_the_hourly_handshake_looks_at_the_certificate(
    lab: Lab, vendor: Vendor, clock: Clock
) -> None:
    """The server's keys for tickets stay, its certificate is another name's by now."""
    context = lab.pki.several(NAME)
    upstream = await vendor.upstream(context)
    client = await vendor.client()
    await ask(client, upstream)

    def choose(connection: ssl.SSLObject, *_: object) -> None:
        connection.context = changed

    changed = lab.pki.other_name()
    context.sni_callback = choose
    clock.now_s = OFFERED_FOR_S - 1
    await ask(client, upstream)
    assert vendor.resumed == [False, True]

    for clock.now_s in (OFFERED_FOR_S, OFFERED_FOR_S + 1):
        answer = await client.get(upstream.at("/"))
        assert answer.error == "tls_certificate_error"
    assert vendor.resumed == [False, True]


async def test_a_refused_session_is_replaced_after_a_while(vendor: Vendor, clock: Clock) -> None:
    """Two servers with one name refuse each other's."""
    first, second = await vendor.upstream(), await vendor.upstream()
    client = await vendor.client()
    for clock.now_s, upstream in (
        (0.0, first),
        (1.0, second),
        (2.0, first),
        (RENEWED_AFTER_S, second),
        (RENEWED_AFTER_S + 1, second),
        (RENEWED_AFTER_S + 2, first),
    ):
        await ask(client, upstream)

    assert vendor.resumed == [False, False, True, False, True, False]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
async def test_a_server_without_tickets_is_served(lab: Lab, vendor: Vendor, version: str) -> None:
    context = lab.pki.several(NAME)
    context.num_tickets = 0  # of TLS 1.3
    context.options |= ssl.OP_NO_TICKET
    upstream = await vendor.upstream(context)
    await ask(await vendor.client(tls_maximum=version), upstream, 3)

    # In TLS 1.2 the server may keep sessions itself, by an identifier (RFC 5246, F.1.4).
    assert vendor.resumed == [False, *2 * [version == "1.2"]]


@pytest.mark.parametrize("first", [0, 1])
async def test_servers_of_two_versions_share_a_name(lab: Lab, vendor: Vendor, first: int) -> None:
    old = lab.pki.several(NAME)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    upstreams = [await vendor.upstream(old), await vendor.upstream()]
    client = await vendor.client()
    for number in (first, 1 - first, first):
        await ask(client, upstreams[number])

    assert vendor.resumed == [False, False, True]


async def test_after_a_failed_handshake_nothing_is_offered(lab: Lab, vendor: Vendor) -> None:
    """Whatever could not bear the session must not have it offered for an hour."""

    async def hang_up(peer: Peer) -> None:
        await peer.reader.read(1)

    upstream = await vendor.upstream()
    plain = await lab.upstream(hang_up, tls=False)
    client = await vendor.client()
    await ask(client, upstream)
    assert (await client.get(plain.at("/"))).status == 502
    await ask(client, upstream)

    assert vendor.resumed == [False, False]
