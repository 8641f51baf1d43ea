"""The laboratory: upstream, DNS and both gateways, started once for a run."""

import errno
import os
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests import isolation
from tests.parity import gateways, session
from tests.parity.certificates import Certificates
from tests.parity.model import Case, Observation
from tests.parity.record import Journal
from tests.parity.session import Endpoint
from tests.parity.upstream import server

SAMPLE, GATEWAY = "nginx", "sigproxy"
HELD = "another run of the tests holds ports 53 and 443"


def obstacle() -> str | None:
    """Return why nothing can be played on this machine; None if it can."""
    if sys.platform != "linux":
        return "parity needs Linux, where all of 127.0.0.0/8 is loopback"
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.44.0.1", 443))
    except PermissionError:
        return "parity needs root, for ports 53 and 443 on loopback"
    except OSError as error:
        # A port that is taken is no reason to skip: whoever starts the upstream says which.
        if error.errno != errno.EADDRINUSE:
            return f"parity needs 127.44.0.1:443 on loopback: {error.strerror}"
    if os.geteuid() != 0:
        return "parity needs root, as the sample configuration runs NGINX as root"
    return None


@contextmanager
def ports() -> Iterator[str | None]:
    """Hold the ports that every laboratory needs; yield why that is impossible here, or None."""
    if reason := obstacle():
        yield reason
        return
    with isolation.turn("ports 53 and 443") as held:
        alone = isolation.obstacle()
        yield None if held else f"{HELD}, and this one has no network of its own: {alone}"


def obstacle_to_the_sample() -> str | None:
    if gateways.nginx_program() is None:
        return "nginx is not installed: apt-get install nginx-light"
    return None


class Lab:
    """Plays cases: those that take many seconds beside the others, each of those alone."""

    def __init__(self, directory: Path) -> None:
        self.certificates = Certificates(directory)
        self._directory = directory
        self._journal = Journal()
        self._endpoints: dict[str, Endpoint] = {}
        self._stack = ExitStack()
        self._background: dict[tuple[str, str], Future[Observation]] = {}
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="background")

    def start(self, *names: str) -> None:
        """Start the upstream, then the gateways that *names* lists."""
        self._stack.callback(self._threads.shutdown, cancel_futures=True)
        self._stack.enter_context(server.running(self.certificates, self._journal))
        for name in names:
            start = {SAMPLE: gateways.nginx, GATEWAY: gateways.sigproxy}[name]
            directory = self._directory / name
            directory.mkdir()
            self._endpoints[name] = self._stack.enter_context(start(directory, self.certificates))

    def stop(self) -> None:
        self._stack.close()

    def begin(self, gateway: str, cases: Iterable[Case]) -> None:
        """Begin with those of *cases* that are played in the background."""
        endpoint = self._endpoints[gateway]
        for case in cases:
            if case.in_background:
                future = self._threads.submit(session.play_in_background, case, endpoint)
                self._background[gateway, case.id] = future

    def log(self, gateway: str) -> str:
        """Return what *gateway* has written so far."""
        return (self._directory / gateway / f"{gateway}.log").read_text(errors="replace")

    def play(self, gateway: str, case: Case) -> Observation:
        """Return what was observed of *case*; one that was begun is waited for."""
        if case.in_background:
            if (gateway, case.id) not in self._background:
                self.begin(gateway, [case])
            return self._background[gateway, case.id].result()
        return session.play(case, self._endpoints[gateway], self._journal)


@contextmanager
def running(*gateways: str) -> Iterator[Lab]:
    """Run a laboratory with these gateways in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="sigproxy-parity-") as directory:
        lab = Lab(Path(directory))
        try:
            lab.start(*gateways)
            yield lab
        finally:
            lab.stop()
