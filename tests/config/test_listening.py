"""Which sockets `bind` means, which exclude one another, and that `check` opens them together."""

import random
import socket
from collections.abc import Collection
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from sigproxy.config import ConfigError, load, preflight
from sigproxy.config.listening import expanded, opened, opened_for_both, overlap

needs_ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")


def free_port() -> int:
    """Return a port that is free at every address."""
    for port in random.sample(range(10_000, 30_000), 100):
        with suppress(OSError), ExitStack() as stack:
            for host in ("0.0.0.0", "::") if socket.has_dualstack_ipv6() else ("0.0.0.0",):
                stack.enter_context(opened(host, port)).listen()
            return port
    raise AssertionError("no port is free")


@pytest.mark.parametrize(
    ("binds", "sockets"),
    [
        (["[::]:1"], ["[::]:1", "0.0.0.0:1"]),
        (["0.0.0.0:1"], ["0.0.0.0:1"]),
        (["0.0.0.0:1", "[::]:1"], ["0.0.0.0:1", "[::]:1"]),
        (["[::]:1", "0.0.0.0:1"], ["[::]:1", "0.0.0.0:1"]),
        (["[::]:1", "192.0.2.1:1"], ["[::]:1", "192.0.2.1:1"]),
        (["[::]:1", "localhost:1"], ["[::]:1", "localhost:1"]),
        (["[::]:1", "0.0.0.0:2"], ["[::]:1", "0.0.0.0:1", "0.0.0.0:2"]),
        (["[::]:1", "[::]:2"], ["[::]:1", "0.0.0.0:1", "[::]:2", "0.0.0.0:2"]),
        (["[::1]:1", "unix:/run/a"], ["[::1]:1", "unix:/run/a"]),
    ],
)
def test_sockets(binds: list[str], sockets: list[str]) -> None:
    assert expanded(binds) == tuple(sockets)


@pytest.mark.parametrize(
    ("one", "other", "is_overlap"),
    [
        ("0.0.0.0:1", "127.0.0.1:1", True),
        ("[::]:1", "[::1]:1", True),
        ("[::1]:1", "[0:0::1]:1", True),
        ("127.0.0.1:1", "127.0.0.1:1", True),
        ("unix:/a", "unix:/a", True),
        ("0.0.0.0:1", "[::]:1", False),
        ("127.0.0.1:1", "[::1]:1", False),
        ("0.0.0.0:1", "0.0.0.0:2", False),
        ("127.0.0.1:1", "127.0.0.2:1", False),
        ("unix:/a", "0.0.0.0:1", False),
    ],
)
def test_overlap(one: str, other: str, is_overlap: bool) -> None:
    assert overlap(one, other) is is_overlap
    assert overlap(other, one) is is_overlap


@pytest.mark.parametrize(
    "binds", [["127.0.0.1:1", "0.0.0.0:1"], ["[::]:1", "[::1]:1"], ["[::1]:1", "[0:0::1]:1"]]
)
def test_one_that_includes_another_is_refused(binds: list[str]) -> None:
    route = '[{"targets": ["api.example.com"]}]'
    with pytest.raises(ConfigError) as error:
        load(None, {"SIGPROXY_SERVER__BIND": ",".join(binds), "SIGPROXY_ROUTE": route})
    assert str(error.value) == (
        f"environment: SIGPROXY_SERVER__BIND: '{binds[0]}' and '{binds[1]}' cannot both be "
        "opened: one includes the other; remove one"
    )


def found(held: Collection[str] = (), admin: str = "", *binds: str) -> list[str]:
    environ = {
        "SIGPROXY_SERVER__BIND": ",".join(binds),
        "SIGPROXY_ADMIN__BIND": admin,
        "SIGPROXY_ROUTE": '[{"targets": ["api.example.com"]}]',
    }
    return [str(each) for each in preflight(load(None, environ), held=held)]


@needs_ipv6
@pytest.mark.parametrize(
    "hosts",
    [
        ["0.0.0.0", "[::]"],
        ["[::]", "0.0.0.0"],
        ["[::]"],
        ["127.0.0.1", "[::]"],
        ["0.0.0.0", "[::1]"],
    ],
)
def test_both_families_at_one_port(hosts: list[str]) -> None:
    port = free_port()
    assert found((), "", *(f"{host}:{port}" for host in hosts)) == []
    with opened("0.0.0.0", port) as one, opened("::", port) as other:  # and nothing is left open
        one.listen()
        other.listen()


@needs_ipv6
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_half_of_both_that_is_taken(host: str) -> None:
    port = free_port()
    with opened(host, port) as taken:
        taken.listen()
        [problem] = found((), "", f"[::]:{port}")
    half = "[::]" if ":" in host else "0.0.0.0"
    assert f"BIND: {half}:{port} is taken by another program; " in problem


def test_two_names_for_one_address() -> None:
    port = free_port()
    [problem] = found((), "", f"127.0.0.1:{port}", f"localhost:{port}")
    assert f"localhost:{port} is taken" in problem


def test_what_a_reload_holds_itself_is_no_other_program() -> None:
    port = free_port()
    with opened("0.0.0.0", port) as held:
        held.listen()
        assert found((f"0.0.0.0:{port}",), "", f"0.0.0.0:{port}") == []
        [problem] = found((f"0.0.0.0:{port}",), "", f"127.0.0.1:{port}")
    assert (
        f"127.0.0.1:{port} cannot be opened while this gateway listens at 0.0.0.0:{port}; "
        "restart it instead of reloading it, or keep that address"
    ) in problem


@needs_ipv6
def test_the_admin_listener_at_every_address_is_for_both_families() -> None:
    port = free_port()
    with opened("127.0.0.1", port) as taken:
        taken.listen()
        [problem] = found((), f"[::]:{port}", f"127.0.0.2:{free_port()}")
    assert f"ADMIN__BIND: [::]:{port} is taken by another program" in problem
    with opened_for_both("::", port), socket.create_connection(("127.0.0.1", port), 10):
        pass


def test_a_socket_file_beside_a_port(tmp_path: Path) -> None:
    assert found((), "", f"unix:{tmp_path}/a", f"127.0.0.1:{free_port()}") == []
