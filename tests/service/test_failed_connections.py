"""Clients that fail before a request: each is counted, few have lines, and none is forgotten."""

import asyncio
import re
import ssl
from contextlib import suppress

from tests.gateway.downstream.test_failed_connections import old_client, refused
from tests.lab.client import Client
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.service.admin import Make, Watched
from tests.service.process import Service, serve_with

STORM = 2000
AT_ONCE = 40


def tls_service(service: Make, pki: Pki) -> Service:
    server = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    return service(server=server | {"workers": 2})


async def distrust(port: int) -> None:
    """Refuse the certificate with an alert."""
    came, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(came, sent, server_hostname="localhost")
    client = await Client.open("127.0.0.1", port)
    while not refused(tls):
        client.send(sent.read())
        came.write(await client.reader.read(65536))
    client.send(sent.read())
    client.close()


async def speak_http(port: int) -> None:
    client = await Client.open("127.0.0.1", port)
    client.ask(b"/")
    assert (await client.response()).status == 400
    client.close()


async def speak_old_tls(port: int, pki: Pki) -> None:
    with suppress(ssl.SSLError, ConnectionError):
        await Client.open("127.0.0.1", port, old_client(pki))


def lines(running: Service) -> list[str]:
    return [line for line in running.logged.splitlines() if " event=connect " in line]


async def test_fifteen_failures_are_fifteen(service: Make, pki: Pki) -> None:
    running = tls_service(service, pki)
    watched = Watched(running)
    await running.start(serve_with({"sigproxy.telemetry.failures.LINES_PER_S": 15}))
    seen = await watched.scraped()
    assert 'client_failures_total{reason="tls_untrusted"}' in seen  # from nought, before the first

    for _ in range(5):
        await distrust(running.port)
        await speak_http(running.port)
        await speak_old_tls(running.port, pki)

    await watched.shows(
        **{
            'client_failures_total{reason="tls_untrusted"}': 5,
            'client_failures_total{reason="plain_http"}': 5,
            'client_failures_total{reason="tls_version"}': 5,
        }
    )
    await until(lambda: len(lines(running)) == 15)
    for error in ("tls_untrusted", "plain_http", "tls_version"):
        assert sum(f" error={error} " in line for line in lines(running)) == 5
    assert all(line.startswith("127.0.0.1 - - [") for line in lines(running))


async def test_a_storm_of_failures_has_few_lines(service: Make, pki: Pki) -> None:
    running = tls_service(service, pki)
    watched = Watched(running)
    await running.start(serve_with({"sigproxy.telemetry.failures.SAY_EVERY_S": 1.0}))
    left = iter(range(STORM))

    async def fail_by_turns() -> None:
        for _ in left:
            client = await Client.open("127.0.0.1", running.port)
            client.send(b"SSH-2.0-storm\r\n")
            await client.closed()
            client.close()

    began_s = asyncio.get_running_loop().time()
    await asyncio.gather(*(fail_by_turns() for _ in range(AT_ONCE)))
    took_s = asyncio.get_running_loop().time() - began_s

    await watched.shows(**{'client_failures_total{reason="not_tls"}': STORM})
    assert 1 <= len(lines(running)) <= 2 * 10 * (took_s + 1)  # of each worker, ten a second
    left_out = r"(\d+) failed connection\(s\) of clients have no line in the access log"

    def told() -> int:
        return len(lines(running)) + sum(map(int, re.findall(left_out, running.said)))

    await until(lambda: told() == STORM)  # none is forgotten


async def test_checks_of_a_port_leave_no_line(lab: Lab, service: Make, pki: Pki) -> None:
    running = tls_service(service, pki)
    watched = Watched(running)
    await running.start()

    for _ in range(100):
        (await Client.open("127.0.0.1", running.port)).close()

    await watched.shows(**{'client_failures_total{reason="no_bytes"}': 100})
    assert running.logged == ""
