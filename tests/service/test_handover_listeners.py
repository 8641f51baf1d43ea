"""Listeners at a start: tried again for a while, since the gateway before may be about to end."""

import logging
import socket
from contextlib import closing

import pytest
from gunicorn.config import Config

from sigproxy.service import handover
from tests.ports import free_port

LOG = logging.getLogger(__name__)


def binding(*ports: int) -> Config:
    found = Config()
    found.set("bind", [f"127.0.0.1:{port}" for port in ports])
    return found


def test_a_start_ends_when_an_address_stays_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(handover.time, "sleep", pauses.append)
    free = free_port()
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"not started: .*127.0.0.1:{taken}: Address already"):
            handover.open_at_start(binding(free, taken), LOG)
    assert len(pauses) == handover.OPEN_TRIES - 1
    # What was opened beside it is not held.
    with closing(socket.create_server(("127.0.0.1", free))):
        pass


def test_a_start_waits_for_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    port = other.getsockname()[1]
    monkeypatch.setattr(handover.time, "sleep", lambda _: other.close())
    [opened] = handover.open_at_start(binding(port), LOG)
    assert opened.sock.getsockname()[1] == port
    handover.close([opened])


def test_what_is_held_is_not_opened_again() -> None:
    cfg = binding(free_port())
    held = handover.open_listeners(cfg, LOG, ())
    assert handover.open_listeners(cfg, LOG, held) == held
    handover.close(held)
