"""What systemd hears while a service runs: that it is alive, reloads, and stops."""

import re
import signal
import socket
import time
from pathlib import Path

import pytest

from sigproxy.service.supervision import alive_every_s
from tests.lab.pki import Pki
from tests.service.systemd import (
    LOOPBACK,
    SERVICE,
    START_S,
    activated,
    became_ready,
    heard,
    hears,
    listening,
    live,
    setting_of,
)


def test_the_unit_has_a_watchdog() -> None:
    # The master is silent while it starts 512 workers; then gunicorn sees to those.
    assert float(setting_of(SERVICE, "WatchdogSec")) >= 60


@pytest.mark.parametrize(
    ("environ", "every_s"),
    [
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 20.0),
        ({"WATCHDOG_USEC": "60000000"}, 20.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_kept_quiet_three_times_in_its_period(
    environ: dict[str, str], every_s: float | None
) -> None:
    assert alive_every_s(environ, pid=7) == every_s


def test_the_watchdog_hears_of_a_service_that_lives(tmp_path: Path) -> None:
    with (
        listening() as listener,
        activated(tmp_path, LOOPBACK, listener, WATCHDOG_USEC="900000") as (_, notify),
    ):
        hears(notify, b"WATCHDOG=1", times=3)


def test_without_a_watchdog_nothing_is_said(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (process, notify):
        assert became_ready(process, notify)
        time.sleep(2.5)
        assert b"WATCHDOG=1" not in heard(notify)


def test_the_watchdog_does_not_hear_of_a_master_that_hangs(tmp_path: Path) -> None:
    with (
        listening() as listener,
        activated(tmp_path, LOOPBACK, listener, WATCHDOG_USEC="900000") as (process, notify),
    ):
        hears(notify, b"WATCHDOG=1")
        process.send_signal(signal.SIGSTOP)
        while heard(notify):
            pass
        time.sleep(1.0)
        assert heard(notify) == []
        process.send_signal(signal.SIGCONT)
        hears(notify, b"WATCHDOG=1")


def serving(listener: socket.socket) -> bytes:
    """Return the status of a service with one worker at *listener*."""
    host, port, *_ = listener.getsockname()
    return f"STATUS=serving http://{host}:{port} with 1 worker(s)".encode()


def test_a_start_is_told_until_workers_serve(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (_, notify):
        words = hears(notify, serving(listener))

        assert b"READY=1" in words
        assert b"STATUS=starting 1 worker(s)" in words
        assert live(listener) == 200


def test_every_address_has_the_scheme_that_clients_use(tmp_path: Path, pki: Pki) -> None:
    files = f'certificate = "{pki.certificate}"\nprivate_key = "{pki.private_key}"'
    with (
        listening() as four,
        listening("::1") as six,
        activated(tmp_path, f"{LOOPBACK}\n{files}", four, six) as (_, notify),
    ):
        ports = [each.getsockname()[1] for each in (four, six)]
        urls = [f"https://127.0.0.1:{ports[0]}", f"https://[::1]:{ports[1]}"]
        hears(notify, f"STATUS=serving {', '.join(urls)} with 1 worker(s)".encode())
    assert f"Listening at: {','.join(urls)} (" in (tmp_path / "log").read_text()


def test_a_reload_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (process, notify):
        hears(notify, serving(listener))
        process.send_signal(signal.SIGHUP)
        words = hears(notify, serving(listener))

        assert words[0] == b"RELOADING=1"
        assert re.fullmatch(rb"MONOTONIC_USEC=\d+", words[1])
        assert words[2:] == [b"READY=1", serving(listener)]
        assert live(listener) == 200


def test_a_refused_reload_has_an_end_too(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (process, notify):
        hears(notify, serving(listener))
        (tmp_path / "sigproxy.toml").write_text("[server]\ndrain = 1\n")
        process.send_signal(signal.SIGHUP)
        words = hears(notify, serving(listener) + b"; the last reload was refused, see the log")

        assert words[0] == b"RELOADING=1"
        assert b"READY=1" in words
        assert live(listener) == 200


def test_a_stop_is_told_and_the_watchdog_kept_quiet_meanwhile(tmp_path: Path) -> None:
    server = f"{LOOPBACK}\ndrain_s = 20\ndrain_notice_s = 9"
    with (
        listening() as listener,
        activated(tmp_path, server, listener, WATCHDOG_USEC="900000") as (process, notify),
    ):
        hears(notify, b"WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        hears(notify, b"STOPPING=1")
        hears(notify, b"WATCHDOG=1", times=3)
        assert live(listener) == 200  # until the notice is over
        assert process.wait(START_S) == 0
