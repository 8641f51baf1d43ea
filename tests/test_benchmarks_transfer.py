"""5 MB over a distance: the link's delay, and the table."""

import socket
import threading
import time
from pathlib import Path

import pytest

from benchmarks import link, transfer
from benchmarks.places import ROUND_TRIP_S
from benchmarks.transfer import Side
from tests.isolation import in_network

FAR_S = 30.0  # for what must come
PAYLOAD = bytes(range(256)) * 4096


@pytest.mark.skipif(bool(link.obstacle()), reason=str(link.obstacle()))
def test_a_link_holds_back_and_loses_nothing() -> None:
    with link.made() as (here, there):
        with in_network(here.descriptor):
            listener = socket.create_server((here.host, 0))
        with in_network(there.descriptor), listener:
            begun = time.perf_counter()
            client = socket.create_connection(listener.getsockname(), FAR_S)
            took_s = time.perf_counter() - begun
            server, _ = listener.accept()
        with client, server:
            client.settimeout(FAR_S)
            sending = threading.Thread(target=server.sendall, args=(PAYLOAD,), daemon=True)
            sending.start()
            assert client.makefile("rb").read(len(PAYLOAD)) == PAYLOAD
            sending.join()
    assert took_s >= ROUND_TRIP_S


def test_speeds_are_compared_turn_by_turn() -> None:
    new, old = Side("new", Path("new")), Side("old", Path("old"))
    # The second turn was disturbed, for both.
    found = {("down", new): [1.0, 10.0, 1.0], ("down", old): [0.5, 5.0, 0.5]}
    lines = list(transfer.table(found, [new, old]))
    assert lines[0] == "| 5 MB | new | old | new / old |"
    assert lines[2:] == ["| down | 5.0 MB/s | 10.0 MB/s | 0.50 (0.50–0.50) |"]
