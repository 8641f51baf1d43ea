"""`sigproxy top` in a terminal: frame after frame, while a gateway goes and comes, to Ctrl-C."""

import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sigproxy.telemetry.status.files import Found
from sigproxy.telemetry.status.report import Figures
from sigproxy.telemetry.status.view import status
from sigproxy.tools.top import source as sources
from tests.orphans import end_with_parent
from tests.telemetry.status.made import NOW, NOW_S, counted, exchange, report

ROOT = Path(__file__).parents[3]
PATIENCE_S = 30.0
ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"


class Gateway(BaseHTTPRequestHandler):
    """Answers with a document in which nothing is wrong."""

    def do_GET(self) -> None:
        found = Found((report(counted(exchange())),), Figures(0), None)
        body = sources._DOCUMENT.dump_json(status(found, NOW_S, NOW, shows_clients=False))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def gateway(port: int = 0) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", port), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class Terminal:
    """What a program draws."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sigproxy", "top", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "100", "LINES": "30"},
            preexec_fn=end_with_parent,
        )
        os.close(theirs)
        self.drawn = b""

    def draws(self, text: bytes) -> None:
        """Wait until it has drawn *text* since the last call."""
        seen, until_s = b"", time.monotonic() + PATIENCE_S
        while text not in seen:
            assert time.monotonic() < until_s, seen
            if select.select([self._ours], [], [], 0.1)[0]:
                seen += os.read(self._ours, 65536)
        self.drawn += seen

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    opened = Terminal(*arguments)
    try:
        yield opened
    finally:
        opened.close()


def test_it_draws_again_and_again_until_it_is_told_to_stop() -> None:
    with gateway() as port, terminal("--admin", f"127.0.0.1:{port}") as seen:
        seen.draws(b"All is well: 1 worker")
        seen.draws(b"All is well: 1 worker")
        seen.process.send_signal(signal.SIGINT)
        seen.draws(LEFT)
        assert seen.process.wait(PATIENCE_S) == 0
        assert seen.drawn.count(ENTERED) == 1
        assert b"Traceback" not in seen.drawn


def test_a_gateway_that_goes_is_said_and_waited_for() -> None:
    with ExitStack() as first:
        port = first.enter_context(gateway())
        with terminal("--admin", f"127.0.0.1:{port}") as seen:
            seen.draws(b"All is well: 1 worker")
            first.close()
            seen.draws(b"nothing listens at 127.0.0.1")
            with gateway(port):
                seen.draws(b"All is well: 1 worker")


def test_without_a_first_frame_it_does_not_take_the_screen() -> None:
    with terminal("--admin", "127.0.0.1:1") as seen:
        seen.draws(b"nothing listens at 127.0.0.1:1")
        assert seen.process.wait(PATIENCE_S) == 1
        assert ENTERED not in seen.drawn
