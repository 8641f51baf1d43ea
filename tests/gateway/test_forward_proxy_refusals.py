"""What a forward proxy may do in place of leading on, and the one sentence that each becomes."""

import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.lab.dns import SILENT, Name
from tests.lab.forward_proxy import ESTABLISHED, saying, silent, through
from tests.lab.lab import Lab, open_files, until
from tests.lab.logged import Log
from tests.lab.upstream import Peer, Script
from tests.lab.wire import Response
from tests.ports import free_port

BEGIN = "up.example.com cannot be reached: the proxy 127.0.0.1:{port}"
TARGET = b"/up.example.com/"
BRIEF = {"connect_timeout_s": 1.5}  # where a test waits for its end, and all before it fits in


class Case(NamedTuple):
    script: Script
    error: str
    detail: str
    status: int = 502


async def closes(peer: Peer) -> None:
    await peer.head()


async def resets(peer: Peer) -> None:
    await peer.head()
    peer.reset()


async def closes_within(peer: Peer) -> None:
    await peer.head()
    peer.send(b"HTTP/1.1 200 OK\r\nVia: 1.1")


async def speaks_late(peer: Peer) -> None:
    await peer.head()
    peer.send(ESTABLISHED)
    await peer.reader.read(1)  # our ClientHello
    peer.send(b"SSH-2.0-OpenSSH_9.2\r\n" * 8)
    await peer.gone()


async def cuts_tls(peer: Peer) -> None:
    await peer.head()
    peer.send(ESTABLISHED)
    await peer.reader.read(1)
    peer.reset()


async def trickles(peer: Peer) -> None:
    await peer.head()
    peer.send(b"HTTP/1.1 2")
    await peer.gone()


