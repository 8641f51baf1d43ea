"""Each name server, asked alone."""

from pathlib import Path

import pytest

from sigproxy.config import Settings
from sigproxy.gateway.upstream.name_server import Failure
from sigproxy.tools.doctor import name_servers
from sigproxy.tools.doctor.name_servers import ServerSeen, judge, listed, probe
from tests.lab.dns import REFUSED, SILENT, Name
from tests.lab.resolving import closed_port, name_server

ASKED = "example.com"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "ASK_S", 1.0)


@pytest.mark.parametrize(
    ("name", "token"),
    [
        (Name(("192.0.2.1",)), "ok"),
        (None, "ok"),  # that there is no such name is an answer too
        (SILENT, "name_server_silent"),
        (Name(a_rcode=REFUSED), "name_server_failing"),
    ],
    ids=["address", "no such name", "silent", "refused"],
)
async def test_what_a_server_does(name: Name | None, token: str) -> None:
    async with name_server() as dns:
        if name is not None:
            dns.zone[ASKED] = name
        seen = await probe(dns.address, is_only=True, names=(ASKED,))
    assert judge(seen).token == token


async def test_one_answer_is_enough() -> None:
    async with name_server() as dns:
        dns.zone[ASKED] = SILENT
        seen = await probe(dns.address, is_only=True, names=(ASKED, "localhost"))
    assert seen.failure is None


async def test_nobody_there() -> None:
    seen = await probe(closed_port(), is_only=True, names=(ASKED,))
    assert judge(seen).token in ("name_server_failing", "name_server_silent")


def test_one_of_several_that_is_silent_only_delays() -> None:
    silent = Failure("192.0.2.53:53", "did not answer within 4 s", is_silence=True)
    assert judge(ServerSeen("192.0.2.53:53", True, failure=silent)).level == "fail"
    assert judge(ServerSeen("192.0.2.53:53", False, failure=silent)).level == "warn"


def test_which_servers_the_gateway_asks(tmp_path: Path) -> None:
    own = Settings.model_validate(
        {"upstream": {"nameservers": ["192.0.2.1", "[2001:db8::1]:5353"]}}
    )
    assert listed(own) == ("192.0.2.1:53", "[2001:db8::1]:5353")
    file = tmp_path / "resolv.conf"
    assert listed(Settings(), file) == ("127.0.0.1:53",)
    file.write_text("nameserver 192.0.2.3\nnameserver 192.0.2.4\n")
    assert listed(Settings(), file) == ("192.0.2.3:53", "192.0.2.4:53")
