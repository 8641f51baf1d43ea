"""The units in systemd/: valid, hardened, and in step with what sigproxy does."""

import http.client
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from sigproxy import config
from sigproxy.config import nesting
from sigproxy.config.preflight import MIN_OPEN_FILES
from sigproxy.service.options import BACKLOG, options
from sigproxy.service.supervision import alive_every_s
from tests.orphans import end_with_parent

UNITS = Path(__file__).parents[2] / "systemd"
SERVICE = UNITS / "sigproxy.service"
SOCKET = UNITS / "sigproxy.socket"

START_S = 45.0  # for what must come, on a busy machine
MAX_EXPOSURE = 20  # tenths: 2.0 of 10, which systemd calls OK


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 on loopback")
needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (apt-get install systemd)",
)


def settings_of(unit: Path, key: str) -> list[str]:
    """Return the values of *key* in *unit*, in order; a key may come more than once."""
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


def setting_of(unit: Path, key: str) -> str:
    [value] = settings_of(unit, key)
    return value


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


# The units, read by systemd itself


@needs_systemd_analyze
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    # Commands that this machine lacks are no fault of the unit.
    text = re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", SERVICE.read_text(), flags=re.MULTILINE)
    (tmp_path / SERVICE.name).write_text(text)
    shutil.copy(SOCKET, tmp_path)

    checked = analyze(
        "verify",
        "--man=no",
        "--recursive-errors=no",
        tmp_path / SERVICE.name,
        tmp_path / SOCKET.name,
    )

    assert (checked.returncode, checked.stdout) == (0, "")


@needs_systemd_analyze
def test_the_service_is_hardened() -> None:
    checked = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", SERVICE)

    assert checked.returncode == 0, checked.stdout


# What the units say, and what sigproxy does


def test_a_stop_leaves_time_to_drain() -> None:
    settings = config.load(None, {})
    assert float(setting_of(SERVICE, "TimeoutStopSec")) == nesting.UNIT_STOP_S
    until_gunicorn_kills_s = options(settings)["graceful_timeout"]

    assert settings.server.drain_s < until_gunicorn_kills_s
    assert until_gunicorn_kills_s < options(settings)["timeout"]
    assert until_gunicorn_kills_s + 5 <= float(setting_of(SERVICE, "TimeoutStopSec"))


def test_no_worker_lacks_descriptors() -> None:
    assert int(setting_of(SERVICE, "LimitNOFILE")) >= MIN_OPEN_FILES


def test_a_stop_is_told_to_the_master_alone() -> None:
    assert setting_of(SERVICE, "KillMode") == "mixed"


def test_the_master_is_what_systemd_watches() -> None:
    assert setting_of(SERVICE, "Type") == "notify"
    assert setting_of(SERVICE, "NotifyAccess") == "main"


def test_the_command_exists() -> None:
    program, *arguments = setting_of(SERVICE, "ExecStart").split()
    command, option, file = arguments

    usage = subprocess.run(
        [sys.executable, "-m", "sigproxy", command, "--help"],
        check=True,
        capture_output=True,
        text=True,
        timeout=START_S,
    ).stdout

    assert Path(program).name == "sigproxy"
    assert option in usage
    assert Path(file).is_absolute()


def test_no_command_runs_before_the_sockets_are_handed_over() -> None:
    # It would find the port taken by systemd, and stop the start.
    assert not settings_of(SERVICE, "ExecStartPre")
    assert not settings_of(SERVICE, "ExecCondition")


def test_the_service_runs_without_the_socket_unit_too() -> None:
    for key in ("Requires", "BindsTo", "Requisite", "Sockets"):
        assert SOCKET.name not in " ".join(settings_of(SERVICE, key))


def test_ports_below_1024_need_no_capability() -> None:
    assert settings_of(SERVICE, "CapabilityBoundingSet") == [""]
    assert settings_of(SERVICE, "AmbientCapabilities") == [""]


def test_both_families_have_a_socket_of_their_own() -> None:
    assert settings_of(SOCKET, "ListenStream") == ["0.0.0.0:443", "[::]:443"]
    assert setting_of(SOCKET, "BindIPv6Only") == "ipv6-only"
    assert "Accept" not in SOCKET.read_text()


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",  # AWS, Azure, GCP and more
        "169.254.170.2",  # AWS, credentials of a container
        "fe80::1",
        "fd00:ec2::254",  # AWS
        "100.100.100.200",  # Alibaba
    ],
)
def test_metadata_services_are_out_of_reach(address: str) -> None:
    assert denied(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.53",  # systemd-resolved
        "127.0.0.1",
        "::1",
        "10.0.0.2",
        "192.168.1.1",
        "168.63.129.16",  # Azure's name server
        "203.0.113.7",
        "2001:db8::7",
    ],
)
def test_name_servers_clients_and_vendors_are_within_reach(address: str) -> None:
    assert not denied(address)


