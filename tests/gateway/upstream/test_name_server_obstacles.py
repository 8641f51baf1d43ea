"""What never got to a name server is not said to be its silence."""

import asyncio
import socket

import pytest
from aiodns import error as ares

from sigproxy.errors import DnsError, DnsTimeout
from sigproxy.gateway.upstream import name_server
from sigproxy.gateway.upstream.name_server import Failure, NameServer
from sigproxy.gateway.upstream.name_servers import failure
from sigproxy.gateway.upstream.obstacle import obstacle
from tests.lab.resolving import closed_port

NOT_SENDABLE = "127.255.255.255:53"  # without SO_BROADCAST the kernel says EACCES


async def asked(address: str, monkeypatch: pytest.MonkeyPatch) -> Failure:
    """Return what is said if c-ares gives up at once, as for what it could not send."""

    async def gives_up(*_: object) -> None:
        raise ares.DNSError(ares.ARES_ETIMEOUT, "Timeout while contacting DNS servers")

    monkeypatch.setattr(name_server._Channel, "query", gives_up)
    server = NameServer(address, 5.0)
    said = await server.ask("example.com", "A", asyncio.get_running_loop().time() + 5.0)
    await server.close()
    assert isinstance(said, Failure)
    return said


@pytest.mark.parametrize(
    ("address", "what"),
    [
        (NOT_SENDABLE, "this machine's own firewall lets nothing out to it"),
        ("[::ffff:0:0]:53", "cannot be reached"),
        ("closed", "refused the connection"),
    ],
)
async def test_why_it_cannot_be_asked_is_said(
    address: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await asked(closed_port() if address == "closed" else address, monkeypatch)
    assert what in said.what
    assert "within" not in said.what
    assert not said.is_silence
    error = failure("a.example", [said], "`upstream.nameservers`")
    assert isinstance(error, DnsError)
    assert not isinstance(error, DnsTimeout)


async def test_no_silence_is_so_short(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert obstacle(address) == ""
        said = await asked(address, monkeypatch)
    assert not said.is_silence
    assert said.what == "refused the connection or cannot be reached"