CASES = {
    "forbidden": Case(
        saying(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nforbidden"),
        "egress_refused",
        f"{BEGIN} answers 403 Forbidden to CONNECT for the address 127.0.0.1; if its rules go by "
        "names, not by addresses, the gateway's operator can set `upstream.proxy_resolves`",
    ),
    "cannot connect": Case(
        saying(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"),
        "egress_refused",
        f"{BEGIN} answers 503 Service Unavailable to CONNECT for the address 127.0.0.1: it cannot "
        "connect there itself",
    ),
    "no proxy": Case(
        saying(b"HTTP/1.1 405\r\nServer: nginx\r\n\r\n"),
        "egress_refused",
        f"{BEGIN} answers 405 to CONNECT for the address 127.0.0.1; whoever runs it can allow this "
        "host and port",
    ),
    "switching": Case(
        saying(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        "egress_refused",
        f"{BEGIN} answers 101 Switching Protocols to CONNECT for the address 127.0.0.1; whoever "
        "runs it can allow this host and port",
    ),
    "login": Case(
        saying(b'HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm="a, b"\r\n\r\n'),
        "egress_auth",
        f"{BEGIN} asks for credentials; the gateway's operator can set "
        "`upstream.proxy_credentials_file`",
    ),
    "another login": Case(
        saying(b"HTTP/1.1 407\r\nproxy-authenticate: Negotiate\r\nProxy-Authenticate:NTLM\r\n\r\n"),
        "egress_auth",
        f"{BEGIN} asks for a login by Negotiate, NTLM, and the gateway knows Basic alone",
    ),
    "rubbish": Case(
        saying(b"SSH-2.0-x"),
        "egress_error",
        f"{BEGIN} does not answer CONNECT in HTTP; check host and port of upstream.proxy",
    ),
    "rubbish behind": Case(
        saying(b"HTTP/1.1 two hundred\r\n\r\n"),
        "egress_error",
        f"{BEGIN} does not answer CONNECT in HTTP; check host and port of upstream.proxy",
    ),
    "lines without CR": Case(
        saying(b"HTTP/1.1 200 OK\nVia: 1.1 x\n\n"),
        "egress_error",
        f"{BEGIN} does not answer CONNECT in HTTP; check host and port of upstream.proxy",
    ),
    "an endless head": Case(
        saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000),
        "egress_error",
        f"{BEGIN} answers CONNECT with a head of more than 8 KiB",
    ),
    "closes": Case(
        closes, "egress_error", f"{BEGIN} closes the connection without a whole answer to CONNECT"
    ),
    "resets": Case(
        resets, "egress_error", f"{BEGIN} closes the connection without a whole answer to CONNECT"
    ),
    "closes within": Case(
        closes_within,
        "egress_error",
        f"{BEGIN} closes the connection without a whole answer to CONNECT",
    ),
    "silent": Case(
        silent,
        "egress_timeout",
        f"{BEGIN} accepts the connection, and does not answer CONNECT in time; it may not reach "
        "127.0.0.1 itself",
        504,
    ),
    "slow": Case(
        trickles,
        "egress_timeout",
        f"{BEGIN} accepts the connection, and does not answer CONNECT in time; it may not reach "
        "127.0.0.1 itself",
        504,
    ),
    "bytes in the tunnel": Case(
        saying(ESTABLISHED + b"hello"),
        "tls_error",
        "TLS with up.example.com failed: the proxy 127.0.0.1:{port} sends bytes of its own into "
        "the tunnel",
    ),
    "bytes in the tunnel, later": Case(
        speaks_late,
        "tls_error",
        "TLS with up.example.com failed: wrong version number",
    ),
    "cuts TLS": Case(
        cuts_tls,
        "connection_terminated",
        "up.example.com, or the proxy 127.0.0.1:{port} on the way there, closed the connection "
        "during TLS",
    ),
}
PROXY_STATUS = {
    "egress_refused": b"destination_unavailable",
    "egress_auth": b"proxy_configuration_error",
    "egress_unreachable": b"destination_unavailable",
    "egress_timeout": b"connection_timeout",
    "egress_error": b"http_protocol_error",
    "tls_error": b"tls_protocol_error",
    "connection_terminated": b"connection_terminated",
}


def judge(answer: Response, status: int, error: str, detail: str) -> None:
    assert (answer.status, answer.error) == (status, error)
    assert answer.json["detail"] == detail
    assert b"error=%b" % PROXY_STATUS[error] in (answer.get(b"proxy-status") or b"")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_each_is_one_sentence_and_leaves_nothing_open(lab: Lab, case: Case) -> None:
    proxy = await lab.upstream(case.script, tls=False)
    impatient = BRIEF if case.status == 504 else {}
    gateway = await lab.gateway(upstream=through(proxy, **impatient))
    client = await lab.client(gateway)
    before = open_files()

    answer = await client.get(TARGET)

    judge(answer, case.status, case.error, case.detail.format(port=proxy.port))
    await until(lambda: proxy.open_peers == 0 and open_files() <= before)


async def test_tls_that_gets_no_answer_behind_it(lab: Lab) -> None:
    proxy = await lab.upstream(saying(ESTABLISHED), tls=False)
    settings = through(proxy, tls_timeout_s=0.3)
    client = await lab.client(await lab.gateway(upstream=settings))

    answer = await client.get(TARGET)

    assert (answer.status, answer.error) == (504, "connection_timeout")
    assert answer.json["detail"] == (
        f"up.example.com could not be connected to in time: the proxy 127.0.0.1:{proxy.port} "
        "accepts the connection, and its TLS handshake was not complete within 0.3 s"
    )


async def test_a_wrong_login_is_told_without_it(
    lab: Lab, tmp_path: Path, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    login = tmp_path / "proxy-login"
    login.write_text("moni:secret:word\n")
    refusal = b'HTTP/1.1 407 x\r\nProxy-Authenticate: Digest realm="a", Basic realm="b"\r\n\r\n'
    proxy = await lab.upstream(saying(refusal), tls=False)
    settings = through(proxy, proxy_credentials_file=str(login))
    gateway = await lab.gateway(upstream=settings, observed=False)

    answer = await (await lab.client(gateway)).get(TARGET)

    detail = "does not accept the credentials in `upstream.proxy_credentials_file`"
    judge(answer, 502, "egress_auth", f"{BEGIN.format(port=proxy.port)} {detail}")
    said = f"{answer.raw_head!r}{answer.body!r}{await log.of(1)}{caplog.text}"
    assert "error=egress_auth" in said
    for secret in ("secret:word", "bW9uaTpzZWNyZXQ6d29yZA"):
        assert secret not in said


async def test_names_that_it_is_given_and_refuses(lab: Lab) -> None:
    proxy = await lab.upstream(saying(b"HTTP/1.1 403 N\xfcx\r\n\r\n"), tls=False)
    client = await lab.client(await lab.gateway(upstream=through(proxy, proxy_resolves=True)))

    judge(
        await client.get(TARGET),
        502,
        "egress_refused",
        f"{BEGIN.format(port=proxy.port)} answers 403 N?x to CONNECT; whoever runs it can allow "
        "this host and port",
    )


async def test_a_proxy_where_nobody_listens(lab: Lab) -> None:
    port = free_port()
    gateway = await lab.gateway(upstream={"proxy": f"http://127.0.0.1:{port}"})

    answer = await (await lab.client(gateway)).get(TARGET)

    judge(answer, 502, "egress_unreachable", f"{BEGIN.format(port=port)} refuses connections")


async def test_a_proxy_that_drops_what_comes(lab: Lab) -> None:
    with socket.socket() as full:  # its queue has room for one, and then nothing is answered
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            settings = {"proxy": f"http://127.0.0.1:{port}"} | BRIEF
            client = await lab.client(await lab.gateway(upstream=settings))
            judge(
                await client.get(TARGET),
                504,
                "egress_timeout",
                f"{BEGIN.format(port=port)} does not accept a connection in time; a firewall may "
                "drop what the gateway sends there",
            )


async def test_a_proxy_whose_name_leads_nowhere(lab: Lab) -> None:
    settings = {"proxy": "http://proxy.example.net:3128"} | BRIEF
    client = await lab.client(await lab.gateway(upstream=settings))
    begin = "up.example.com cannot be reached: the proxy proxy.example.net:3128 is not found: "

    judge(
        await client.get(TARGET),
        502,
        "egress_unreachable",
        f"{begin}proxy.example.net does not exist, according to the name server {lab.dns.address}",
    )
    lab.dns.zone["proxy.example.net"] = SILENT
    answer = await (await lab.client(await lab.gateway(upstream=settings))).get(TARGET)
    assert (answer.status, answer.error) == (504, "egress_timeout")
    assert answer.json["detail"].startswith(begin)


async def test_a_vendor_whose_name_leads_nowhere_is_not_the_proxys_fault(lab: Lab) -> None:
    proxy = await lab.upstream(silent, tls=False)
    lab.dns.zone["up.example.com"] = Name()
    client = await lab.client(await lab.gateway(upstream=through(proxy)))

    assert (await client.get(TARGET)).error == "dns_error"
    assert proxy.peers == []


async def test_a_proxy_to_which_there_is_no_way(lab: Lab) -> None:
    settings = {"proxy": "http://255.255.255.255:3128"}  # which no host has
    client = await lab.client(await lab.gateway(upstream=settings))

    answer = await client.get(TARGET)

    assert (answer.status, answer.error) == (502, "egress_unreachable")
    assert "the proxy 255.255.255.255:3128 is not reached (" in answer.json["detail"]
