"""Sockets that systemd hands over: they are served, and `bind` is not."""

import signal
import socket
import struct
from pathlib import Path

import pytest

from sigproxy.service.options import BACKLOG
from tests.service.systemd import (
    LOOPBACK,
    SERVICE,
    START_S,
    activated,
    became_ready,
    heard,
    listening,
    live,
    setting_of,
)


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 on loopback")


def test_a_wrong_configuration_is_not_tried_again(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, "drain = 1", listener) as (process, notify):
        status = process.wait(START_S)
        assert str(status) in setting_of(SERVICE, "RestartPreventExitStatus").split()
        assert not heard(notify)


def test_an_open_relay_is_refused_on_sockets_of_systemds_too(tmp_path: Path) -> None:
    # bind names loopback and the targets are open, which is right; but this is no loopback.
    with listening("0.0.0.0") as every, activated(tmp_path, LOOPBACK, every) as (process, notify):
        assert not became_ready(process, notify)
        assert process.wait(START_S) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
def test_a_socket_of_systemds_is_served(tmp_path: Path, host: str) -> None:
    with listening(host) as listener:
        bound, port, *_ = listener.getsockname()
        name = f"[{bound}]" if ":" in bound else bound
        bind = f'bind = ["{name}:{port}"]'
        # The configuration names the address that systemd holds: that is no port taken.
        with activated(tmp_path, bind, listener) as (process, notify):
            assert became_ready(process, notify)
            assert live(listener) == 200


def test_a_burst_of_connections_finds_room_in_the_queue(tmp_path: Path) -> None:
    """Each worker says anew how long the queue of the socket is that all of them share."""
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (process, notify):
        assert became_ready(process, notify)
        assert live(listener) == 200
        most = int(Path("/proc/sys/net/core/somaxconn").read_text())
        assert room_of(listener) == min(BACKLOG, most) == min(2048, most)


def room_of(listener: socket.socket) -> int:
    """Return how many connections may wait there (tcpi_sacked, where a socket listens)."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int(struct.unpack_from("=I", info, 8 + 5 * 4)[0])


def test_all_sockets_of_systemds_are_served_and_bind_is_not(tmp_path: Path) -> None:
    with listening() as first, listening() as second, listening() as spare:
        _, unused, *_ = spare.getsockname()
        spare.close()
        with activated(tmp_path, f'bind = ["127.0.0.1:{unused}"]', first, second) as (
            process,
            notify,
        ):
            assert became_ready(process, notify)
            assert (live(first), live(second)) == (200, 200)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", unused), timeout=START_S)


def test_while_it_restarts_a_connection_waits_instead_of_being_refused(tmp_path: Path) -> None:
    with listening() as listener:
        address = listener.getsockname()
        with activated(tmp_path, LOOPBACK, listener) as (process, notify):
            assert became_ready(process, notify)
            assert live(listener) == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(START_S) == 0
        with socket.create_connection(address, timeout=START_S) as waiting:
            waiting.sendall(b"GET /-/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            with activated(tmp_path, LOOPBACK, listener):
                assert waiting.recv(4096).startswith(b"HTTP/1.1 200 ")
