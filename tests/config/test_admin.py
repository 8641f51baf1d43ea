"""The admin listener's address."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from sigproxy.config import ConfigError, Settings, load, preflight, remarks


def settings(admin: str, bind: str = "127.0.0.1:8443") -> Settings:
    return load(None, {"SIGPROXY_ADMIN__BIND": admin, "SIGPROXY_SERVER__BIND": bind})


def refused(admin: str, bind: str = "127.0.0.1:8443") -> str:
    with pytest.raises(ConfigError) as error:
        settings(admin, bind)
    [problem] = error.value.problems
    return str(problem)


def test_there_is_none_unless_it_is_asked_for() -> None:
    assert Settings().admin.bind is None


@pytest.mark.parametrize("bind", ["127.0.0.1:9901", "[::1]:9901", "localhost:9901", "0.0.0.0:1"])
def test_addresses(bind: str) -> None:
    assert settings(bind).admin.bind == bind


def test_a_sockets_file_cannot_be_scraped() -> None:
    assert refused("unix:/run/admin.sock") == (
        "environment: SIGPROXY_ADMIN__BIND: Prometheus reads metrics from a port, not from a "
        "socket's file; write host:port, for example 127.0.0.1:9901"
    )


def test_no_port() -> None:
    assert "'127.0.0.1' names no port; write host:port" in refused("127.0.0.1")


@pytest.mark.parametrize(
    ("admin", "bind"),
    [
        ("127.0.0.1:8443", "127.0.0.1:8443"),
        ("0.0.0.0:8443", "127.0.0.1:8443"),
        ("[::]:8443", "127.0.0.1:9000,127.0.0.1:8443"),
    ],
)
def test_clients_and_monitoring_share_no_port(admin: str, bind: str) -> None:
    assert refused(admin, bind) == (
        f"environment: SIGPROXY_ADMIN__BIND: {admin} is the port of the gateway's clients "
        "(127.0.0.1:8443); choose another, for example 127.0.0.1:9901"
    )


def test_the_same_port_at_another_address_is_another_listener() -> None:
    assert settings("[::1]:8443").admin.bind == "[::1]:8443"
    assert settings("127.0.0.1:8443", "unix:/run/sigproxy.sock").admin.bind == "127.0.0.1:8443"


def test_an_address_that_others_reach_is_noted() -> None:
    assert list(remarks(settings("0.0.0.0:9901"))) == [
        "admin.bind: 0.0.0.0:9901 may be reachable from other machines, and has no password; "
        "let a firewall allow only the monitoring"
    ]
    assert list(remarks(settings("[::1]:9901"))) == []


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_taken(taken: int) -> None:
    found = settings(f"127.0.0.1:{taken}")
    [problem] = [each for each in preflight(found, bind=False) if each.source != "system"]
    assert str(problem) == (
        f"environment: SIGPROXY_ADMIN__BIND: 127.0.0.1:{taken} is taken by another program; "
        "stop that program or choose another address"
    )
    assert problem not in preflight(found, bind=False, admin=False)
