"""The part of systemd: its units read, sockets handed over, notifications heard."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.orphans import end_with_parent

UNITS = Path(__file__).parents[2] / "systemd"
SERVICE = UNITS / "sigproxy.service"
SOCKET = UNITS / "sigproxy.socket"

START_S = 45.0  # for what must come, on a busy machine


def settings_of(unit: Path, key: str) -> list[str]:
    """Return the values of *key* in *unit*, in order; a key may come more than once."""
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


def setting_of(unit: Path, key: str) -> str:
    [value] = settings_of(unit, key)
    return value


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