def denied(address: str) -> bool:
    names = {"multicast": ["224.0.0.0/4", "ff00::/8"]}
    words = setting_of(SERVICE, "IPAddressDeny").split()
    networks = [network for word in words for network in names.get(word, [word])]
    return any(ip_address(address) in ip_network(network) for network in networks)


# Socket activation and readiness: the part of systemd is played by this file

# The sockets are handed over at 3 and up, and are meant for the process named (sd_listen_fds(3)).
HAND_OVER = """
import fcntl, os, sys
listeners = [fcntl.fcntl(int(fd), fcntl.F_DUPFD_CLOEXEC, 100) for fd in sys.argv[1].split(",")]
for place, fd in enumerate(listeners, 3):
    os.dup2(fd, place)
os.closerange(3 + len(listeners), 100)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(listeners)))
os.execv(sys.executable, [sys.executable, "-m", "sigproxy", *sys.argv[2:]])
"""


LOOPBACK = 'bind = ["127.0.0.1:8443"]'


@contextmanager
def activated(
    folder: Path, server: str, *listeners: socket.socket, **environ: str
) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """Run `sigproxy serve` as systemd would; give it and the socket that it notifies."""
    file, log = folder / "sigproxy.toml", folder / "log"
    file.write_text(f"[server]\n{server}\nworkers = 1\n")
    numbers = [listener.fileno() for listener in listeners]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, log.open("wb") as output:
        notify.bind("")  # Linux chooses an abstract name
        hand_over = [sys.executable, "-c", HAND_OVER, ",".join(map(str, numbers))]
        process = subprocess.Popen(
            [*hand_over, "serve", "--config", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=numbers,
            preexec_fn=end_with_parent,
            env={
                **os.environ,
                "NOTIFY_SOCKET": "@" + notify.getsockname()[1:].decode(),
                **environ,
            },
        )
        try:
            yield process, notify
        finally:
            process.terminate()
            try:
                process.wait(START_S)
            finally:
                process.kill()
                process.wait()
                print(log.read_text())


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


def listening(host: str = "127.0.0.1") -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, 0), family=family)


def became_ready(process: subprocess.Popen[bytes], notify: socket.socket) -> bool:
    """Return whether READY=1 came; False if the process ended without it."""
    deadline = time.monotonic() + START_S
    while b"READY=1" not in heard(notify):
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, "neither ready nor ended in time"
    return True


def hears(notify: socket.socket, word: bytes, times: int = 1) -> list[bytes]:
    """Wait for *word*; return all that was said until then."""
    words: list[bytes] = []
    deadline = time.monotonic() + START_S
    while words.count(word) < times:
        assert time.monotonic() < deadline, (word, words)
        words += heard(notify)
    return words


def heard(notify: socket.socket) -> list[bytes]:
    notify.settimeout(0.1)
    try:
        return notify.recv(4096).splitlines()
    except TimeoutError:
        return []


def live(listener: socket.socket) -> int:
    host, port, *_ = listener.getsockname()
    connection = http.client.HTTPConnection(host, port, timeout=START_S)
    try:
        connection.request("GET", "/-/live")
        return connection.getresponse().status
    finally:
        connection.close()


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


# What systemd hears while it runs: that it is alive, reloads, and stops


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


def test_a_reload_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (process, notify):
        hears(notify, b"STATUS=Gunicorn arbiter booted")
        process.send_signal(signal.SIGHUP)
        words = hears(notify, b"STATUS=serving")

        assert words[0] == b"RELOADING=1"
        assert re.fullmatch(rb"MONOTONIC_USEC=\d+", words[1])
        assert words[2:] == [b"READY=1", b"STATUS=serving"]
        assert live(listener) == 200


def test_a_refused_reload_has_an_end_too(tmp_path: Path) -> None:
    with listening() as listener, activated(tmp_path, LOOPBACK, listener) as (process, notify):
        hears(notify, b"STATUS=Gunicorn arbiter booted")
        (tmp_path / "sigproxy.toml").write_text("[server]\ndrain = 1\n")
        process.send_signal(signal.SIGHUP)
        words = hears(notify, b"STATUS=serving; the last reload was refused, see the log")

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
