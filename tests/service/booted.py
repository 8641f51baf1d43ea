"""A machine of the test's own: systemd as process 1, in namespaces, with our units installed.

Root has that where nothing forbids it; ``obstacle`` says what does. The units run as they are, with
one exception: PrivateDevices=, which makes device files, and that a container may not.
"""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import isolation
from tests.orphans import end_with_parent
from tests.service.process import ROOT
from tests.service.systemd import SERVICE, SOCKET, START_S

SCRIPT = Path(__file__).with_name("boot.sh")
SYSTEMD = Path("/usr/lib/systemd/systemd")
UNITS = Path("etc/systemd/system")
CONFIG = Path("/etc/sigproxy/sigproxy.toml")
USER, ID = "sigproxy", 990
COMMAND = "/opt/sigproxy/bin/sigproxy"


class Machine:
    """Commands run inside; ``path`` is where a file of it is for us."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def path(self, inside: Path | str) -> Path:
        return Path(f"/proc/{self._pid}/root") / str(inside).lstrip("/")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        enter = ("nsenter", "--target", str(self._pid), "--all", "--wdns=/")
        environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_COLORS": "0"}
        return subprocess.run(
            [*enter, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            env=environ,
            timeout=2 * START_S,
        )

    def must(self, *command: str) -> str:
        done = self.run(*command)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}\n{self.journal()}"
        return done.stdout

    def sigproxy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(COMMAND, *arguments)

    def show(self, name: str) -> str:
        """Return a property of the service, as `systemctl show` does."""
        return self.must("systemctl", "show", "--value", "--property", name, SERVICE.name).strip()

    def journal(self) -> str:
        return self.run("journalctl", "--no-pager", "--output=cat", "--unit", SERVICE.name).stdout

    def write(self, inside: Path | str, text: str, mode: int = 0o644) -> None:
        place = self.path(inside)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def drop_in(self, text: str) -> None:
        """Change the service, as `systemctl edit` does."""
        self.write(UNITS / f"{SERVICE.name}.d" / "test.conf", text)
        self.must("systemctl", "daemon-reload")

    @contextmanager
    def network(self) -> Iterator[None]:
        """Have the sockets that are made inside in the network of the machine."""
        namespace = os.open(f"/proc/{self._pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            with isolation.in_network(namespace):
                yield
        finally:
            os.close(namespace)

    def connected(self, port: int, host: str = "127.0.0.1") -> socket.socket:
        with self.network():
            return socket.create_connection((host, port), timeout=START_S)


@contextmanager
def booted() -> Iterator[Machine]:
    """Boot a machine, install our units and their user; end all of it afterwards."""
    with TemporaryDirectory(prefix="sigproxy-machine-") as folder:
        places = (folder, str(ROOT), sys.base_prefix, sysconfig.get_path("purelib"))
        process = subprocess.Popen(
            ["unshare", "--mount", "bash", str(SCRIPT), *places],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=end_with_parent,
            text=True,
        )
        try:
            machine = Machine(_awaited(process))
            _install(machine)
            yield machine
        finally:
            process.terminate()
            process.communicate(timeout=START_S)


def obstacle() -> str | None:
    """Return why no machine can be booted here; None if one can."""
    if os.geteuid() != 0:
        return "booting systemd in namespaces needs root"
    for program in ("unshare", "nsenter", "setpriv", "ip", "journalctl", str(SYSTEMD)):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt-get install systemd util-linux iproute2"
    try:
        with booted() as machine:
            machine.must("systemctl", "is-system-running", "--wait")
    except (AssertionError, OSError) as error:
        return f"systemd cannot be booted in namespaces here: {error}"
    return None


def _awaited(process: "subprocess.Popen[str]") -> int:
    """Return the process id of systemd once it takes commands."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read()
        for pid in _systemds(process.pid):
            if Path(f"/proc/{pid}/root/run/systemd/private").exists():
                return pid
        time.sleep(0.05)
    raise AssertionError(f"systemd does not start within {START_S:g} s")


def _systemds(above: int) -> Iterator[int]:
    """Yield the descendants of the process *above* that are systemd itself."""
    for child in _children(above):
        with suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                yield child
        yield from _systemds(child)


def _children(pid: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            if fields[1] == str(pid):
                found.append(int(name))
    return found


def _install(machine: Machine) -> None:
    """Do what the head of sigproxy.service says."""
    for name, line in (
        ("passwd", f"{USER}:x:{ID}:{ID}::/:/bin/false"),
        ("group", f"{USER}:x:{ID}:"),
    ):
        with machine.path(f"etc/{name}").open("a") as file:
            file.write(f"{line}\n")
    for unit in (SERVICE, SOCKET):
        machine.write(UNITS / unit.name, unit.read_text())
    machine.drop_in("[Service]\nPrivateDevices=no\n")
