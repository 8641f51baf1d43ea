"""Name servers that are old, cut answers short, or fail: what still answers, and what is said."""

import asyncio
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigproxy.errors import DnsError, DnsTimeout, GatewayError
from sigproxy.gateway.upstream import dns_answers, name_server, name_servers
from tests.lab.dns import (
    COOKIE,
    FORMERR,
    NOTIMP,
    OPT,
    REFUSED,
    SERVFAIL,
    SILENT,
    Dns,
    Manner,
    Name,
    Question,
    refusal,
)
from tests.lab.lab import open_files, until
from tests.lab.resolving import HOST, closed_port, resolver
from tests.lab.resolving import name_server as serving

BADVERS_OPTION = b"\x00" + struct.pack("!HHBBHH", OPT, 1232, 1, 0, 0, 0)  # 16, of which 0 in front
WRONG_COOKIE = b"\x00" + struct.pack("!HHIH", OPT, 1232, 0, 20) + struct.pack("!2H", COOKIE, 16)
MANY = tuple(f"127.0.1.{number}" for number in range(1, 61))


def only_plain(answer: Manner) -> Manner:
    """Return the manner of a server that answers EDNS with *answer*, and what is plain rightly."""
    return lambda question, reply: answer(question, reply) if question.options else reply


def only_with_edns(question: Question, reply: bytes) -> bytes | None:
    return reply if question.options else None


def with_options(question: Question, reply: bytes, options: bytes) -> bytes:
    return reply[:10] + struct.pack("!H", 1) + reply[12:] + options


OLD: dict[str, Manner] = {
    "FORMERR": lambda question, _: refusal(question, FORMERR),
    "FORMERR without the question": lambda question, _: refusal(question, FORMERR, bare=True),
    "FORMERR with EDNS": lambda question, _: refusal(question, FORMERR, options=question.options),
    "NOTIMP": lambda question, _: refusal(question, NOTIMP),
    "REFUSED": lambda question, _: refusal(question, REFUSED),
    "SERVFAIL": lambda question, _: refusal(question, SERVFAIL),
    "BADVERS": lambda question, _: refusal(question, 0, options=BADVERS_OPTION),
    "silence": lambda question, _: None,
    "garbage": lambda question, _: question.number + b"\xde\xad" * 20,
    "a wrong cookie": lambda question, reply: with_options(
        question, reply, WRONG_COOKIE + b"OLDCOOKIESERVER!"
    ),
}


async def error_of(*servers: str, timeout_s: float = 5.0) -> GatewayError:
    async with resolver(*servers, timeout_s=timeout_s) as made:
        with pytest.raises(GatewayError) as error:
            await made.resolve(HOST)
    return error.value


@pytest.mark.parametrize("answer", OLD.values(), ids=OLD.keys())
async def test_a_server_that_knows_no_edns_costs_nothing(answer: Manner) -> None:
    async with serving() as dns, resolver(dns.address) as made:
        dns.manner = only_plain(answer)
        assert await made.resolve(HOST) == ("127.0.0.1",)
        assert dns.lookups(HOST) == 1
        assert not dns.questions[0].options
        assert not any(question.has_cookie for question in dns.questions[:2])


async def test_a_large_answer_comes_over_tcp() -> None:
    async with serving(tcp=True) as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(MANY)
        assert await made.resolve(HOST) == MANY[:8]
        assert any(question.over_tcp for question in dns.questions)


@pytest.mark.parametrize("firewall", ["refuses", "drops"])
async def test_a_large_answer_comes_with_edns_where_tcp_does_not_pass(firewall: str) -> None:
    async with serving(tcp=firewall == "drops") as dns, resolver(dns.address) as made:
        dns.zone[HOST] = dns.zone["other.example.com"] = Name(MANY)
        dns.manner = lambda question, reply: None if question.over_tcp else reply
        assert await made.resolve(HOST) == MANY[:8]

        assert await made.resolve("other.example.com") == MANY[:8]
        first = next(each for each in dns.questions if each.name == "other.example.com")
        assert first.options  # the price is paid once


async def test_the_form_that_is_given_up_gives_its_descriptors_back() -> None:
    async with serving() as dns:
        asked = name_server.NameServer(dns.address, 5.0)
        asked.open()
        files = open_files()
        dns.manner = only_with_edns

        for _ in range(2):  # the second time, the form that answered is asked first
            reply = await asked.ask(HOST, "A", asyncio.get_running_loop().time() + 5.0)
            assert isinstance(reply, name_server.Reply)

        await until(lambda: open_files() <= files)
        await asked.close()


@pytest.mark.parametrize("fault", ["closed", "silent", "SERVFAIL", "REFUSED"])
async def test_the_next_server_answers_and_is_asked_first_from_then_on(fault: str) -> None:
    async with serving() as first, serving() as second:
        first.zone[HOST] = {
            "SERVFAIL": Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL),
            "REFUSED": Name(a_rcode=REFUSED, aaaa_rcode=REFUSED),
        }.get(fault, SILENT)
        second.zone["other.example.com"] = Name(("127.0.0.2",))
        bad = closed_port() if fault == "closed" else first.address
        async with resolver(bad, second.address) as made:
            assert await made.resolve(HOST) == ("127.0.0.1",)
            assert await made.resolve("other.example.com") == ("127.0.0.2",)
            # What it was asked before, it may be asked once more.
            assert {question.name for question in first.questions} <= {HOST}


async def test_a_closed_port_is_named_and_no_time() -> None:
    server = closed_port()
    error = await error_of(server)
    assert isinstance(error, DnsError)
    assert f"{server} refused the connection or cannot be reached" in error.detail
    assert "within" not in error.detail
    assert "`upstream.nameservers`" in error.detail


async def test_a_silent_server_is_named_with_the_time_that_was_waited() -> None:
    async with serving() as dns:
        dns.zone[HOST] = SILENT
        error = await error_of(dns.address, timeout_s=0.6)
    assert isinstance(error, DnsTimeout)
    said = re.search(rf"{dns.address} did not answer within ([0-9.]+) s", error.detail)
    assert said is not None
    assert float(said[1]) >= 0.6


@pytest.mark.parametrize(
    ("rcode", "word"), [(SERVFAIL, "SERVFAIL"), (REFUSED, "REFUSED"), (NOTIMP, "NOTIMP")]
)
async def test_a_server_that_fails_is_named_with_its_answer(rcode: int, word: str) -> None:
    async with serving() as dns:
        dns.zone[HOST] = Name(a_rcode=rcode, aaaa_rcode=rcode)
        error = await error_of(dns.address)
    assert f"{dns.address} answered {word}" in error.detail


async def test_each_of_several_is_named() -> None:
    closed = closed_port()
    async with serving() as dns:
        dns.zone[HOST] = Name(a_rcode=SERVFAIL, aaaa_rcode=SERVFAIL)
        error = await error_of(closed, dns.address)
    assert f"{closed} refused" in error.detail
    assert f"{dns.address} answered SERVFAIL" in error.detail


async def test_who_says_that_there_is_no_such_name_is_named() -> None:
    async with serving() as dns, resolver(dns.address) as made:
        with pytest.raises(DnsError, match="does not exist") as error:
            await made.resolve("other.example.com")
    assert dns.address in error.value.detail


async def test_c_ares_keeps_no_answer_longer_than_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_answers, "MAX_TTL_S", 0.0)
    monkeypatch.setattr(name_server, "RENEWED_AFTER_S", 0.0)
    async with serving() as dns, resolver(dns.address) as made:
        dns.zone[HOST] = Name(("127.0.0.1",), ttl=86_400)
        await made.resolve(HOST)
        dns.zone[HOST] = Name(("127.0.0.2",), ttl=86_400)
        assert await made.resolve(HOST) == ("127.0.0.2",)


async def test_attempts_overlap_only_when_one_is_slow() -> None:
    begun: list[int] = []

    def attempt(number: int, wait_s: float) -> name_server.Attempt:
        async def run() -> name_server.Reply | name_server.Failure:
            begun.append(number)
            await asyncio.sleep(wait_s)
            if number == 2:
                return name_server.Reply("third", ("127.0.0.1",), 1.0)
            return name_server.Failure(str(number), "failed")

        return run

    failures: list[name_server.Failure] = []
    attempts = [attempt(0, 0.0), attempt(1, 30.0), attempt(2, 0.0), attempt(3, 0.0)]
    won = await name_servers.staggered(attempts, 0.05, failures)
    assert won is not None
    assert (won[0], won[1].server) == (2, "third")
    assert begun == [0, 1, 2]
    assert [failure.server for failure in failures] == ["0"]


LINK_LOCAL = "fe80::53"


@pytest.fixture
def link_local() -> Iterator[str]:
    """Give the loopback interface a link-local address, as those of router advertisements are."""
    change = (f"{LINK_LOCAL}/64", "dev", "lo")
    made = subprocess.run(["ip", "address", "add", *change, "nodad"], capture_output=True)
    if made.returncode:
        pytest.skip(f"no link-local address: {made.stderr.decode().strip()}")
    yield f"{LINK_LOCAL}%lo"
    subprocess.run(["ip", "address", "delete", *change], check=True)


@pytest.mark.skipif(shutil.which("ip") is None, reason="ip is missing: apt-get install iproute2")
async def test_a_server_on_the_link_is_asked(link_local: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.bind(socket.getaddrinfo(link_local, 0, type=socket.SOCK_DGRAM)[0][4])
        dns = Dns()
        await dns.start(sock=sock)
        dns.zone[HOST] = Name(("127.0.0.1",))
        file = tmp_path / "resolv.conf"
        file.write_text(f"nameserver [{link_local}]:{sock.getsockname()[1]}\n")
        async with resolver(resolv_conf=file) as asking:
            assert await asking.resolve(HOST) == ("127.0.0.1",)
        dns.close()


async def test_a_server_on_a_link_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(f"nameserver {LINK_LOCAL}%nowhere0\n")
    async with resolver(resolv_conf=file) as asking:
        with pytest.raises(DnsError, match=r"53%nowhere0\]:53 cannot be reached: this machine has"):
            await asking.resolve(HOST)
